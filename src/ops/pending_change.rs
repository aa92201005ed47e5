//! What a running node is still owed, and the note that keeps that from being forgotten.
//!
//! An apply may be killed when the files are written, and the node has not been restarted yet, or has
//! not been told of its new limits. So it notes first what the present run of the unit is owed. The
//! note is void as soon as there is another run, whoever started it; it lies where a reboot of the
//! host, which is one too, clears it away.

use std::path::PathBuf;

use anyhow::Result;

use crate::declaration::schema::Impact;
use crate::edge::fs;
use crate::edge::systemd::Manager;
use crate::job::UnitState;
use crate::model::cluster::ClusterName;
use crate::ops::{Context, control_plane};

/// Only its user reads it.
const MODE: u32 = 0o600;

/// Notes what the present run of the node is owed, unless that is nothing.
pub(crate) async fn note(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    impact: Impact,
) -> Result<()> {
    let unit = manager.unit(&control_plane(cluster).unit()).await?;
    let before = to(context, cluster, &unit)?.unwrap_or(Impact::NoRestart);
    let impact = impact.max(before);
    if unit.invocation_id.is_empty() || impact == before {
        return Ok(());
    }
    let note = format!("{} {}", impact.name(), unit.invocation_id);
    fs::write(&path(context, cluster), &note, MODE)
}

/// Returns what the run of this unit is owed; nothing when that is nothing.
pub(crate) fn to(
    context: &Context,
    cluster: &ClusterName,
    unit: &UnitState,
) -> Result<Option<Impact>> {
    let note = fs::read(&path(context, cluster))?.map(|entry| entry.text);
    let parts = note.as_deref().and_then(|note| note.split_once(' '));
    Ok(match parts {
        Some((impact, run)) if run == unit.invocation_id => [Impact::InPlace, Impact::Restart]
            .into_iter()
            .find(|known| known.name() == impact),
        _ => None,
    })
}

/// Takes the note away.
pub(crate) fn done(context: &Context, cluster: &ClusterName) -> Result<()> {
    fs::remove(&path(context, cluster))
}

fn path(context: &Context, cluster: &ClusterName) -> PathBuf {
    context.runtime_dir.join(format!("kinc-{cluster}.owed"))
}
