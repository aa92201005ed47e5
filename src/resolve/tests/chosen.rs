//! Ports and subnets that kinc chooses itself: what is free, and what to say when nothing is.

use super::*;

#[test]
fn a_new_cluster_gets_the_first_free_port_and_subnet() {
    let host = |ports: &[u16], routes: &[&str]| InUse {
        listening: listening(ports.iter().copied()),
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
        let resolved = resolve(&named("dev"), &in_use, None).unwrap();
        assert_eq!(
            (resolved.api_server_port, resolved.node_subnet),
            (port, subnet(node_subnet)),
            "{name}"
        );
    }
}

#[test]
fn the_node_subnet_avoids_pods_and_services() {
    let cluster = Cluster {
        pod_subnet: subnet("10.200.0.0/23"),
        ..named("dev")
    };
    let resolved = resolve(&cluster, &InUse::default(), None).unwrap();
    assert_eq!(resolved.node_subnet, subnet("10.200.2.0/24"));
}

#[test]
fn a_new_node_subnet_avoids_routes_of_the_host_if_possible() {
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
        let resolved = resolve(&named("dev"), &in_use, None).unwrap();
        assert_eq!(resolved.node_subnet, subnet(expected), "{name}");
    }
}

#[test]
fn a_full_range_is_an_error() {
    let in_use = InUse {
        listening: listening(6443..=6543),
        networks: vec![subnet("10.0.0.0/8"), subnet("192.168.0.0/16")],
        ..InUse::default()
    };
    assert_eq!(
        problems(&named("dev"), &in_use, None),
        "`spec.networking.apiServerPort`: all ports from 6443 to 6543 are in use; choose another one\n\
         `spec.networking.nodeSubnet`: all of 10.200.0.0/16 and 192.168.0.0/16 is in use; choose another one"
    );
}

#[test]
fn nothing_is_allocated_while_a_cluster_is_unreadable() {
    let in_use = InUse {
        unreadable: vec!["/units/kinc-lost/cluster.yaml".to_owned()],
        ..InUse::default()
    };
    let why = "cannot be chosen while `/units/kinc-lost/cluster.yaml` cannot be read, because that cluster \
               may use any; repair it, or set a value here";
    assert_eq!(
        problems(&named("dev"), &in_use, None),
        format!(
            "`spec.networking.apiServerPort`: {why}\n\
             `spec.networking.nodeSubnet`: {why}"
        )
    );
    // One that has its values continues, and so does one that is given them.
    let own = resolved("dev", 6443, "10.200.0.0/24");
    for (cluster, previous) in [(&named("dev"), Some(&own)), (&own, None)] {
        let resolved = resolve(cluster, &in_use, previous).unwrap();
        assert_eq!(resolved.declaration.api_server_port, Some(6443));
    }
}

#[test]
fn clusters_are_resolved_together_and_all_problems_reported() {
    let at = |name, port| Cluster {
        api_server_port: Some(port),
        ..named(name)
    };
    let all = |clusters: &[Cluster]| resolve_all(clusters, InUse::default(), &[]);
    let good = all(&[at("a", 6444), named("b"), named("c")]).unwrap();
    let ports: Vec<u16> = good
        .iter()
        .map(|resolved| resolved.api_server_port)
        .collect();
    assert_eq!(ports, [6444, 6443, 6445]);
    assert_eq!(
        all(&[at("a", 6443), at("b", 6443), named("c"), at("d", 6444)])
            .unwrap_err()
            .to_string(),
        "`spec.networking.apiServerPort`: port 6443 is used by cluster `a`; 6445 is free"
    );
}
