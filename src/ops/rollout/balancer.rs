//! Brings a changed balancer of several control planes into effect.

use anyhow::Result;

use crate::edge::systemd::Manager;
use crate::job::Outcome;
use crate::ops::prepare::Prepared;
use crate::ops::rollout::stop::tells_progress;
use crate::ops::{Context, Limits, Reporter};
use crate::units::unit_names;

/// Restarts the balancer when one of its files changes; one that does not run reads them when it starts. `false` when the
/// user broke off the wait.
///
/// The nodes run on: only connections to their API servers break.
pub(super) async fn renew(
    context: &Context,
    manager: &Manager,
    cluster: &Prepared,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<bool> {
    let name = &cluster.resolved.cluster;
    let mut changes = cluster.changes.iter();
    let unit = name.balancer_unit();
    if !changes.any(|change| unit_names::is_of_balancer(name, change.path()))
        || manager.unit(&unit).await?.active_state != "active"
    {
        return Ok(true);
    }
    let tell = tells_progress(&unit, report);
    let cancelled = context.cancel.cancelled();
    let outcome = manager.restart(&unit, limits.wait, cancelled, tell).await?;
    Ok(matches!(outcome, Outcome::Ended(_)))
}
