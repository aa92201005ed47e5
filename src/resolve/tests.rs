//! What a resolved cluster decides, as tables over literal values.

use super::*;
use crate::declaration;
use crate::model::cluster::{
    Cni, DataDir, JsonPatch, KubeProxyMode, KubernetesSettings, Manifest, Mount, NodeFile, NodeId,
    NodeLimits, NodeName, NodeSettings, NodeUnit, Patch, PortMapping, Propagation, Protocol,
    RegistryMirror, Resources, Role, RuntimeSettings, Storage,
};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
use crate::model::item::Item;
use crate::model::problem::{Place, Span};

mod chosen;
mod data;
mod in_use;
mod kept;
mod left_open;
mod nodes;
mod ports;

fn subnet(text: &str) -> Subnet {
    text.parse().unwrap()
}

fn named(name: &str) -> Cluster {
    declaration::default_cluster(ClusterName::new(name).unwrap())
}

fn resolved(name: &str, port: u16, node_subnet: &str) -> Cluster {
    let open = named(name);
    let node_subnet = subnet(node_subnet);
    Cluster {
        uid: Some(Uid::nil()),
        data_dir: Some(DataDir::new("/var/lib/kinc")),
        api_server_port: Some(port),
        node_subnet: Some(node_subnet),
        nodes: vec![Node {
            address: node_subnet.nth_host(2),
            ..Node::control_plane()
        }],
        ..open
    }
}

fn other(name: &str, port: u16, node_subnet: &str) -> ClusterInUse {
    ClusterInUse::of(&resolved(name, port, node_subnet)).unwrap()
}

/// What programs listen on at 127.0.0.1 with TCP.
fn listening(ports: impl IntoIterator<Item = u16>) -> BTreeSet<HostPort> {
    let ports = ports.into_iter();
    ports
        .map(|port| HostPort::tcp(Ipv4Addr::LOCALHOST, port))
        .collect()
}

fn giving(mut cluster: Cluster, fields: &[Field]) -> Cluster {
    let place = |line| Place {
        source: "c.yaml".into(),
        span: Span::new(line, 9, 0),
    };
    let node = cluster.nodes[0].id;
    let field = |field: &Field| FieldRef::of_node(*field, node);
    let places = (1..).map(place);
    cluster
        .explicit
        .extend(fields.iter().map(field).zip(places));
    cluster
}

#[track_caller]
fn problems(cluster: &Cluster, in_use: &InUse, previous: Option<&Cluster>) -> String {
    resolve(cluster, in_use, previous).unwrap_err().to_string()
}

#[test]
fn a_resolved_cluster_has_every_value() {
    assert_eq!(
        resolve(&named("dev"), &InUse::default(), None).unwrap(),
        ResolvedCluster {
            cluster: ClusterName::new("dev").unwrap(),
            nodes: vec![ResolvedNode {
                name: NodeName::of(&ClusterName::new("dev").unwrap(), "kinc-dev-control-plane")
                    .unwrap(),
                limits: NodeLimits::default(),
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
fn in_a_small_subnet_the_api_server_has_the_address_of_the_node() {
    for (node_subnet, last) in [("10.200.0.0/28", 9), ("10.200.0.0/29", 2)] {
        let small = resolved("dev", 6443, node_subnet);
        let resolved = resolve(&small, &InUse::default(), None).unwrap();
        assert_eq!(
            resolved.api_address,
            Ipv4Addr::new(10, 200, 0, last),
            "{node_subnet}"
        );
    }
}

#[test]
fn several_control_planes_need_an_address_for_their_balancer() {
    let second = NodeId::first(Role::ControlPlane).next();
    let several = |node_subnet| {
        let cluster = resolved("dev", 6443, node_subnet);
        let mut nodes = cluster.nodes.clone();
        nodes.push(Node {
            id: second,
            address: None,
            ..Node::control_plane()
        });
        Cluster { nodes, ..cluster }
    };
    let api_address = |cluster: &Cluster| {
        let found = resolve(cluster, &InUse::default(), None);
        found.map(|found| found.api_address.octets()[3])
    };
    assert_eq!(api_address(&several("10.200.0.0/28")), Ok(9));
    let problem = problems(&several("10.200.0.0/29"), &InUse::default(), None);
    assert_eq!(
        problem,
        "`spec.networking.nodeSubnet`: 10.200.0.0/29 is too small"
    );
    let one = resolved("dev", 6443, "10.200.0.0/24");
    assert_eq!(
        problems(&several("10.200.0.0/24"), &InUse::default(), Some(&one)),
        "`spec.nodes[].role`: the number of control planes cannot change from 1 to 2 while the cluster \
         exists; delete it first"
    );
}

#[test]
fn a_control_plane_has_one_of_its_addresses_and_room_for_its_pods() {
    let at = |address, node_subnet, pods| {
        let cluster = Cluster {
            pod_subnet: subnet(pods),
            ..resolved("dev", 6443, node_subnet)
        };
        let nodes = vec![Node {
            address: Some(Ipv4Addr::from(address)),
            ..Node::control_plane()
        }];
        giving(
            Cluster { nodes, ..cluster },
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
fn a_problem_with_an_omitted_field_is_at_the_name() {
    let full = InUse {
        listening: listening(6443..=6543),
        ..InUse::default()
    };
    let message = "all ports from 6443 to 6543 are in use; choose another one";
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
fn the_server_is_an_address_to_connect_to() {
    let cluster = resolved("dev", 6450, "10.200.0.0/24");
    let server = |address| {
        let cluster = Cluster {
            api_server_address: address,
            ..cluster.clone()
        };
        resolve(&cluster, &InUse::default(), None).unwrap().server()
    };
    assert_eq!(
        server(Ipv4Addr::new(127, 0, 0, 9)),
        "https://127.0.0.9:6450"
    );
    assert_eq!(server(Ipv4Addr::UNSPECIFIED), "https://127.0.0.1:6450");
}
