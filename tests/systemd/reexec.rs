//! The user manager leaves the bus and comes back during a wait, as `daemon-reexec` makes it.
//!
//! Names and their owners need a bus, so these run on a private one.

use crate::fake::{Facts, Fake, Scenario, UNIT};
use crate::private_bus::PrivateBus;
use crate::{LIMIT, ended, failed, pair, seen, starting, with};
use kinc::edge::systemd::{Error, Manager};
use kinc::job::Event;
use std::future::pending;
use tokio::sync::mpsc::unbounded_channel;
use zbus::connection::Builder;

const NAME: &str = "org.freedesktop.systemd1";

async fn serve(bus: &PrivateBus, facts: Facts) -> Fake {
    let address = format!("unix:path={}/bus", bus.runtime_dir().display());
    let server = Builder::address(address.as_str());
    let fake = Fake::serve(server, Scenario::Held, &[(UNIT, facts)], None).await;
    fake.connection.request_name(NAME).await.unwrap();
    fake
}

fn queued() -> Facts {
    let mut facts = starting();
    facts.job = 1;
    facts
}

#[tokio::test]
async fn a_wait_continues_with_a_manager_that_was_reexecuted() {
    let Some(bus) = PrivateBus::start() else {
        return;
    };
    let mut old = serve(&bus, starting()).await;
    let manager = Manager::connect(bus.runtime_dir()).await.unwrap();
    let (sender, mut events) = unbounded_channel();
    let script = async {
        old.called(&format!("StartUnit {UNIT}")).await;
        seen(&mut events, "start", Some(1)).await;
        old.connection.close().await.unwrap();
        while events.recv().await.unwrap() != Event::ManagerLeft {}
        let mut new = serve(&bus, queued()).await;
        new.called("Subscribe").await;
        new.announce_status("waiting for the API server").await;
        let status = Event::Status("waiting for the API server".to_owned());
        while events.recv().await.unwrap() != status {}
        new.set(UNIT, |facts| *facts = Facts::new("active", "running"));
        new.remove_job(1, UNIT, "done").await;
        new
    };
    let on_event = |event: &Event| sender.send(event.clone()).unwrap();
    let start = manager.start(UNIT, LIMIT, pending(), on_event);
    let started = with(start, script).await;
    assert_eq!(ended(started), pair("active", "running"));
}

/// A start whose job is removed while nobody was there to say so; the unit is then like `facts`.
async fn job_lost_in_reexec(facts: Facts) -> Option<Result<kinc::job::Outcome, Error>> {
    let bus = PrivateBus::start()?;
    let mut old = serve(&bus, starting()).await;
    let manager = Manager::connect(bus.runtime_dir()).await.unwrap();
    let (sender, mut events) = unbounded_channel();
    let script = async {
        old.called(&format!("StartUnit {UNIT}")).await;
        seen(&mut events, "start", Some(1)).await;
        old.connection.close().await.unwrap();
        serve(&bus, facts).await
    };
    let on_event = |event: &Event| sender.send(event.clone()).unwrap();
    let start = manager.start(UNIT, LIMIT, pending(), on_event);
    let started = with(start, script).await;
    Some(started)
}

#[tokio::test]
async fn a_job_that_ended_unseen_is_judged_by_the_unit() {
    let Some(started) = job_lost_in_reexec(Facts::new("active", "running")).await else {
        return;
    };
    assert_eq!(ended(started), pair("active", "running"));
}

#[tokio::test]
async fn a_job_that_failed_unseen_is_a_failure() {
    let mut facts = Facts::new("failed", "failed");
    facts.result = "timeout";
    let Some(started) = job_lost_in_reexec(facts).await else {
        return;
    };
    assert_eq!(
        failed(started).to_string(),
        format!(
            "starting `{UNIT}`: job result `unknown, systemd was re-executed`, \
             unit result `timeout`"
        )
    );
}

#[tokio::test]
async fn a_bus_without_systemd_is_explained() {
    let Some(bus) = PrivateBus::start() else {
        return;
    };
    let manager = Manager::connect(bus.runtime_dir()).await.unwrap();
    let error = manager.reload().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "reloading the systemd user manager: no service has this name on the bus \
         (The name org.freedesktop.systemd1 was not provided by any .service files)"
    );
}
