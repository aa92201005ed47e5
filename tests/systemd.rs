//! The edge to systemd against a fake manager: one test for each race of waiting for a job.
//!
//! Nothing here sleeps: a test waits for the call or the event that it is about. The limit of
//! each wait is only there to end a test that would hang.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

#[path = "systemd/connecting.rs"]
mod connecting;
#[path = "systemd/failing.rs"]
mod failing;
#[path = "fake/mod.rs"]
mod fake;
#[path = "systemd/linger.rs"]
mod linger;
#[path = "systemd/private_bus.rs"]
mod private_bus;
#[path = "systemd/reading.rs"]
mod reading;
#[path = "systemd/reexec.rs"]
mod reexec;
#[path = "skip/mod.rs"]
mod skip;
#[path = "systemd/tracing.rs"]
mod tracing;

use fake::{Facts, Fake, Scenario, UNIT};
use kinc::edge::systemd::{Error, Manager};
use kinc::job::{Event, JobFailed, Outcome, Summary, UnitState};
use std::future::pending;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;

const LIMIT: Duration = Duration::from_secs(10);

async fn manager(scenario: Scenario, facts: Facts) -> (Fake, Manager) {
    let (fake, connection) = Fake::peer_to_peer(scenario, &[(UNIT, facts)]).await;
    (fake, Manager::new(connection))
}

fn ignore(_: &Event) {}

fn stopped() -> Facts {
    Facts::new("inactive", "dead")
}

fn starting() -> Facts {
    Facts::new("activating", "start")
}

/// Returns the state and sub-state in which a wait ended well.
#[track_caller]
fn ended(outcome: Result<Outcome, Error>) -> (String, String) {
    match outcome {
        Ok(Outcome::Ended(state)) => (state.active_state, state.sub_state),
        other => panic!("not ended: {other:?}"),
    }
}

#[track_caller]
fn failed(outcome: Result<Outcome, Error>) -> JobFailed {
    match outcome {
        Err(Error::Failed(failed)) => *failed,
        other => panic!("no failed job: {other:?}"),
    }
}

fn pair(active: &str, sub: &str) -> (String, String) {
    (active.to_owned(), sub.to_owned())
}

/// Runs a script beside a wait until the wait is over. What the script returns lives as long.
async fn with<T, U>(wait: impl Future<Output = T>, script: impl Future<Output = U>) -> T {
    let mut wait = pin!(wait);
    tokio::select! {
        biased;
        outcome = &mut wait => outcome,
        kept = script => {
            let outcome = wait.await;
            drop(kept);
            outcome
        }
    }
}

