//! Whether systemd has the units of the clusters from our files, and as Podman's generator makes them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::edge::systemd::Manager;
use crate::edge::{fs, generator};
use crate::job::UnitState;
use crate::model::cluster::{ClusterName, NodeName};
use crate::ops::{Context, ErrorWithHints, Report, Reporter};
use crate::units::dialect::PodmanVersion;
use crate::units::unit_names;

/// The first Podman whose generator goes into linked directories below the one that it reads.
const FOLLOWS_LINKS: PodmanVersion = PodmanVersion::new(5, 3);

/// The first Podman whose generator goes into no directory whose name ends in `.d`.
const PASSES_OVER_D: PodmanVersion = PodmanVersion::new(5, 2);

/// A unit, and the file of ours that it is made from.
struct Expected {
    cluster: ClusterName,
    unit: String,
    source: PathBuf,
}

/// What is wrong with a unit.
#[derive(Debug)]
enum Fault {
    /// systemd has none, or one that is not made from our file.
    NotLoaded(ErrorWithHints),
    /// Its lines are not those that the generator makes. After a second time that may as well be a
    /// generator that does not print what it writes, so it stops nobody.
    NotWhole(ErrorWithHints),
}

/// What is known of a unit.
#[derive(Clone, Copy)]
struct Facts<'a> {
    /// What systemd says of it.
    state: &'a UnitState,
    /// The file that it should be made from.
    source: &'a Path,
    /// Whether that is the file that it was made from, links resolved.
    is_ours: bool,
    /// Whether its lines are those that the generator makes.
    is_whole: bool,
    /// Why the generator does not read the file.
    unread: Option<&'a str>,
}

/// Has systemd load all units anew, once more when one of a cluster is not as it should be: up to
/// Podman 6.0 two generators at a time, as when somebody else reloads, leave units that are cut short
/// or mixed up (containers/podman#29004).
///
/// # Errors
/// When a unit of one of `clusters` is still not loaded from its file; all else is a warning.
pub(crate) async fn reload(
    context: &Context,
    manager: &Manager,
    clusters: &[&ClusterName],
    report: Reporter<'_>,
) -> Result<()> {
    manager.reload().await?;
    if faults(context, manager).await?.is_empty() {
        return Ok(());
    }
    manager.reload().await?;
    for (cluster, fault) in faults(context, manager).await? {
        match fault {
            Fault::NotLoaded(failure) if clusters.contains(&&cluster) => return Err(failure.into()),
            Fault::NotLoaded(failure) | Fault::NotWhole(failure) => {
                report(Report::Warning(failure.to_string()));
            }
        }
    }
    Ok(())
}

/// Checks that systemd has loaded the unit of a node from our file, and from no other.
///
/// # Errors
/// When it has not, with the cause.
pub(crate) async fn check(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    node: &NodeName,
) -> Result<()> {
    let directory = context.unit_dir.directory(cluster);
    let expected = Expected {
        cluster: cluster.clone(),
        unit: node.unit(),
        source: directory.join(format!("{node}.container")),
    };
    let state = manager.unit(&expected.unit).await?;
    match found(context, &expected, &state, true).await {
        Some(Fault::NotLoaded(failure)) => Err(failure.into()),
        Some(Fault::NotWhole(_)) | None => Ok(()),
    }
}

/// Fails when the generator of that Podman would not read the directory of a cluster.
///
/// # Errors
/// With the reason.
pub(crate) fn is_read(
    context: &Context,
    cluster: &ClusterName,
    podman: PodmanVersion,
) -> Result<()> {
    let directory = context.unit_dir.directory(cluster);
    match unread(podman, &directory, linked_to(&directory).as_deref()) {
        Some(reason) => Err(ErrorWithHints::new(reason).into()),
        None => Ok(()),
    }
}

/// Returns every unit of a cluster that is not as it should be, with the cause.
async fn faults(context: &Context, manager: &Manager) -> Result<Vec<(ClusterName, Fault)>> {
    let mut expected = Vec::new();
    for cluster in context.unit_dir.clusters()? {
        let directory = context.unit_dir.directory(&cluster);
        let files = context.unit_dir.load(&cluster)?;
        expected.extend(files.iter().filter_map(|(file, _)| {
            Some(Expected {
                cluster: cluster.clone(),
                unit: unit_names::service(file)?,
                source: directory.join(file),
            })
        }));
    }
    let names: Vec<String> = expected.iter().map(|one| one.unit.clone()).collect();
    let states = manager.units(&names).await?;
    // Without an answer of the generator there is nothing to compare with.
    let made = context.generator.units().await.unwrap_or_default();
    let mut faults = Vec::new();
    for (one, state) in expected.into_iter().zip(states) {
        let fault = found(context, &one, &state, is_whole(&made, &state)).await;
        faults.extend(fault.map(|fault| (one.cluster, fault)));
    }
    Ok(faults)
}

