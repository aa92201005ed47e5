//! Starts a cluster's unit and follows it until it is ready, or gives up with the cause.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Instant;

use anyhow::Result;
use futures_util::future::select;
use tokio::sync::Notify;

use crate::edge::systemd::{Error, Manager};
use crate::job::{FailedTry, JobResult, Outcome, Progress, Summary, UnitState, fold};
use crate::model::cluster::{ClusterName, NodeName};
use crate::ops::rollout::cause;
use crate::ops::{Context, Limits, Report, Reporter};

/// How many failures end the wait. One may be by chance, and what is the same three times stays so for
/// long; systemd goes on trying, with growing pauses, for what takes its time to go away.
const TRIES: usize = 3;

/// How a start deals with a node that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Leaves it running.
    IfStopped,
    /// Stops it first.
    Restart,
}

/// Starts a node of a cluster and follows it; `false` when the user broke off the wait, and systemd goes on.
///
/// It ends with the cause when systemd gives up, and after three failures; and with
/// [`Error::Interrupted`] when the user broke off before systemd was asked to start it.
pub(crate) async fn bring_up(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    node: &NodeName,
    start: Start,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<bool> {
    let unit = node.unit();
    forget_starts(manager, &unit).await?;
    let begun = Instant::now();
    let progress = RefCell::new(Progress::default());
    // Never waited for while no more has failed: whoever waits is woken by the last failure.
    let given_up = Notify::new();
    let mut on_event = |event: &_| {
        let now = fold(progress.take(), event);
        progress.replace(now.clone());
        if now.failed_tries() >= TRIES {
            given_up.notify_one();
        }
        let unit = unit.clone();
        report(Report::Progress {
            unit,
            progress: now,
        });
    };
    let cancelled = || context.cancel.cancelled();
    let mut outcome = match start {
        Start::IfStopped => {
            manager
                .start(&unit, limits.wait, cancelled(), &mut on_event)
                .await
        }
        Start::Restart => {
            manager
                .restart(&unit, limits.wait, cancelled(), &mut on_event)
                .await
        }
    };
    // The first try failed; systemd has the unit tried again where that can help.
    if matches!(outcome, Err(Error::Failed(_))) {
        let is_settled = match manager.unit(&unit).await {
            Err(Error::Interrupted) => return Ok(false),
            state => state?.is_settled(),
        };
        if !is_settled {
            let rest = limits.wait.saturating_sub(begun.elapsed());
            let cancel = async {
                select(pin!(cancelled()), pin!(given_up.notified())).await;
            };
            outcome = manager.watch(&unit, rest, cancel, &mut on_event).await;
        }
    }
    let progress = progress.into_inner();
    conclude(context, manager, cluster, node, outcome, progress, report).await
}

/// Returns what the end of a wait means for a start, as [`bring_up`] does.
async fn conclude(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    node: &NodeName,
    outcome: Result<Outcome, Error>,
    progress: Progress,
    report: Reporter<'_>,
) -> Result<bool> {
    match outcome {
        Ok(Outcome::Interrupted { .. }) if context.cancel.is_cancelled() => Ok(false),
        Ok(Outcome::Ended(state)) if state.summary() == Summary::Ready => {
            // The node's systemd has the last word in the unit, which is `Ready.`.
            if progress.status.starts_with(UnitState::LACKING) {
                let unit = node.unit();
                report(Report::Warning(format!("{unit} is {}", progress.status)));
            }
            Ok(true)
        }
        Ok(_) => did_not_start(context, manager, cluster, node, progress).await,
        // A result such as `canceled` says nothing of this node.
        Err(Error::Failed(failed))
            if matches!(failed.result, JobResult::Failed | JobResult::Assert) =>
        {
            did_not_start(context, manager, cluster, node, progress).await
        }
        Err(Error::TimedOut(_)) if !progress.tries.is_empty() => {
            did_not_start(context, manager, cluster, node, progress).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Says why a unit is not ready, by all its tries; it may be all the same by now.
async fn did_not_start(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    node: &NodeName,
    mut progress: Progress,
) -> Result<bool> {
    let state = match manager.unit(&node.unit()).await {
        Err(Error::Interrupted) => return Ok(false),
        state => state?,
    };
    if state.summary() == Summary::Ready {
        return Ok(true);
    }
    let continues = !state.is_settled();
    if !continues {
        progress
            .tries
            .push(FailedTry::new(&state, progress.failure));
    }
    let mut said = BTreeMap::new();
    for run in cause::unexplained(&progress.tries) {
        match context.journal.podman_error(run).await {
            Ok(error) => said.extend(error.map(|error| (run.to_owned(), error))),
            // One that does not answer is asked once: each time may take the whole limit.
            Err(_) => break,
        }
    }
    let said = |run: &str| said.get(run).cloned();
    Err(cause::did_not_start(cluster, node, &progress.tries, continues, said).into())
}

/// Has systemd forget earlier starts: one asked for by hand does not count towards the start limit.
async fn forget_starts(manager: &Manager, unit: &str) -> Result<()> {
    match manager.reset_failed(unit).await {
        // A unit at rest that nothing wants is not in memory, and has nothing to forget.
        Err(error) if !error.is_refusal("NoSuchUnit") => Err(error.into()),
        _ => Ok(()),
    }
}
