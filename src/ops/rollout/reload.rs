//! Has systemd load what an apply has written.

use anyhow::Result;

use crate::declaration::schema::Impact;
use crate::edge::systemd::Manager;
use crate::job::UnitState;
use crate::model::cluster::Cluster;
use crate::ops::prepare::Prepared;
use crate::ops::rollout::cluster::{Before, NodeBefore};
use crate::ops::{Context, Report, Reporter};
use crate::ops::{linked, loaded, pending_change};
use crate::plan::drift::Layer;
use crate::units::unit_names;

/// Has systemd load what is on disk now, and returns how it was before.
pub(crate) async fn load(
    context: &Context,
    manager: &Manager,
    prepared: &[Prepared],
    report: Reporter<'_>,
) -> Result<Vec<Before>> {
    for cluster in prepared.iter().filter(|one| !one.unlinked.is_empty()) {
        let name = &cluster.resolved.cluster;
        for node in cluster.resolved.declaration.node_names() {
            let mut owners = cluster
                .unlinked
                .iter()
                .map(|unit| unit_names::node_of(name, unit));
            // The units of the cluster concern each of its nodes.
            if owners.any(|owner| owner.is_none_or(|owner| owner == node)) {
                pending_change::note(context, manager, &node, Impact::Restart).await?;
            }
        }
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
    for (cluster, units) in prepared.iter().zip(units) {
        let before = before(context, cluster, units)?;
        let mut drift = cluster.plan.drift.iter();
        stale = stale
            || !cluster.changes.is_empty()
            || drift.any(|drift| drift.layer == Layer::Loaded)
            || before.nodes.iter().any(NodeBefore::is_stale);
        all.push(before);
    }
    if stale {
        let names: Vec<_> = prepared.iter().map(|one| &one.resolved.cluster).collect();
        loaded::reload(context, manager, &names, report).await?;
    }
    Ok(all)
}

fn before(context: &Context, cluster: &Prepared, units: Vec<UnitState>) -> Result<Before> {
    let nodes = cluster.resolved.declaration.node_names().zip(units);
    let nodes = nodes.map(|(name, unit)| {
        Ok(NodeBefore {
            pending: pending_change::to(context, &name, &unit)?,
            name,
            unit,
        })
    });
    Ok(Before {
        nodes: nodes.collect::<Result<_>>()?,
    })
}

/// Returns how systemd has the nodes of each cluster now, which is known already where nothing was touched
/// since.
async fn units(manager: &Manager, prepared: &[Prepared]) -> Result<Vec<Vec<UnitState>>> {
    let seen = |one: &Prepared| {
        let is_untouched = one.unlinked.is_empty() && one.changes.is_empty();
        let found = one.found.as_ref().filter(|_| is_untouched)?;
        Some(found.nodes.iter().map(|node| node.unit.clone()).collect())
    };
    if let Some(units) = prepared.iter().map(seen).collect() {
        return Ok(units);
    }
    let nodes = prepared.iter().map(|one| &one.resolved.declaration);
    let names = nodes.clone().flat_map(Cluster::node_names);
    let names: Vec<String> = names.map(|node| node.unit()).collect();
    let mut units = manager.units(&names).await?.into_iter();
    let of = |cluster: &Cluster| units.by_ref().take(cluster.nodes.len()).collect();
    Ok(nodes.map(of).collect())
}
