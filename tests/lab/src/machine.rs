//! A running host as processes and a cgroup of this machine, whatever booted it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::process::Process;
use crate::{fs, wait};

/// Time for killed processes to be gone.
const KILL_LIMIT: Duration = Duration::from_secs(30);

/// A booted host, by the processes that are it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
pub(crate) struct Running {
    /// What runs the host on this machine: systemd-nspawn, or the host's kernel itself.
    pub supervisor: Process,
    /// The process whose namespaces lead into the host: its PID 1, or its kernel.
    pub leader: Process,
    /// The cgroup that holds both.
    pub cgroup: PathBuf,
}

impl Running {
    /// Returns whether the host lives.
    #[must_use]
    pub(crate) fn is_alive(&self) -> bool {
        self.leader.is_alive()
    }

    /// Returns whether nothing of the host is left.
    #[must_use]
    pub(crate) fn is_gone(&self) -> bool {
        !self.supervisor.is_alive() && !self.leader.is_alive() && !is_populated(&self.cgroup)
    }

    /// Kills every process of the host at once, and waits until all are gone.
    ///
    /// # Errors
    /// When a process does not go, or we may not kill.
    pub(crate) fn kill(&self) -> Result<()> {
        let switch = self.cgroup.join("cgroup.kill");
        if switch.exists() {
            fs::write_kernel(&switch, "1")?;
        }
        // Kernels before 5.14 lack the switch; the leader's end ends all in its namespace.
        self.leader.kill()?;
        self.supervisor.kill()?;
        wait::until("the processes of the host are gone", KILL_LIMIT, || {
            self.is_gone()
        })?;
        remove_cgroup(&self.cgroup)
    }

    /// Removes what a host leaves that has ended.
    ///
    /// # Errors
    /// When it has not ended.
    pub(crate) fn clean_up(&self) -> Result<()> {
        remove_cgroup(&self.cgroup)
    }
}

/// The cgroup of a host that is about to be started.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Cgroup {
    /// Its directory in the unified hierarchy.
    pub directory: PathBuf,
    /// What the command that boots the host is put behind; nothing, if the directory exists.
    pub launcher: Vec<String>,
}

/// Returns the cgroup of a host that is about to be started, without the leftovers of an earlier boot.
///
/// Where systemd runs the machine, only systemd may create cgroups outside of a delegated unit
/// (systemd.resource-control(5)), so it creates a scope. Elsewhere it is a directory below our own cgroup.
///
/// # Errors
/// When there is no unified hierarchy, or processes of an earlier boot are still there.
pub(crate) fn fresh_cgroup(name: &str) -> Result<Cgroup> {
    let mount = unified_hierarchy()?;
    let by_systemd = Path::new("/run/systemd/system").exists();
    let cgroup = if by_systemd {
        scope(&mount, name)
    } else {
        let own = fs::read(Path::new("/proc/self/cgroup"))?;
        Cgroup {
            directory: mount.join(own_path(&own)).join(format!("kinc-lab-{name}")),
            launcher: Vec::new(),
        }
    };
    remove_cgroup(&cgroup.directory)?;
    if !by_systemd {
        fs::create_dir(&cgroup.directory)?;
    }
    Ok(cgroup)
}

/// A scope of systemd's: systemd-run(1) moves itself there, and becomes the command.
fn scope(mount: &Path, name: &str) -> Cgroup {
    let unit = format!("kinc-lab-{name}.scope");
    let launcher = [
        "systemd-run",
        "--scope",
        "--quiet",
        "--collect",
        "--slice=system.slice",
        "--property=Delegate=yes",
        &format!("--unit={unit}"),
        "--",
    ];
    Cgroup {
        directory: mount.join("system.slice").join(unit),
        launcher: launcher.map(str::to_owned).into(),
    }
}

fn unified_hierarchy() -> Result<PathBuf> {
    let mounts = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(Path::new);
    let mount = mounts
        .into_iter()
        .find(|mount| mount.join("cgroup.procs").exists())
        .context("finding the unified cgroup hierarchy: none is mounted below `/sys/fs/cgroup`")?;
    Ok(mount.to_path_buf())
}

/// Returns the path in the unified hierarchy that `/proc/self/cgroup` names.
fn own_path(text: &str) -> &str {
    let path = text.lines().find_map(|line| line.strip_prefix("0::/"));
    path.unwrap_or_default()
}

fn is_populated(cgroup: &Path) -> bool {
    let events = fs::read_if_present(&cgroup.join("cgroup.events"))
        .ok()
        .flatten();
    events.is_some_and(|events| events.lines().any(|line| line == "populated 1"))
}

/// Removes a cgroup and those below it; they hold no process any more.
fn remove_cgroup(cgroup: &Path) -> Result<()> {
    for path in fs::list(cgroup)? {
        if path.is_dir() {
            remove_cgroup(&path)?;
        }
    }
    fs::remove_empty_dir(cgroup)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_has_the_cgroup_that_systemd_gives_it() {
        let cgroup = scope(Path::new("/sys/fs/cgroup"), "dev");
        assert_eq!(
            cgroup.directory,
            Path::new("/sys/fs/cgroup/system.slice/kinc-lab-dev.scope")
        );
        assert_eq!(
            cgroup.launcher.join(" "),
            "systemd-run --scope --quiet --collect --slice=system.slice --property=Delegate=yes \
             --unit=kinc-lab-dev.scope --"
        );
    }

    #[test]
    fn the_own_cgroup_is_that_of_the_unified_hierarchy() {
        assert_eq!(
            own_path("4:memory:/a\n0::/user.slice/b.scope\n"),
            "user.slice/b.scope"
        );
        assert_eq!(own_path("0::/\n"), "");
    }
}
