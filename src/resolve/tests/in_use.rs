//! What is decided already, held against what other clusters and the host use.

use super::*;

#[test]
fn a_declared_value_in_use_is_an_error_that_suggests_a_free_one() {
    let in_use = InUse {
        clusters: vec![other("first", 6443, "10.200.0.0/24")],
        listening: listening([6444]),
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
fn declared_subnets_conflict_only_with_other_clusters() {
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
        let resolved = resolve(cluster, in_use, previous).unwrap();
        assert_eq!(resolved.node_subnet, subnet("10.200.0.0/24"), "{name}");
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
fn routes_hidden_by_the_node_subnet_are_reported() {
    let own = resolved("dev", 6443, "10.200.0.0/24");
    let resolved = resolve_again(&own).unwrap();
    let hidden = |routes: &[&str]| {
        resolved.hidden_network(&InUse {
            routes: routes.iter().map(|text| subnet(text)).collect(),
            ..InUse::default()
        })
    };
    assert_eq!(
        hidden(&["192.168.1.0/24", "10.0.0.0/8"]).unwrap(),
        "the nodes of cluster `dev` have 10.200.0.0/24, which overlaps the route 10.0.0.0/8 of this host: \
         nothing in the cluster reaches the host's network at these addresses; everything else works"
    );
    assert_eq!(hidden(&["0.0.0.0/1", "128.0.0.0/1", "10.201.0.0/16"]), None);
}

#[test]
fn what_a_running_cluster_uses_itself_is_not_in_use() {
    let own = resolved("dev", 6450, "10.200.9.0/24");
    let in_use = InUse {
        clusters: vec![ClusterInUse::of(&own).unwrap()],
        listening: listening([6450]),
        networks: vec![subnet("10.200.9.0/24")],
        ..InUse::default()
    };
    for cluster in [named("dev"), own.clone()] {
        let resolved = resolve(&cluster, &in_use, Some(&own)).unwrap();
        assert_eq!(
            (resolved.api_server_port, resolved.node_subnet),
            (6450, subnet("10.200.9.0/24"))
        );
    }
}
