//! The edge to facts of the host: what is listened on, what is routed, who we are.
//!
//! It decides nothing. The kernel's tables are read under an injected root, so tests bring their own.

mod mount;

pub use crate::host::mount::{Mount, mounted_below};

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::fs;
use crate::subnet::Subnet;

/// The state of a socket that listens, in `/proc/net/tcp`, see `proc_pid_net(5)`.
const LISTEN: &str = "0A";

/// The host, seen through its file system.
#[derive(Debug, Clone)]
pub struct Host {
    root: PathBuf,
}

impl Host {
    /// Looks at the host under a root directory, `/` for the real one.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Returns the TCP ports that something listens on.
    ///
    /// # Errors
    /// When the kernel's table cannot be read.
    pub fn listening_ports(&self) -> Result<BTreeSet<u16>> {
        let mut ports = BTreeSet::new();
        for table in ["tcp", "tcp6"] {
            let lines = self.table(table)?;
            ports.extend(lines.iter().filter_map(|line| listening_port(line)));
        }
        Ok(ports)
    }

    /// Returns the destinations of the host's routes, the default route aside.
    ///
    /// # Errors
    /// When the kernel's table cannot be read.
    pub fn routes(&self) -> Result<Vec<Subnet>> {
        let lines = self.table("route")?;
        Ok(lines.iter().filter_map(|line| route(line)).collect())
    }

    /// Returns the controllers that a cgroup of the unified hierarchy may hand on to those below it.
    ///
    /// # Errors
    /// When the kernel's list cannot be read.
    pub fn controllers(&self, control_group: &str) -> Result<BTreeSet<String>> {
        let path = self.root.join("sys/fs/cgroup");
        let path = path.join(control_group.trim_start_matches('/'));
        let entry = fs::read(&path.join("cgroup.controllers"))?;
        let text = entry.map(|entry| entry.text).unwrap_or_default();
        Ok(text.split_whitespace().map(str::to_owned).collect())
    }

    /// Returns how many inotify instances a user may have, see `inotify(7)`; nothing without a limit.
    ///
    /// # Errors
    /// When the kernel's limit cannot be read.
    pub fn inotify_instances(&self) -> Result<Option<usize>> {
        let path = self.root.join("proc/sys/fs/inotify/max_user_instances");
        Ok(fs::read(&path)?.and_then(|entry| entry.text.trim().parse().ok()))
    }

    /// Returns the file system that a path is on, or would be on once it is made; nothing when the kernel
    /// does not say.
    ///
    /// # Errors
    /// When the path cannot be looked at, or the kernel's table cannot be read.
    pub fn mount_of(&self, path: &Path) -> Result<Option<Mount>> {
        let mut there = path;
        while !fs::exists(there)? {
            there = there.parent().unwrap_or(Path::new("/"));
        }
        let resolved = fs::resolve(there);
        Ok(mount::of_path(&self.mounts()?, &resolved))
    }

    /// Returns what the host has mounted at a directory or below it; nothing when there is no such thing.
    ///
    /// # Errors
    /// When the kernel's table cannot be read.
    pub fn mounted_below(&self, directory: &Path) -> Result<Option<PathBuf>> {
        Ok(mounted_below(&self.mounts()?, directory))
    }

    fn mounts(&self) -> Result<String> {
        let table = self.root.join("proc/self/mountinfo");
        let entry = fs::read(&table).context("reading the kernel's table of mounts")?;
        Ok(entry.map(|entry| entry.text).unwrap_or_default())
    }

    /// Returns a random UUID of the kernel's, see `random(4)`.
    ///
    /// # Errors
    /// When the kernel gives none.
    pub fn random_uuid(&self) -> Result<String> {
        let path = self.root.join("proc/sys/kernel/random/uuid");
        let entry = fs::read(&path)?;
        let text = entry.map(|entry| entry.text.trim().to_owned());
        text.with_context(|| format!("`{}` is missing", path.display()))
    }

    fn table(&self, name: &str) -> Result<Vec<String>> {
        let path = self.root.join("proc/self/net").join(name);
        let text =
            fs::read(&path).with_context(|| format!("reading the kernel's `{name}` table"))?;
        let text = text.map(|entry| entry.text).unwrap_or_default();
        Ok(text.lines().skip(1).map(str::to_owned).collect())
    }
}

fn listening_port(line: &str) -> Option<u16> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, port) = fields.get(1)?.rsplit_once(':')?;
    (*fields.get(3)? == LISTEN).then_some(())?;
    u16::from_str_radix(port, 16).ok()
}

fn route(line: &str) -> Option<Subnet> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    // The kernel prints addresses as numbers of the machine's own byte order.
    let address = |field: &str| {
        let number = u32::from_str_radix(field, 16).ok()?;
        Some(Ipv4Addr::from(number.to_ne_bytes()))
    };
    let destination = address(fields.get(1)?)?;
    let prefix = u32::from(address(fields.get(7)?)?).count_ones();
    if prefix == 0 {
        return None;
    }
    Subnet::containing(destination, u8::try_from(prefix).ok()?).ok()
}

/// Returns the user's number.
#[must_use]
pub fn user_id() -> u32 {
    rustix::process::getuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controllers_are_those_of_the_cgroup_itself_and_none_where_there_is_no_list() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("sys/fs/cgroup/user.slice");
        fs::create_directory(&own).unwrap();
        fs::write(&own.join("cgroup.controllers"), "cpu memory pids\n", 0o644).unwrap();
        let host = Host::new(root.path().to_owned());
        let expected = ["cpu", "memory", "pids"].map(str::to_owned);
        assert_eq!(host.controllers("/user.slice").unwrap(), expected.into());
        assert_eq!(host.controllers("/absent").unwrap(), BTreeSet::new());
    }

    #[test]
    fn a_limit_is_a_number_and_need_not_be_there() {
        let root = tempfile::tempdir().unwrap();
        let host = Host::new(root.path().to_owned());
        assert_eq!(host.inotify_instances().unwrap(), None);
        let limits = root.path().join("proc/sys/fs/inotify");
        fs::create_directory(&limits).unwrap();
        fs::write(&limits.join("max_user_instances"), "128\n", 0o644).unwrap();
        assert_eq!(host.inotify_instances().unwrap(), Some(128));
    }

    #[test]
    fn only_sockets_that_listen_count() {
        let listening = "   0: 0100007F:192B 00000000:0000 0A 00000000:00000000 00:00000000";
        let connected = "   1: 0100007F:192C 0100007F:1234 01 00000000:00000000 00:00000000";
        assert_eq!(listening_port(listening), Some(6443));
        assert_eq!(listening_port(connected), None);
    }

    #[test]
    fn the_default_route_is_no_subnet_in_use() {
        let bridge = "podman1\t0000C80A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0";
        let default = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0";
        let printed = route(bridge).map(|subnet| subnet.to_string());
        assert_eq!(printed.as_deref(), Some("10.200.0.0/24"));
        assert!(route(default).is_none());
    }
}
