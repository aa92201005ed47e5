//! The D-Bus interface of the fake manager: what each call reads or does.

#![expect(
    clippy::unused_self,
    reason = "zbus prescribes how methods take their arguments"
)]

use super::Scenario;
use super::machine::{Machine, job_path, path};
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

pub(super) struct FakeManager(pub(super) Arc<Machine>);

/// What systemd lists of a unit: name, description, load state, active state, sub-state, followed unit, path; job's
/// number, type and path (org.freedesktop.systemd1(5)).
type Row = (
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
);

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

    async fn list_units_by_names(
        &self,
        names: Vec<String>,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> Vec<Row> {
        for name in &names {
            self.0.show(server, name).await;
        }
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
        self.0.note("Environment".to_owned());
        match &self.0.host {
            Some(host) => host.environment(),
            None => vec!["HOME=/home/ops".to_owned(), "LS_COLORS=a=b".to_owned()],
        }
    }
}
