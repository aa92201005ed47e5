//! Mappings that name no port of the host: one is chosen once, and kept.

use super::*;

/// A mapping to a port of the node, from one of the host if that is named.
fn mapping(container_port: u16, host_port: Option<u16>, protocol: Protocol) -> PortMapping {
    PortMapping {
        container_port,
        host_port,
        listen_address: Ipv4Addr::LOCALHOST,
        protocol,
    }
}

fn tcp(container_port: u16, host_port: Option<u16>) -> PortMapping {
    mapping(container_port, host_port, Protocol::Tcp)
}

fn with(name: &str, mappings: &[PortMapping]) -> Cluster {
    let mut cluster = giving(named(name), &[Field::ExtraPortMappings]);
    cluster.nodes[0].settings.ports = mappings.iter().cloned().map(Item::from).collect();
    cluster
}

/// Returns the ports of the host in the order of the mappings.
fn chosen(cluster: &Cluster, in_use: &InUse, previous: Option<&Cluster>) -> Vec<u16> {
    let resolved = resolve(cluster, in_use, previous).unwrap();
    let mappings = &resolved.declaration.nodes[0].settings.ports;
    mappings.iter().filter_map(|one| one.host_port).collect()
}

#[test]
fn the_first_port_free_in_the_protocol_is_chosen() {
    let udp = |container_port| mapping(container_port, None, Protocol::Udp);
    let beside = |listening: BTreeSet<HostPort>| InUse {
        listening,
        ..InUse::default()
    };
    let open = [tcp(80, None), tcp(81, None), udp(82)];
    let cluster = with("dev", &open);
    let nothing = InUse::default();
    assert_eq!(chosen(&cluster, &nothing, None), [20000, 20001, 20000]);
    let program = beside(listening([20000]));
    assert_eq!(chosen(&cluster, &program, None), [20001, 20002, 20000]);
    let own = with("dev", &[tcp(80, None), tcp(81, Some(20000))]);
    assert_eq!(chosen(&own, &nothing, None), [20001, 20000]);
    let api_server = Cluster {
        api_server_port: Some(20000),
        ..cluster.clone()
    };
    assert_eq!(chosen(&api_server, &nothing, None), [20001, 20002, 20000]);
    let both = resolve_all(&[cluster, with("other", &open)], nothing, &[]).unwrap();
    let other = both[1].declaration.nodes[0].settings.ports.iter();
    let other: Vec<Option<u16>> = other.map(|one| one.host_port).collect();
    assert_eq!(other, [Some(20002), Some(20003), Some(20001)]);
}

#[test]
fn a_chosen_port_is_kept_in_any_order_of_mappings() {
    let first = with("dev", &[tcp(80, None), tcp(81, None), tcp(80, None)]);
    let made = resolve(&first, &InUse::default(), None)
        .unwrap()
        .declaration;
    let running = InUse {
        clusters: vec![ClusterInUse::of(&made).unwrap()],
        listening: listening([6443, 20000, 20001, 20002]),
        ..InUse::default()
    };
    let again = |mappings: &[PortMapping]| chosen(&with("dev", mappings), &running, Some(&made));
    let cases = [
        (
            "as before",
            vec![tcp(80, None), tcp(81, None), tcp(80, None)],
            vec![20000, 20001, 20002],
        ),
        (
            "in another order",
            vec![tcp(81, None), tcp(80, None), tcp(80, None)],
            vec![20001, 20000, 20002],
        ),
        ("some left", vec![tcp(81, None)], vec![20001]),
        (
            "one named that another one had",
            vec![tcp(80, Some(20000)), tcp(80, None), tcp(81, None)],
            vec![20000, 20002, 20001],
        ),
        (
            "another one named",
            vec![tcp(80, Some(8080)), tcp(80, None)],
            vec![8080, 20000],
        ),
    ];
    for (name, mappings, expected) in cases {
        assert_eq!(again(&mappings), expected, "{name}");
    }
    let planned = resolve(&first, &running, Some(&made)).unwrap();
    assert_eq!(changes(&made, &planned.declaration), []);
}

#[test]
fn a_declared_port_is_kept_when_it_is_omitted_later() {
    let named_once = with("dev", &[tcp(80, Some(8080))]);
    let made = resolve(&named_once, &InUse::default(), None).unwrap();
    let open = with("dev", &[tcp(80, None)]);
    assert_eq!(
        chosen(&open, &InUse::default(), Some(&made.declaration)),
        [8080]
    );
}

#[test]
fn no_port_is_chosen_while_a_cluster_is_unreadable_or_none_is_free() {
    let cluster = Cluster {
        nodes: with("dev", &[tcp(80, None)]).nodes,
        ..resolved("dev", 6443, "10.200.0.0/24")
    };
    let unreadable = InUse {
        unreadable: vec!["/units/kinc-lost/cluster.yaml".to_owned()],
        ..InUse::default()
    };
    let full = InUse {
        listening: listening(20000..=29999),
        ..InUse::default()
    };
    let path = "`spec.nodes[].extraPortMappings`";
    assert_eq!(
        problems(&cluster, &unreadable, None),
        format!(
            "{path}: cannot be chosen while `/units/kinc-lost/cluster.yaml` cannot be read, because that \
             cluster may use any; repair it, or set a value here"
        )
    );
    assert_eq!(
        problems(&cluster, &full, None),
        format!("{path}: all ports from 20000 to 29999 are in use; choose another one")
    );
}

#[test]
fn ports_declared_in_the_same_apply_are_not_chosen_for_others() {
    let open = with("a", &[tcp(80, None)]);
    let mut naming = with("b", &[tcp(80, Some(20000))]);
    naming.api_server_port = Some(6443);
    let all = resolve_all(&[open, naming], InUse::default(), &[]).unwrap();
    let ports: Vec<(u16, Option<u16>)> = all
        .iter()
        .map(|resolved| {
            (
                resolved.api_server_port,
                resolved.declaration.nodes[0].settings.ports[0].host_port,
            )
        })
        .collect();
    assert_eq!(ports, [(6444, Some(20001)), (6443, Some(20000))]);
}

#[test]
fn a_port_now_declared_for_another_mapping_is_not_kept() {
    let before = with("dev", &[tcp(80, Some(20000))]);
    let before = resolve(&before, &InUse::default(), None)
        .unwrap()
        .declaration;
    let now = with("dev", &[tcp(80, None), tcp(443, Some(20000))]);
    assert_eq!(
        chosen(&now, &InUse::default(), Some(&before)),
        [20001, 20000]
    );
}
