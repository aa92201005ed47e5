//! Stops a unit and follows it until it has stopped.

use anyhow::Result;

use crate::edge::systemd::Manager;
use crate::job::{Event, Outcome, Progress, fold};
use crate::ops::{Context, Limits, Report, Reporter};

/// Stops a unit and follows it; one that does not run or exist is as wanted. `false` when the user broke
/// off the wait; systemd continues.
pub(crate) async fn stop_unit(
    context: &Context,
    manager: &Manager,
    unit: &str,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<bool> {
    let cancelled = context.cancel.cancelled();
    let tell = tells_progress(unit, report);
    match manager.stop(unit, limits.wait, cancelled, tell).await {
        Ok(outcome) => Ok(matches!(outcome, Outcome::Ended(_))),
        Err(error) if error.is_refusal("NoSuchUnit") => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Returns what tells how far a unit has come, at each event of its job.
pub(super) fn tells_progress<'a>(unit: &'a str, report: Reporter<'a>) -> impl FnMut(&Event) + 'a {
    let mut progress = Progress::default();
    move |event| {
        progress = fold(std::mem::take(&mut progress), event);
        report(Report::Progress {
            unit: unit.to_owned(),
            progress: progress.clone(),
        });
    }
}
