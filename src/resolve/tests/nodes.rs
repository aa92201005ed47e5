//! Several nodes: addresses, shares, and what is compared with what.

use super::*;
use crate::model::node_id::NodeId;
use crate::resolve::resolved_cluster::CONTROL_PLANE_TAINT;

fn id(text: &str) -> NodeId {
    NodeId::parse(text).unwrap()
}

/// A cluster `dev` with these nodes, in this order.
fn with(nodes: &[&str]) -> Cluster {
    let node = |text: &&str| Node {
        id: id(text),
        ..Node::control_plane()
    };
    Cluster {
        nodes: nodes.iter().map(node).collect(),
        ..named("dev")
    }
}

fn addresses(resolved: &ResolvedCluster) -> Vec<(String, u8)> {
    let nodes = resolved.nodes();
    nodes
        .map(|(node, declared)| (declared.id.to_string(), node.address.octets()[3]))
        .collect()
}

fn resolve_alone(cluster: &Cluster, previous: Option<&Cluster>) -> ResolvedCluster {
    resolve(cluster, &InUse::default(), previous).unwrap()
}

#[test]
fn each_node_has_an_address_of_its_role_wherever_it_is_in_the_list() {
    let mixed = with(&["worker", "control-plane", "worker2", "control-plane2"]);
    let expected = [
        ("worker", 10),
        ("control-plane", 2),
        ("worker2", 11),
        ("control-plane2", 3),
    ];
    assert_eq!(
        addresses(&resolve_alone(&mixed, None)),
        expected.map(|(id, last)| (id.to_owned(), last))
    );
}

#[test]
fn adding_or_removing_a_node_keeps_other_addresses() {
    let all = with(&["control-plane", "worker", "worker2"]);
    let made = resolve_alone(&all, None).declaration;
    let fewer = with(&["worker2", "control-plane"]);
    let fewer = resolve_alone(&fewer, Some(&made));
    let expected = [("worker2", 11), ("control-plane", 2)];
    assert_eq!(
        addresses(&fewer),
        expected.map(|(id, last)| (id.to_owned(), last))
    );
    let again = resolve_alone(&all, Some(&fewer.declaration));
    assert_eq!(again.declaration, made);
}

#[test]
fn two_nodes_have_two_addresses_and_their_mappings_two_ports() {
    let mut cluster = with(&["control-plane", "control-plane2"]);
    for node in &mut cluster.nodes {
        node.address = Some(Ipv4Addr::new(10, 200, 0, 4));
        let mapping = PortMapping {
            container_port: 80,
            host_port: None,
            listen_address: Ipv4Addr::LOCALHOST,
            protocol: Protocol::Tcp,
        };
        node.settings.ports = vec![mapping.into()];
    }
    assert_eq!(
        problems(&cluster, &InUse::default(), None),
        "`spec.nodes[].address`: another node has 10.200.0.4"
    );
    cluster.nodes[1].address = None;
    let resolved = resolve_alone(&cluster, None);
    let ports: Vec<Option<u16>> = resolved
        .nodes()
        .map(|(_, node)| node.settings.ports[0].host_port)
        .collect();
    assert_eq!(ports, [Some(20000), Some(20001)]);
    assert_eq!(
        addresses(&resolved),
        [
            ("control-plane".to_owned(), 4),
            ("control-plane2".to_owned(), 2)
        ]
    );
}

#[test]
fn node_limits_add_up_to_the_cluster_limit() {
    let cluster = Cluster {
        resources: Resources {
            memory_bytes: Some(6 << 30),
            cpu_millis: Some(3000),
            tasks: Some(9000),
            ..Resources::default()
        },
        ..with(&["control-plane", "worker", "worker2"])
    };
    let third = NodeLimits {
        memory_bytes: Some(2 << 30),
        cpu_millis: Some(1000),
        tasks: Some(3000),
    };
    let resolved = resolve_alone(&cluster, None);
    let limits: Vec<NodeLimits> = resolved.nodes.iter().map(|node| node.limits).collect();
    assert_eq!(limits, [third; 3]);
}

