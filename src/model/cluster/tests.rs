//! Names: what is refused, and what is derived.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[test]
fn an_invalid_name_says_why() {
    let long = "a".repeat(41);
    let cases = [
        ("", "the cluster name `` is empty"),
        (
            "Dev",
            "the cluster name `Dev` may only have lower-case letters, digits and `-`",
        ),
        (
            "a\nb",
            "the cluster name `a\\nb` may only have lower-case letters, digits and `-`",
        ),
        (
            "dev.eu",
            "the cluster name `dev.eu` may only have lower-case letters, digits and `-`",
        ),
        (
            "-dev",
            "the cluster name `-dev` must start and end with a letter or a digit",
        ),
        (
            "dev-",
            "the cluster name `dev-` must start and end with a letter or a digit",
        ),
        (
            &long,
            &format!("the cluster name `{long}` is longer than 40 characters"),
        ),
    ];
    for (name, message) in cases {
        assert_eq!(ClusterName::new(name).unwrap_err().to_string(), message);
    }
    assert!(ClusterName::new(&"a".repeat(40)).is_ok());
    assert!(ClusterName::new("0-9").is_ok());
}

#[test]
fn every_name_of_a_cluster_starts_with_its_prefix() {
    let cluster = ClusterName::new("dev").unwrap();
    let node = NodeName::new(&cluster, NodeId::first(Role::ControlPlane));
    assert_eq!(
        [cluster.network(), cluster.context(), cluster.directory()],
        ["kinc-dev", "kinc-dev", "kinc-dev"]
    );
    assert_eq!(
        [
            node.unit(),
            node.container().to_owned(),
            node.volume("containers")
        ],
        [
            "kinc-dev-control-plane.service",
            "kinc-dev-control-plane",
            "kinc-dev-control-plane-containers",
        ]
    );
}

#[test]
fn no_slice_is_inside_that_of_another_cluster() {
    let slice = |name| ClusterName::new(name).unwrap().slice();
    assert_eq!(slice("dev"), "kinc-dev.slice");
    assert_eq!(slice("dev-2-b"), "kinc-dev\\x2d2\\x2db.slice");
}

#[test]
fn the_longest_node_name_is_a_host_name() {
    let cluster = ClusterName::new(&"a".repeat(40)).unwrap();
    let ids = Role::ALL.map(|role| (1..200).fold(NodeId::first(role), |id, _| id.next()));
    for id in ids {
        assert!(NodeName::new(&cluster, id).as_str().len() <= 63, "{id}");
    }
}

/// Every unit of a cluster with one node.
fn units(cluster: &ClusterName, id: NodeId) -> Vec<String> {
    let node = NodeName::new(cluster, id);
    let mut units = vec![
        node.unit(),
        format!("{}-volume.service", node.volume("containers")),
        format!("{}-network.service", cluster.network()),
        format!("{}.service", cluster.api_host()),
    ];
    units.extend(cluster.linked_units());
    units
}

proptest! {
    /// Names such as `dev-control-plane` and `x-worker2` are names of clusters, too.
    #[test]
    fn no_unit_of_a_cluster_is_one_of_another(
        names in proptest::collection::btree_set(
            "(dev|x)(-(dev|x|control-plane|worker|2|worker2|containers|network|resolver|volume|api)){0,3}",
            2..6,
        ),
    ) {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        let names = names.iter().filter_map(|name| ClusterName::new(name).ok());
        for cluster in names {
            let first = NodeId::first(Role::ControlPlane);
            let ids = [first, first.next(), NodeId::first(Role::Worker)];
            let units: std::collections::BTreeSet<String> =
                ids.into_iter().flat_map(|id| units(&cluster, id)).collect();
            for unit in units {
                let other = seen.insert(unit.clone(), cluster.to_string());
                prop_assert_eq!(other, None, "{} of {}", unit, cluster);
            }
        }
    }

    #[test]
    fn only_its_own_cluster_recognises_a_node_by_name(
        name in "(dev|x)(-(dev|x|control-plane|worker2)){0,2}",
        other in "(dev|x)(-(dev|x|control-plane|worker2)){0,2}",
    ) {
        let [cluster, other] = [name, other].map(|name| ClusterName::new(&name).unwrap());
        let node = NodeName::new(&cluster, NodeId::first(Role::Worker).next());
        prop_assert_eq!(
            NodeName::of(&other, node.as_str()),
            (other == cluster).then_some(node)
        );
    }
}
