//! The hosts that are made from the lab's products: those that stay, and those of tests and measurements.

use anyhow::Result;

use crate::host::{FreshHost, Host, HostConfig, Kind};
use crate::lab::Lab;
use crate::progress;

/// How the names of hosts begin that belong to tests.
const TEST: &str = "test-";

/// How the names of hosts begin that belong to measurements.
const SCRATCH: &str = "scratch-";

impl Lab {
    /// Returns what a host called `name` is made from now: a container, or User-mode Linux in a lab that has it.
    #[must_use]
    pub fn config(&self, name: &str) -> HostConfig {
        let (kind, root, store) = match &self.uml {
            Some(uml) => (Kind::Uml, uml.path.clone(), None),
            None => (
                Kind::Nspawn,
                self.host_root.path.join("root"),
                self.store.as_ref().map(|store| store.path.clone()),
            ),
        };
        HostConfig {
            name: name.to_owned(),
            kind,
            release: self.release,
            root,
            store,
            shares: Vec::new(),
        }
    }

    /// Boots the host called `name`, with whatever it held before.
    ///
    /// One that was made from another root file system is recreated, since its
    /// files are changes to that; one with another node image is rebooted.
    ///
    /// # Errors
    /// When it cannot be made or booted.
    pub fn host(&self, name: &str) -> Result<Host> {
        let host = Host::named(&self.cache, name)?;
        let config = self.config(name);
        if host.exists() {
            let old = host.config()?;
            if old.root != config.root || old.store.is_some() != config.store.is_some() {
                progress::say(format!(
                    "   host `{name}` was made from another root: recreating it"
                ));
                host.remove()?;
            } else if old != config && host.is_running() {
                progress::say(format!(
                    "   host `{name}` has an older node image: rebooting it"
                ));
                host.down()?;
            }
        }
        let host = Host::boot(&self.cache, &config, &self.kinc)?;
        host.install_kinc(&self.kinc)?;
        Ok(host)
    }

    /// Boots a new host for a test; it is switched off when it goes out of scope.
    ///
    /// Its files stay for a look at them until the next run of the same test, or
    /// the end of a run in which all tests passed.
    ///
    /// # Errors
    /// When it cannot be made or booted.
    pub fn fresh_host(&self, name: &str) -> Result<FreshHost> {
        self.new_host(&format!("{TEST}{name}"))
    }

    /// Boots a new host for a measurement, which outlives a run of all tests beside it.
    ///
    /// # Errors
    /// When it cannot be made or booted.
    pub(crate) fn scratch_host(&self, name: &str) -> Result<FreshHost> {
        self.new_host(&format!("{SCRATCH}{name}"))
    }

    fn new_host(&self, name: &str) -> Result<FreshHost> {
        Host::named(&self.cache, name)?.remove()?;
        let config = self.config(name);
        Ok(FreshHost::new(Host::boot(
            &self.cache,
            &config,
            &self.kinc,
        )?))
    }

    /// Removes the hosts that tests have left.
    ///
    /// # Errors
    /// When a file of one does not go.
    pub(crate) fn remove_test_hosts(&self) -> Result<()> {
        self.test_hosts()?.iter().try_for_each(Host::remove)
    }

    /// Switches off the hosts that tests have left, for a look at their files.
    pub(crate) fn switch_off_test_hosts(&self) {
        let hosts = self.test_hosts().unwrap_or_default();
        hosts.iter().for_each(Host::switch_off);
    }

    fn test_hosts(&self) -> Result<Vec<Host>> {
        let mut hosts = Host::all(&self.cache)?;
        hosts.retain(|host| host.name().starts_with(TEST));
        Ok(hosts)
    }
}
