//! Nodes that leave their cluster, and what goes with them, as the cluster itself says it.

use anyhow::{Context as _, Result};
use serde_json::Value as Json;

use crate::edge::podman::Exec;
use crate::job::Summary;
use crate::model::cluster::NodeName;
use crate::ops::Context;
use crate::plan::Leaving;
use crate::plan::drift::Found;
use crate::resolve::ResolvedCluster;

/// Returns the control plane that can be asked; nothing while it is not ready.
pub(crate) fn asked<'a>(
    resolved: &'a ResolvedCluster,
    found: Option<&Found>,
) -> Option<&'a NodeName> {
    let first = &resolved.first_control_plane()?.name;
    let state = found?.state_of(first);
    (state == Some(Summary::Ready)).then_some(first)
}

/// Returns what goes with a node, by what the cluster itself knows.
///
/// # Errors
/// When the control plane does not answer.
pub(crate) async fn look(
    context: &Context,
    control_plane: &NodeName,
    node: NodeName,
) -> Result<Leaving> {
    let selector = format!("--field-selector=spec.nodeName={node}");
    let pods = [
        "get",
        "pods",
        "--all-namespaces",
        "--output=json",
        &selector,
    ];
    let pods = kubectl(context, control_plane, &pods).await?;
    let volumes = kubectl(context, control_plane, &["get", "pv", "--output=json"]).await?;
    Ok(Leaving {
        pods: items(&pods)?
            .iter()
            .filter(|pod| is_evicted(pod))
            .map(|pod| name(&pod["metadata"]))
            .collect(),
        claims: items(&volumes)?
            .iter()
            .filter(|volume| lies_on(volume, node.as_str()))
            .map(|volume| name(&volume["spec"]["claimRef"]))
            .collect(),
        node,
    })
}

/// Runs kubectl in a control plane, and returns what it prints.
pub(crate) async fn kubectl(
    context: &Context,
    control_plane: &NodeName,
    words: &[&str],
) -> Result<String> {
    let command = [&["kubectl"], words, &["--request-timeout=10s"]].concat();
    let exec = Exec {
        container: control_plane.container(),
        command: &command,
    };
    context.podman.exec(exec).await
}

fn items(json: &str) -> Result<Vec<Json>> {
    let list: Json = serde_json::from_str(json).context("reading what kubectl lists")?;
    Ok(list["items"].as_array().cloned().unwrap_or_default())
}

/// Returns the namespace and name of an object.
fn name(metadata: &Json) -> String {
    let text = |key: &str| metadata[key].as_str().unwrap_or_default();
    format!("{}/{}", text("namespace"), text("name"))
}

/// Returns whether a drain evicts a pod: it runs, and no other would be made in its place on the same node.
fn is_evicted(pod: &Json) -> bool {
    let owners = pod["metadata"]["ownerReferences"].as_array();
    let stays = |owner: &Json| owner["kind"] == "DaemonSet" || owner["kind"] == "Node";
    let has_ended = ["Succeeded", "Failed"]
        .iter()
        .any(|phase| pod["status"]["phase"] == *phase);
    !has_ended && !owners.is_some_and(|owners| owners.iter().any(stays))
}

/// Returns whether a volume that is claimed can only be mounted on this node.
fn lies_on(volume: &Json, node: &str) -> bool {
    let terms = &volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"];
    let terms = terms.as_array().into_iter().flatten();
    let mut expressions =
        terms.flat_map(|term| term["matchExpressions"].as_array().into_iter().flatten());
    let is_claimed = volume["spec"]["claimRef"].is_object();
    is_claimed
        && expressions.any(|one| {
            let values = one["values"].as_array();
            one["key"] == "kubernetes.io/hostname"
                && values.is_some_and(|values| values.iter().any(|value| value == node))
        })
}
