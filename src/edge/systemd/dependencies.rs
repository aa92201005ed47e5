//! Finds the unit that failed when a job ended with `dependency`.
//!
//! It only looks: an error on the way means that no name is given, never that the search fails.

use std::collections::BTreeSet;

use crate::edge::systemd::Manager;
use crate::edge::systemd::call::call_unit;
use crate::edge::systemd::error::Result;
use crate::edge::systemd::state::needs;

/// A node needs volumes and a network, and those need mounts: the culprit is never far away.
const MAX_DEPTH: usize = 4;

/// Returns the failed units that `unit` needs, the nearest ones first found.
pub(crate) async fn failed_dependencies(manager: &Manager, unit: &str) -> Vec<String> {
    let mut level = vec![unit.to_owned()];
    let mut visited = BTreeSet::from([unit.to_owned()]);
    for _ in 0..MAX_DEPTH {
        let Ok(mut next) = needed(manager, &level).await else {
            return Vec::new();
        };
        next.retain(|name| visited.insert(name.clone()));
        // A unit whose own dependency failed is itself only inactive: look below it.
        let Ok((failed, inactive)) = failed_and_inactive(manager, &next).await else {
            return Vec::new();
        };
        if !failed.is_empty() || inactive.is_empty() {
            return failed;
        }
        level = inactive;
    }
    Vec::new()
}

async fn needed(manager: &Manager, units: &[String]) -> Result<Vec<String>> {
    let mut required = Vec::new();
    let mut ordered = Vec::new();
    for unit in units {
        let path = manager.load(unit).await?;
        let needs = needs(&manager.connection, &path);
        let needs = call_unit("reading the dependencies of", unit, needs).await?;
        for names in [needs.requires, needs.requisite, needs.binds_to] {
            required.extend(names.unwrap_or_default());
        }
        ordered.extend(needs.after.unwrap_or_default());
    }
    // Without a requirement only the order is left to say what was waited for.
    Ok(if required.is_empty() {
        ordered
    } else {
        required
    })
}

async fn failed_and_inactive(
    manager: &Manager,
    names: &[String],
) -> Result<(Vec<String>, Vec<String>)> {
    let (mut failed, mut inactive) = (Vec::new(), Vec::new());
    for (name, active_state) in manager.active_states(names).await? {
        match active_state.as_str() {
            "failed" => failed.push(name),
            "inactive" => inactive.push(name),
            _ => {}
        }
    }
    Ok((failed, inactive))
}
