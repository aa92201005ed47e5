//! The ways in which a wait ends badly, and what is said then.

use crate::fake::{Facts, Fake, Scenario, UNIT};
use crate::{LIMIT, ended, failed, ignore, manager, pair, seen, starting, stopped, with};
use kinc::edge::systemd::{Error, Manager};
use kinc::job::{Event, JobResult, Summary, TimedOut, Verb};
use std::future::pending;
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;

#[tokio::test]
async fn a_failed_job_is_reported_and_a_watch_then_follows_the_automatic_restart() {
    let (mut fake, manager) = manager(Scenario::Held, starting()).await;
    let script = async {
        fake.called(&format!("StartUnit {UNIT}")).await;
        fake.set(UNIT, |facts| {
            *facts = Facts::new("activating", "auto-restart");
            facts.result = "exit-code";
            facts.exec_main = (1, 75);
            facts.n_restarts = 1;
        });
        fake.remove_job(1, UNIT, "failed").await;
    };
    let start = manager.start(UNIT, LIMIT, pending(), ignore);
    let started = with(start, script).await;
    let error = failed(started);
    assert_eq!(
        error.to_string(),
        format!("starting `{UNIT}`: job result `failed`, unit result `exit-code`, exit status 75")
    );
    assert_eq!(error.state.summary(), Summary::Starting);

    let (sender, mut events) = unbounded_channel();
    let script = async {
        seen(&mut events, "auto-restart", None).await;
        fake.announce(|facts| facts.active_state = "inactive").await;
        fake.announce(|facts| (facts.sub_state, facts.job) = ("dead", 2))
            .await;
        seen(&mut events, "dead", Some(2)).await;
        fake.announce(|facts| *facts = starting()).await;
        seen(&mut events, "start", None).await;
        fake.announce(|facts| {
            (facts.active_state, facts.sub_state) = ("failed", "failed-before-auto-restart");
        })
        .await;
        seen(&mut events, "failed-before-auto-restart", None).await;
        fake.announce(|facts| *facts = Facts::new("active", "running"))
            .await;
    };
    let on_event = |event: &Event| sender.send(event.clone()).unwrap();
    let watch = manager.watch(UNIT, LIMIT, pending(), on_event);
    let watched = with(watch, script).await;
    assert_eq!(ended(watched), pair("active", "running"));
}

#[tokio::test]
async fn an_unknown_job_result_is_a_failure_and_printed_unchanged() {
    let (mut fake, manager) = manager(Scenario::Held, stopped()).await;
    let script = async {
        fake.called(&format!("StartUnit {UNIT}")).await;
        fake.remove_job(1, UNIT, "frobnicated").await;
    };
    let start = manager.start(UNIT, LIMIT, pending(), ignore);
    let started = with(start, script).await;
    let error = failed(started);
    assert_eq!(error.result, JobResult::Other("frobnicated".to_owned()));
    assert_eq!(
        error.to_string(),
        format!("starting `{UNIT}`: job result `frobnicated`")
    );
}

#[tokio::test]
async fn a_failed_dependency_is_named_even_behind_another_one() {
    let volume = "kinc-dev-control-plane-var-volume.service";
    let mount = "home.mount";
    let mut node = stopped();
    node.requires = vec!["basic.target".to_owned(), volume.to_owned()];
    let mut volume_facts = stopped();
    volume_facts.requires = vec![mount.to_owned()];
    let units = [
        (UNIT, node),
        ("basic.target", Facts::new("active", "active")),
        (volume, volume_facts),
        (mount, Facts::new("failed", "failed")),
    ];
    let (mut fake, connection) = Fake::peer_to_peer(Scenario::Held, &units).await;
    let manager = Manager::new(connection);
    let script = async {
        fake.called(&format!("StartUnit {UNIT}")).await;
        fake.remove_job(1, UNIT, "dependency").await;
    };
    let start = manager.start(UNIT, LIMIT, pending(), ignore);
    let started = with(start, script).await;
    assert_eq!(
        failed(started).to_string(),
        format!("starting `{UNIT}`: job result `dependency`, failed: `{mount}`")
    );
}

#[tokio::test]
async fn a_connection_that_is_lost_during_the_wait_is_an_error_that_says_so() {
    let (mut fake, manager) = manager(Scenario::Held, starting()).await;
    let (sender, mut events) = unbounded_channel();
    let script = async {
        fake.called(&format!("StartUnit {UNIT}")).await;
        seen(&mut events, "start", Some(1)).await;
        fake.connection.clone().close().await.unwrap();
    };
    let on_event = |event: &Event| sender.send(event.clone()).unwrap();
    let start = manager.start(UNIT, LIMIT, pending(), on_event);
    let started = with(start, script).await;
    let lost = "the connection to the bus was lost, as at the end of a login session";
    assert_eq!(
        started.unwrap_err().to_string(),
        format!("starting `{UNIT}`: {lost}")
    );
}

#[tokio::test]
async fn the_deadline_names_the_unit_and_what_it_is_doing() {
    let mut facts = starting();
    facts.status_text = "waiting for the API server";
    let (_fake, manager) = manager(Scenario::Held, facts).await;
    let limit = Duration::from_millis(20);
    match manager.start(UNIT, limit, pending(), ignore).await {
        Err(Error::TimedOut(timed_out)) => assert_eq!(
            *timed_out,
            TimedOut {
                unit: UNIT.to_owned(),
                verb: Verb::Start,
                waited: limit,
                doing: "activating (start), status `waiting for the API server`".to_owned(),
            }
        ),
        other => panic!("no time-out: {other:?}"),
    }
}
