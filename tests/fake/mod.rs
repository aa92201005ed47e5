//! A user manager that says what a test wants, over a socket pair or a private bus.
//!
//! It has no state machine of its own: a scenario, or a host, decides what `StartUnit` and the like
//! do at once, and the test does the rest through [`Fake`].

#![allow(dead_code, reason = "each crate of tests uses its part")]

mod interfaces;

use interfaces::{FakeManager, FakeService, FakeUnit};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zbus::connection::Builder;
use zbus::{Connection, Guid, ObjectServer, OwnedObjectPath, Variant};

pub(crate) const UNIT: &str = "kinc-dev-control-plane.service";
const MANAGER_PATH: &str = "/org/freedesktop/systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const SERVICE: &str = "org.freedesktop.systemd1.Service";

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

/// The properties of one unit.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) load_state: &'static str,
    pub(crate) load_error: &'static str,
    pub(crate) active_state: &'static str,
    pub(crate) sub_state: &'static str,
    pub(crate) status_text: &'static str,
    pub(crate) result: &'static str,
    pub(crate) n_restarts: u32,
    pub(crate) exec_main: (i32, i32),
    pub(crate) job: u32,
    pub(crate) active_enter: u64,
    pub(crate) memory: u64,
    pub(crate) requires: Vec<String>,
    pub(crate) fragment_path: String,
    pub(crate) source_path: String,
    pub(crate) need_daemon_reload: bool,
    pub(crate) exec_start: Vec<String>,
    pub(crate) invocation: Vec<u8>,
    pub(crate) asserts: Vec<Assert>,
}

/// An assertion of a unit: its kind, two flags, what it is about, and how it was found.
pub(crate) type Assert = (String, bool, bool, String, i32);

/// The units of a manager, by name.
pub(crate) type Units = BTreeMap<String, Facts>;

/// What lies below a manager and makes it act by itself: files and programs.
pub(crate) trait Host: Debug + Send + Sync {
    /// Loads all units anew.
    fn reload(&self, units: &mut Units);
    /// Makes a link to a unit file.
    fn link(&self, file: &str);
    /// Takes the link to a unit's file away; `false` when there is none.
    fn unlink(&self, unit: &str) -> bool;
    /// Brings a unit to where a job leads it, and returns the job's result; nothing for one that stays.
    fn run(&self, call: &str, unit: &str, units: &mut Units) -> Option<&'static str>;
    /// Tells whether the files of a unit are other than those that were loaded.
    fn is_outdated(&self, unit: &str) -> bool;
    /// Returns the environment of the manager.
    fn environment(&self) -> Vec<String>;
    /// Hears of each call.
    fn note(&self, call: &str);
}

impl Facts {
    pub(crate) fn new(active_state: &'static str, sub_state: &'static str) -> Facts {
        Facts {
            load_state: "loaded",
            load_error: "",
            active_state,
            sub_state,
            status_text: "",
            result: "success",
            n_restarts: 0,
            exec_main: (0, 0),
            job: 0,
            active_enter: 0,
            memory: u64::MAX,
            requires: Vec::new(),
            fragment_path: String::new(),
            source_path: String::new(),
            need_daemon_reload: false,
            exec_start: Vec::new(),
            invocation: vec![0x0f, 0xa0],
            asserts: Vec::new(),
        }
    }

    /// A unit that there is no file of.
    pub(crate) fn missing() -> Facts {
        Facts {
            load_state: "not-found",
            invocation: Vec::new(),
            ..Facts::new("inactive", "dead")
        }
    }
}

/// The test's hand on the manager.
#[derive(Debug)]
pub(crate) struct Fake {
    pub(crate) connection: Connection,
    machine: Arc<Machine>,
    calls: UnboundedReceiver<String>,
}

