//! Further ports of the host: whose they are, and what is refused.

use super::*;

fn with_ports(name: &str, ports: &[(u16, Protocol)]) -> Cluster {
    let mapping = |&(host_port, protocol): &(u16, Protocol)| PortMapping {
        container_port: 30080,
        host_port: Some(host_port),
        listen_address: Ipv4Addr::LOCALHOST,
        protocol,
    };
    let mut cluster = giving(named(name), &[Field::ExtraPortMappings]);
    let ports = ports.iter().map(mapping).map(Item::from);
    cluster.nodes[0].settings.ports = ports.collect();
    cluster
}

#[test]
fn a_mapped_port_in_use_or_declared_twice_is_rejected() {
    let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
    let mut first = resolved("first", 6443, "10.200.0.0/24");
    first.nodes = with_ports("first", &[(8080, tcp)]).nodes;
    let in_use = InUse {
        clusters: vec![ClusterInUse::of(&first).unwrap()],
        listening: listening([9090]),
        ..InUse::default()
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
    assert!(resolve(&free, &in_use, None).is_ok());
}

#[test]
fn conflicting_port_mappings_are_rejected_and_name_each_other() {
    let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
    let mut cluster = with_ports(
        "dev",
        &[(80, tcp), (8080, tcp), (80, udp), (80, tcp), (8080, tcp)],
    );
    for (index, mapping) in cluster.nodes[0].settings.ports.iter_mut().enumerate() {
        mapping.place = Some(Place {
            source: "c.yaml".to_owned(),
            span: Span::new(10 + index as u64, 5, 0),
        });
    }
    let path = "`spec.nodes[].extraPortMappings`";
    assert_eq!(
        problems(&cluster, &InUse::default(), None),
        format!(
            "c.yaml:13:5: {path}: port 80 is used by the mapping at c.yaml:10:5\n\
             c.yaml:14:5: {path}: port 8080 is used by the mapping at c.yaml:11:5"
        )
    );
    let in_use = InUse {
        listening: listening([8080]),
        first_unprivileged_port: 1024,
        ..InUse::default()
    };
    let found = problems(&cluster, &in_use, None);
    let places: Vec<&str> = found
        .lines()
        .filter_map(|line| line.split(": ").next())
        .collect();
    let expected = ["c.yaml:10:5", "c.yaml:11:5", "c.yaml:13:5", "c.yaml:14:5"];
    assert_eq!(places, expected, "{found}");
}

#[test]
fn equal_ports_conflict_only_at_one_address_and_in_one_protocol() {
    let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
    let [all, one, two] = ["0.0.0.0", "127.0.0.1", "127.0.0.2"];
    let at = |name: &str, address: &str, port, protocol| {
        let mut cluster = with_ports(name, &[(port, protocol)]);
        cluster.nodes[0].settings.ports[0].listen_address = address.parse().unwrap();
        cluster
    };
    let cases = [
        (one, 8080, tcp, one, 8080, tcp, false),
        (one, 8080, udp, one, 8080, udp, false),
        (one, 8080, tcp, one, 8080, udp, true),
        (one, 8080, tcp, two, 8080, tcp, true),
        (all, 8080, tcp, two, 8080, tcp, false),
        (one, 8080, tcp, all, 8080, tcp, false),
        (all, 8080, tcp, all, 8080, udp, true),
        (one, 8080, tcp, one, 8081, tcp, true),
        // The API server of the second one is at 127.0.0.1:6444.
        (one, 6444, tcp, one, 8080, tcp, false),
        (all, 6444, tcp, one, 8080, tcp, false),
        (two, 6444, tcp, one, 8080, tcp, true),
        (one, 6444, udp, one, 8080, tcp, true),
    ];
    for (address, port, protocol, other_address, other_port, other_protocol, is_free) in cases {
        let first = Cluster {
            nodes: at("first", address, port, protocol).nodes,
            ..resolved("first", 6443, "10.200.0.0/24")
        };
        let second = Cluster {
            api_server_port: Some(6444),
            ..at("second", other_address, other_port, other_protocol)
        };
        // While the first one runs, its ports are listened on.
        let in_use = InUse {
            clusters: vec![ClusterInUse::of(&first).unwrap()],
            listening: extra_ports(&first)
                .into_iter()
                .chain(listening([6443]))
                .collect(),
            ..InUse::default()
        };
        assert_eq!(
            resolve(&second, &in_use, None).is_ok(),
            is_free,
            "{address}:{port}/{protocol:?} beside {other_address}:{other_port}/{other_protocol:?}"
        );
    }
}

#[test]
fn a_mapping_may_use_the_api_server_port_at_another_address() {
    let with = |address: &str, protocol| {
        let mut cluster = with_ports("dev", &[(6443, protocol)]);
        cluster.nodes[0].settings.ports[0].listen_address = address.parse().unwrap();
        cluster.api_server_port = Some(6443);
        resolve(&cluster, &InUse::default(), None).map(|resolved| resolved.api_server_port)
    };
    assert_eq!(with("127.0.0.2", Protocol::Tcp), Ok(6443));
    assert_eq!(with("127.0.0.1", Protocol::Udp), Ok(6443));
    let message =
        "`spec.nodes[].extraPortMappings`: port 6443 is used by the API server of this cluster";
    for address in ["127.0.0.1", "0.0.0.0"] {
        let refused = with(address, Protocol::Tcp).unwrap_err();
        assert_eq!(refused.to_string(), format!("c.yaml:1:9: {message}"));
    }
}

#[test]
fn the_chosen_api_server_port_avoids_mapped_ports() {
    let cluster = with_ports("dev", &[(6443, Protocol::Tcp)]);
    let planned = resolve(&cluster, &InUse::default(), None).unwrap();
    assert_eq!(planned.api_server_port, 6444);
    // Applied again while it runs, it is the cluster itself that listens there.
    let in_use = InUse {
        listening: listening([6443, 6444]),
        ..InUse::default()
    };
    assert!(resolve(&cluster, &in_use, Some(&planned.declaration)).is_ok());
}

#[test]
fn a_listening_program_conflicts_only_at_its_address_and_protocol() {
    let with = |address: &str, port, protocol| {
        let mut cluster = with_ports("dev", &[(port, protocol)]);
        cluster.nodes[0].settings.ports[0].listen_address = address.parse().unwrap();
        cluster
    };
    // As the resolver of systemd does.
    let resolver = HostPort {
        address: Ipv4Addr::new(127, 0, 0, 53),
        port: 5353,
        protocol: Protocol::Udp,
    };
    let in_use = InUse {
        listening: [resolver].into(),
        ..InUse::default()
    };
    let cases = [
        ("127.0.0.53", Protocol::Udp, false),
        ("0.0.0.0", Protocol::Udp, false),
        ("127.0.0.1", Protocol::Udp, true),
        ("0.0.0.0", Protocol::Tcp, true),
    ];
    for (address, protocol, is_free) in cases {
        let planned = resolve(&with(address, 5353, protocol), &in_use, None);
        assert_eq!(planned.is_ok(), is_free, "{address} {protocol:?}");
    }
}

#[test]
fn privileged_ports_are_rejected_and_not_chosen() {
    let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
    let ingress = with_ports("dev", &[(443, tcp), (80, tcp), (443, udp), (8080, tcp)]);
    let ingress = Cluster {
        api_server_port: Some(1000),
        ..giving(ingress, &[Field::ExtraPortMappings, Field::ApiServerPort])
    };
    let from = |first_unprivileged_port| InUse {
        first_unprivileged_port,
        ..InUse::default()
    };
    let why = "cannot be published: users of this host have the ports from 1024 on; to allow more: \
               echo net.ipv4.ip_unprivileged_port_start=80 | sudo tee \
               /etc/sysctl.d/60-unprivileged-ports.conf && sudo sysctl --system";
    assert_eq!(
        problems(&ingress, &from(1024), None),
        format!(
            "c.yaml:1:9: `spec.nodes[].extraPortMappings`: ports 80, 443 {why}\n\
             c.yaml:2:9: `spec.networking.apiServerPort`: port 1000 {why}"
        )
    );
    for first in [0, 80] {
        assert!(resolve(&ingress, &from(first), None).is_ok(), "{first}");
    }
    // What is chosen is what users have.
    let planned = resolve(&named("dev"), &from(6500), None).unwrap();
    assert_eq!(planned.api_server_port, 6500);
}
