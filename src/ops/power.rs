//! Starts, stops and restarts a cluster through its unit.

use anyhow::Result;

use crate::cluster::ClusterName;
use crate::job::{Outcome, Progress, fold};
use crate::ops::readiness::{self, Start, interrupted};
use crate::ops::{
    Context, Limits, Report, Reporter, control_plane, current, data, known, linger, loaded,
};
use crate::systemd::Manager;

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
    let manager = context.manager().await?;
    loaded::check(context, &manager, cluster).await?;
    let is_up = readiness::bring_up(context, &manager, cluster, start, limits, report).await?;
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
    let manager = context.manager().await?;
    stop_unit(&manager, &control_plane(cluster).unit(), limits, report).await
}

/// Stops a unit and follows it; one that does not run or exist is as wanted.
pub(crate) async fn stop_unit(
    manager: &Manager,
    unit: &str,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<bool> {
    let mut progress = Progress::default();
    let tell = |event: &_| {
        progress = fold(std::mem::take(&mut progress), event);
        report(Report::Progress {
            unit: unit.to_owned(),
            progress: progress.clone(),
        });
    };
    let outcome = manager.stop(unit, limits.wait, interrupted(), tell).await?;
    Ok(matches!(outcome, Outcome::Ended(_)))
}
