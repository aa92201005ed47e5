//! What an apply would do to a cluster, and why: known before anything is done.
//!
//! Values in, values out; what they are made of is gathered by `ops`.

pub mod drift;
pub mod impact;
mod leaving;
mod shown;

pub(crate) use crate::plan::leaving::DRAIN_LIMIT;
pub use crate::plan::leaving::{Leaving, LocalClaim};
pub(crate) use crate::plan::shown::shown;

use serde::Serialize;

use crate::declaration::schema::Impact;
use crate::job::Summary;
use crate::model::cluster::{ClusterName, NodeName};
use crate::model::field_ref::FieldRef;
use crate::plan::drift::Drift;
use crate::plan::impact::{concerns, impact_of};
use crate::resolve::FieldChange;
use crate::units::file_set::Change;
use crate::units::unit_names;

/// What becomes of a cluster, or of one of its nodes; of a cluster, the last of these that becomes of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// It is as declared, and runs.
    Nothing,
    /// It is changed, without a restart.
    Change,
    /// It is as declared, and gets started.
    Start,
    /// It is made.
    Create,
    /// It is changed, and restarted.
    Restart,
    /// It is deleted with its data: its declaration is gone.
    Delete,
}

/// What an apply would do to a cluster, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The cluster.
    pub cluster: String,
    /// What becomes of it.
    pub step: Step,
    /// What becomes of each of its nodes.
    pub nodes: Vec<NodePlan>,
    /// The fields that are declared otherwise than before.
    pub fields: Vec<FieldLine>,
    /// The files that are written or removed.
    pub files: Vec<FileLine>,
    /// What is not as it was declared before.
    pub drift: Vec<Drift>,
    /// Drop-ins of the operator, which count as well; kinc never changes them.
    pub drop_ins: Vec<String>,
    /// The nodes that are not declared any more, and what goes with each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leaving: Vec<Leaving>,
}

/// What an apply would do to a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodePlan {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What becomes of it.
    pub step: Step,
}

/// A field that is declared otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldLine {
    /// Its path.
    pub path: &'static str,
    /// The node that it belongs to; nothing for a field of the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The value before.
    pub old: Option<String>,
    /// The value from now on.
    pub new: Option<String>,
    /// What the change takes.
    pub impact: Impact,
}

/// A file that is written or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileLine {
    /// Its path in the directory of the cluster.
    pub path: String,
    /// `create`, `update` or `remove`.
    pub change: &'static str,
}

/// What is known of a cluster before an apply.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts<'a> {
    /// Its nodes, each with how it is; nothing for one that is not there yet.
    pub nodes: Vec<(NodeName, Option<Summary>)>,
    /// Those of its nodes that are not declared any more.
    pub leaving: Vec<Leaving>,
    /// The fields that change.
    pub fields: &'a [FieldChange],
    /// The files that change.
    pub files: &'a [Change],
    /// What is not as declared before.
    pub drift: Vec<Drift>,
    /// The operator's drop-ins.
    pub drop_ins: Vec<String>,
}

impl Facts<'_> {
    /// Returns what becomes of a node.
    fn step(&self, cluster: &ClusterName, node: &NodeName, state: Option<Summary>) -> Step {
        let files = self.files.iter();
        let files = files.filter(|change| concerns(node, cluster, change));
        let is_own = |drift: &&Drift| drift.node.iter().all(|owner| owner == node.as_str());
        let drift = self.drift.iter().filter(is_own);
        let impacts: Vec<Impact> = files
            .map(impact_of)
            .chain(drift.map(|drift| drift.repair))
            .collect();
        let restarts = impacts.contains(&Impact::Restart);
        match state {
            None => Step::Create,
            Some(Summary::Ready) if impacts.is_empty() => Step::Nothing,
            Some(Summary::Ready | Summary::Starting) if restarts => Step::Restart,
            Some(Summary::Ready) => Step::Change,
            Some(Summary::Starting) if !impacts.is_empty() => Step::Change,
            Some(_) => Step::Start,
        }
    }
}

