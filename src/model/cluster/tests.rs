//! Names: what is refused, and what is derived.

use super::*;

#[test]
fn a_bad_name_says_what_is_wrong_with_it() {
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
    let node = NodeName::new(&cluster, Role::ControlPlane);
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
    let cluster = ClusterName::new(&"a".repeat(NAME_MAX_CHARS)).unwrap();
    assert!(NodeName::new(&cluster, Role::ControlPlane).as_str().len() <= 62);
}
