//! What an existing cluster keeps, and what of it cannot change.

use super::*;

#[test]
fn all_that_is_not_given_stays_as_it_was() {
    let previous = Cluster {
        image: "registry.example/node:1".into(),
        kubernetes_version: "v1.36.0".into(),
        autostart: false,
        api_server_address: Ipv4Addr::new(127, 0, 0, 9),
        pod_subnet: subnet("10.50.0.0/16"),
        service_subnet: subnet("10.51.0.0/16"),
        cni: Cni::None,
        storage: Storage::None,
        resources: Resources {
            memory_bytes: Some(2 << 30),
            cpu_millis: Some(1500),
            cpu_weight: Some(50),
            tasks: Some(4000),
        },
        ..resolved("dev", 6450, "10.200.9.0/24")
    };
    let again = plan(&named("dev"), &InUse::default(), Some(&previous)).unwrap();
    assert_eq!(again, plan(&previous, &InUse::default(), None).unwrap());

    let given = [Field::Autostart, Field::Storage, Field::Memory];
    let changed = giving(named("dev"), &given);
    assert_eq!(
        plan(&changed, &InUse::default(), Some(&previous)).unwrap(),
        Plan {
            autostart: true,
            storage: Storage::LocalPath,
            resources: Resources {
                memory_bytes: None,
                ..previous.resources
            },
            ..again
        }
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
fn the_address_can_only_change_to_one_that_the_certificate_holds() {
    let at = |address: &str| {
        let cluster = Cluster {
            api_server_address: address.parse().unwrap(),
            ..named("dev")
        };
        giving(cluster, &[Field::ApiServerAddress])
    };
    let previous = resolved("dev", 6443, "10.200.0.0/24");
    assert!(plan(&at("0.0.0.0"), &InUse::default(), Some(&previous)).is_ok());
    assert_eq!(
        problems(&at("192.0.2.7"), &InUse::default(), Some(&previous)),
        "c.yaml:1:9: `spec.networking.apiServerAddress`: cannot change from 127.0.0.1 to 192.0.2.7 while the cluster exists; delete it first"
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
