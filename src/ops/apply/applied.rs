//! What an apply has to say of each cluster.

use anyhow::Result;

use crate::job::Verb;
use crate::model::cluster::ClusterName;
use crate::ops::control_plane;
use crate::ops::prepare::Prepared;

/// What became of a cluster.
#[derive(Debug)]
pub struct Applied {
    /// The cluster.
    pub cluster: ClusterName,
    /// The unit to ask systemd about.
    pub unit: String,
    /// The API server's URL on this host.
    pub server: String,
    /// What was done, or why it did not become ready.
    pub outcome: Result<Action>,
}

/// What was done to a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing: files, loaded units and the running cluster are as declared.
    Unchanged,
    /// It was made.
    Created,
    /// It was there, and has what changed, without a restart.
    Changed,
    /// It was there, and was restarted with what changed.
    Restarted,
    /// It was there, and was started.
    Started,
    /// It was deleted with its data.
    Deleted,
    /// The user broke off; systemd goes on with what it was asked for.
    Interrupted(Verb),
    /// The user broke off; its files are written, and it was not brought up.
    OnlyWritten,
    /// The user broke off before it was brought up, and nothing of it is written.
    NotBegun,
    /// The user broke off before it was deleted.
    NotDeleted,
}

impl Applied {
    pub(super) fn of(cluster: &Prepared, outcome: Result<Action>) -> Self {
        Self {
            cluster: cluster.plan.cluster.clone(),
            unit: control_plane(&cluster.plan.cluster).unit(),
            server: cluster.plan.server(),
            outcome,
        }
    }

    pub(super) fn of_left(cluster: ClusterName, outcome: Result<Action>) -> Self {
        Self {
            unit: control_plane(&cluster).unit(),
            server: String::new(),
            outcome,
            cluster,
        }
    }
}
