//! When a running node has to start again, and the note that keeps that from being forgotten.
//!
//! An apply may be killed when the files are written and the node has not been restarted yet. So it
//! notes first which run of the unit has to end. The note is void as soon as there is another run,
//! whoever started it; it lies where a reboot of the host, which is one too, clears it away.

use std::path::PathBuf;

use anyhow::Result;

use crate::cluster::ClusterName;
use crate::fs;
use crate::job::UnitState;
use crate::ops::{Context, control_plane};
use crate::systemd::Manager;

/// Only its user reads it.
const MODE: u32 = 0o600;

/// Notes that the present run of the node has to end.
pub(crate) async fn note(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
) -> Result<()> {
    let run = manager
        .unit(&control_plane(cluster).unit())
        .await?
        .invocation_id;
    if run.is_empty() {
        return Ok(());
    }
    fs::write(&path(context, cluster), &run, MODE)
}

/// Tells whether the run of this unit is one that has to end.
pub(crate) fn is_due(context: &Context, cluster: &ClusterName, unit: &UnitState) -> Result<bool> {
    let noted = fs::read(&path(context, cluster))?;
    Ok(noted.is_some_and(|run| run.text == unit.invocation_id))
}

/// Takes the note away.
pub(crate) fn done(context: &Context, cluster: &ClusterName) -> Result<()> {
    fs::remove(&path(context, cluster))
}

fn path(context: &Context, cluster: &ClusterName) -> PathBuf {
    context.runtime_dir.join(format!("kinc-{cluster}.restart"))
}
