//! Starts, stops and restarts a cluster, or one of its nodes, through the units.

use anyhow::{Error, Result};

use crate::model::cluster::NodeName;
use crate::ops::loaded;
use crate::ops::rollout::nodes;
use crate::ops::rollout::readiness::Start;
use crate::ops::{Context, Interrupted, Limits, Reporter, Target, current, data, known, linger};

/// What became of a start or stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The units of the nodes, in the order of the declaration.
    pub units: Vec<String>,
    /// Whether it ended; the user broke off the wait otherwise, and systemd continues.
    pub ended: bool,
}

impl Outcome {
    fn new(nodes: &[NodeName], ended: bool) -> Self {
        Self {
            units: nodes.iter().map(NodeName::unit).collect(),
            ended,
        }
    }
}

/// Starts a cluster and waits until it is ready; `ended` is `false` when the user broke off the wait.
///
/// # Errors
/// When there is no such cluster or node, or it does not become ready.
pub async fn start<'a>(
    context: &Context,
    target: impl Into<Target<'a>>,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Outcome> {
    bring_up(context, target.into(), Start::IfStopped, limits, report).await
}

/// Stops a cluster, if it runs, and starts it; `ended` is `false` when the user broke off the wait.
///
/// # Errors
/// When there is no such cluster or node, or it does not become ready.
pub async fn restart<'a>(
    context: &Context,
    target: impl Into<Target<'a>>,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Outcome> {
    bring_up(context, target.into(), Start::Restart, limits, report).await
}

async fn bring_up(
    context: &Context,
    target: Target<'_>,
    start: Start,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Outcome> {
    let cluster = target.cluster;
    let declared = current(context, cluster)?;
    let all = target.nodes(&declared)?;
    data::check_there(&declared)?;
    let is_up = async {
        let manager = context.manager().await?;
        for node in &all {
            loaded::check(context, &manager, cluster, node).await?;
        }
        let starts: Vec<_> = all.iter().map(|node| (node.clone(), start)).collect();
        nodes::bring_up(context, &manager, cluster, &starts, limits, report).await
    };
    let is_up = is_up.await.map_err(nothing_done)?;
    linger::warn(context, &[cluster.as_str()], report).await;
    Ok(Outcome::new(&all, is_up))
}

/// Stops a cluster and waits until it has stopped; `ended` is `false` when the user broke off the wait.
///
/// It starts again with the host, when it does that.
///
/// # Errors
/// When there is no such cluster or node, or it does not stop in time.
pub async fn stop<'a>(
    context: &Context,
    target: impl Into<Target<'a>>,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Outcome> {
    let target = target.into();
    let all = target.nodes(&known(context, target.cluster)?)?;
    let stopped = async {
        let manager = context.manager().await?;
        nodes::stop(context, &manager, &all, limits, report).await
    };
    let ended = stopped.await.map_err(nothing_done)?;
    Ok(Outcome::new(&all, ended))
}

fn nothing_done(error: Error) -> Error {
    Interrupted::new("nothing is done").instead_of(error)
}
