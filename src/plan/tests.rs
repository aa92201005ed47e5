//! Allocation, keeping and conflicts, as tables over literal values.

use std::collections::BTreeMap;

use super::*;
use crate::cluster::{
    Cni, DEFAULT_DNS_DOMAIN, DEFAULT_KUBERNETES_VERSION, JsonPatch, KubeProxyMode,
    KubernetesSettings, Mount, NodeFile, NodeSettings, NodeUnit, Patch, PortMapping, Propagation,
    Protocol, RegistryMirror, Resources, RuntimeSettings, Storage, default_image,
};
use crate::problem::Place;

mod data;
mod kept;
mod ports;

fn subnet(text: &str) -> Subnet {
    text.parse().unwrap()
}

fn named(name: &str) -> Cluster {
    Cluster {
        name: ClusterName::new(name).unwrap(),
        uid: None,
        annotations: BTreeMap::new(),
        image: default_image(DEFAULT_KUBERNETES_VERSION),
        kubernetes_version: DEFAULT_KUBERNETES_VERSION.into(),
        autostart: true,
        data_dir: None,
        api_server_address: Ipv4Addr::LOCALHOST,
        api_server_port: None,
        pod_subnet: subnet("10.244.0.0/16"),
        service_subnet: subnet("10.96.0.0/16"),
        node_subnet: None,
        dns_domain: DEFAULT_DNS_DOMAIN.into(),
        cni: Cni::Bridge,
        kube_proxy_mode: KubeProxyMode::Nftables,
        storage: Storage::LocalPath,
        node: NodeSettings::default(),
        kubernetes: KubernetesSettings::default(),
        runtime: RuntimeSettings::default(),
        resources: Resources::default(),
        given: BTreeMap::new(),
    }
}

fn resolved(name: &str, port: u16, node_subnet: &str) -> Cluster {
    let open = named(name);
    let node_subnet = subnet(node_subnet);
    Cluster {
        uid: Some(Uid::nil()),
        data_dir: Some(DataDir::new("/var/lib/kinc")),
        api_server_port: Some(port),
        node_subnet: Some(node_subnet),
        node: NodeSettings {
            name: Some(NodeName::new(&open.name, Role::ControlPlane)),
            address: node_subnet.nth_host(2),
            ..NodeSettings::default()
        },
        ..open
    }
}

fn other(name: &str, port: u16, node_subnet: &str) -> ClusterInUse {
    ClusterInUse::of(&resolved(name, port, node_subnet)).unwrap()
}

fn giving(mut cluster: Cluster, fields: &[Field]) -> Cluster {
    let place = |line| Place {
        source: "c.yaml".into(),
        line,
        column: 9,
        length: 0,
    };
    let places = (1..).map(place);
    cluster.given.extend(fields.iter().copied().zip(places));
    cluster
}

#[track_caller]
fn problems(cluster: &Cluster, in_use: &InUse, previous: Option<&Cluster>) -> String {
    plan(cluster, in_use, previous).unwrap_err().to_string()
}

#[test]
fn a_plan_has_every_value() {
    assert_eq!(
        plan(&named("dev"), &InUse::default(), None).unwrap(),
        Plan {
            cluster: ClusterName::new("dev").unwrap(),
            nodes: vec![NodePlan {
                name: NodeName::new(&ClusterName::new("dev").unwrap(), Role::ControlPlane),
                role: Role::ControlPlane,
                address: Ipv4Addr::new(10, 200, 0, 2),
                pod_cidr: subnet("10.244.0.0/24"),
            }],
            declaration: resolved("dev", 6443, "10.200.0.0/24"),
            api_server_port: 6443,
            node_subnet: subnet("10.200.0.0/24"),
            gateway: Ipv4Addr::new(10, 200, 0, 1),
            uid: Uid::nil(),
            data_dir: DataDir::new("/var/lib/kinc"),
            api_address: Ipv4Addr::new(10, 200, 0, 9),
        }
    );
}

