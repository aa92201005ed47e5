//! The edge to facts of the host: what is listened on, what is routed, who we are.
//!
//! It decides nothing. The kernel's tables are read under an injected root, so tests bring their own.

mod mount;
mod tables;

pub(crate) use crate::edge::host::mount::{Mount, mounted_below};

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::edge::fs;
use crate::edge::host::tables::{listener, local, route};
use crate::model::subnet::Subnet;

/// The first port that the kernel leaves to users where nothing else is set, see ip(7).
const FIRST_UNPRIVILEGED_PORT: u16 = 1024;

/// How much of a command line is shown.
const COMMAND_LINE_BYTES: u64 = 512;

/// What is spoken on a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Transmission control protocol.
    Tcp,
    /// User datagram protocol.
    Udp,
}

impl Transport {
    /// Returns the names of the kernel's tables of its sockets, and the state of one that is open to
    /// everybody, see `proc_pid_net(5)`: it listens, or is connected to nobody.
    fn tables(self) -> ([&'static str; 2], &'static str) {
        match self {
            Self::Tcp => (["tcp", "tcp6"], "0A"),
            Self::Udp => (["udp", "udp6"], "07"),
        }
    }
}

/// The host, seen through its file system.
#[derive(Debug, Clone)]
pub struct Host {
    root: PathBuf,
}

impl Host {
    /// Looks at the host under a root directory, `/` for the real one.
    #[must_use]
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Returns the IPv4 addresses and ports that something listens on.
    ///
    /// # Errors
    /// When the kernel's table cannot be read.
    pub(crate) fn listening(&self, transport: Transport) -> Result<BTreeSet<(Ipv4Addr, u16)>> {
        let (tables, state) = transport.tables();
        let mut found = BTreeSet::new();
        for table in tables {
            let lines = self.table(table)?;
            found.extend(lines.iter().filter_map(|line| listener(line, state)));
        }
        Ok(found)
    }

    /// Returns the first port that a user may listen on. The setting is one of the network namespace, and
    /// what publishes ports of rootless containers is in that of the user, as we are.
    ///
    /// # Errors
    /// When the kernel's setting cannot be read.
    pub(crate) fn first_unprivileged_port(&self) -> Result<u16> {
        let path = self
            .root
            .join("proc/sys/net/ipv4/ip_unprivileged_port_start");
        let port = fs::read(&path)?.and_then(|entry| entry.text.trim().parse().ok());
        Ok(port.unwrap_or(FIRST_UNPRIVILEGED_PORT))
    }

    /// Returns the destinations of the host's routes, the default route aside.
    ///
    /// # Errors
    /// When the kernel's table cannot be read.
    pub(crate) fn routes(&self) -> Result<Vec<Subnet>> {
        let lines = self.table("route")?;
        Ok(lines.iter().filter_map(|line| route(line)).collect())
    }

    /// Returns those of the addresses that nobody can listen on here: the host has them not, and does not
    /// allow to listen on others (`ip_nonlocal_bind` in ip(7)).
    ///
    /// # Errors
    /// When the kernel's tables cannot be read.
    pub(crate) fn absent(&self, addresses: &[Ipv4Addr]) -> Result<Vec<Ipv4Addr>> {
        let setting = self.root.join("proc/sys/net/ipv4/ip_nonlocal_bind");
        let allows_all = fs::read(&setting)?.is_some_and(|entry| entry.text.trim() != "0");
        let local = local(&self.table("fib_trie")?);
        // A kernel that does not say what it has is not asked again.
        if allows_all || local.is_empty() {
            return Ok(Vec::new());
        }
        let is_absent = |address: &Ipv4Addr| !local.iter().any(|one| one.contains(*address));
        Ok(addresses.iter().copied().filter(is_absent).collect())
    }

