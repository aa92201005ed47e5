//! Starts, stops and restarts a cluster through its unit.

use anyhow::{Error, Result};

use crate::model::cluster::{Cluster, ClusterName};
use crate::ops::loaded;
use crate::ops::rollout::nodes;
use crate::ops::rollout::readiness::Start;
use crate::ops::{Context, Interrupted, Limits, Reporter, current, data, known, linger};

/// What became of a start or stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The units of the nodes, in the order of the declaration.
    pub units: Vec<String>,
    /// Whether it ended; the user broke off the wait otherwise, and systemd continues.
    pub ended: bool,
}

impl Outcome {
    fn new(cluster: &Cluster, ended: bool) -> Self {
        let units = cluster.node_names().map(|node| node.unit());
        Self {
            units: units.collect(),
            ended,
        }
    }
}

/// Starts a cluster and waits until it is ready; `ended` is `false` when the user broke off the wait.
///
/// # Errors
/// When there is no such cluster, or it does not become ready.
pub async fn start(
    context: &Context,
    cluster: &ClusterName,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Outcome> {
    bring_up(context, cluster, Start::IfStopped, limits, report).await
}

/// Stops a cluster, if it runs, and starts it; `ended` is `false` when the user broke off the wait.
///
/// # Errors
/// When there is no such cluster, or it does not become ready.
pub async fn restart(
    context: &Context,
    cluster: &ClusterName,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Outcome> {
    bring_up(context, cluster, Start::Restart, limits, report).await
}

async fn bring_up(
    context: &Context,
    cluster: &ClusterName,
    start: Start,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Outcome> {
    let declared = current(context, cluster)?;
    data::check_there(&declared)?;
    let is_up = async {
        let manager = context.manager().await?;
        for node in declared.node_names() {
            loaded::check(context, &manager, cluster, &node).await?;
        }
        let starts: Vec<_> = declared.node_names().map(|node| (node, start)).collect();
        nodes::bring_up(context, &manager, cluster, &starts, limits, report).await
    };
    let is_up = is_up.await.map_err(nothing_done)?;
    linger::warn(context, &[cluster.as_str()], report).await;
    Ok(Outcome::new(&declared, is_up))
}

/// Stops a cluster and waits until it has stopped; `ended` is `false` when the user broke off the wait.
///
/// It starts again with the host, when it does that.
///
/// # Errors
/// When there is no such cluster, or it does not stop in time.
pub async fn stop(
    context: &Context,
    cluster: &ClusterName,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Outcome> {
    let declared = known(context, cluster)?;
    let stopped = async {
        let manager = context.manager().await?;
        let all: Vec<_> = declared.node_names().collect();
        nodes::stop(context, &manager, &all, limits, report).await
    };
    let ended = stopped.await.map_err(nothing_done)?;
    Ok(Outcome::new(&declared, ended))
}

fn nothing_done(error: Error) -> Error {
    Interrupted::new("nothing is done").instead_of(error)
}
