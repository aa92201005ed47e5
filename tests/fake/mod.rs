//! A user manager that says what a test wants, over a socket pair or a private bus.
//!
//! It has no state machine of its own: a scenario, or a host, decides what `StartUnit` and the like
//! do at once, and the test does the rest through [`Fake`].

#![allow(dead_code, reason = "each crate of tests uses its part")]

pub(crate) mod facts;
mod machine;
mod manager;
mod unit;

pub(crate) use facts::{Facts, Units};

use machine::{MANAGER_PATH, Machine, path};
use manager::FakeManager;
use std::collections::HashMap;
use std::fmt::Debug;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;
use unit::{FakeService, FakeUnit, Shown};
use zbus::connection::Builder;
use zbus::{Connection, Guid};

pub(crate) const UNIT: &str = "kinc-dev-control-plane.service";

/// What the manager does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// Jobs are accepted and stay; the test removes them.
    Held,
    /// A job is done, and its signal sent, before the reply to the call that queued it.
    DoneBeforeReply,
    /// 500 signals about the unit are sent before the reply to `Reload`.
    FloodDuringReload,
    /// 500 signals about the unit are sent before the reply to its first `GetAll`.
    FloodDuringRead,
    /// The job is done between the answers for the unit and for its service, at the first read.
    DoneDuringRead,
    /// A new status follows the reply to the first read of the service at once.
    StatusAfterRead,
}

/// What lies below a manager and makes it act by itself: files and programs.
pub(crate) trait Host: Debug + Send + Sync {
    /// Loads all units again.
    fn reload(&self, units: &mut Units);
    /// Makes a link to a unit file.
    fn link(&self, file: &str);
    /// Takes the link to a unit's file away; `false` when there is none.
    fn unlink(&self, unit: &str) -> bool;
    /// Brings a unit to where a job leads it, and returns the job's result; `None` for one that stays.
    fn run(&self, call: &str, unit: &str, units: &mut Units) -> Option<&'static str>;
    /// Returns whether the files of a unit are other than those that were loaded.
    fn is_outdated(&self, unit: &str) -> bool;
    /// Returns the environment of the manager.
    fn environment(&self) -> Vec<String>;
    /// Hears of each call.
    fn note(&self, call: &str);
}

/// The test's hand on the manager.
#[derive(Debug)]
pub(crate) struct Fake {
    pub(crate) connection: Connection,
    machine: Arc<Machine>,
    calls: UnboundedReceiver<String>,
}

impl Fake {
    /// Makes a manager with these units, and a connection to it.
    pub(crate) async fn peer_to_peer(
        scenario: Scenario,
        units: &[(&str, Facts)],
    ) -> (Fake, Connection) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let server = Builder::unix_stream(ours).server(Guid::generate()).p2p();
        let client = Builder::unix_stream(theirs).p2p().build();
        let (fake, client) = tokio::join!(Fake::serve(server, scenario, units, None), client);
        (fake, client.unwrap())
    }

    /// Serves a manager with these units on a connection.
    pub(crate) async fn serve(
        server: Builder<'_>,
        scenario: Scenario,
        units: &[(&str, Facts)],
        host: Option<Arc<dyn Host>>,
    ) -> Fake {
        let units = units
            .iter()
            .map(|(name, facts)| ((*name).to_owned(), facts.clone()));
        let (machine, calls) = Machine::new(scenario, units.collect(), host);
        // Whoever knows a unit's path from the manager before looks up none.
        let names = machine.units().into_keys();
        let mut server = server.serve_at(MANAGER_PATH, FakeManager(machine.clone()));
        for name in names {
            let path = path(&name);
            let shown = Shown::new(&name, &machine);
            if name.ends_with(".service") {
                server = server.serve_at(path.clone(), FakeService(shown.clone()));
            }
            server = server.serve_at(path, FakeUnit(shown));
        }
        Fake {
            connection: server.build().await.unwrap(),
            machine,
            calls,
        }
    }

    /// Waits for a call, given as in `StartUnit a.service`, and forgets those before it.
    pub(crate) async fn called(&mut self, call: &str) {
        while self.calls.recv().await.expect("the manager is gone") != call {}
    }

    /// Returns the calls that nobody has waited for.
    pub(crate) fn calls(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.calls.try_recv().ok()).collect()
    }

    /// Returns all units that the manager has loaded.
    pub(crate) fn units(&self) -> Units {
        self.machine.units()
    }

    /// Returns how a unit is.
    pub(crate) fn facts(&self, unit: &str) -> Facts {
        self.machine.facts(unit)
    }

    /// Changes a unit without a signal.
    pub(crate) fn set(&self, unit: &str, change: impl FnOnce(&mut Facts)) {
        self.machine.set(unit, change);
    }

    /// Changes the unit's status text, and sends it.
    pub(crate) async fn announce_status(&self, text: &'static str) {
        self.machine.announce_status(&self.connection, text).await;
    }

    /// Changes the unit, and sends that it has changed, without the values.
    pub(crate) async fn announce(&self, change: impl FnOnce(&mut Facts)) {
        self.set(UNIT, change);
        self.machine
            .announce(&self.connection, &HashMap::new())
            .await;
    }

    /// Removes a job.
    pub(crate) async fn remove_job(&self, job: u32, unit: &str, result: &str) {
        self.machine
            .remove_job(&self.connection, job, unit, result)
            .await;
    }
}
