//! When a running node has to start again, and the note that keeps that from being forgotten.
//!
//! An apply may be killed when the files are written and the node has not been restarted yet. So it
//! notes first which run of the unit has to end. The note is void as soon as there is another run,
//! whoever started it; it lies where a reboot of the host, which is one too, clears it away.

use std::path::PathBuf;

use anyhow::Result;

use crate::cluster::ClusterName;
use crate::fileset::{Change, KUBEADM_CONF};
use crate::job::UnitState;
use crate::ops::{Context, control_plane};
use crate::systemd::Manager;
use crate::{fs, unit_files};

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

/// Tells whether a running node has to start again to have a change.
///
/// Whether it starts at boot is systemd's matter alone, and the declaration is only read by us. What
/// a killed apply left half-written is nobody's. A slice counts: systemd changes one that is in use
/// when a unit starts in it, not at a reload. So does kubeadm.conf, which the node reads when it
/// starts; it passes over comments and blank lines as we do here.
pub(crate) fn needed_for(change: &Change) -> bool {
    let boots_differently = |line: &str| line == "[Install]" || line.starts_with("WantedBy=");
    let says_nothing = |line: &str| line.is_empty() || line.starts_with('#');
    let runs_on = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| !says_nothing(line.trim_start()) && !boots_differently(line))
            .map(str::to_owned)
            .collect()
    };
    let path = change.path();
    let is_read =
        unit_files::is_quadlet(path) || unit_files::is_slice(path) || path == KUBEADM_CONF;
    is_read && runs_on(change.old_text()) != runs_on(change.new_text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fileset::{File, MODE_PUBLIC};

    fn change(path: &str, old: &str, new: &str) -> Change {
        let file = |text: &str| File {
            text: text.to_owned(),
            mode: MODE_PUBLIC,
        };
        Change::Update {
            path: path.to_owned(),
            old: file(old),
            file: file(new),
        }
    }

    #[test]
    fn only_what_a_node_reads_when_it_starts_makes_it_start_again() {
        let unit = "a.container";
        let cases = [
            (change(unit, "Image=a\n", "Image=b\n"), true),
            (change(unit, "# a\nImage=a\n", "# b\n\nImage=a\n"), false),
            (
                change(unit, "A=b\n[Install]\nWantedBy=default.target\n", "A=b\n"),
                false,
            ),
            (change("cluster.yaml", "a: b\n", "a: c\n"), false),
            (change(KUBEADM_CONF, "a: b\n", "a: c\n"), true),
            (change(KUBEADM_CONF, "a:\n  b: c\n", "a:\nb: c\n"), true),
            (
                change(KUBEADM_CONF, "# a\na: b\n", "# b\n\n  # c\na: b\n"),
                false,
            ),
            (change(".kinc-x.tmp", "Image=b\n", ""), false),
        ];
        for (change, expected) in cases {
            assert_eq!(needed_for(&change), expected, "{change:?}");
        }
    }
}
