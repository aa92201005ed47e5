//! What an existing cluster keeps, and what of it cannot change.

use super::*;
use crate::declaration::schema::WhenOmitted;
use crate::model::node_id::{NodeId, Role};
use crate::model::problem::Lines;

/// A cluster that has no value of `named`, its name aside.
fn another() -> Cluster {
    let resolved = resolved("dev", 6450, "10.200.9.0/24");
    Cluster {
        uid: Uid::parse("5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f"),
        data_dir: Some(DataDir::new("/big")),
        annotations: [("team".to_owned(), "web".to_owned())].into(),
        image: "registry.example/node:1".into(),
        kubernetes_version: "v1.36.0".into(),
        autostart: false,
        api_server_address: Ipv4Addr::new(127, 0, 0, 9),
        pod_subnet: subnet("10.50.0.0/16"),
        service_subnet: subnet("10.51.0.0/16"),
        dns_domain: "kube.example".into(),
        cni: Cni::None,
        kube_proxy_mode: KubeProxyMode::None,
        storage: Storage::None,
        nodes: vec![Node {
            settings: NodeSettings {
                labels: [("disk".into(), "ssd".into())].into(),
                taints: Some(vec!["gpu:NoSchedule".into()]),
                mounts: vec![
                    Mount {
                        host_path: "/srv".into(),
                        container_path: "/data".into(),
                        read_only: true,
                        propagation: Propagation::None,
                    }
                    .into(),
                ],
                ports: vec![
                    PortMapping {
                        container_port: 30080,
                        host_port: Some(8080),
                        listen_address: Ipv4Addr::LOCALHOST,
                        protocol: Protocol::Tcp,
                    }
                    .into(),
                ],
                devices: vec!["/dev/net/tun".to_owned().into()],
                sysctls: [("net.core.somaxconn".into(), "4096".into())].into(),
                environment: [("HTTP_PROXY".into(), "http://192.0.2.1".into())].into(),
                files: vec![
                    NodeFile {
                        path: "/etc/motd".into(),
                        content: "hello".into(),
                        executable: false,
                        mode: None,
                    }
                    .into(),
                ],
                units: vec![
                    NodeUnit {
                        name: "hello.service".into(),
                        content: String::new(),
                    }
                    .into(),
                ],
            },
            limits: NodeLimits {
                memory_bytes: Some(1 << 30),
                cpu_millis: Some(1000),
                tasks: Some(2000),
            },
            ..resolved.nodes[0].clone()
        }],
        kubernetes: KubernetesSettings {
            cert_sans: vec!["k8s.example.org".into()],
            dns_search: vec!["example.org".into()],
            feature_gates: [("A".into(), true)].into(),
            runtime_config: [("api/all".into(), "true".into())].into(),
            patches: vec![Patch {
                kind: "KubeletConfiguration".into(),
                text: "kind: KubeletConfiguration".into(),
                lines: Lines::default(),
            }],
            json_patches: vec![JsonPatch {
                kind: "KubeletConfiguration".into(),
                patch: "[]".into(),
                lines: Lines::default(),
            }],
            scheduler_config: Some("kind: KubeSchedulerConfiguration".into()),
        },
        runtime: RuntimeSettings {
            crio_drop_ins: vec![String::new()],
            registry_mirrors: vec![RegistryMirror {
                registry: "docker.io".into(),
                mirror: "mirror.example".into(),
                insecure: false,
            }],
            ca_certificates: vec![String::new()],
            manifests: vec![Manifest::Text(String::new())],
        },
        resources: Resources {
            memory_bytes: Some(2 << 30),
            cpu_millis: Some(1500),
            cpu_weight: Some(50),
            io_weight: Some(50),
            tasks: Some(4000),
        },
        ..resolved
    }
}

#[test]
fn an_omitted_field_is_kept_or_reset_as_the_table_says() {
    let previous = another();
    let planned = resolve(&named("dev"), &InUse::default(), Some(&previous)).unwrap();
    let changed: Vec<Field> = changes(&previous, &planned.declaration)
        .iter()
        .map(|change| change.field.field)
        .collect();
    let back: Vec<Field> = Field::all()
        // There is only one of each so far.
        .filter(|field| ![Field::Role, Field::IpFamily].contains(field))
        .filter(|field| field.when_omitted() == WhenOmitted::Default)
        .collect();
    assert_eq!(changed, back);
    // An image that is not given follows the version, which is kept.
    assert_eq!(planned.declaration.image, "localhost/kinc/node:v1.36.0");
}

#[test]
fn an_explicit_value_replaces_the_previous_one() {
    let given = giving(named("dev"), &[Field::Autostart, Field::Image]);
    let planned = resolve(&given, &InUse::default(), Some(&another())).unwrap();
    assert_eq!(planned.declaration.image, "localhost/kinc/node:v1.36.3");
    assert!(planned.declaration.autostart);
}

