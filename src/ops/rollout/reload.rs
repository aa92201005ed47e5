//! Has systemd load what an apply has written.

use anyhow::Result;

use crate::declaration::schema::Impact;
use crate::edge::systemd::Manager;
use crate::job::{Summary, UnitState};
use crate::ops::prepare::Prepared;
use crate::ops::rollout::settle::Before;
use crate::ops::{Context, Report, Reporter, control_plane};
use crate::ops::{linked, loaded, pending_change};
use crate::plan::drift::Layer;

/// Has systemd load what is on disk now, and returns how it was before.
pub(crate) async fn load(
    context: &Context,
    manager: &Manager,
    prepared: &[Prepared],
    report: Reporter<'_>,
) -> Result<Vec<Before>> {
    for cluster in prepared.iter().filter(|one| !one.unlinked.is_empty()) {
        let name = &cluster.resolved.cluster;
        pending_change::note(context, manager, name, Impact::Restart).await?;
        for unit in &cluster.unlinked {
            linked::link(context, manager, name, unit).await?;
        }
        report(Report::Done(format!(
            "linked {}",
            cluster.unlinked.join(", ")
        )));
    }
    let units = units(manager, prepared).await?;
    let mut all = Vec::new();
    let mut stale = false;
    for (cluster, unit) in prepared.iter().zip(units) {
        let pending = pending_change::to(context, &cluster.resolved.cluster, &unit)?;
        stale = stale
            || pending.is_some()
            || !cluster.changes.is_empty()
            || cluster
                .plan
                .drift
                .iter()
                .any(|drift| drift.layer == Layer::Loaded)
            || unit.need_daemon_reload
            || unit.summary() == Summary::Missing;
        all.push(Before { unit, pending });
    }
    if stale {
        let names: Vec<_> = prepared.iter().map(|one| &one.resolved.cluster).collect();
        loaded::reload(context, manager, &names, report).await?;
    }
    Ok(all)
}

/// Returns how systemd has the nodes now, which it has told already where nothing was touched since.
async fn units(manager: &Manager, prepared: &[Prepared]) -> Result<Vec<UnitState>> {
    let seen = |one: &Prepared| {
        let is_untouched = one.unlinked.is_empty() && one.changes.is_empty();
        let found = one.found.as_ref().filter(|_| is_untouched)?;
        Some(found.unit.clone())
    };
    if let Some(units) = prepared.iter().map(seen).collect() {
        return Ok(units);
    }
    let nodes = prepared
        .iter()
        .map(|one| control_plane(&one.resolved.cluster));
    let names: Vec<String> = nodes.map(|node| node.unit()).collect();
    Ok(manager.units(&names).await?)
}
