//! What a manager does and has: its units, its jobs, and the signals that it sends.

use super::facts::{Facts, Units};
use super::unit::{FakeService, FakeUnit, Shown};
use super::{Host, Scenario, UNIT};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zbus::{Connection, ObjectServer, OwnedObjectPath, Variant};

pub(super) const MANAGER_PATH: &str = "/org/freedesktop/systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const SERVICE: &str = "org.freedesktop.systemd1.Service";

/// What the manager's objects share.
#[derive(Debug)]
pub(super) struct Machine {
    scenario: Mutex<Scenario>,
    units: Mutex<Units>,
    pub(super) host: Option<Arc<dyn Host>>,
    calls: UnboundedSender<String>,
    jobs: Mutex<u32>,
    pub(super) is_subscribed: Mutex<bool>,
}

impl Machine {
    /// Makes one with these units, and what hears of each call.
    pub(super) fn new(
        scenario: Scenario,
        units: Units,
        host: Option<Arc<dyn Host>>,
    ) -> (Arc<Self>, UnboundedReceiver<String>) {
        let (sender, calls) = unbounded_channel();
        let machine = Self {
            scenario: Mutex::new(scenario),
            units: Mutex::new(units),
            host,
            calls: sender,
            jobs: Mutex::new(0),
            is_subscribed: Mutex::new(false),
        };
        (Arc::new(machine), calls)
    }

    pub(super) fn units(&self) -> Units {
        self.units.lock().unwrap().clone()
    }

    pub(super) fn set(&self, unit: &str, change: impl FnOnce(&mut Facts)) {
        change(self.units.lock().unwrap().get_mut(unit).unwrap());
    }

    pub(super) async fn announce_status(&self, connection: &Connection, text: &'static str) {
        self.set(UNIT, |facts| facts.status_text = text);
        let changed = HashMap::from([("StatusText", Variant::from(text))]);
        self.announce(connection, &changed).await;
    }

    pub(super) async fn announce(
        &self,
        connection: &Connection,
        changed: &HashMap<&str, Variant<'_>>,
    ) {
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

    pub(super) async fn flood(&self, connection: &Connection) {
        for _ in 0..500 {
            self.announce(connection, &HashMap::new()).await;
        }
    }

    pub(super) async fn remove_job(
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
    pub(super) async fn show(self: &Arc<Self>, server: &ObjectServer, name: &str) {
        let (path, shown) = (path(name), Shown::new(name, self));
        if name.ends_with(".service") {
            let service = FakeService(shown.clone());
            server.at(path.clone(), service).await.unwrap();
        }
        server.at(path, FakeUnit(shown)).await.unwrap();
    }

    pub(super) async fn queue(
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

    pub(super) fn facts(&self, name: &str) -> Facts {
        let facts = self.units.lock().unwrap().get(name).cloned();
        let mut facts = facts.unwrap_or_else(Facts::missing);
        if let Some(host) = &self.host {
            facts.need_daemon_reload = host.is_outdated(name);
        }
        facts
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.units.lock().unwrap().contains_key(name)
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Units)) {
        change(&mut self.units.lock().unwrap());
    }

    pub(super) fn is(&self, scenario: Scenario) -> bool {
        *self.scenario.lock().unwrap() == scenario
    }

    pub(super) fn once(&self, scenario: Scenario) -> bool {
        let mut guard = self.scenario.lock().unwrap();
        let is = *guard == scenario;
        if is {
            *guard = Scenario::Held;
        }
        is
    }

    pub(super) fn note(&self, call: String) {
        if let Some(host) = &self.host {
            host.note(&call);
        }
        // The test may have ended its interest in the calls.
        let _ = self.calls.send(call);
    }
}

pub(super) fn job_path(job: u32) -> OwnedObjectPath {
    let path = format!("/org/freedesktop/systemd1/job/{job}");
    OwnedObjectPath::try_from(path).unwrap()
}

pub(super) fn path(unit: &str) -> OwnedObjectPath {
    let escaped: String = unit
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() => c.to_string(),
            c => format!("_{:02x}", u32::from(c)),
        })
        .collect();
    OwnedObjectPath::try_from(format!("/org/freedesktop/systemd1/unit/{escaped}")).unwrap()
}
