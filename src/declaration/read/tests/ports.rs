//! Ports of the host: what stands for one that is to be chosen, and what is refused.

use super::*;
use crate::model::cluster::{PortMapping, Protocol};

#[test]
fn a_host_port_of_0_or_minus_1_means_any_port() {
    let mapping = |container_port, protocol| PortMapping {
        container_port,
        host_port: None,
        listen_address: Ipv4Addr::LOCALHOST,
        protocol,
    };
    let cluster = read(&document(
        "{networking: {apiServerPort: -1}, nodes: [{extraPortMappings: [{containerPort: 1}, \
         {containerPort: 2, hostPort: 0, protocol: udp}, {containerPort: 3, hostPort: -1, protocol: Tcp}]}]}",
    ))
    .unwrap()
    .remove(0);
    let expected = [(1, Protocol::Tcp), (2, Protocol::Udp), (3, Protocol::Tcp)];
    assert_eq!(
        cluster.nodes[0].settings.ports,
        expected.map(|(port, protocol)| mapping(port, protocol).into())
    );
    assert_eq!(cluster.api_server_port, None);
}

#[test]
fn an_invalid_port_mapping_says_why() {
    let cases = [
        (
            "protocol: SCTP",
            "protocol`: rootless Podman publishes TCP and UDP ports, not SCTP",
        ),
        (
            "protocol: http",
            "protocol`: expected `TCP` or `UDP`, found `HTTP`",
        ),
        (
            "hostPort: 65536",
            "hostPort`: 65536 is not a port from 1 to 65535; with 0 or -1, kinc chooses one",
        ),
        (
            "hostPort: '80'",
            "hostPort`: expected a port number, found a string",
        ),
        (
            "listenAddress: '::'",
            "listenAddress`: `::` is an IPv6 address, which is not supported yet; give `0.0.0.0`, which is for \
             all IPv4 addresses of the host",
        ),
        (
            "listenAddress: '2001:db8::7'",
            "listenAddress`: `2001:db8::7` is an IPv6 address, which is not supported yet; give an IPv4 address \
             of the host",
        ),
        (
            "listenAddress: ''",
            "listenAddress`: an empty address is ambiguous: `0.0.0.0` is for all addresses of the host, \
             `127.0.0.1` for the host itself",
        ),
    ];
    for (field, message) in cases {
        let spec = format!("{{nodes: [{{extraPortMappings: [{{containerPort: 80, {field}}}]}}]}}");
        let message = format!("`spec.nodes[].extraPortMappings[].{message}");
        assert_problems(&[(&spec, &message)]);
    }
}
