//! Moves the pods of a node to others, as `kubectl drain` does it.

use std::time::Duration;

use anyhow::Result;
use tokio::time::Instant;

use crate::edge::cancel::Cancel;
use crate::edge::podman::Exec;
use crate::model::cluster::NodeName;
use crate::ops::leaving::kubectl;
use crate::ops::{Context, Limits};

/// How long pods may take to be evicted: a disruption budget may hold them for ever.
const LIMIT: Duration = Duration::from_mins(5);

/// How long one kubectl tries. An interrupt ends none that runs in a node.
const PART: Duration = Duration::from_secs(15);

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
    let state = [
        "get",
        "node",
        node.as_str(),
        "--ignore-not-found",
        "--output=jsonpath={.metadata.name} {.spec.unschedulable}",
    ];
    let state = kubectl(&context.podman, control_plane, &state).await?;
    let mut words = state.split_whitespace();
    if words.next().is_none() {
        return Ok(false);
    }
    let was_cordoned = words.next() == Some("true");
    let drained = match evict(context, control_plane, node, limits).await {
        Ok(()) => is_agreed().await,
        Err(error) => Err(error.context("draining it")),
    };
    let Err(error) = drained else {
        return Ok(true);
    };
    if was_cordoned {
        return Err(error);
    }
    Err(match uncordon(context, control_plane, node).await {
        Ok(()) => error,
        Err(why) => error.context(format!("node `{node}` stays cordoned: {why:#}")),
    })
}

/// Evicts all pods of a node; kubectl says what hinders it.
async fn evict(
    context: &Context,
    control_plane: &NodeName,
    node: &NodeName,
    limits: Limits,
) -> Result<()> {
    let end = Instant::now() + LIMIT.min(limits.wait);
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

/// Lets pods run on a node again, also after an interrupt.
async fn uncordon(context: &Context, control_plane: &NodeName, node: &NodeName) -> Result<()> {
    let podman = context.podman.clone().cancelled_by(&Cancel::default());
    let uncordon = ["uncordon", node.as_str()];
    kubectl(&podman.limit(PART), control_plane, &uncordon)
        .await
        .map(drop)
}