#[test]
fn a_new_cluster_gets_the_first_free_port_and_subnet() {
    let host = |ports: &[u16], routes: &[&str]| InUse {
        ports: ports.iter().copied().collect(),
        routes: routes.iter().map(|text| subnet(text)).collect(),
        ..InUse::default()
    };
    let beside = InUse {
        clusters: vec![other("first", 6443, "10.200.0.0/24")],
        ..InUse::default()
    };
    let cases = [
        ("nothing in use", host(&[], &[]), 6443, "10.200.0.0/24"),
        ("another cluster", beside, 6444, "10.200.1.0/24"),
        (
            "a listener on the port",
            host(&[6443, 6444], &[]),
            6445,
            "10.200.0.0/24",
        ),
        (
            "a network around the range's start",
            host(&[], &["10.200.0.0/22"]),
            6443,
            "10.200.4.0/24",
        ),
        (
            "a network inside the first subnet",
            host(&[], &["10.200.0.128/30"]),
            6443,
            "10.200.1.0/24",
        ),
        (
            "a VPN's halves of the internet",
            host(&[], &["0.0.0.0/1", "128.0.0.0/1"]),
            6443,
            "10.200.0.0/24",
        ),
    ];
    for (name, in_use, port, node_subnet) in cases {
        let plan = plan(&named("dev"), &in_use, None).unwrap();
        assert_eq!(
            (plan.api_server_port, plan.node_subnet),
            (port, subnet(node_subnet)),
            "{name}"
        );
    }
}

#[test]
fn the_cluster_keeps_off_its_own_pods_and_services() {
    let cluster = Cluster {
        pod_subnet: subnet("10.200.0.0/23"),
        ..named("dev")
    };
    let plan = plan(&cluster, &InUse::default(), None).unwrap();
    assert_eq!(plan.node_subnet, subnet("10.200.2.0/24"));
}

#[test]
fn the_api_server_is_at_the_node_itself_where_the_subnet_has_no_place_for_it() {
    for (node_subnet, last) in [("10.200.0.0/28", 9), ("10.200.0.0/29", 2)] {
        let small = resolved("dev", 6443, node_subnet);
        let plan = plan(&small, &InUse::default(), None).unwrap();
        assert_eq!(
            plan.api_address,
            Ipv4Addr::new(10, 200, 0, last),
            "{node_subnet}"
        );
    }
}

#[test]
fn a_control_plane_has_one_of_its_addresses_and_room_for_its_pods() {
    let at = |address, node_subnet, pods| {
        let cluster = Cluster {
            pod_subnet: subnet(pods),
            ..resolved("dev", 6443, node_subnet)
        };
        let node = NodeSettings {
            address: Some(Ipv4Addr::from(address)),
            ..cluster.node
        };
        giving(
            Cluster { node, ..cluster },
            &[Field::PodSubnet, Field::NodeAddress],
        )
    };
    let (nodes, pods) = ("10.200.0.0/24", "10.244.0.0/16");
    let place = "c.yaml:2:9: `spec.nodes[].address`: a control plane has one of 10.200.0.2 to";
    let cases = [
        (at([10, 200, 0, 9], nodes, pods), format!("{place} 10.200.0.8, not 10.200.0.9")),
        (at([10, 201, 0, 2], nodes, pods), format!("{place} 10.200.0.8, not 10.201.0.2")),
        (at([10, 200, 0, 7], "10.200.0.0/29", pods), format!("{place} 10.200.0.6, not 10.200.0.7")),
        (
            at([10, 200, 0, 3], nodes, "10.244.0.0/24"),
            "c.yaml:1:9: `spec.networking.podSubnet`: 10.244.0.0/24 is too small for a node 10.200.0.3".into(),
        ),
    ];
    for (cluster, expected) in cases {
        assert_eq!(problems(&cluster, &InUse::default(), None), expected);
    }
}

