//! What the nodes of a cluster have of its limits, and for whom that changes when others come or go.

use crate::model::cluster::{CPU_MILLIS, Cluster, MEMORY, NodeLimits, Resources, TASKS};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
use crate::model::problem::Problem;
use crate::model::quantity;
use crate::resolve::change::FieldChange;

/// A limit that nodes share: the fields of the cluster and of a node, what a node needs before it runs pods of the
/// user, the numbers, and how they are written.
struct Limit {
    of_cluster: Field,
    of_node: Field,
    least: u64,
    total: fn(&Resources) -> Option<u64>,
    each: fn(&NodeLimits) -> Option<u64>,
    write: fn(u64) -> String,
}

const LIMITS: [Limit; 3] = [
    Limit {
        of_cluster: Field::Memory,
        of_node: Field::NodeMemory,
        least: *MEMORY.start(),
        total: |cluster| cluster.memory_bytes,
        each: |node| node.memory_bytes,
        write: quantity::bytes,
    },
    Limit {
        of_cluster: Field::Cpu,
        of_node: Field::NodeCpu,
        least: *CPU_MILLIS.start(),
        total: |cluster| cluster.cpu_millis,
        each: |node| node.cpu_millis,
        write: quantity::millis,
    },
    Limit {
        of_cluster: Field::Tasks,
        of_node: Field::NodeTasks,
        least: *TASKS.start(),
        total: |cluster| cluster.tasks,
        each: |node| node.tasks,
        write: |number| number.to_string(),
    },
];

/// Divides the limits of a cluster.
///
/// # Errors
/// When the nodes declare more than the cluster has, or less is left for another than it needs.
pub(super) fn limits(cluster: &Cluster) -> Result<Vec<NodeLimits>, Problem> {
    let divided = divided(cluster);
    match LIMITS
        .iter()
        .find_map(|limit| limit.problem(cluster, &divided))
    {
        Some(problem) => Err(problem),
        None => Ok(divided),
    }
}

fn divided(cluster: &Cluster) -> Vec<NodeLimits> {
    let declared: Vec<NodeLimits> = cluster.nodes.iter().map(|node| node.limits).collect();
    cluster.resources.divide(&declared)
}

impl Limit {
    fn problem(&self, cluster: &Cluster, divided: &[NodeLimits]) -> Option<Problem> {
        let total = (self.total)(&cluster.resources)?;
        let path = self.of_cluster.path();
        let declared = cluster.nodes.iter().map(|node| &node.limits);
        let taken: u64 = declared.filter_map(self.each).sum();
        if taken > total {
            let (taken, total) = ((self.write)(taken), (self.write)(total));
            let message = format!("the nodes have {taken} together, and `{path}` is {total}");
            return Some(cluster.problem(self.of_node, message));
        }
        let least = divided.iter().filter_map(self.each).min()?;
        (least < self.least).then(|| {
            let (least, needed) = ((self.write)(least), (self.write)(self.least));
            let message = format!(
                "leaves {least} for a node, which is too low: a node without your pods needs {needed}"
            );
            cluster.problem(self.of_cluster, message)
        })
    }
}

/// Returns the shares that change of nodes that stay, as changes of the fields that would declare them. A node that
/// declares a limit has no share of it, and the only node has all there is.
#[must_use]
pub(crate) fn changed_shares(old: &Cluster, new: &Cluster) -> Vec<FieldChange> {
    if old.nodes.len().max(new.nodes.len()) < 2 {
        return Vec::new();
    }
    let (before, after) = (divided(old), divided(new));
    let mut changes = Vec::new();
    for (node, after) in new.nodes.iter().zip(&after) {
        let mut all = old.nodes.iter().zip(&before);
        let Some((was, before)) = all.find(|(one, _)| one.id == node.id) else {
            continue;
        };
        for limit in &LIMITS {
            let (old, new) = ((limit.each)(before), (limit.each)(after));
            let is_declared = [was, node]
                .iter()
                .any(|one| (limit.each)(&one.limits).is_some());
            if !is_declared && old != new {
                changes.push(FieldChange {
                    field: FieldRef::of_node(limit.of_node, node.id),
                    old: old.map(limit.write),
                    new: new.map(limit.write),
                });
            }
        }
    }
    changes
}
