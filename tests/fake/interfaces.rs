//! The D-Bus interfaces of the fake manager, its units and services: what each call reads or does.

#![expect(
    clippy::unused_self,
    reason = "zbus prescribes how methods take their arguments"
)]

use super::{Assert, Facts, Machine, Scenario, UNIT, job_path, path};
use std::sync::Arc;
use zbus::{Connection, ObjectServer, OwnedObjectPath, interface};

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop.systemd1")]
enum Refusal {
    #[zbus(error)]
    ZBus(zbus::Error),
    AlreadySubscribed(String),
    NoSuchUnit(String),
}

pub(crate) struct FakeManager(pub(crate) Arc<Machine>);

#[interface(name = "org.freedesktop.systemd1.Manager")]
impl FakeManager {
    fn subscribe(&self) -> Result<(), Refusal> {
        self.0.note("Subscribe".to_owned());
        if std::mem::replace(&mut *self.0.is_subscribed.lock().unwrap(), true) {
            return Err(Refusal::AlreadySubscribed(
                "Client is already subscribed.".to_owned(),
            ));
        }
        Ok(())
    }

    async fn load_unit(
        &self,
        name: &str,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> OwnedObjectPath {
        self.0.show(server, name).await;
        path(name)
    }

    async fn start_unit(
        &self,
        name: &str,
        mode: &str,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<OwnedObjectPath, Refusal> {
        assert_eq!(mode, "replace");
        if self.0.facts(name).load_state == "not-found" {
            return Err(Refusal::NoSuchUnit(format!("Unit {name} not found.")));
        }
        Ok(self.0.queue(connection, "StartUnit", name).await)
    }

    async fn stop_unit(
        &self,
        name: &str,
        mode: &str,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        assert_eq!(mode, "replace");
        self.0.queue(connection, "StopUnit", name).await
    }

    async fn restart_unit(
        &self,
        name: &str,
        mode: &str,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        assert_eq!(mode, "replace");
        self.0.queue(connection, "RestartUnit", name).await
    }

    async fn reload(&self, #[zbus(connection)] connection: &Connection) {
        self.0.note("Reload".to_owned());
        if let Some(host) = &self.0.host {
            self.0.change(|units| host.reload(units));
        }
        if self.0.is(Scenario::FloodDuringReload) {
            self.0.flood(connection).await;
        }
    }

    fn reset_failed_unit(&self, name: &str) -> Result<(), Refusal> {
        self.0.note(format!("ResetFailedUnit {name}"));
        if self.0.facts(name).load_state == "not-found" {
            return Err(Refusal::NoSuchUnit(format!("Unit {name} not loaded.")));
        }
        self.0.set(name, |facts| {
            facts.n_restarts = 0;
            if facts.active_state == "failed" {
                (facts.active_state, facts.sub_state) = ("inactive", "dead");
            }
        });
        Ok(())
    }

    fn link_unit_files(
        &self,
        files: Vec<String>,
        runtime: bool,
        force: bool,
    ) -> Vec<(String, String, String)> {
        for file in files {
            let call = format!("LinkUnitFiles {file} {runtime} {force}");
            self.0.note(call);
            if let Some(host) = &self.0.host {
                host.link(&file);
            }
        }
        Vec::new()
    }

    fn disable_unit_files(
        &self,
        names: Vec<String>,
        runtime: bool,
    ) -> Result<Vec<(String, String, String)>, Refusal> {
        for name in names {
            self.0.note(format!("DisableUnitFiles {name} {runtime}"));
            let host = self.0.host.as_ref();
            if host.is_some_and(|host| !host.unlink(&name)) {
                return Err(Refusal::NoSuchUnit(format!("Unit {name} does not exist")));
            }
        }
        Ok(Vec::new())
    }

    #[expect(clippy::type_complexity, reason = "the signature is systemd's")]
    fn list_units_by_names(
        &self,
        names: Vec<String>,
    ) -> Vec<(
        String,
        String,
        String,
        String,
        String,
        String,
        OwnedObjectPath,
        u32,
        String,
        OwnedObjectPath,
    )> {
        let text = str::to_owned;
        let row = |name: String| {
            let facts = self.0.facts(&name);
            let (load, active) = (text(facts.load_state), text(facts.active_state));
            let (sub, unit) = (text(facts.sub_state), path(&name));
            (
                name,
                text(""),
                load,
                active,
                sub,
                text(""),
                unit,
                0,
                text(""),
                job_path(0),
            )
        };
        names.into_iter().map(row).collect()
    }

    #[zbus(property)]
    fn control_group(&self) -> String {
        "/user.slice/user-1000.slice/user@1000.service".to_owned()
    }

    #[zbus(property)]
    fn environment(&self) -> Vec<String> {
        match &self.0.host {
            Some(host) => host.environment(),
            None => vec!["HOME=/home/ops".to_owned(), "LS_COLORS=a=b".to_owned()],
        }
    }
}

pub(crate) struct FakeUnit {
    pub(crate) name: String,
    pub(crate) machine: Arc<Machine>,
}

impl FakeUnit {
    fn facts(&self) -> Facts {
        self.machine.facts(&self.name)
    }
}

#[interface(name = "org.freedesktop.systemd1.Unit")]
impl FakeUnit {
    #[zbus(property)]
    fn id(&self) -> String {
        self.name.clone()
    }

    #[zbus(property)]
    fn load_state(&self) -> String {
        self.facts().load_state.to_owned()
    }

    #[zbus(property)]
    fn load_error(&self) -> (String, String) {
        (String::new(), self.facts().load_error.to_owned())
    }

    #[zbus(property)]
    fn active_state(&self) -> String {
        self.facts().active_state.to_owned()
    }

    #[zbus(property)]
    fn sub_state(&self) -> String {
        self.facts().sub_state.to_owned()
    }

    #[zbus(property)]
    fn active_enter_timestamp(&self) -> u64 {
        self.facts().active_enter
    }

    #[zbus(property, name = "InvocationID")]
    fn invocation_id(&self) -> Vec<u8> {
        self.facts().invocation
    }

    #[zbus(property)]
    fn fragment_path(&self) -> String {
        self.facts().fragment_path
    }

    #[zbus(property)]
    fn source_path(&self) -> String {
        self.facts().source_path
    }

    #[zbus(property)]
    fn need_daemon_reload(&self) -> bool {
        self.facts().need_daemon_reload
    }

    #[zbus(property)]
    fn job(&self) -> (u32, OwnedObjectPath) {
        (self.facts().job, job_path(self.facts().job))
    }

    #[zbus(property)]
    fn asserts(&self) -> Vec<Assert> {
        self.facts().asserts
    }

    #[zbus(property)]
    fn requires(&self) -> Vec<String> {
        self.facts().requires
    }
}

pub(crate) struct FakeService {
    pub(crate) name: String,
    pub(crate) machine: Arc<Machine>,
}

impl FakeService {
    fn facts(&self) -> Facts {
        self.machine.facts(&self.name)
    }
}

#[interface(name = "org.freedesktop.systemd1.Service")]
impl FakeService {
    #[zbus(property)]
    async fn status_text(&self, #[zbus(connection)] connection: &Connection) -> String {
        let (machine, facts) = (&self.machine, self.facts());
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
        self.facts().result.to_owned()
    }

    #[zbus(property)]
    fn n_restarts(&self) -> u32 {
        self.facts().n_restarts
    }

    #[zbus(property)]
    fn exec_main_code(&self) -> i32 {
        self.facts().exec_main.0
    }

    #[zbus(property)]
    fn exec_main_status(&self) -> i32 {
        self.facts().exec_main.1
    }

    #[zbus(property, name = "MainPID")]
    fn main_pid(&self) -> u32 {
        4711
    }

    #[expect(clippy::type_complexity, reason = "the signature is systemd's")]
    #[zbus(property)]
    fn exec_start(&self) -> Vec<(String, Vec<String>, bool, u64, u64, u64, u64, u32, i32, i32)> {
        let words = self.facts().exec_start;
        let program = words.first().cloned();
        let command = |program| (program, words, false, 0, 0, 0, 0, 0, 0, 0);
        program.map(command).into_iter().collect()
    }

    #[zbus(property)]
    fn memory_current(&self) -> u64 {
        self.facts().memory
    }
}
