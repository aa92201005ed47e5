//! A host: a Debian system with a lingering unprivileged user, as kinc's users have it.
//!
//! Everything about a host is in one directory of the cache, so that a later
//! lab finds it again. How it is powered is in `power`, its network in `network`;
//! what it is made from is decided by [`crate::lab`].

mod fresh;
mod network;
mod power;
mod state;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::cache::{Cache, Lock};
use crate::exec::{Shell, Transport};
use crate::machine::Running;
use crate::release::Release;
use crate::{fs, tree, uml, wait};

pub use fresh::FreshHost;

/// Where hosts see the store with the node image.
pub(crate) const STORE: &str = "/usr/lib/kinc-lab/store";

/// The unprivileged user of every host.
pub const OPS: &str = "ops";

/// Adds up what `proc_pid_smaps(5)` calls the proportional share of every process.
const MEMORY: &str = "cat /proc/[0-9]*/smaps_rollup 2>/dev/null | awk '/^Pss:/ { sum += $2 } END { print sum / 1024 }'";

/// Longest name: with prefix it must be a host name of at most 64 characters.
const NAME_LENGTH: usize = 40;

/// How a host is made real.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A systemd-nspawn container: fast; it has no cgroup controllers, and a power
    /// cut keeps what the kernel had not yet written to the disk.
    Nspawn,
    /// A kernel of its own that runs as a process (User-mode Linux): it has all cgroup
    /// controllers, and a power cut loses the page cache. System calls are slow.
    Uml,
}

impl Kind {
    /// Returns its name on the command line and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nspawn => "nspawn",
            Self::Uml => "uml",
        }
    }
}

/// What a host is made from.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
pub struct HostConfig {
    /// Its name: lower case letters, digits and dashes. That of its directory.
    #[serde(skip)]
    pub name: String,
    /// How it is made real.
    pub kind: Kind,
    /// Its Debian; one that was made when there was only one release does not say it.
    #[serde(default)]
    pub release: Release,
    /// The root file system, shared by many hosts and never written to.
    pub root: PathBuf,
    /// The image store that Podman reads beside the user's own.
    pub store: Option<PathBuf>,
    /// Directories of this machine to show in the host, read-only.
    pub shares: Vec<(PathBuf, String)>,
}

/// A host on this machine, running or not.
#[derive(Clone, Debug)]
pub struct Host {
    name: String,
    directory: PathBuf,
    cache: Cache,
}

impl Host {
    /// Makes a host, or keeps the one of this name, and boots it if it does not run.
    ///
    /// # Errors
    /// When it cannot be made, or its user cannot log in within the limit.
    pub fn boot(cache: &Cache, config: &HostConfig, kinc: &Path) -> Result<Self> {
        let host = Self::named(cache, &config.name)?;
        {
            let _lock = host.lock()?;
            if !host.exists() {
                host.make(config)?;
            }
            if !host.is_running() {
                host.set_config(config)?;
                host.install_kinc(kinc)?;
            }
        }
        host.power_on()?;
        Ok(host)
    }

    /// Returns the host called `name`, which may not exist yet.
    ///
    /// # Errors
    /// When that is not a name for a host.
    pub fn named(cache: &Cache, name: &str) -> Result<Self> {
        let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let edge = name.starts_with('-') || name.ends_with('-');
        ensure!(
            !name.is_empty() && name.len() <= NAME_LENGTH && name.bytes().all(good) && !edge,
            "`{name}` is not a valid host name: use up to {NAME_LENGTH} lower case letters, digits and dashes"
        );
        let directory = cache.host(name);
        Ok(Self {
            name: name.to_owned(),
            directory,
            cache: cache.clone(),
        })
    }