/// Waits for an event with this state.
async fn seen(events: &mut UnboundedReceiver<Event>, sub_state: &str, job: Option<u32>) {
    let is_it = |state: &UnitState| state.sub_state == sub_state && state.job == job;
    loop {
        match events.recv().await.expect("the wait is over") {
            Event::State(state) if is_it(&state) => return,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_job_that_is_removed_before_the_reply_is_not_missed() {
    let (_fake, manager) = manager(Scenario::DoneBeforeReply, stopped()).await;
    let started = manager.start(UNIT, LIMIT, pending(), ignore).await;
    assert_eq!(ended(started), pair("active", "running"));
    let restarted = manager.restart(UNIT, LIMIT, pending(), ignore).await;
    assert_eq!(ended(restarted), pair("active", "running"));
    let stopped = manager.stop(UNIT, LIMIT, pending(), ignore).await;
    assert_eq!(ended(stopped), pair("inactive", "dead"));
}

#[tokio::test]
async fn only_the_removal_of_our_own_job_ends_the_wait() {
    let (mut fake, manager) = manager(Scenario::Held, starting()).await;
    let (sender, mut events) = unbounded_channel();
    let script = async {
        fake.called(&format!("StartUnit {UNIT}")).await;
        fake.remove_job(98, "other.service", "failed").await;
        fake.remove_job(99, UNIT, "canceled").await;
        // The wait has taken both when it reports what came after them.
        fake.announce(|facts| facts.sub_state = "start-post").await;
        seen(&mut events, "start-post", Some(1)).await;
        fake.announce(|facts| facts.sub_state = "start").await;
        seen(&mut events, "start", Some(1)).await;
        fake.set(UNIT, |facts| *facts = Facts::new("active", "running"));
        fake.remove_job(1, UNIT, "done").await;
    };
    let on_event = |event: &Event| sender.send(event.clone()).unwrap();
    let start = manager.start(UNIT, LIMIT, pending(), on_event);
    assert_eq!(ended(with(start, script).await), pair("active", "running"));
}

#[tokio::test]
async fn a_flood_of_signals_during_a_reload_stalls_neither_it_nor_a_wait() {
    let (mut fake, manager) = manager(Scenario::FloodDuringReload, starting()).await;
    let script = async {
        fake.called(&format!("StartUnit {UNIT}")).await;
        manager.reload().await.unwrap();
        fake.set(UNIT, |facts| *facts = Facts::new("active", "running"));
        fake.remove_job(1, UNIT, "done").await;
    };
    let start = manager.start(UNIT, LIMIT, pending(), ignore);
    let started = with(start, script).await;
    assert_eq!(ended(started), pair("active", "running"));
}

#[tokio::test]
async fn a_flood_of_signals_before_the_answer_to_a_read_does_not_stall_the_wait() {
    let (mut fake, manager) = manager(Scenario::FloodDuringRead, starting()).await;
    let (sender, mut events) = unbounded_channel();
    let script = async {
        fake.called(&format!("StartUnit {UNIT}")).await;
        seen(&mut events, "start", Some(1)).await;
        fake.set(UNIT, |facts| *facts = Facts::new("active", "running"));
        fake.remove_job(1, UNIT, "done").await;
    };
    let on_event = |event: &Event| sender.send(event.clone()).unwrap();
    let start = manager.start(UNIT, LIMIT, pending(), on_event);
    let started = with(start, script).await;
    assert_eq!(ended(started), pair("active", "running"));
}

#[tokio::test]
async fn a_job_that_is_removed_during_a_read_is_judged_by_a_later_read() {
    let (_fake, manager) = manager(Scenario::DoneDuringRead, starting()).await;
    let started = manager.start(UNIT, LIMIT, pending(), ignore).await;
    assert_eq!(ended(started), pair("active", "running"));
}

#[tokio::test]
async fn a_status_that_is_sent_after_the_answer_to_a_read_is_seen_after_it() {
    let (mut fake, manager) = manager(Scenario::StatusAfterRead, starting()).await;
    let (sender, mut events) = unbounded_channel();
    let script = async {
        fake.called(&format!("StartUnit {UNIT}")).await;
        let last = Event::Status("initialising control plane".to_owned());
        while events.recv().await.unwrap() != last {}
        fake.remove_job(1, UNIT, "done").await;
    };
    let mut statuses = Vec::new();
    let on_event = |event: &Event| {
        if let Event::Status(text) = event {
            statuses.push(text.clone());
        }
        sender.send(event.clone()).unwrap();
    };
    let start = manager.start(UNIT, LIMIT, pending(), on_event);
    ended(with(start, script).await);
    assert_eq!(statuses, ["starting CRI-O", "initialising control plane"]);
}

#[tokio::test]
async fn each_status_is_seen_once_and_in_order_and_the_last_one_is_read_again() {
    let (mut fake, manager) = manager(Scenario::Held, starting()).await;
    let script = async {
        fake.called(&format!("StartUnit {UNIT}")).await;
        fake.announce_status("starting CRI-O").await;
        fake.announce_status("initialising control plane").await;
        fake.announce_status("waiting for the API server").await;
        fake.announce(|facts| facts.status_text = "waiting for the node")
            .await;
        fake.set(UNIT, |facts| facts.status_text = "ready");
        fake.remove_job(1, UNIT, "done").await;
    };
    let mut statuses = Vec::new();
    let on_event = |event: &Event| {
        if let Event::Status(text) = event {
            statuses.push(text.clone());
        }
    };
    let start = manager.start(UNIT, LIMIT, pending(), on_event);
    let started = with(start, script).await;
    ended(started);
    // Whether a status is seen that no signal carried depends on when the unit is read.
    statuses.retain(|text| text != "waiting for the node");
    assert_eq!(
        statuses,
        [
            "starting CRI-O",
            "initialising control plane",
            "waiting for the API server",
            "ready"
        ]
    );
}

#[tokio::test]
async fn the_last_status_of_the_previous_run_is_not_reported() {
    let mut before = Facts::new("active", "running");
    before.status_text = "ready";
    let (mut fake, manager) = manager(Scenario::Held, before).await;
    let (sender, mut events) = unbounded_channel();
    let script = async {
        fake.called(&format!("RestartUnit {UNIT}")).await;
        seen(&mut events, "running", Some(1)).await;
        fake.announce_status("starting CRI-O").await;
        fake.remove_job(1, UNIT, "done").await;
    };
    let mut statuses = Vec::new();
    let on_event = |event: &Event| {
        if let Event::Status(text) = event {
            statuses.push(text.clone());
        }
        sender.send(event.clone()).unwrap();
    };
    let restart = manager.restart(UNIT, LIMIT, pending(), on_event);
    ended(with(restart, script).await);
    assert_eq!(statuses, ["starting CRI-O"]);
}

#[tokio::test]
async fn a_watch_of_a_settled_unit_ends_immediately() {
    for (active, sub) in [
        ("active", "running"),
        ("failed", "failed"),
        ("inactive", "dead"),
    ] {
        let (_fake, manager) = manager(Scenario::Held, Facts::new(active, sub)).await;
        let watched = manager.watch(UNIT, LIMIT, pending(), ignore).await;
        assert_eq!(ended(watched), pair(active, sub));
    }
}

#[tokio::test]
async fn an_interrupted_wait_leaves_the_job_alone() {
    let (mut fake, manager) = manager(Scenario::Held, starting()).await;
    let (sender, mut events) = unbounded_channel();
    let (interrupt, interrupted) = oneshot::channel::<()>();
    let script = async {
        seen(&mut events, "start", Some(1)).await;
        interrupt.send(()).unwrap();
    };
    let cancel = async { interrupted.await.unwrap() };
    let on_event = |event: &Event| sender.send(event.clone()).unwrap();
    let start = manager.start(UNIT, LIMIT, cancel, on_event);
    let outcome = with(start, script).await;
    match outcome.unwrap() {
        Outcome::Interrupted { job, state } => {
            assert_eq!(
                (job, state.unwrap().summary()),
                (Some(1), Summary::Starting)
            );
        }
        Outcome::Ended(state) => panic!("ended: {state:?}"),
    }
    assert_eq!(
        fake.calls(),
        ["Subscribe".to_owned(), format!("StartUnit {UNIT}")]
    );
}