/// What the manager's objects share.
#[derive(Debug)]
pub(crate) struct Machine {
    scenario: Mutex<Scenario>,
    units: Mutex<Units>,
    pub(crate) host: Option<Arc<dyn Host>>,
    calls: UnboundedSender<String>,
    jobs: Mutex<u32>,
    pub(crate) is_subscribed: Mutex<bool>,
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
        let (sender, calls) = unbounded_channel();
        let units = units
            .iter()
            .map(|(name, facts)| ((*name).to_owned(), facts.clone()));
        let machine = Arc::new(Machine {
            scenario: Mutex::new(scenario),
            units: Mutex::new(units.collect()),
            host,
            calls: sender,
            jobs: Mutex::new(0),
            is_subscribed: Mutex::new(false),
        });
        // Whoever knows a unit's path from the manager before looks up none.
        let names: Vec<String> = machine.units.lock().unwrap().keys().cloned().collect();
        let mut server = server.serve_at(MANAGER_PATH, FakeManager(machine.clone()));
        for name in names {
            let (path, machine) = (path(&name), machine.clone());
            if name.ends_with(".service") {
                let (name, machine) = (name.clone(), machine.clone());
                server = server.serve_at(path.clone(), FakeService { name, machine });
            }
            server = server.serve_at(path, FakeUnit { name, machine });
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
        self.machine.units.lock().unwrap().clone()
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

impl Machine {
    pub(crate) fn set(&self, unit: &str, change: impl FnOnce(&mut Facts)) {
        change(self.units.lock().unwrap().get_mut(unit).unwrap());
    }

    pub(crate) async fn announce_status(&self, connection: &Connection, text: &'static str) {
        self.set(UNIT, |facts| facts.status_text = text);
        let changed = HashMap::from([("StatusText", Variant::from(text))]);
        self.announce(connection, &changed).await;
    }

    async fn announce(&self, connection: &Connection, changed: &HashMap<&str, Variant<'_>>) {
        // As systemd does: nobody hears of a property before somebody has subscribed.
        if !*self.is_subscribed.lock().unwrap() {
            return;
        }
        let body = (SERVICE, changed, Vec::<&str>::new());
        let properties = "org.freedesktop.DBus.Properties";
        let to = None::<zbus::names::BusName<'_>>;
        let sent = connection
            .emit_signal(to, path(UNIT), properties, "PropertiesChanged", &body)
            .await;
        sent.unwrap();
    }

    pub(crate) async fn flood(&self, connection: &Connection) {
        for _ in 0..500 {
            self.announce(connection, &HashMap::new()).await;
        }
    }

    pub(crate) async fn remove_job(
        &self,
        connection: &Connection,
        job: u32,
        unit: &str,
        result: &str,
    ) {
        let body = (job, job_path(job), unit, result);
        let to = None::<zbus::names::BusName<'_>>;
        let sent = connection
            .emit_signal(to, MANAGER_PATH, MANAGER, "JobRemoved", &body)
            .await;
        sent.unwrap();
    }

    /// Makes the objects of a unit, which nobody has asked for before it is looked up.
    pub(crate) async fn show(self: &Arc<Self>, server: &ObjectServer, name: &str) {
        let (path, name, machine) = (path(name), name.to_owned(), self.clone());
        if name.ends_with(".service") {
            let service = FakeService {
                name: name.clone(),
                machine: machine.clone(),
            };
            server.at(path.clone(), service).await.unwrap();
        }
        server.at(path, FakeUnit { name, machine }).await.unwrap();
    }

    pub(crate) async fn queue(
        &self,
        connection: &Connection,
        call: &str,
        unit: &str,
    ) -> OwnedObjectPath {
        self.note(format!("{call} {unit}"));
        let job = {
            let mut jobs = self.jobs.lock().unwrap();
            *jobs += 1;
            *jobs
        };
        if let Some(host) = &self.host {
            let result = {
                let mut units = self.units.lock().unwrap();
                let result = host.run(call, unit, &mut units);
                if let (None, Some(facts)) = (result, units.get_mut(unit)) {
                    facts.job = job;
                }
                result
            };
            if let Some(result) = result {
                self.remove_job(connection, job, unit, result).await;
            }
        } else if self.is(Scenario::DoneBeforeReply) {
            let rest = match call {
                "StopUnit" => Facts::new("inactive", "dead"),
                _ => Facts::new("active", "running"),
            };
            self.units.lock().unwrap().insert(unit.to_owned(), rest);
            self.remove_job(connection, job, unit, "done").await;
        } else {
            let mut units = self.units.lock().unwrap();
            let facts = units.get_mut(unit).unwrap();
            facts.job = job;
            if self.is(Scenario::StatusAfterRead) {
                facts.status_text = "starting CRI-O";
            }
        }
        job_path(job)
    }

    pub(crate) fn facts(&self, name: &str) -> Facts {
        let facts = self.units.lock().unwrap().get(name).cloned();
        let mut facts = facts.unwrap_or_else(Facts::missing);
        if let Some(host) = &self.host {
            facts.need_daemon_reload = host.is_outdated(name);
        }
        facts
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.units.lock().unwrap().contains_key(name)
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Units)) {
        change(&mut self.units.lock().unwrap());
    }

    pub(crate) fn is(&self, scenario: Scenario) -> bool {
        *self.scenario.lock().unwrap() == scenario
    }

    pub(crate) fn once(&self, scenario: Scenario) -> bool {
        let mut guard = self.scenario.lock().unwrap();
        let is = *guard == scenario;
        if is {
            *guard = Scenario::Held;
        }
        is
    }

    pub(crate) fn note(&self, call: String) {
        if let Some(host) = &self.host {
            host.note(&call);
        }
        // The test may have ended its interest in the calls.
        let _ = self.calls.send(call);
    }
}

pub(crate) fn job_path(job: u32) -> OwnedObjectPath {
    let path = format!("/org/freedesktop/systemd1/job/{job}");
    OwnedObjectPath::try_from(path).unwrap()
}

pub(crate) fn path(unit: &str) -> OwnedObjectPath {
    let escaped: String = unit
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() => c.to_string(),
            c => format!("_{:02x}", u32::from(c)),
        })
        .collect();
    OwnedObjectPath::try_from(format!("/org/freedesktop/systemd1/unit/{escaped}")).unwrap()
}
