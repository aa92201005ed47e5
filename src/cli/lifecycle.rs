//! `kinc start`, `restart`, `stop` and `delete`.

use anyhow::Result;

use crate::cli::exit::Exit;
use crate::cli::output::{self, Progress};
use crate::model::cluster::ClusterName;
use crate::ops::lifecycle::Outcome;
use crate::ops::{self, Context, Limits, Target};

/// Starts a cluster, or one of its nodes.
pub(super) async fn start(context: &Context, target: Target<'_>, limits: Limits) -> Result<Exit> {
    let mut progress = Progress::start();
    let mut report = |r| progress.report(r);
    let ready = ops::lifecycle::start(context, target, limits, &mut report).await;
    Ok(ended(&progress.end(ready)?, "starting", "is ready"))
}

/// Restarts a cluster, or one of its nodes.
pub(super) async fn restart(context: &Context, target: Target<'_>, limits: Limits) -> Result<Exit> {
    let mut progress = Progress::start();
    let mut report = |r| progress.report(r);
    let ready = ops::lifecycle::restart(context, target, limits, &mut report).await;
    Ok(ended(&progress.end(ready)?, "restarting", "is ready"))
}

/// Stops a cluster, or one of its nodes.
pub(super) async fn stop(context: &Context, target: Target<'_>, limits: Limits) -> Result<Exit> {
    let mut progress = Progress::start();
    let mut report = |r| progress.report(r);
    let stopped = ops::lifecycle::stop(context, target, limits, &mut report).await;
    Ok(ended(&progress.end(stopped)?, "stopping", "has stopped"))
}

fn ended(outcome: &Outcome, doing: &str, done: &str) -> Exit {
    if !outcome.ended {
        return continues(doing, &outcome.units);
    }
    for unit in &outcome.units {
        output::done(format!("{unit} {done}"));
    }
    Exit::Done
}

/// Says that the wait was interrupted, and that systemd continues.
pub(super) fn continues(doing: &str, units: &[String]) -> Exit {
    let unit = units.join(" ");
    output::say(format!(
        "systemd is still {doing} {unit}; to see its state:"
    ));
    output::say(format!("  systemctl --user status {unit}"));
    if doing != "stopping" {
        output::say(format!("to cancel it:\n  systemctl --user stop {unit}"));
    }
    Exit::Interrupted
}

/// Deletes a cluster.
pub(super) async fn delete(
    context: &Context,
    name: &ClusterName,
    options: &ops::delete::Options,
) -> Result<Exit> {
    let mut progress = Progress::start();
    let mut report = |r| progress.report(r);
    let deleted = ops::delete::delete(context, name, options, &mut report).await;
    if !progress.end(deleted)? {
        output::say(format!("there is no cluster {name}; nothing to delete"));
    } else if options.ignores_missing_data {
        output::done(format!("cluster {name} is deleted"));
    } else {
        output::done(format!("cluster {name} is deleted, with its data"));
    }
    Ok(Exit::Done)
}
