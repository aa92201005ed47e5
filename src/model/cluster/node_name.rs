//! The name of a node, and every name derived from it.

use std::fmt;

use crate::model::cluster::ClusterName;
use crate::model::node_id::NodeId;

/// The volumes of a node: what it can make again, such as images that it has pulled.
pub(crate) const NODE_VOLUMES: [&str; 1] = ["containers"];

/// The name of a node, of its container and of its host name: `kinc-dev-control-plane`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeName {
    name: String,
    id: NodeId,
}

impl NodeName {
    /// Returns the name of a node of a cluster.
    #[must_use]
    pub(crate) fn new(cluster: &ClusterName, id: NodeId) -> Self {
        let name = format!("{}-{id}", cluster.prefix());
        Self { name, id }
    }

    /// Returns the node of this name, when it is one that the cluster can have: `kinc-dev-control-plane`,
    /// `kinc-dev-worker2`.
    #[must_use]
    pub(crate) fn of(cluster: &ClusterName, name: &str) -> Option<Self> {
        let prefix = format!("{}-", cluster.prefix());
        let id = NodeId::parse(name.strip_prefix(&prefix)?)?;
        Some(Self::new(cluster, id))
    }

    /// Returns which node of its cluster it is.
    #[must_use]
    pub(crate) fn id(&self) -> NodeId {
        self.id
    }

    /// Returns the name.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.name
    }

    /// Returns the systemd unit: `kinc-dev-control-plane.service`.
    #[must_use]
    pub(crate) fn unit(&self) -> String {
        format!("{self}.service")
    }

    /// Returns the units by which it asks others to be admitted, a socket and a template of a service for each
    /// question. The only control plane asks nobody, and has none.
    #[must_use]
    pub(crate) fn join_units(&self) -> [String; 2] {
        [
            format!("{self}-join.socket"),
            format!("{self}-join@.service"),
        ]
    }

    /// Returns the Podman container's name.
    #[must_use]
    pub(crate) fn container(&self) -> &str {
        &self.name
    }

    /// Returns the name of the Podman volume `kind`: `kinc-dev-control-plane-containers`.
    #[must_use]
    pub(crate) fn volume(&self, kind: &str) -> String {
        format!("{self}-{kind}")
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