#[test]
fn a_node_that_comes_takes_its_share_of_the_others() {
    let limited = |nodes: &[&str]| Cluster {
        resources: Resources {
            memory_bytes: Some(6 << 30),
            tasks: Some(9000),
            ..Resources::default()
        },
        ..with(nodes)
    };
    let shown = |old: &Cluster, new: &Cluster| -> Vec<String> {
        let changes = changed_shares(old, new).into_iter();
        let shown = changes.map(|change| {
            let node = change
                .field
                .node
                .map_or_else(String::new, |id| id.to_string());
            let [old, new] = [change.old, change.new].map(Option::unwrap_or_default);
            format!("{node}: {} {old} -> {new}", change.field.field.path())
        });
        shown.collect()
    };
    let (one, two) = (
        limited(&["control-plane"]),
        limited(&["control-plane", "worker"]),
    );
    assert_eq!(
        shown(&one, &two),
        [
            "control-plane: spec.nodes[].resources.memory 6Gi -> 3Gi",
            "control-plane: spec.nodes[].resources.tasks 9000 -> 4500",
        ]
    );
    assert_eq!(shown(&two, &two), [""; 0]);
    // What a node declares is no share; the others have less of the rest.
    let mut declared = two.clone();
    declared.nodes[1].limits.memory_bytes = Some(1 << 30);
    assert_eq!(
        shown(&two, &declared),
        ["control-plane: spec.nodes[].resources.memory 3Gi -> 5Gi"]
    );
}

#[test]
fn a_change_names_its_node() {
    let all = with(&["control-plane", "worker", "worker2"]);
    let before = resolve_alone(&all, None).declaration;
    let mut after = with(&["worker2", "control-plane", "worker3"]);
    after.nodes[0].settings.taints = Some(vec!["gpu:NoSchedule".to_owned()]);
    let after = resolve_alone(&after, Some(&before)).declaration;
    let found: Vec<(String, &str)> = changes(&before, &after)
        .iter()
        .map(|change| {
            let node = change.field.node.map(|node| node.to_string());
            (node.unwrap_or_default(), change.field.field.path())
        })
        .collect();
    assert_eq!(
        found,
        [
            ("worker2".to_owned(), "spec.nodes[].taints"),
            ("worker3".to_owned(), "spec.nodes[].role"),
            ("worker".to_owned(), "spec.nodes[].role"),
        ]
    );
}

#[test]
fn a_declaration_of_several_nodes_lists_them_in_order() {
    let written = declaration::document(&with(&["worker", "control-plane"]));
    let nodes = written.get("spec").and_then(|spec| spec.get("nodes"));
    assert_eq!(
        declaration::yaml::to_string(nodes.unwrap()),
        "- role: worker\n  name: kinc-dev-worker\n- role: control-plane\n  name: kinc-dev-control-plane\n"
    );
}

#[test]
fn declared_node_limits_hold_and_leave_the_minimum_for_others() {
    let mut cluster = giving(
        with(&["control-plane", "worker", "worker2"]),
        &[Field::Memory, Field::NodeMemory],
    );
    let mut memory = |total: u64, own: u64| {
        cluster.resources.memory_bytes = Some(total << 30);
        cluster.nodes[0].limits.memory_bytes = Some(own << 30);
        resolve(&cluster, &InUse::default(), None).map(|resolved| {
            let limits = resolved.nodes.iter().map(|node| node.limits.memory_bytes);
            limits
                .flatten()
                .map(|bytes| bytes >> 30)
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(memory(8, 4).unwrap(), [4, 2, 2]);
    assert_eq!(
        memory(4, 3).unwrap_err().to_string(),
        "c.yaml:1:9: `spec.resources.memory`: leaves 512Mi for a node, which is too low: a node without \
         your pods needs 1Gi"
    );
    assert_eq!(
        memory(4, 5).unwrap_err().to_string(),
        "c.yaml:2:9: `spec.nodes[].resources.memory`: the nodes have 5Gi together, and \
         `spec.resources.memory` is 4Gi"
    );
}

#[test]
fn a_control_plane_beside_workers_is_tainted_unless_taints_are_declared() {
    let taints = |ids: &[&str], declared: Option<Vec<String>>| {
        let mut cluster = with(ids);
        cluster.nodes[0].settings.taints = declared;
        let resolved = resolve_alone(&cluster, None);
        resolved.taints(&resolved.declaration.nodes[0])
    };
    let (alone, beside): (&[&str], &[&str]) = (&["control-plane"], &["control-plane", "worker"]);
    let own = vec!["gpu:NoSchedule".to_owned()];
    let cases = [
        (alone, None, vec![]),
        (beside, None, vec![CONTROL_PLANE_TAINT.to_owned()]),
        (beside, Some(vec![]), vec![]),
        (beside, Some(own.clone()), own),
    ];
    for (ids, declared, expected) in cases {
        assert_eq!(
            taints(ids, declared.clone()),
            expected,
            "{ids:?} {declared:?}"
        );
    }
}
