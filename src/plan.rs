//! What an apply would do to a cluster, and why: known before anything is done.
//!
//! Values in, values out; what they are made of is gathered by `ops`.

pub mod drift;
pub mod impact;
mod shown;

pub use crate::plan::shown::shown;

use serde::Serialize;

use crate::declaration::schema::Impact;
use crate::job::Summary;
use crate::plan::drift::Drift;
use crate::plan::impact::impact_of;
use crate::resolve::FieldChange;
use crate::units::file_set::Change;

/// What becomes of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// It is as declared, and runs.
    Nothing,
    /// It is made.
    Create,
    /// It is as declared, and gets started.
    Start,
    /// It is changed, without a restart of its node.
    Change,
    /// It is changed, and its node restarted.
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
    /// The unit of its node.
    pub unit: String,
    /// What becomes of it.
    pub step: Step,
    /// The fields that are declared otherwise than before.
    pub fields: Vec<FieldLine>,
    /// The files that are written or removed.
    pub files: Vec<FileLine>,
    /// What is not as it was declared before.
    pub drift: Vec<Drift>,
    /// Drop-ins of the operator, which count as well, and which nobody but him changes.
    pub drop_ins: Vec<String>,
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
pub struct Facts<'a> {
    /// How its node is; nothing when there is no cluster of this name yet.
    pub state: Option<Summary>,
    /// The fields that change.
    pub fields: &'a [FieldChange],
    /// The files that change.
    pub files: &'a [Change],
    /// What is not as declared before.
    pub drift: Vec<Drift>,
    /// The operator's drop-ins.
    pub drop_ins: Vec<String>,
}

impl Plan {
    /// Returns what an apply would do to a cluster that is declared.
    #[must_use]
    pub fn new(cluster: &str, unit: &str, facts: Facts<'_>) -> Self {
        let files = facts.files.iter().map(impact_of);
        let repairs = facts.drift.iter().map(|drift| drift.repair);
        let impact = files.chain(repairs).max().unwrap_or(Impact::NoRestart);
        let is_same = facts.files.is_empty() && facts.drift.is_empty();
        let step = match (facts.state, is_same) {
            (None, _) => Step::Create,
            (Some(Summary::Ready), true) => Step::Nothing,
            (Some(Summary::Ready | Summary::Starting), false) if impact == Impact::Restart => {
                Step::Restart
            }
            (Some(Summary::Ready | Summary::Starting), false) => Step::Change,
            (Some(_), _) => Step::Start,
        };
        let field = |change: &FieldChange| FieldLine {
            path: change.field.field.path(),
            node: change.field.node.map(|node| node.to_string()),
            old: change.old.clone(),
            new: change.new.clone(),
            impact: change.field.field.impact(),
        };
        Self {
            cluster: cluster.to_owned(),
            unit: unit.to_owned(),
            step,
            fields: facts.fields.iter().map(field).collect(),
            files: facts.files.iter().map(FileLine::new).collect(),
            drift: facts.drift,
            drop_ins: facts.drop_ins,
        }
    }

    /// Returns the deletion of a cluster whose declaration is gone.
    #[must_use]
    pub fn deletion(cluster: &str, unit: &str, files: &[Change]) -> Self {
        Self {
            cluster: cluster.to_owned(),
            unit: unit.to_owned(),
            step: Step::Delete,
            fields: Vec::new(),
            files: files.iter().map(FileLine::new).collect(),
            drift: Vec::new(),
            drop_ins: Vec::new(),
        }
    }

    /// Tells whether somebody who uses the cluster would notice, so that he should be asked first.
    #[must_use]
    pub fn disturbs(&self) -> bool {
        matches!(self.step, Step::Restart | Step::Delete)
    }

    /// Tells whether somebody who approved of these has approved of this one as well.
    ///
    /// A cluster does not hold still while it is asked about: one that was starting is ready by the
    /// answer. What disturbs nobody takes no approval, and whatever else was found, a restart is a
    /// restart; but other files are another change.
    #[must_use]
    pub fn is_covered_by(&self, approved: &[Self]) -> bool {
        let covers = |one: &Self| {
            one.cluster == self.cluster && one.step == self.step && one.files == self.files
        };
        !self.disturbs() || approved.iter().any(covers)
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
