//! Events folded into progress.

use super::*;
use crate::job::UnitState;

fn activating(status: &str, n_restarts: u32) -> Event {
    Event::State(Box::new(UnitState {
        load_state: "loaded".to_owned(),
        active_state: "activating".to_owned(),
        sub_state: "start".to_owned(),
        status_text: status.to_owned(),
        n_restarts,
        ..UnitState::default()
    }))
}

fn stopping(status: &str) -> Event {
    Event::State(Box::new(UnitState {
        load_state: "loaded".to_owned(),
        active_state: "deactivating".to_owned(),
        sub_state: "stop".to_owned(),
        status_text: status.to_owned(),
        ..UnitState::default()
    }))
}

fn stopped_after(status: &str) -> Event {
    Event::State(Box::new(UnitState {
        load_state: "loaded".to_owned(),
        active_state: "inactive".to_owned(),
        sub_state: "dead".to_owned(),
        status_text: status.to_owned(),
        ..UnitState::default()
    }))
}

#[test]
fn events_add_up_to_one_line_each() {
    let events = [
        (Event::Queued(7), "waiting"),
        (activating("", 0), "starting"),
        (
            Event::Status("starting CRI-O".to_owned()),
            "starting: starting CRI-O",
        ),
        (
            Event::ManagerLeft,
            "waiting for the systemd user manager to return",
        ),
        (Event::ManagerBack, "starting: starting CRI-O"),
        (
            Event::Status("failed: no address".to_owned()),
            "starting: failed: no address",
        ),
        (
            Event::JobRemoved(JobResult::Failed),
            "starting: failed: no address",
        ),
        (activating("", 1), "starting (restart 1)"),
        (stopping("ready, but a"), "stopping"),
        (
            Event::Status("stopping pods".to_owned()),
            "stopping: stopping pods",
        ),
        (stopping("stopping pods"), "stopping: stopping pods"),
        (stopped_after("ready"), "stopped"),
    ];
    let mut progress = Progress::default();
    for (event, line) in &events {
        progress = fold(progress, event);
        assert_eq!(progress.line(), *line, "after {event:?}");
    }
    assert_eq!(
        progress,
        Progress {
            summary: Some(Summary::Stopped),
            status: String::new(),
            restarts: 0,
            failure: Some("no address".to_owned()),
            tries: Vec::new(),
            before: None,
            job: None,
            result: Some(JobResult::Failed),
            manager_away: false,
        }
    );
}

/// A unit between two tries, after this run.
fn between_tries(run: &str, status: &str, n_restarts: u32) -> Event {
    Event::State(Box::new(UnitState {
        load_state: "loaded".to_owned(),
        active_state: "activating".to_owned(),
        sub_state: "auto-restart".to_owned(),
        status_text: status.to_owned(),
        invocation_id: run.to_owned(),
        result: "exit-code".to_owned(),
        exec_main_code: 1,
        exec_main_status: 75,
        n_restarts,
        ..UnitState::default()
    }))
}

fn folded(events: &[Event]) -> Progress {
    events.iter().fold(Progress::default(), fold)
}

#[test]
fn each_failed_run_is_recorded_once_with_its_message() {
    let progress = folded(&[
        Event::Queued(7),
        activating("", 0),
        Event::Status("failed: no address".to_owned()),
        Event::JobRemoved(JobResult::Failed),
        // PID 1 has covered the words.
        between_tries("a", "Shutting down.", 0),
        between_tries("a", "Shutting down.", 0),
        activating("", 1),
        between_tries("b", "failed: no disk", 1),
        activating("", 2),
        between_tries("c", "", 2),
    ]);
    let messages: Vec<(&str, Option<&str>)> = progress
        .tries
        .iter()
        .map(|one| (one.invocation_id.as_str(), one.message.as_deref()))
        .collect();
    assert_eq!(
        messages,
        [
            ("a", Some("no address")),
            ("b", Some("no disk")),
            ("c", None)
        ]
    );
    assert_eq!(
        progress.tries[2].line(),
        "unit result `exit-code`, exit status 75"
    );
    assert_eq!(progress.failed_tries(), 3);
}

#[test]
fn runs_that_failed_before_the_job_do_not_count() {
    let progress = folded(&[
        Event::Queued(7),
        between_tries("old", "failed: no address", 0),
        activating("", 0),
        Event::JobRemoved(JobResult::Failed),
        between_tries("new", "", 0),
    ]);
    let runs: Vec<&str> = progress
        .tries
        .iter()
        .map(|one| one.invocation_id.as_str())
        .collect();
    assert_eq!((runs, progress.failed_tries()), (vec!["new"], 1));
}

#[test]
fn unseen_failed_runs_are_counted_by_n_restarts() {
    let events = [
        Event::JobRemoved(JobResult::Failed),
        between_tries("a", "", 0),
        activating("", 3),
    ];
    assert_eq!(folded(&events).failed_tries(), 3);
}

#[test]
fn status_lines_of_pid_1_are_not_steps() {
    let own = [
        "Ready.",
        "Job kinc-ready.service/start running (12s / 1min 30s)...",
        "User job a.service/start running (2s / no limit)...",
        "(1 of 2) User job kinc-init.service/start running (12s / 1min 30s)...",
        "(3 of 12) Job kinc-ready.service/start running (12s / 1min 30s)...",
    ];
    for status in own {
        assert!(is_of_pid_1(status), "{status}");
    }
    for status in ["ready", "starting CRI-O", "(an error) Job", "failed: Job"] {
        assert!(!is_of_pid_1(status), "{status}");
    }
}