/// Returns whether the lines of a unit are those that the generator makes of the files as they are.
fn is_whole(made: &BTreeMap<String, Vec<String>>, unit: &UnitState) -> bool {
    let Some(lines) = made.get(&unit.name) else {
        return true;
    };
    generator::written(Path::new(&unit.fragment_path)).is_ok_and(|written| written == *lines)
}

async fn found(
    context: &Context,
    expected: &Expected,
    state: &UnitState,
    is_whole: bool,
) -> Option<Fault> {
    let facts = Facts {
        state,
        source: &expected.source,
        // Podman writes the path with its links resolved.
        is_ours: fs::resolve(Path::new(&state.source_path)) == fs::resolve(&expected.source),
        is_whole,
        unread: None,
    };
    fault(&expected.cluster, facts)?;
    // Only now, since it takes a process to find out.
    let directory = context.unit_dir.directory(&expected.cluster);
    let target = linked_to(&directory);
    let podman = match &target {
        Some(_) => context.generator.version().await.ok(),
        None => None,
    };
    let unread = podman.and_then(|podman| unread(podman, &directory, target.as_deref()));
    let unread = unread.as_deref();
    fault(&expected.cluster, Facts { unread, ..facts })
}

/// Returns what is wrong with a unit; nothing when it is as it should be.
fn fault(cluster: &ClusterName, facts: Facts<'_>) -> Option<Fault> {
    let Facts { state, source, .. } = facts;
    if state.load_state != "loaded" {
        return Some(Fault::NotLoaded(not_loaded(state, facts.unread)));
    }
    let (unit, source) = (&state.name, source.display());
    if facts.is_ours {
        let failure = || {
            ErrorWithHints::new(format!(
                "`{}` differs from what Podman's generator makes of `{source}`: something keeps \
                 reloading systemd, or changes the file",
                state.fragment_path
            ))
        };
        return (!facts.is_whole).then(|| Fault::NotWhole(failure()));
    }
    let message = if state.source_path.is_empty() {
        format!(
            "`{}` shadows a unit of cluster `{cluster}`; move it away",
            state.fragment_path
        )
    } else {
        let loaded = &state.source_path;
        format!("`{unit}` was loaded from `{loaded}`, not from `{source}`")
    };
    Some(Fault::NotLoaded(ErrorWithHints::new(message)))
}

fn not_loaded(state: &UnitState, unread: Option<&str>) -> ErrorWithHints {
    let said = |cause: &str| {
        ErrorWithHints::new(format!("systemd did not load `{}`: {cause}", state.name))
    };
    if let Some(unread) = unread {
        return said(unread);
    }
    let cause = match state.load_error.as_str() {
        "" => &state.load_state,
        error => error,
    };
    said(cause).hint("journalctl --user -b -t quadlet-generator -t podman-user-generator")
}

/// Returns where the directory of a cluster really is; nothing when it is not a link.
fn linked_to(directory: &Path) -> Option<PathBuf> {
    fs::link_target(directory).map(|_| fs::resolve(directory))
}

/// Returns why the generator of that Podman does not go into a directory; nothing when it does.
fn unread(podman: PodmanVersion, directory: &Path, target: Option<&Path>) -> Option<String> {
    let (directory, target) = (directory.display(), target?);
    if podman < FOLLOWS_LINKS {
        return Some(format!(
            "`{directory}` is a link, which Podman {podman} does not follow \
             ({FOLLOWS_LINKS} and newer do); move `{}` to its place",
            target.display()
        ));
    }
    let ends_in_d = target.to_string_lossy().ends_with(".d");
    (podman >= PASSES_OVER_D && ends_in_d).then(|| {
        format!(
            "`{directory}` leads to `{}`, and Podman reads no directory whose name ends in `.d`; \
             give it another name",
            target.display()
        )
    })
}

#[cfg(test)]
mod tests;