#[test]
fn a_change_has_the_values_before_and_after() {
    let limited = Cluster {
        autostart: false,
        resources: Resources {
            memory_bytes: Some(2 << 30),
            ..Resources::default()
        },
        ..resolved("dev", 6443, "10.200.0.0/24")
    };
    let change = |field: Field, old: Option<&str>, new: Option<&str>| FieldChange {
        field: field.into(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    };
    assert_eq!(
        changes(&limited, &resolved("dev", 6444, "10.200.0.0/24")),
        [
            change(Field::Autostart, Some("false"), Some("true")),
            change(Field::ApiServerPort, Some("6443"), Some("6444")),
            change(Field::Memory, Some("2Gi"), None),
        ]
    );
}

#[test]
fn a_change_of_a_sensitive_field_has_no_values() {
    let with = |password: &str| {
        let mut cluster = resolved("dev", 6443, "10.200.0.0/24");
        let proxy = format!("http://me:{password}@192.0.2.1");
        cluster.nodes[0].settings.environment = [("HTTPS_PROXY".into(), proxy)].into();
        let secret = format!("kind: Secret\ndata: {password}\n");
        cluster.runtime.manifests = vec![Manifest::Text(secret)];
        cluster
    };
    let hidden = || Some(CHANGED.to_owned());
    let node = NodeId::first(Role::ControlPlane);
    let change = |field: Field, old, new| FieldChange {
        field: FieldRef::of_node(field, node),
        old,
        new,
    };
    assert_eq!(
        changes(&with("a"), &with("b")),
        [
            change(Field::Environment, hidden(), hidden()),
            change(Field::Manifests, hidden(), hidden()),
        ]
    );
    assert_eq!(
        changes(&resolved("dev", 6443, "10.200.0.0/24"), &with("b")),
        [
            change(Field::Environment, None, hidden()),
            change(Field::Manifests, None, hidden()),
        ]
    );
}

#[test]
fn the_version_of_an_existing_cluster_cannot_change() {
    let newer = Cluster {
        kubernetes_version: "v1.36.9".into(),
        ..named("dev")
    };
    let newer = giving(newer, &[Field::KubernetesVersion]);
    let previous = resolved("dev", 6443, "10.200.0.0/24");
    assert_eq!(
        problems(&newer, &InUse::default(), Some(&previous)),
        "c.yaml:1:9: `spec.kubernetesVersion`: cannot change from v1.36.3 to v1.36.9 while the cluster exists; delete it first"
    );
}

#[test]
fn a_node_stays_at_its_address() {
    let at = |last| Cluster {
        nodes: vec![Node {
            address: Some(Ipv4Addr::new(10, 200, 0, last)),
            ..Node::control_plane()
        }],
        ..named("dev")
    };
    let in_use = InUse::default();
    let made = resolve(&at(3), &in_use, None).unwrap();
    let [node] = made.nodes.as_slice() else {
        panic!("{:?}", made.nodes);
    };
    assert_eq!(node.pod_cidr, subnet("10.244.1.0/24"));
    // It is the recorded one that counts, whatever its place among the nodes.
    let again = resolve(&named("dev"), &in_use, Some(&made.declaration)).unwrap();
    assert_eq!(again, made);
    let moved = giving(at(2), &[Field::NodeAddress]);
    assert_eq!(
        problems(&moved, &in_use, Some(&made.declaration)),
        "c.yaml:1:9: `spec.nodes[].address`: cannot change from 10.200.0.3 to 10.200.0.2 while the cluster \
         exists; delete it first"
    );
}

#[test]
fn subnets_of_an_existing_cluster_cannot_change() {
    let previous = resolved("dev", 6443, "10.200.0.0/24");
    let changed = Cluster {
        pod_subnet: subnet("10.50.0.0/16"),
        service_subnet: subnet("10.51.0.0/16"),
        ..resolved("dev", 6443, "10.200.1.0/24")
    };
    let changed = giving(
        changed,
        &[Field::PodSubnet, Field::ServiceSubnet, Field::NodeSubnet],
    );
    assert_eq!(
        problems(&changed, &InUse::default(), Some(&previous)),
        "c.yaml:1:9: `spec.networking.podSubnet`: cannot change from 10.244.0.0/16 to 10.50.0.0/16 while the \
         cluster exists; delete it first\n\
         c.yaml:2:9: `spec.networking.serviceSubnet`: cannot change from 10.96.0.0/16 to 10.51.0.0/16 while the \
         cluster exists; delete it first\n\
         c.yaml:3:9: `spec.networking.nodeSubnet`: cannot change from 10.200.0.0/24 to 10.200.1.0/24 while the \
         cluster exists; delete it first"
    );
}
