//! The edge to systemd: the user manager and logind, over D-Bus.
//!
//! It starts no process and reads no file. What the answers mean is decided in `job`.

mod bus;
mod call;
mod dependencies;
mod error;
mod error_messages;
mod follow;
mod limits;
mod logind;
mod proxies;
mod signals;
mod state;
mod units;

pub use crate::edge::systemd::error::{Error, NoBus, Result};
pub use crate::edge::systemd::logind::Logind;

use crate::job::{Event, Outcome, Verb};
use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use zbus::proxy::CacheProperties;
use zbus::{Connection, OwnedObjectPath};

use crate::edge::cancel::Cancel;
use crate::edge::systemd::call::{call, call_unit, call_within};
use crate::edge::systemd::follow::follow;
use crate::edge::systemd::limits::RELOAD_TIMEOUT;
use crate::edge::systemd::proxies::SystemdManagerProxy;

/// A connection to the user's systemd manager. All clones are one.
#[derive(Debug, Clone)]
pub struct Manager {
    connection: Connection,
    /// It is read once: it may change at any time, and one answer for all questions is consistent.
    environment: Arc<OnceCell<BTreeMap<String, String>>>,
    cancel: Cancel,
}

impl Manager {
    /// Connects to the user bus in the runtime directory, such as `/run/user/1000`.
    ///
    /// The session bus of the environment is not asked: under `dbus-run-session` and some
    /// terminals it is a private one without systemd.
    ///
    /// # Errors
    ///
    /// [`Error::NoBus`] when the socket is missing, foreign or dead.
    pub async fn connect(runtime_dir: &Path) -> Result<Manager> {
        Ok(Manager::new(bus::connect(runtime_dir).await?))
    }

    /// Uses a connection that is already there.
    #[must_use]
    pub fn new(connection: Connection) -> Manager {
        Manager {
            connection,
            environment: Arc::default(),
            cancel: Cancel::default(),
        }
    }

    /// Waits for no answer any more, and asks nothing, once the user interrupts it: that is
    /// [`Error::Interrupted`].
    #[must_use]
    pub fn cancelled_by(self, cancel: &Cancel) -> Manager {
        Manager {
            cancel: cancel.clone(),
            ..self
        }
    }

    /// Runs the generators and loads all units again.
    ///
    /// A generator that fails is only seen in the unit it did not make: read the unit afterwards.
    ///
    /// # Errors
    ///
    /// When systemd refuses or does not answer in 180 s.
    pub async fn reload(&self) -> Result<()> {
        let reload = async { self.proxy().await?.reload().await };
        let doing = "reloading the systemd user manager";
        self.answer(call_within(RELOAD_TIMEOUT, doing, reload))
            .await
    }

    /// Starts a unit and waits for the end of the job.
    ///
    /// When `cancel` ends first, the job continues and the outcome is `Interrupted`.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] with the job's result, [`Error::TimedOut`] after `limit`,
    /// [`Error::Lost`], or a refusal. After a failure systemd may restart the unit by itself:
    /// continue with [`Manager::watch`] to see.
    pub async fn start(
        &self,
        unit: &str,
        limit: Duration,
        cancel: impl Future<Output = ()>,
        mut on_event: impl FnMut(&Event),
    ) -> Result<Outcome> {
        follow(self, unit, Verb::Start, limit, cancel, &mut on_event).await
    }

    /// Stops a unit and waits for the end of the job.
    ///
    /// # Errors
    ///
    /// As for [`Manager::start`].
    pub async fn stop(
        &self,
        unit: &str,
        limit: Duration,
        cancel: impl Future<Output = ()>,
        mut on_event: impl FnMut(&Event),
    ) -> Result<Outcome> {
        follow(self, unit, Verb::Stop, limit, cancel, &mut on_event).await
    }

    /// Restarts a unit, or starts it if it does not run, and waits for the end of the job.
    ///
    /// # Errors
    ///
    /// As for [`Manager::start`].
    pub async fn restart(
        &self,
        unit: &str,
        limit: Duration,
        cancel: impl Future<Output = ()>,
        mut on_event: impl FnMut(&Event),
    ) -> Result<Outcome> {
        follow(self, unit, Verb::Restart, limit, cancel, &mut on_event).await
    }

