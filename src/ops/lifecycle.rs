//! Starts, stops and restarts a cluster through its unit.

use anyhow::{Error, Result};

use crate::edge::systemd::Manager;
use crate::job::{Outcome, Progress, fold};
use crate::model::cluster::ClusterName;
use crate::ops::rollout::loaded;
use crate::ops::rollout::readiness::{self, Start};
use crate::ops::{
    Context, Interrupted, Limits, Report, Reporter, control_plane, current, data, known, linger,
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
        stop_unit(context, &manager, &unit, limits, report).await
    };
    stopped.await.map_err(nothing_done)
}

fn nothing_done(error: Error) -> Error {
    Interrupted::new("nothing is done").instead_of(error)
}

/// Stops a unit and follows it; one that does not run or exist is as wanted. `false` when the user broke
/// off the wait, and systemd goes on.
pub(crate) async fn stop_unit(
    context: &Context,
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
    let cancelled = context.cancel.cancelled();
    match manager.stop(unit, limits.wait, cancelled, tell).await {
        Ok(outcome) => Ok(matches!(outcome, Outcome::Ended(_))),
        Err(error) if error.is_refusal("NoSuchUnit") => Ok(true),
        Err(error) => Err(error.into()),
    }
}
