//! Which change a running node has yet to take, and the note that keeps that from being forgotten.
//!
//! An apply may be killed when the files are written and the node was not restarted yet, or does not have
//! its new limits. So it first notes what the present run of the unit has to take. Another run of the unit,
//! whoever started it, makes the note void; a reboot of the host, which is one too, removes it.

use std::path::PathBuf;

use anyhow::Result;

use crate::declaration::schema::Impact;
use crate::edge::fs;
use crate::edge::systemd::Manager;
use crate::job::UnitState;
use crate::model::cluster::NodeName;
use crate::ops::Context;

/// Only its user reads it.
const MODE: u32 = 0o600;

/// Notes what the present run of a node has to take, unless that is nothing.
pub(crate) async fn note(
    context: &Context,
    manager: &Manager,
    node: &NodeName,
    impact: Impact,
) -> Result<()> {
    let unit = manager.unit(&node.unit()).await?;
    let before = to(context, node, &unit)?.unwrap_or(Impact::NoRestart);
    let impact = impact.max(before);
    if unit.invocation_id.is_empty() || impact == before {
        return Ok(());
    }
    let text = format!("{} {}", impact.name(), unit.invocation_id);
    fs::write(&path(context, node), &text, MODE)
}

/// Returns what the run of this unit has to take; nothing when there is no such change.
pub(crate) fn to(context: &Context, node: &NodeName, unit: &UnitState) -> Result<Option<Impact>> {
    let written = fs::read(&path(context, node))?.map(|entry| entry.text);
    let parts = written.as_deref().and_then(|text| text.split_once(' '));
    Ok(match parts {
        Some((impact, run)) if run == unit.invocation_id => [Impact::InPlace, Impact::Restart]
            .into_iter()
            .find(|known| known.name() == impact),
        _ => None,
    })
}

/// Takes the note away.
pub(crate) fn done(context: &Context, node: &NodeName) -> Result<()> {
    fs::remove(&path(context, node))
}

fn path(context: &Context, node: &NodeName) -> PathBuf {
    context.runtime_dir.join(format!("{node}.pending"))
}