#[test]
fn a_new_cluster_keeps_off_what_the_host_reaches_as_far_as_it_can() {
    let beside = |routes: &[&str], networks: &[&str]| InUse {
        routes: routes.iter().map(|text| subnet(text)).collect(),
        networks: networks.iter().map(|text| subnet(text)).collect(),
        ..InUse::default()
    };
    let cases = [
        (
            "a VPN to 10.0.0.0/8",
            beside(&["10.0.0.0/8"], &[]),
            "192.168.0.0/24",
        ),
        (
            "a VPN, and the network that the host is in",
            beside(&["10.0.0.0/8", "192.168.0.0/23"], &[]),
            "192.168.2.0/24",
        ),
        (
            "a VPN to all private networks, and that of the host",
            beside(&["10.0.0.0/8", "192.168.0.0/16", "10.200.0.0/24"], &[]),
            "10.200.1.0/24",
        ),
        (
            "that VPN, and networks of Podman",
            beside(&["10.0.0.0/8", "192.168.0.0/16"], &["10.200.0.0/23"]),
            "10.200.2.0/24",
        ),
    ];
    for (name, in_use, expected) in cases {
        let plan = plan(&named("dev"), &in_use, None).unwrap();
        assert_eq!(plan.node_subnet, subnet(expected), "{name}");
    }
}

#[test]
fn a_full_range_is_an_error() {
    let in_use = InUse {
        ports: (6443..=6543).collect(),
        networks: vec![subnet("10.0.0.0/8"), subnet("192.168.0.0/16")],
        ..InUse::default()
    };
    assert_eq!(
        problems(&named("dev"), &in_use, None),
        "`spec.networking.apiServerPort`: all ports from 6443 to 6543 are in use; give another one\n\
         `spec.networking.nodeSubnet`: all of 10.200.0.0/16 and 192.168.0.0/16 is in use; give another one"
    );
}

#[test]
fn a_declared_value_that_another_one_has_is_an_error_that_proposes_a_free_one() {
    let in_use = InUse {
        clusters: vec![other("first", 6443, "10.200.0.0/24")],
        ports: BTreeSet::from([6444]),
        networks: vec![subnet("10.201.0.0/16")],
        ..InUse::default()
    };
    assert_eq!(
        problems(&resolved("dev", 6443, "10.200.0.128/25"), &in_use, None),
        "`spec.networking.apiServerPort`: port 6443 is used by cluster `first`; 6445 is free\n\
         `spec.networking.nodeSubnet`: 10.200.0.128/25 overlaps 10.200.0.0/24 of cluster `first`; \
         10.200.1.0/24 is free"
    );
    assert_eq!(
        problems(&resolved("dev", 6444, "10.201.7.0/24"), &in_use, None),
        "`spec.networking.apiServerPort`: port 6444 is used by another program; 6445 is free\n\
         `spec.networking.nodeSubnet`: 10.201.7.0/24 overlaps 10.201.0.0/16, a network of Podman; \
         10.200.1.0/24 is free"
    );
}

#[test]
fn a_subnet_that_is_declared_or_in_use_is_held_against_other_clusters_alone() {
    let own = resolved("dev", 6443, "10.200.0.0/24");
    let vpn = InUse {
        routes: vec![subnet("10.0.0.0/8"), subnet("10.200.0.0/25")],
        ..InUse::default()
    };
    let later = InUse {
        networks: vec![subnet("10.200.0.0/24")],
        ..vpn.clone()
    };
    let cases = [
        ("declared now", &own, &vpn, None),
        ("in use", &named("dev"), &later, Some(&own)),
        ("in use, and declared", &own, &later, Some(&own)),
    ];
    for (name, cluster, in_use, previous) in cases {
        let plan = plan(cluster, in_use, previous).unwrap();
        assert_eq!(plan.node_subnet, subnet("10.200.0.0/24"), "{name}");
    }
    // Two clusters with one subnet cannot run beside each other, whoever was first.
    let taken = InUse {
        clusters: vec![other("first", 6444, "10.200.0.0/16")],
        ..InUse::default()
    };
    assert_eq!(
        problems(&named("dev"), &taken, Some(&own)),
        "`spec.networking.nodeSubnet`: 10.200.0.0/24 overlaps 10.200.0.0/16 of cluster `first`; \
         192.168.0.0/24 is free"
    );
}

#[test]
fn what_the_nodes_hide_of_the_network_of_the_host_is_told_and_a_default_route_is_none() {
    let own = resolved("dev", 6443, "10.200.0.0/24");
    let plan = again(&own).unwrap();
    let hidden = |routes: &[&str]| {
        plan.hidden_network(&InUse {
            routes: routes.iter().map(|text| subnet(text)).collect(),
            ..InUse::default()
        })
    };
    assert_eq!(
        hidden(&["192.168.1.0/24", "10.0.0.0/8"]).unwrap(),
        "the nodes of cluster `dev` have 10.200.0.0/24, which overlaps the route 10.0.0.0/8 of this host: \
         nothing in the cluster reaches the host's network at these addresses; all else works"
    );
    assert_eq!(hidden(&["0.0.0.0/1", "128.0.0.0/1", "10.201.0.0/16"]), None);
}

