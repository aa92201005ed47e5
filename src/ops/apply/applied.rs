//! What an apply has to say of each cluster.

use anyhow::Result;

use crate::model::cluster::ClusterName;
use crate::ops::action::Action;
use crate::ops::prepare::Prepared;

/// What became of a cluster.
#[derive(Debug)]
pub struct Applied {
    /// The cluster.
    pub cluster: ClusterName,
    /// The units to ask systemd about.
    pub units: Vec<String>,
    /// The API server's URL on this host.
    pub server: String,
    /// What was done, or why it did not become ready.
    pub outcome: Result<Action>,
}

impl Applied {
    pub(super) fn of(cluster: &Prepared, outcome: Result<Action>) -> Self {
        let units = cluster.resolved.declaration.node_names();
        Self {
            cluster: cluster.resolved.cluster.clone(),
            units: units.map(|node| node.unit()).collect(),
            server: cluster.resolved.server(),
            outcome,
        }
    }

    pub(super) fn of_left(cluster: ClusterName, outcome: Result<Action>) -> Self {
        Self {
            units: Vec::new(),
            server: String::new(),
            outcome,
            cluster,
        }
    }
}
