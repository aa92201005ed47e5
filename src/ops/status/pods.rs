//! The pods of a cluster, as it answers itself.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::edge::podman::Exec;
use crate::model::cluster::NodeName;
use crate::ops::Context;

/// A pod, as far as its readiness goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pod {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// `Running`, `Pending` ...
    pub phase: String,
    /// Whether it is ready, or has done its work.
    pub ready: bool,
}

#[derive(Deserialize)]
struct PodList {
    items: Vec<PodItem>,
}

#[derive(Deserialize)]
struct PodItem {
    metadata: PodMetadata,
    #[serde(default)]
    status: PodStatus,
}

#[derive(Deserialize)]
struct PodMetadata {
    namespace: String,
    name: String,
}

#[derive(Deserialize, Default)]
struct PodStatus {
    #[serde(default)]
    phase: String,
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
struct Condition {
    r#type: String,
    status: String,
}

/// Asks the cluster for its pods, or those of one node, by one of its control planes.
pub(super) async fn of(
    context: &Context,
    control_plane: &NodeName,
    only: Option<&NodeName>,
) -> Result<Vec<Pod>> {
    let mut command = vec![
        "kubectl",
        "get",
        "pods",
        "--all-namespaces",
        "--request-timeout=5s",
        "--output",
        "json",
    ];
    let selector = only.map(|node| format!("--field-selector=spec.nodeName={node}"));
    command.extend(selector.as_deref());
    let json = context.podman.exec(Exec {
        container: control_plane.container(),
        command: &command,
    });
    let json = json.await?;
    let list: PodList = serde_json::from_str(&json)?;
    Ok(list.items.into_iter().map(pod).collect())
}

fn pod(item: PodItem) -> Pod {
    let is_ready =
        |condition: &Condition| condition.r#type == "Ready" && condition.status == "True";
    let ready = item.status.conditions.iter().any(is_ready) || item.status.phase == "Succeeded";
    Pod {
        namespace: item.metadata.namespace,
        name: item.metadata.name,
        phase: item.status.phase,
        ready,
    }
}
