//! The D-Bus interfaces of a unit of the fake manager, and of a service: what each property reads.

#![expect(
    clippy::unused_self,
    reason = "zbus prescribes how methods take their arguments"
)]

use super::facts::{Assert, Facts};
use super::machine::{Machine, job_path};
use super::{Scenario, UNIT};
use std::sync::Arc;
use zbus::{Connection, OwnedObjectPath, interface};

/// A unit of a manager, by its name.
#[derive(Clone)]
pub(super) struct Shown {
    name: String,
    machine: Arc<Machine>,
}

impl Shown {
    pub(super) fn new(name: &str, machine: &Arc<Machine>) -> Self {
        Self {
            name: name.to_owned(),
            machine: machine.clone(),
        }
    }

    fn facts(&self) -> Facts {
        self.machine.facts(&self.name)
    }
}

pub(super) struct FakeUnit(pub(super) Shown);

#[interface(name = "org.freedesktop.systemd1.Unit")]
impl FakeUnit {
    #[zbus(property)]
    fn id(&self) -> String {
        self.0.name.clone()
    }

    #[zbus(property)]
    fn load_state(&self) -> String {
        self.0.facts().load_state.to_owned()
    }

    #[zbus(property)]
    fn load_error(&self) -> (String, String) {
        (String::new(), self.0.facts().load_error.to_owned())
    }

    #[zbus(property)]
    fn active_state(&self) -> String {
        self.0.facts().active_state.to_owned()
    }

    #[zbus(property)]
    fn sub_state(&self) -> String {
        self.0.facts().sub_state.to_owned()
    }

    #[zbus(property)]
    fn active_enter_timestamp(&self) -> u64 {
        self.0.facts().active_enter
    }

    #[zbus(property, name = "InvocationID")]
    fn invocation_id(&self) -> Vec<u8> {
        self.0.facts().invocation
    }

    #[zbus(property)]
    fn fragment_path(&self) -> String {
        self.0.facts().fragment_path
    }

    #[zbus(property)]
    fn drop_in_paths(&self) -> Vec<String> {
        Vec::new()
    }

    #[zbus(property)]
    fn source_path(&self) -> String {
        self.0.facts().source_path
    }

    #[zbus(property)]
    fn need_daemon_reload(&self) -> bool {
        self.0.facts().need_daemon_reload
    }

    #[zbus(property)]
    fn job(&self) -> (u32, OwnedObjectPath) {
        (self.0.facts().job, job_path(self.0.facts().job))
    }

    #[zbus(property)]
    fn asserts(&self) -> Vec<Assert> {
        self.0.facts().asserts
    }

    #[zbus(property)]
    fn requires(&self) -> Vec<String> {
        self.0.facts().requires
    }
}

pub(super) struct FakeService(pub(super) Shown);

#[interface(name = "org.freedesktop.systemd1.Service")]
impl FakeService {
    #[zbus(property)]
    async fn status_text(&self, #[zbus(connection)] connection: &Connection) -> String {
        let (machine, facts) = (&self.0.machine, self.0.facts());
        // What a scenario does once, it does after the job was queued.
        if facts.job != 0 && machine.once(Scenario::FloodDuringRead) {
            machine.flood(connection).await;
        }
        if facts.job != 0 && machine.once(Scenario::DoneDuringRead) {
            machine.set(UNIT, |facts| *facts = Facts::new("active", "running"));
            machine.remove_job(connection, 1, UNIT, "done").await;
        }
        if facts.job != 0 && machine.once(Scenario::StatusAfterRead) {
            let (machine, connection) = (machine.clone(), connection.clone());
            // It runs when this task has sent the reply.
            tokio::spawn(async move {
                machine
                    .announce_status(&connection, "initialising control plane")
                    .await;
            });
        }
        facts.status_text.to_owned()
    }

    #[zbus(property)]
    fn result(&self) -> String {
        self.0.facts().result.to_owned()
    }

    #[zbus(property)]
    fn n_restarts(&self) -> u32 {
        self.0.facts().n_restarts
    }

    #[zbus(property)]
    fn exec_main_code(&self) -> i32 {
        self.0.facts().exec_main.0
    }

    #[zbus(property)]
    fn exec_main_status(&self) -> i32 {
        self.0.facts().exec_main.1
    }

    #[zbus(property, name = "MainPID")]
    fn main_pid(&self) -> u32 {
        4711
    }

    #[expect(clippy::type_complexity, reason = "the signature is systemd's")]
    #[zbus(property)]
    fn exec_start(&self) -> Vec<(String, Vec<String>, bool, u64, u64, u64, u64, u32, i32, i32)> {
        let words = self.0.facts().exec_start;
        let program = words.first().cloned();
        let command = |program| (program, words, false, 0, 0, 0, 0, 0, 0, 0);
        program.map(command).into_iter().collect()
    }

    #[zbus(property)]
    fn memory_current(&self) -> u64 {
        self.0.facts().memory
    }
}
