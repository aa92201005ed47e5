//! What nodes have of the limits of their cluster, before and after others come or go.

use crate::model::cluster::{Cluster, NodeLimits};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
use crate::model::quantity;
use crate::resolve::change::FieldChange;

/// A limit of a node: its field, its value, and how that is written.
type Limit = (Field, fn(&NodeLimits) -> Option<u64>, fn(u64) -> String);

const LIMITS: [Limit; 3] = [
    (Field::NodeMemory, |node| node.memory_bytes, quantity::bytes),
    (Field::NodeCpu, |node| node.cpu_millis, quantity::millis),
    (
        Field::NodeTasks,
        |node| node.tasks,
        |number| number.to_string(),
    ),
];

/// Returns the shares that change of nodes that stay, as changes of the fields that would declare them. A node that
/// declares a limit has no share of it, and the only node has all there is.
#[must_use]
pub(crate) fn changed_shares(old: &Cluster, new: &Cluster) -> Vec<FieldChange> {
    if old.nodes.len().max(new.nodes.len()) < 2 {
        return Vec::new();
    }
    let (before, after) = (shares(old), shares(new));
    let mut changes = Vec::new();
    for (node, after) in new.nodes.iter().zip(&after) {
        let Some(index) = old.nodes.iter().position(|one| one.id == node.id) else {
            continue;
        };
        let (was, before) = (&old.nodes[index], &before[index]);
        for (field, of, write) in LIMITS {
            let is_declared = of(&was.limits).is_some() || of(&node.limits).is_some();
            if !is_declared && of(before) != of(after) {
                changes.push(FieldChange {
                    field: FieldRef::of_node(field, node.id),
                    old: of(before).map(write),
                    new: of(after).map(write),
                });
            }
        }
    }
    changes
}

fn shares(cluster: &Cluster) -> Vec<NodeLimits> {
    let declared: Vec<NodeLimits> = cluster.nodes.iter().map(|node| node.limits).collect();
    cluster.resources.divide(&declared)
}