    /// Returns the controllers that a cgroup of the unified hierarchy may hand on to those below it.
    ///
    /// # Errors
    /// When the kernel's list cannot be read.
    pub(crate) fn controllers(&self, control_group: &str) -> Result<BTreeSet<String>> {
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
    pub(crate) fn inotify_instances(&self) -> Result<Option<usize>> {
        let path = self.root.join("proc/sys/fs/inotify/max_user_instances");
        Ok(fs::read(&path)?.and_then(|entry| entry.text.trim().parse().ok()))
    }

    /// Returns the file system that a path is on, or would be on once it is made; nothing when the kernel
    /// does not say.
    ///
    /// # Errors
    /// When the path cannot be looked at, or the kernel's table cannot be read.
    pub(crate) fn mount_of(&self, path: &Path) -> Result<Option<Mount>> {
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
    pub(crate) fn mounted_below(&self, directory: &Path) -> Result<Option<PathBuf>> {
        Ok(mounted_below(&self.mounts()?, directory))
    }

    /// Returns the command line of a process; nothing when it has none, or the kernel does not show it.
    #[must_use]
    pub(crate) fn command_line(&self, process: u32) -> Option<Vec<String>> {
        let path = self.root.join("proc").join(process.to_string());
        let bytes = fs::read_up_to(&path.join("cmdline"), COMMAND_LINE_BYTES);
        let text = String::from_utf8_lossy(&bytes.ok()??).into_owned();
        let words = text.strip_suffix('\0').unwrap_or(&text).split('\0');
        (!text.is_empty()).then(|| words.map(str::to_owned).collect())
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
    pub(crate) fn random_uuid(&self) -> Result<String> {
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

/// Returns the user's number.
#[must_use]
pub fn user_id() -> u32 {
    rustix::process::getuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controllers_are_read_from_the_cgroup_itself() {
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
    fn a_missing_limit_is_none() {
        let root = tempfile::tempdir().unwrap();
        let host = Host::new(root.path().to_owned());
        assert_eq!(host.inotify_instances().unwrap(), None);
        let limits = root.path().join("proc/sys/fs/inotify");
        fs::create_directory(&limits).unwrap();
        fs::write(&limits.join("max_user_instances"), "128\n", 0o644).unwrap();
        assert_eq!(host.inotify_instances().unwrap(), Some(128));
    }

    #[test]
    fn only_listening_sockets_count_with_their_addresses() {
        let root = tempfile::tempdir().unwrap();
        let tables = root.path().join("proc/self/net");
        fs::create_directory(&tables).unwrap();
        let write = |name: &str, sockets: &[(&str, &str)]| {
            let line = |(local, state): &(&str, &str)| {
                format!("   0: {local} 00000000:0000 {state} 00000000:00000000\n")
            };
            let lines: String = sockets.iter().map(line).collect();
            fs::write(&tables.join(name), &format!("heading\n{lines}"), 0o644).unwrap();
        };
        let [all, mapped, own] = [
            "00000000000000000000000000000000",
            "0000000000000000FFFF00000100007F",
            "00000000000000000000000001000000",
        ];
        write("tcp", &[("0100007F:192B", "0A"), ("0100007F:192C", "01")]);
        let sockets = [(all, "1F90"), (mapped, "1F91"), (own, "1F92")];
        let sockets = sockets.map(|(address, port)| format!("{address}:{port}"));
        write("tcp6", &sockets.each_ref().map(|one| (one.as_str(), "0A")));
        write("udp", &[("3500007F:0035", "07"), ("0200000A:8765", "01")]);
        let host = Host::new(root.path().to_owned());
        let at = |address: [u8; 4], port| (Ipv4Addr::from(address), port);
        assert_eq!(
            host.listening(Transport::Tcp).unwrap(),
            BTreeSet::from([
                at([0, 0, 0, 0], 8080),
                at([127, 0, 0, 1], 6443),
                at([127, 0, 0, 1], 8081),
            ])
        );
        assert_eq!(
            host.listening(Transport::Udp).unwrap(),
            BTreeSet::from([at([127, 0, 0, 53], 53)])
        );
    }

    #[test]
    fn the_command_line_of_a_process_is_read_unless_it_has_ended() {
        let root = tempfile::tempdir().unwrap();
        let host = Host::new(root.path().to_owned());
        for (process, line) in [("7", "kinc\0delete\0a b\0\0"), ("8", "")] {
            let directory = root.path().join("proc").join(process);
            fs::create_directory(&directory).unwrap();
            fs::write(&directory.join("cmdline"), line, 0o644).unwrap();
        }
        let words = ["kinc", "delete", "a b", ""].map(str::to_owned).to_vec();
        let found = [7, 8, 9].map(|process| host.command_line(process));
        assert_eq!(found, [Some(words), None, None]);
    }

    #[test]
    fn unprivileged_ports_start_at_1024_by_default() {
        let root = tempfile::tempdir().unwrap();
        let host = Host::new(root.path().to_owned());
        assert_eq!(host.first_unprivileged_port().unwrap(), 1024);
        let settings = root.path().join("proc/sys/net/ipv4");
        fs::create_directory(&settings).unwrap();
        let setting = settings.join("ip_unprivileged_port_start");
        fs::write(&setting, "80\n", 0o644).unwrap();
        assert_eq!(host.first_unprivileged_port().unwrap(), 80);
    }

    #[test]
    fn an_address_is_absent_unless_it_is_local_or_nonlocal_bind_is_on() {
        let root = tempfile::tempdir().unwrap();
        let host = Host::new(root.path().to_owned());
        let asked = [
            [127, 0, 0, 9],
            [192, 0, 2, 10],
            [192, 0, 2, 255],
            [192, 0, 2, 77],
        ];
        let asked = asked.map(Ipv4Addr::from);
        assert_eq!(host.absent(&asked).unwrap(), [Ipv4Addr::UNSPECIFIED; 0]);
        let tables = root.path().join("proc/self/net");
        fs::create_directory(&tables).unwrap();
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     \
                    |-- 127.0.0.0\n        /8 host LOCAL\n     |-- 192.0.2.0\n        /24 link UNICAST\n     \
                    |-- 192.0.2.10\n        /32 host LOCAL\n     |-- 192.0.2.255\n        /32 link BROADCAST\n";
        fs::write(&tables.join("fib_trie"), trie, 0o644).unwrap();
        assert_eq!(host.absent(&asked).unwrap(), asked[2..]);
        let settings = root.path().join("proc/sys/net/ipv4");
        fs::create_directory(&settings).unwrap();
        let setting = settings.join("ip_nonlocal_bind");
        fs::write(&setting, "1\n", 0o644).unwrap();
        assert_eq!(host.absent(&asked).unwrap(), [Ipv4Addr::UNSPECIFIED; 0]);
    }
}
