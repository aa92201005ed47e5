//! Moves the pods of a node to others, as `kubectl drain` does it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use crate::edge::cancel::Cancel;
use crate::edge::podman::{Exec, Podman};
use crate::model::cluster::NodeName;
use crate::ops::leaving::kubectl;
use crate::ops::{Context, Limits};
use crate::plan::DRAIN_LIMIT;

/// How long one kubectl tries. An interrupt ends none that runs in a node.
const PART: Duration = Duration::from_secs(15);

/// Marks a node that kinc has cordoned: the next apply finds the cordon of one that was killed.
const DRAINING: &str = "kinc.dev/draining";

/// Drains a node, and returns whether there was one. `is_agreed` has the last word, once no pod can come any more.
///
/// # Errors
/// When pods are still there at the end of the time, or what they leave was not agreed to. Pods may run on the node
/// again then, unless somebody else has cordoned it.
pub(crate) async fn drain(
    context: &Context,
    control_plane: &NodeName,
    node: &NodeName,
    limits: Limits,
    is_agreed: impl AsyncFnOnce() -> Result<()>,
) -> Result<bool> {
    let get = [
        "get",
        "node",
        node.as_str(),
        "--ignore-not-found",
        "--output=json",
    ];
    let state = kubectl(&context.podman, control_plane, &get).await?;
    if state.trim().is_empty() {
        return Ok(false);
    }
    let state: Json = serde_json::from_str(&state).context("reading what kubectl says of it")?;
    let is_ours = state["metadata"]["annotations"][DRAINING].is_string();
    let is_of_others = state["spec"]["unschedulable"] == true && !is_ours;
    let drained = async {
        if !is_of_others {
            let cordoned = set_cordon(&context.podman, control_plane, node, true).await;
            cordoned.context("cordoning it")?;
        }
        let evicted = evict(context, control_plane, node, limits).await;
        evicted.context("draining it")?;
        is_agreed().await
    };
    let Err(error) = drained.await else {
        return Ok(true);
    };
    if is_of_others {
        return Err(error);
    }
    // Also after an interrupt.
    let podman = uncancelled(context);
    Err(
        match set_cordon(&podman, control_plane, node, false).await {
            Ok(()) => error,
            Err(why) => error.context(format!("node `{node}` stays cordoned: {why:#}")),
        },
    )
}

/// Evicts all pods of a node; kubectl says what hinders it.
async fn evict(
    context: &Context,
    control_plane: &NodeName,
    node: &NodeName,
    limits: Limits,
) -> Result<()> {
    let end = Instant::now() + DRAIN_LIMIT.min(limits.wait);
    loop {
        context.cancel.check()?;
        let part = PART.min(end.saturating_duration_since(Instant::now()));
        let timeout = format!("--timeout={}s", part.as_secs().max(1));
        let exec = Exec {
            container: control_plane.container(),
            command: &[
                "kubectl",
                "drain",
                node.as_str(),
                "--ignore-daemonsets",
                "--delete-emptydir-data",
                "--force",
                &timeout,
            ],
        };
        let podman = context.podman.clone().limit(part + PART);
        let begun = Instant::now();
        let Err(error) = podman.exec(exec).await else {
            return Ok(());
        };
        // A kubectl that fails before its timeout would fail the same way again.
        if begun.elapsed() < part || Instant::now() >= end {
            return Err(error);
        }
    }
}

/// Returns a Podman for what is taken back, which an interrupt does not end.
pub(super) fn uncancelled(context: &Context) -> Podman {
    let podman = context.podman.clone().cancelled_by(&Cancel::default());
    podman.limit(PART)
}

/// Keeps new pods from a node, or lets them run on it again: at one stroke with the mark that kinc does so.
async fn set_cordon(
    podman: &Podman,
    control_plane: &NodeName,
    node: &NodeName,
    is_cordoned: bool,
) -> Result<()> {
    let (cordon, mark) = if is_cordoned {
        (json!(true), json!("true"))
    } else {
        (Json::Null, Json::Null)
    };
    let patch = json!({
        "metadata": {"annotations": {DRAINING: mark}},
        "spec": {"unschedulable": cordon},
    });
    let patch = format!("--patch={patch}");
    let command = ["patch", "node", node.as_str(), "--type=merge", &patch];
    kubectl(podman, control_plane, &command).await.map(drop)
}