#[test]
fn nothing_is_chosen_that_a_cluster_may_have_which_cannot_be_read() {
    let in_use = InUse {
        unreadable: vec!["/units/kinc-lost/cluster.yaml".to_owned()],
        ..InUse::default()
    };
    let why = "cannot be chosen while `/units/kinc-lost/cluster.yaml` cannot be read, since that cluster may \
               have any; mend it, or give a value here";
    assert_eq!(
        problems(&named("dev"), &in_use, None),
        format!(
            "`spec.networking.apiServerPort`: {why}\n\
             `spec.networking.nodeSubnet`: {why}"
        )
    );
    // One that has its values goes on, and so does one that is given them.
    let own = resolved("dev", 6443, "10.200.0.0/24");
    for (cluster, previous) in [(&named("dev"), Some(&own)), (&own, None)] {
        let plan = plan(cluster, &in_use, previous).unwrap();
        assert_eq!(plan.declaration.api_server_port, Some(6443));
    }
}

#[test]
fn what_a_running_cluster_uses_itself_is_not_in_use() {
    let own = resolved("dev", 6450, "10.200.9.0/24");
    let in_use = InUse {
        clusters: vec![ClusterInUse::of(&own).unwrap()],
        ports: BTreeSet::from([6450]),
        networks: vec![subnet("10.200.9.0/24")],
        ..InUse::default()
    };
    for cluster in [named("dev"), own.clone()] {
        let plan = plan(&cluster, &in_use, Some(&own)).unwrap();
        assert_eq!(
            (plan.api_server_port, plan.node_subnet),
            (6450, subnet("10.200.9.0/24"))
        );
    }
}

#[test]
fn a_problem_of_what_was_left_out_stands_where_the_name_does() {
    let full = InUse {
        ports: (6443..=6543).collect(),
        ..InUse::default()
    };
    let message = "all ports from 6443 to 6543 are in use; give another one";
    assert_eq!(
        problems(&giving(named("dev"), &[Field::Name]), &full, None),
        format!("c.yaml:1:9: `spec.networking.apiServerPort`: {message}")
    );
    // A cluster that no file declares has no place.
    assert_eq!(
        problems(&named("dev"), &full, None),
        format!("`spec.networking.apiServerPort`: {message}")
    );
}

#[test]
fn clusters_are_planned_against_each_other_and_all_problems_are_found() {
    let at = |name, port| Cluster {
        api_server_port: Some(port),
        ..named(name)
    };
    let plans = |clusters: &[Cluster]| plan_all(clusters, InUse::default(), &[]);
    let good = plans(&[at("a", 6444), named("b"), named("c")]).unwrap();
    let ports: Vec<u16> = good.iter().map(|plan| plan.api_server_port).collect();
    assert_eq!(ports, [6444, 6443, 6445]);
    assert_eq!(
        plans(&[at("a", 6443), at("b", 6443), named("c"), at("d", 6444)])
            .unwrap_err()
            .to_string(),
        "`spec.networking.apiServerPort`: port 6443 is used by cluster `a`; 6444 is free\n\
         `spec.networking.apiServerPort`: port 6444 is used by cluster `c`; 6445 is free"
    );
}

#[test]
fn the_server_is_an_address_that_one_can_connect_to() {
    let cluster = resolved("dev", 6450, "10.200.0.0/24");
    let server = |address| {
        let cluster = Cluster {
            api_server_address: address,
            ..cluster.clone()
        };
        plan(&cluster, &InUse::default(), None).unwrap().server()
    };
    assert_eq!(
        server(Ipv4Addr::new(127, 0, 0, 9)),
        "https://127.0.0.9:6450"
    );
    assert_eq!(server(Ipv4Addr::UNSPECIFIED), "https://127.0.0.1:6450");
}