    /// Follows a unit, through its automatic restarts, until it is active, failed or inactive.
    ///
    /// # Errors
    ///
    /// [`Error::TimedOut`] after `limit`, [`Error::Lost`], or a refusal.
    pub async fn watch(
        &self,
        unit: &str,
        limit: Duration,
        cancel: impl Future<Output = ()>,
        mut on_event: impl FnMut(&Event),
    ) -> Result<Outcome> {
        follow(self, unit, Verb::Watch, limit, cancel, &mut on_event).await
    }

    /// Forgets that a unit failed, and how often it was started.
    ///
    /// # Errors
    ///
    /// When systemd refuses, as it does for a unit that is not loaded.
    pub async fn reset_failed(&self, unit: &str) -> Result<()> {
        let reset = async { self.proxy().await?.reset_failed_unit(unit).await };
        self.answer(call_unit("resetting", unit, reset)).await
    }

    /// Shows systemd a unit file that lies outside of its own directories, from the next reload on.
    ///
    /// A link to the same file may be there already.
    ///
    /// # Errors
    ///
    /// When something else has the unit's name.
    pub async fn link(&self, file: &Path) -> Result<()> {
        let path = file.display().to_string();
        let link = async {
            self.proxy()
                .await?
                .link_unit_files(&[&path], false, false)
                .await
        };
        let doing = format!("linking `{path}`");
        self.answer(call(&doing, link)).await.map(drop)
    }

    /// Takes the link to a unit's file away again, from the next reload on; it may be gone already.
    ///
    /// # Errors
    ///
    /// When systemd refuses.
    pub async fn unlink(&self, unit: &str) -> Result<()> {
        let unlink = async { self.proxy().await?.disable_unit_files(&[unit], false).await };
        match self.answer(call_unit("unlinking", unit, unlink)).await {
            Err(error) if error.is_refusal("NoSuchUnit") => Ok(()),
            unlinked => unlinked.map(drop),
        }
    }

    /// Returns the environment that the user manager gives its units and generators, as it was when it
    /// was first asked for.
    ///
    /// # Errors
    ///
    /// When systemd does not answer.
    pub async fn environment(&self) -> Result<&BTreeMap<String, String>> {
        self.environment
            .get_or_try_init(|| self.read_environment())
            .await
    }

    async fn read_environment(&self) -> Result<BTreeMap<String, String>> {
        let read = async { self.proxy().await?.environment().await };
        let lines = call("reading the manager's environment", read);
        let lines = self.answer(lines).await?;
        let pair = |line: &String| {
            let (name, value) = line.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        };
        Ok(lines.iter().filter_map(pair).collect())
    }

    /// Returns the cgroup that the user's units are in, such as
    /// `/user.slice/user-1000.slice/user@1000.service`.
    ///
    /// # Errors
    ///
    /// When systemd does not answer.
    pub async fn control_group(&self) -> Result<String> {
        let read = async { self.proxy().await?.control_group().await };
        self.answer(call("reading the manager's cgroup", read))
            .await
    }

    /// Makes systemd send signals to this connection, the first caller and later ones alike.
    async fn subscribe(&self) -> Result<()> {
        let subscribe = async { self.proxy().await?.subscribe().await };
        let subscribe = call("subscribing to signals of systemd", subscribe);
        match self.answer(subscribe).await {
            Err(error) if error.is_refusal("AlreadySubscribed") => Ok(()),
            subscribed => subscribed,
        }
    }

    async fn enqueue(&self, verb: Verb, unit: &str) -> Result<OwnedObjectPath> {
        // `replace` is what systemctl uses: a queued job that conflicts gives way.
        let mode = "replace";
        let enqueue = async {
            let manager = self.proxy().await?;
            match verb {
                Verb::Stop => manager.stop_unit(unit, mode).await,
                Verb::Restart => manager.restart_unit(unit, mode).await,
                Verb::Start | Verb::Watch => manager.start_unit(unit, mode).await,
            }
        };
        self.answer(call_unit(verb.gerund(), unit, enqueue)).await
    }

    /// Waits for the answer to a call, unless the user interrupts it.
    async fn answer<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        // On the heap: the futures of zbus are large, and each caller would carry them.
        let answered = self.cancel.or(Box::pin(call)).await;
        answered.unwrap_or(Err(Error::Interrupted))
    }

    async fn proxy(&self) -> zbus::Result<SystemdManagerProxy<'static>> {
        SystemdManagerProxy::builder(&self.connection)
            .cache_properties(CacheProperties::No)
            .build()
            .await
    }
}