    /// Returns all hosts of the cache.
    ///
    /// # Errors
    /// When the cache cannot be read.
    pub fn all(cache: &Cache) -> Result<Vec<Self>> {
        let names = fs::list(&cache.root().join("hosts"))?;
        let names = names.iter().filter_map(|path| path.file_name()?.to_str());
        names.map(|name| Self::named(cache, name)).collect()
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the directory that holds everything of it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns whether it was made.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.directory.join(state::CONFIG).exists()
    }

    /// Logs root in.
    #[must_use]
    pub fn root(&self) -> Shell {
        self.user("root")
    }

    /// Logs a user in.
    #[must_use]
    pub fn user(&self, name: &str) -> Shell {
        let transport = self.running().and_then(|running| self.transport(&running));
        Shell::new(&self.name, transport, name)
    }

    /// Returns what all its processes hold in MiB, shared pages shared out among them.
    ///
    /// # Errors
    /// When it does not run.
    pub fn memory(&self) -> Result<f64> {
        let output = self.root().run(MEMORY)?.ok()?;
        let sum = output.text().parse();
        sum.with_context(|| format!("reading a sum: {output:?}"))
    }

    /// Waits until `condition` holds, and returns how long that took.
    ///
    /// # Errors
    /// When `limit` passes; the message says what was waited for, and where.
    pub fn wait_until(
        &self,
        what: &str,
        limit: Duration,
        condition: impl FnMut() -> bool,
    ) -> Result<Duration> {
        wait::until(
            &format!("on host `{}`: {what}", self.name),
            limit,
            condition,
        )
    }

    /// Puts a program at `/usr/local/bin/kinc`; a running one keeps its old file.
    ///
    /// # Errors
    /// When the file cannot be copied.
    pub(crate) fn install_kinc(&self, kinc: &Path) -> Result<()> {
        fs::copy(kinc, &self.directory.join("bin/kinc"))
    }

    /// Ends the host and removes everything of it.
    ///
    /// # Errors
    /// When a process or a file of it does not go.
    pub fn remove(&self) -> Result<()> {
        self.power_cut()?;
        let _lock = self.lock()?;
        fs::remove_tree(&self.directory)
    }

    fn transport(&self, running: &Running) -> Option<Transport> {
        let config = self.config().ok()?;
        Some(match config.kind {
            Kind::Nspawn => Transport::Namespaces(running.leader),
            Kind::Uml => Transport::Ssh {
                kernel: running.leader,
                key: config.root.join(uml::KEY),
            },
        })
    }

    fn lock(&self) -> Result<Lock> {
        self.cache.lock(&format!("host-{}", self.name))
    }

    /// Makes the directory of a new host; its configuration is written last.
    fn make(&self, config: &HostConfig) -> Result<()> {
        fs::remove_tree(&self.directory)?;
        for part in ["upper/etc", "work", "root", "bin"] {
            fs::create_dir(&self.directory.join(part))?;
        }
        if config.kind == Kind::Uml {
            fs::write(
                &self.directory.join(uml::MACHINE_ID),
                &format!("{}\n", new_machine_id()?),
            )?;
            return self.set_config(config);
        }
        let etc = self.directory.join("upper/etc");
        fs::write(&etc.join("hostname"), &format!("{}\n", self.name))?;
        // An empty machine id would make each boot a first boot, which resets unit presets.
        fs::write(&etc.join("machine-id"), &format!("{}\n", new_machine_id()?))?;
        // A home on the overlay would not do: overlayfs cannot lie on overlayfs.
        let home = self.directory.join("home");
        tree::copy(&config.root.join("home"), &home)?;
        let mut files = vec!["home"];
        if config.store.is_some() {
            files.push("home-with-store");
        }
        tree::fill_home(&home.join(OPS), &files)?;
        self.set_config(config)
    }
}

/// Returns what machine-id(5) holds: 32 random hexadecimal digits.
fn new_machine_id() -> Result<String> {
    let uuid = fs::read(Path::new("/proc/sys/kernel/random/uuid"))?;
    Ok(uuid.trim().replace('-', ""))
}
