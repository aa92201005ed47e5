//! Boots one host with systemd-nspawn(1), in namespaces and a cgroup of its own.
//!
//! It knows directories and processes, not what a host is for. All mounts are
//! made in a private mount namespace: when the host's processes are gone, so
//! are its mounts, however they ended.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::cache::Cache;
use crate::machine::{Running, fresh_cgroup};
use crate::machine_settings::{self, FOR_HOSTS};
use crate::process::Process;
use crate::{command, wait};

/// Time for nspawn to make the namespaces: far beyond what a loaded machine took.
const LEADER_LIMIT: Duration = Duration::from_secs(30);

/// What the shell does between entering the new mount namespace and becoming nspawn.
///
/// The cgroup comes first: two hosts started from one cgroup would share the
/// sub-cgroup that nspawn makes for the payload, and so kill each other's processes.
///
/// In the hierarchies of version 1 the host starts at the root: Podman follows each of their
/// lines in /proc/self/cgroup, and fails on a path such as `/..`, which a process has that is
/// moved out of the cgroup that its namespace began in.
const LAUNCH: &str = r#"
if [ -d /sys/fs/cgroup/unified ]; then
  for hierarchy in /sys/fs/cgroup/*/cgroup.procs; do echo $$ > "$hierarchy"; done
fi
echo $$ > "$1/cgroup.procs"
mount -t overlay kinc-lab -o "$2" "$3"
shift 3
exec systemd-nspawn "$@"
"#;

/// Everything that a boot needs to know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Launch {
    /// The name of the host.
    pub name: String,
    /// The root file system, never written to.
    pub lower: PathBuf,
    /// The directory of the host: `upper`, `work` and `root`, its root file system when it runs.
    pub directory: PathBuf,
    /// Directories of this machine that the host writes to.
    pub binds: Vec<(PathBuf, String)>,
    /// Directories of this machine to show in the host, read-only.
    pub shares: Vec<(PathBuf, String)>,
    /// Whether its root has a user namespace, and all capabilities in that: this machine's root
    /// may lack some, and may not use device nodes that it makes.
    pub user_namespace: bool,
}

/// Boots a host; it is not waited for.
///
/// # Errors
/// When nspawn ends before the host's PID 1 is there; its output is in the message.
pub(crate) fn start(launch: &Launch, console: &Path) -> Result<Running> {
    machine_settings::need(&Cache::open()?, &FOR_HOSTS)?;
    let cgroup = fresh_cgroup(&launch.name)?;
    let mut program = command::program("setsid");
    program.env("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1");
    program.args(&cgroup.launcher);
    program.args(["unshare", "--mount", "--propagation", "private", "--"]);
    program
        .args(["sh", "-euc", LAUNCH, "sh"])
        .arg(&cgroup.directory);
    program
        .arg(overlay_options(launch))
        .arg(launch.directory.join("root"));
    program.args(arguments(launch));
    let pid = command::daemon(&mut program, console)?;
    let nspawn = Process::of(pid).context("systemd-nspawn ended at once")?;
    let mut leader = None;
    wait::until(
        "systemd-nspawn starts the host's PID 1",
        LEADER_LIMIT,
        || {
            leader = nspawn.namespace_leaders().into_iter().next();
            leader.is_some() || !nspawn.is_alive()
        },
    )?;
    let Some(leader) = leader else {
        bail!(
            "systemd-nspawn ended; the end of `{}`:\n{}",
            console.display(),
            command::tail(console)?
        );
    };
    Ok(Running {
        supervisor: nspawn,
        leader,
        cgroup: cgroup.directory,
    })
}

/// Returns the arguments of systemd-nspawn(1).
fn arguments(launch: &Launch) -> Vec<String> {
    let directory = launch.directory.display();
    let mut arguments: Vec<String> = [
        "--quiet",
        "--boot",
        // No machined and no systemd to ask on this machine.
        "--keep-unit",
        "--register=no",
        "--private-network",
        "--capability=all",
        // Podman's keyrings, and the device filter of crun.
        "--system-call-filter=@keyring bpf",
        // A cluster syncs all the time, and the machine's disk is shared with builds.
        "--suppress-sync=yes",
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        "--bind=/dev/fuse",
        "--bind=/dev/net/tun",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--machine=kinc-lab-{}", launch.name));
    arguments.push(format!("--directory={directory}/root"));
    for (option, directories) in [("--bind", &launch.binds), ("--bind-ro", &launch.shares)] {
        for (from, to) in directories {
            arguments.push(format!("{option}={}:{to}", from.display()));
        }
    }
    if launch.user_namespace {
        arguments.push("--private-users=identity".to_owned());
    }
    arguments
}

fn overlay_options(launch: &Launch) -> String {
    let directory = launch.directory.display();
    let lower = launch.lower.display();
    format!("lowerdir={lower},upperdir={directory}/upper,workdir={directory}/work")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_gets_its_directories_and_shares() {
        let launch = Launch {
            name: "dev".to_owned(),
            lower: PathBuf::from("/cache/host-root-1"),
            directory: PathBuf::from("/cache/hosts/dev"),
            binds: vec![("/cache/hosts/dev/home".into(), "/home".to_owned())],
            shares: vec![(
                PathBuf::from("/cache/store-1"),
                "/usr/lib/kinc-lab/store".to_owned(),
            )],
            user_namespace: true,
        };
        assert_eq!(
            arguments(&launch)[13..],
            [
                "--machine=kinc-lab-dev",
                "--directory=/cache/hosts/dev/root",
                "--bind=/cache/hosts/dev/home:/home",
                "--bind-ro=/cache/store-1:/usr/lib/kinc-lab/store",
                "--private-users=identity",
            ]
        );
        assert_eq!(
            overlay_options(&launch),
            "lowerdir=/cache/host-root-1,upperdir=/cache/hosts/dev/upper,workdir=/cache/hosts/dev/work"
        );
    }
}
