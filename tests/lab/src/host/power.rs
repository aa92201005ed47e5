//! Power of a host: on, off, reboot, and power cut.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::host::{Host, HostConfig, Kind, OPS, STORE};
use crate::machine::Running;
use crate::nspawn::{self, Launch};
use crate::{command, exec, progress, uml, wait};

/// Time for a boot until the user can work; measured 2 to 4 s.
const BOOT_LIMIT: Duration = Duration::from_mins(2);

/// Time for an orderly end: the longest stop time-out of a cluster and a reserve.
const SHUTDOWN_LIMIT: Duration = Duration::from_mins(3);

/// What must be true before a test begins: PID 1 has the network up, and the
/// user's own manager answers. Neither needs a login.
const BOOTED: [(&str, &str); 2] = [
    ("root", "systemctl is-active --quiet network-online.target"),
    (OPS, "systemctl --user is-active --quiet basic.target"),
];

impl Host {
    /// Returns whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.running().is_some()
    }

    /// Switches it on, and waits until its user can work; a running host is not restarted.
    ///
    /// # Errors
    /// When that takes too long; the end of its console is in the message.
    pub fn power_on(&self) -> Result<()> {
        let _lock = self.lock()?;
        if !self.is_running() {
            self.start()?;
        }
        self.wait_booted()
    }

    /// Shuts it down; one that does not run is success.
    ///
    /// # Errors
    /// When it does not end within the limit.
    pub fn down(&self) -> Result<()> {
        let _lock = self.lock()?;
        self.shut_down("poweroff")
    }

    /// Reboots it, and waits until its user can work, without a login.
    ///
    /// # Errors
    /// When one of the two takes too long.
    pub fn reboot(&self) -> Result<()> {
        let _lock = self.lock()?;
        // Without a manager nspawn ends on a reboot (133), so we boot it again.
        self.shut_down("reboot")?;
        self.start()?;
        self.wait_booted()
    }

    /// Kills all of its processes at once; one that does not run is success.
    ///
    /// What was written stays in this machine's page cache, so this shows what a
    /// crash does to processes and files, not what an unwritten page does.
    ///
    /// # Errors
    /// When a process does not go.
    pub fn power_cut(&self) -> Result<()> {
        let _lock = self.lock()?;
        match self.last_boot() {
            Some(running) if !running.is_gone() => running.kill(),
            _ => Ok(()),
        }
    }

    /// Kills all of its processes at once; a failure is only a warning.
    pub(crate) fn switch_off(&self) {
        if let Err(error) = self.power_cut() {
            let name = self.name();
            progress::say(format!("warning: switching off host `{name}`: {error:#}"));
        }
    }

    fn start(&self) -> Result<()> {
        let config = self.config()?;
        let started = match config.kind {
            Kind::Nspawn => self.start_nspawn(config),
            Kind::Uml => uml::start(&uml::Launch {
                name: self.name().to_owned(),
                product: config.root,
                directory: self.directory().to_path_buf(),
            }),
        };
        let running = started.with_context(|| format!("booting host `{}`", self.name()))?;
        self.set_last_boot(&running)
    }

    fn start_nspawn(&self, config: HostConfig) -> Result<Running> {
        let own = |part: &str, to: &str| (self.directory().join(part), to.to_owned());
        let mut shares = config.shares;
        shares.push(own("bin", "/usr/local/bin"));
        shares.extend(config.store.map(|store| (store, STORE.to_owned())));
        let launch = Launch {
            name: self.name().to_owned(),
            lower: config.root,
            directory: self.directory().to_path_buf(),
            binds: vec![own("home", "/home")],
            shares,
            user_namespace: false,
        };
        nspawn::start(&launch, &self.directory().join("console.log"))
    }

    fn wait_booted(&self) -> Result<()> {
        for (user, line) in BOOTED {
            let shell = self.user(user).time_limit(BOOT_LIMIT);
            let what = format!(
                "host `{}` boots, so that {user} can run `{line}`",
                self.name()
            );
            let booted = wait::until(&what, BOOT_LIMIT, || {
                !self.is_running() || shell.succeeds(line)
            });
            let console = || {
                let tail = command::tail(&self.directory().join("console.log"));
                format!("the end of its console:\n{}", tail.unwrap_or_default())
            };
            booted.with_context(console)?;
            self.running()
                .with_context(|| format!("host `{}` ended while it booted", self.name()))
                .with_context(console)?;
        }
        Ok(())
    }

    fn shut_down(&self, how: &str) -> Result<()> {
        let Some(running) = self.last_boot() else {
            return Ok(());
        };
        if running.is_alive() {
            // The command may be killed by what it asks for.
            let shell = self.root().time_limit(SHUTDOWN_LIMIT);
            let _ = shell.run(&format!("systemctl --no-block {how}"));
        }
        let what = format!("host `{}` ends after `systemctl {how}`", self.name());
        let ended = || exec::resume_entered().is_ok() && running.is_gone();
        let took = wait::until(&what, SHUTDOWN_LIMIT, ended)
            .with_context(|| format!("`cargo lab powercut {}` ends it", self.name()))?;
        if took > Duration::from_secs(30) {
            progress::say(format!(
                "   host `{}` took {} to end",
                self.name(),
                progress::seconds(took)
            ));
        }
        running.clean_up()
    }
}
