//! Starts, stops and restarts a cluster through its unit.

use anyhow::{Error, Result};

use crate::model::cluster::ClusterName;
use crate::ops::loaded;
use crate::ops::rollout::readiness::{self, Start};
use crate::ops::rollout::stop;
use crate::ops::{
    Context, Interrupted, Limits, Reporter, control_plane, current, data, known, linger,
};

/// Starts a cluster and waits until it is ready; `false` when the wait was broken off.
///
/// # Errors
/// When there is no such cluster, or it does not become ready.
pub async fn start(
    context: &Context,
    cluster: &ClusterName,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<bool> {
    bring_up(context, cluster, Start::IfStopped, limits, report).await
}

/// Stops a cluster, if it runs, and starts it; `false` when the wait was broken off.
///
/// # Errors
/// When there is no such cluster, or it does not become ready.
pub async fn restart(
    context: &Context,
    cluster: &ClusterName,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<bool> {
    bring_up(context, cluster, Start::Again, limits, report).await
}

async fn bring_up(
    context: &Context,
    cluster: &ClusterName,
    start: Start,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<bool> {
    data::check_there(&current(context, cluster)?)?;
    let is_up = async {
        let manager = context.manager().await?;
        loaded::check(context, &manager, cluster).await?;
        readiness::bring_up(context, &manager, cluster, start, limits, report).await
    };
    let is_up = is_up.await.map_err(nothing_done)?;
    linger::warn(context, &[cluster.as_str()], report).await;
    Ok(is_up)
}

/// Stops a cluster and waits until it has stopped; `false` when the wait was broken off.
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
) -> Result<bool> {
    known(context, cluster)?;
    let stopped = async {
        let manager = context.manager().await?;
        let unit = control_plane(cluster).unit();
        stop::stop_unit(context, &manager, &unit, limits, report).await
    };
    stopped.await.map_err(nothing_done)
}

fn nothing_done(error: Error) -> Error {
    Interrupted::new("nothing is done").instead_of(error)
}
