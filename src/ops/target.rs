//! What a verb is for: a cluster, or one of its nodes.

use anyhow::Result;

use crate::model::cluster::{Cluster, ClusterName, NodeName};
use crate::ops::{NoSuchNode, first_control_plane};

/// A cluster, or one of its nodes.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The cluster.
    pub cluster: &'a ClusterName,
    /// The node, such as `worker2` or `kinc-dev-worker2`; all of them when `None`.
    pub node: Option<&'a str>,
}

impl<'a> From<&'a ClusterName> for Target<'a> {
    fn from(cluster: &'a ClusterName) -> Self {
        let node = None;
        Self { cluster, node }
    }
}

impl Target<'_> {
    /// Returns the nodes that are meant, in the order of the declaration.
    ///
    /// # Errors
    /// When the cluster has no such node.
    pub(crate) fn nodes(self, declared: &Cluster) -> Result<Vec<NodeName>> {
        let Some(wanted) = self.node else {
            return Ok(declared.node_names().collect());
        };
        let is_wanted =
            |node: &NodeName| node.as_str() == wanted || node.id().to_string() == wanted;
        let mut nodes = declared.node_names();
        let node = nodes.find(is_wanted).ok_or_else(|| NoSuchNode {
            cluster: declared.name.to_string(),
            node: wanted.to_owned(),
            others: declared
                .nodes
                .iter()
                .map(|node| node.id.to_string())
                .collect(),
        })?;
        Ok(vec![node])
    }

    /// Returns the node that is named; nothing when it is the whole cluster.
    ///
    /// # Errors
    /// When the cluster has no such node.
    pub(crate) fn only(self, declared: &Cluster) -> Result<Option<NodeName>> {
        match self.node {
            Some(_) => Ok(self.nodes(declared)?.pop()),
            None => Ok(None),
        }
    }

    /// Returns the one node that is meant: the first control plane, unless another is named.
    ///
    /// # Errors
    /// When the cluster has no such node.
    pub(crate) fn one(self, declared: &Cluster) -> Result<NodeName> {
        match self.only(declared)? {
            Some(node) => Ok(node),
            None => first_control_plane(declared),
        }
    }
}
