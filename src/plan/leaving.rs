//! A node that leaves its cluster, and what goes with it.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::model::cluster::NodeName;

/// How long a node is drained: a disruption budget may hold its pods for ever.
pub(crate) const DRAIN_LIMIT: Duration = Duration::from_mins(5);

/// A node that leaves its cluster, and what goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Leaving {
    /// The node.
    #[serde(serialize_with = "as_text")]
    pub node: NodeName,
    /// Whether it is drained first. Of a node that is down nobody would end the pods.
    pub drained: bool,
    /// The pods that are evicted from it, each with its namespace.
    pub pods: Vec<String>,
    /// Those of them that no controller makes anew.
    pub lost_pods: Vec<String>,
    /// The `PodDisruptionBudgets` that allow no eviction of some of them now, each with its namespace.
    pub hindered_by: Vec<String>,
    /// The claims whose volumes lie on it alone.
    pub claims: Vec<LocalClaim>,
    /// Why the cluster did not say what is on the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

/// A claim whose data lies on one node.
///
/// Its name alone does not say which data that is: a claim of the same name may have been made anew elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LocalClaim {
    /// The claim, with its namespace: `default/data`.
    pub claim: String,
    /// The uid of the claim; empty for a volume that is only reserved for it.
    #[serde(skip)]
    pub claim_uid: String,
    /// The volume that is bound to it.
    pub volume: String,
    /// The uid of the volume.
    #[serde(skip)]
    pub volume_uid: String,
}

impl Leaving {
    /// Returns a node that says nothing of what is on it, and why.
    pub(crate) fn unknown(node: NodeName, drained: bool, why: String) -> Self {
        Self {
            node,
            drained,
            pods: Vec::new(),
            lost_pods: Vec::new(),
            hindered_by: Vec::new(),
            claims: Vec::new(),
            unknown: Some(why),
        }
    }

    /// Returns the names of its claims, as people read them.
    pub(crate) fn claim_names(&self) -> String {
        let names: Vec<&str> = self.claims.iter().map(|one| one.claim.as_str()).collect();
        names.join(", ")
    }
}

fn as_text<S: Serializer>(node: &NodeName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(node)
}
