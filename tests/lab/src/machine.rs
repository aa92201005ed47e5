//! A running host as processes and a cgroup of this machine, whatever booted it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::process::Process;
use crate::{fs, wait};

/// Time for killed processes to be gone.
const KILL_LIMIT: Duration = Duration::from_secs(30);

/// A booted host, by the processes that are it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Running {
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
    pub fn is_alive(&self) -> bool {
        self.leader.is_alive()
    }

    /// Returns whether nothing of the host is left.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        !self.supervisor.is_alive() && !self.leader.is_alive() && !is_populated(&self.cgroup)
    }

    /// Kills every process of the host at one stroke, and waits until all are gone.
    ///
    /// # Errors
    /// When a process does not go, or we may not kill.
    pub fn kill(&self) -> Result<()> {
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
    pub fn clean_up(&self) -> Result<()> {
        remove_cgroup(&self.cgroup)
    }
}

/// Makes the cgroup of a host that is about to be started; what an earlier boot left there is gone.
///
/// # Errors
/// When there is no unified hierarchy, or processes of an earlier boot are still there.
pub fn fresh_cgroup(name: &str) -> Result<PathBuf> {
    let cgroup = own_cgroup(name)?;
    remove_cgroup(&cgroup)?;
    fs::create_dir(&cgroup)?;
    Ok(cgroup)
}

/// Returns the place of a host's cgroup: below our own one in the unified hierarchy.
fn own_cgroup(name: &str) -> Result<PathBuf> {
    let mounts = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(Path::new);
    let mount = mounts
        .into_iter()
        .find(|mount| mount.join("cgroup.procs").exists())
        .context("finding the unified cgroup hierarchy: none is mounted below `/sys/fs/cgroup`")?;
    let own = fs::read(Path::new("/proc/self/cgroup"))?;
    let own = own
        .lines()
        .find_map(|line| line.strip_prefix("0::/"))
        .unwrap_or_default();
    Ok(mount.join(own).join(format!("kinc-lab-{name}")))
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
