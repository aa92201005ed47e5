//! Starts a cluster's unit and follows it until it is ready, or gives up with the cause.

use std::time::Instant;

use anyhow::Result;

use crate::cluster::ClusterName;
use crate::job::{JobResult, Outcome, Progress, Summary, UnitState, fold};
use crate::ops::{Failure, Limits, Report, Reporter, control_plane};
use crate::systemd::{Error, Manager};
use crate::{journal, node_exit};

/// How the status of a node begins that is up without something that was declared.
const LACKING: &str = "ready, but ";

/// How a start deals with a node that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Leaves it running.
    IfStopped,
    /// Stops it first.
    Again,
}

/// Starts the cluster and follows it; `false` when the user broke off the wait.
pub(crate) async fn bring_up(
    manager: &Manager,
    cluster: &ClusterName,
    start: Start,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<bool> {
    let unit = control_plane(cluster).unit();
    forget_starts(manager, &unit).await?;
    let begun = Instant::now();
    let mut progress = Progress::default();
    let mut tell = |event: &_| {
        progress = fold(std::mem::take(&mut progress), event);
        let progress = progress.clone();
        let unit = unit.clone();
        report(Report::Progress { unit, progress });
    };
    let mut outcome = match start {
        Start::IfStopped => {
            manager
                .start(&unit, limits.wait, interrupted(), &mut tell)
                .await
        }
        Start::Again => {
            manager
                .restart(&unit, limits.wait, interrupted(), &mut tell)
                .await
        }
    };
    // The first try failed; systemd has the unit tried again where that can help.
    if matches!(outcome, Err(Error::Failed(_))) && !manager.unit(&unit).await?.is_settled() {
        let rest = limits.wait.saturating_sub(begun.elapsed());
        outcome = manager.watch(&unit, rest, interrupted(), &mut tell).await;
    }
    match outcome {
        Ok(Outcome::Interrupted { .. }) => Ok(false),
        Ok(Outcome::Ended(state)) if state.summary() == Summary::Ready => {
            // The node's systemd has the last word in the unit, which is `Ready.`.
            if progress.status.starts_with(LACKING) {
                report(Report::Warning(format!("{unit} is {}", progress.status)));
            }
            Ok(true)
        }
        Ok(Outcome::Ended(state)) => Err(gave_up(cluster, &state, &progress).into()),
        // A result such as `dependency` or `canceled` says nothing of this node.
        Err(Error::Failed(failed)) if failed.result == JobResult::Failed => {
            let state = manager.unit(&unit).await?;
            Err(gave_up(cluster, &state, &progress).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Has systemd forget earlier starts: one asked for by hand does not count towards the start limit.
async fn forget_starts(manager: &Manager, unit: &str) -> Result<()> {
    match manager.reset_failed(unit).await {
        // A unit at rest that nothing wants is not in memory, and has nothing to forget.
        Err(error) if !error.is_refusal("NoSuchUnit") => Err(error.into()),
        _ => Ok(()),
    }
}

/// Says why a unit is not active, in the words of the node where there are some.
fn gave_up(cluster: &ClusterName, state: &UnitState, progress: &Progress) -> Failure {
    let exit = node_exit::explain(state.exec_main_status);
    let cause = state
        .status_text
        .strip_prefix("failed: ")
        .map(str::to_owned)
        .or_else(|| progress.failure.clone())
        .or_else(|| exit.map(|exit| exit.meaning.to_owned()))
        .or_else(|| journal::podman_error(&state.invocation_id))
        .unwrap_or_else(|| state.reason());
    let mut failure = Failure::new(format!("cluster `{cluster}` did not start: {cause}"));
    if let Some(exit) = exit {
        let advice = format!(
            "{} (exit code {}); {}",
            exit.meaning, exit.code, exit.advice
        );
        failure = failure.hint(advice);
    }
    // 125 to 127 are Podman's own (podman-run(1)): then there was no node that could log.
    let had_node = !(125..=127).contains(&state.exec_main_status);
    failure = if had_node {
        failure.hint(format!("kinc logs {cluster}"))
    } else {
        failure
    };
    failure.hint(format!("systemctl --user status {}", state.name))
}

/// Ends at Ctrl-C or when we are asked to terminate.
pub(crate) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            // Without the handler the signal ends us the usual way.
            Err(_) => std::future::pending().await,
        }
    };
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = terminate => {}
        () = interrupt => {}
    }
}