/// Returns what becomes of a cluster of whose nodes this becomes: one that is there is changed where nodes come
/// or go.
fn of_cluster(nodes: &[NodePlan]) -> Step {
    let is_new = nodes.iter().all(|node| node.step == Step::Create);
    let of_node = |node: &NodePlan| match node.step {
        Step::Create | Step::Delete if !is_new => Step::Change,
        step => step,
    };
    nodes.iter().map(of_node).max().unwrap_or(Step::Nothing)
}

impl Plan {
    /// Returns what an apply would do to a cluster that is declared.
    #[must_use]
    pub(crate) fn new(cluster: &ClusterName, facts: Facts<'_>) -> Self {
        let nodes = facts.nodes.iter();
        let nodes =
            nodes.map(|(node, state)| NodePlan::new(node, facts.step(cluster, node, *state)));
        let leaving = facts.leaving.iter();
        let leaving = leaving.map(|one| NodePlan::new(&one.node, Step::Delete));
        let nodes: Vec<NodePlan> = nodes.chain(leaving).collect();
        let field = |change: &FieldChange| FieldLine {
            path: change.field.field.path(),
            node: change.field.node.map(|node| node.to_string()),
            old: change.old.clone(),
            new: change.new.clone(),
            impact: change.field.field.impact(),
        };
        Self {
            cluster: cluster.to_string(),
            step: of_cluster(&nodes),
            nodes,
            fields: facts.fields.iter().map(field).collect(),
            files: facts.files.iter().map(FileLine::new).collect(),
            drift: facts.drift,
            drop_ins: facts.drop_ins,
            leaving: facts.leaving,
        }
    }

    /// Returns the deletion of a cluster whose declaration is gone.
    #[must_use]
    pub(crate) fn deletion(cluster: &ClusterName, files: &[Change]) -> Self {
        let nodes = unit_names::nodes(cluster, files.iter().map(Change::path));
        let nodes = nodes.iter().map(|node| NodePlan::new(node, Step::Delete));
        Self {
            cluster: cluster.to_string(),
            step: Step::Delete,
            nodes: nodes.collect(),
            fields: Vec::new(),
            files: files.iter().map(FileLine::new).collect(),
            drift: Vec::new(),
            drop_ins: Vec::new(),
            leaving: Vec::new(),
        }
    }

    /// Returns what becomes of a node; nothing of one that the plan does not have.
    #[must_use]
    pub(crate) fn step_of(&self, node: &NodeName) -> Option<Step> {
        let mut nodes = self.nodes.iter();
        let node = nodes.find(|one| one.name == node.as_str())?;
        Some(node.step)
    }

    /// Returns the units of the nodes of which the same becomes as of the cluster.
    #[must_use]
    pub(crate) fn units(&self) -> Vec<&str> {
        let nodes = self.nodes.iter().filter(|node| node.step == self.step);
        nodes.map(|node| node.unit.as_str()).collect()
    }

    /// Returns whether users of the cluster would notice, so that kinc asks first.
    #[must_use]
    pub(crate) fn disturbs(&self) -> bool {
        !self.leaving.is_empty() || matches!(self.step, Step::Restart | Step::Delete)
    }

    /// Returns whether the approval of these plans covers this one.
    ///
    /// A cluster may change while kinc waits for the answer: one that was starting is ready by then. A plan
    /// that disturbs nobody needs no approval, and a restart is a restart, whatever its causes; but other
    /// files are another change.
    #[must_use]
    pub(crate) fn is_covered_by(&self, approved: &[Self]) -> bool {
        let covers = |one: &Self| {
            one.cluster == self.cluster && one.step == self.step && one.files == self.files
        };
        !self.disturbs() || approved.iter().any(covers)
    }
}

impl NodePlan {
    fn new(node: &NodeName, step: Step) -> Self {
        Self {
            name: node.to_string(),
            unit: node.unit(),
            step,
        }
    }
}

impl FieldLine {
    /// Returns whether it is a change of this field.
    pub(crate) fn is_of(&self, field: FieldRef) -> bool {
        let node = field.node.map(|node| node.to_string());
        self.path == field.field.path() && self.node == node
    }
}

impl FileLine {
    fn new(change: &Change) -> Self {
        Self {
            path: change.path().to_owned(),
            change: match change {
                Change::Create { .. } => "create",
                Change::Update { .. } => "update",
                Change::Remove { .. } => "remove",
            },
        }
    }
}

#[cfg(test)]
mod tests;
