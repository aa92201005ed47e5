//! Further ports of the host: whose they are, and what is refused.

use super::*;

fn with_ports(name: &str, ports: &[(u16, Protocol)]) -> Cluster {
    let mapping = |&(host_port, protocol): &(u16, Protocol)| PortMapping {
        container_port: 30080,
        host_port,
        listen_address: Ipv4Addr::LOCALHOST,
        protocol,
    };
    let mut cluster = giving(named(name), &[Field::ExtraPortMappings]);
    cluster.node.ports = ports.iter().map(mapping).collect();
    cluster
}

#[test]
fn a_further_port_that_is_taken_or_given_twice_is_refused() {
    let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
    let mut first = resolved("first", 6443, "10.200.0.0/24");
    first.node = with_ports("first", &[(8080, tcp)]).node;
    let in_use = InUse {
        clusters: vec![ClusterInUse::of(&first).unwrap()],
        ports: [9090].into(),
        subnets: Vec::new(),
    };
    let cases = [
        (vec![(8080, tcp)], "port 8080 is used by cluster `first`"),
        (vec![(9090, tcp)], "port 9090 is used by another program"),
        (
            vec![(8000, tcp), (8000, tcp)],
            "port 8000 is used by another mapping",
        ),
    ];
    for (ports, message) in cases {
        assert_eq!(
            problems(&with_ports("second", &ports), &in_use, None),
            format!("c.yaml:1:9: `spec.nodes[].extraPortMappings`: {message}")
        );
    }
    let free = with_ports("second", &[(8000, tcp), (8000, udp), (9090, udp)]);
    assert!(plan(&free, &in_use, None).is_ok());
}

#[test]
fn a_port_that_is_chosen_is_none_of_the_further_ones() {
    let cluster = with_ports("dev", &[(6443, Protocol::Tcp)]);
    let planned = plan(&cluster, &InUse::default(), None).unwrap();
    assert_eq!(planned.api_server_port, 6444);
    // Applied again while it runs, it is the cluster itself that listens there.
    let in_use = InUse {
        ports: [6443, 6444].into(),
        ..InUse::default()
    };
    assert!(plan(&cluster, &in_use, Some(&planned.declaration)).is_ok());
}
