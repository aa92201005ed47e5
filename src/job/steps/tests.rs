//! What becomes of the events of real waits in a log.

use super::*;
use crate::job::{Event, JobResult, UnitState, fold};

const UNIT: &str = "kinc-dev-control-plane";

/// Returns the lines that events add to a log, one after the other.
fn lines(events: &[Event]) -> Vec<String> {
    let mut steps = Steps::default();
    let mut progress = Progress::default();
    let mut lines = Vec::new();
    for event in events {
        progress = fold(progress, event);
        lines.extend(steps.news(UNIT, &progress));
    }
    lines
}

fn status(text: &str) -> Event {
    Event::Status(text.to_owned())
}

fn state(active: &str, sub: &str, status: &str) -> UnitState {
    UnitState {
        load_state: "loaded".to_owned(),
        active_state: active.to_owned(),
        sub_state: sub.to_owned(),
        status_text: status.to_owned(),
        ..UnitState::default()
    }
}

fn seen(active: &str, sub: &str, status: &str) -> Event {
    Event::State(Box::new(state(active, sub, status)))
}

/// The unit after a run that failed with a node's exit code, with the next one to come.
fn failed(run: &str, n_restarts: u32, exit: i32, status: &str) -> Event {
    Event::State(Box::new(UnitState {
        invocation_id: run.to_owned(),
        n_restarts,
        result: "exit-code".to_owned(),
        exec_main_code: 1,
        exec_main_status: exit,
        ..state("activating", "auto-restart", status)
    }))
}

#[test]
fn a_countdown_of_pid_1_is_not_logged() {
    let mut events = vec![
        Event::Queued(1),
        seen("inactive", "dead", ""),
        seen("activating", "start", ""),
        status("volumes hold: nothing"),
        status("starting CRI-O"),
        status("initialising the control plane"),
    ];
    for second in 25..200 {
        events.push(status(&format!(
            "(1 of 2) User job kinc-init.service/start running ({second}s / 3min 20s)..."
        )));
        events.push(seen(
            "activating",
            "start",
            "Job kinc-init.service/start running",
        ));
    }
    events.push(status("waiting for the API server"));
    events.push(status("ready"));
    events.push(status("Ready."));
    events.push(Event::JobRemoved(JobResult::Done));
    events.push(seen("active", "running", "Ready."));
    assert_eq!(
        lines(&events),
        [
            "starting",
            "starting: volumes hold: nothing",
            "starting: starting CRI-O",
            "starting: initialising the control plane",
            "starting: waiting for the API server",
        ]
    );
}

#[test]
fn steps_of_a_restart_cycle_are_reported_once_and_each_failed_try() {
    let mut events = vec![Event::Queued(1)];
    for (index, run) in ["a", "b", "c"].iter().enumerate() {
        let n_restarts = u32::try_from(index).unwrap();
        events.extend([
            seen("activating", "start", ""),
            status("volumes hold: complete"),
            status("starting CRI-O"),
            status("waiting for the API server"),
            status("etcd ended: no space left"),
            status("waiting for the control plane"),
            status("etcd ended: no space left"),
            status("failed: the API server was not ready in time: 5001 ms"),
            seen("deactivating", "stop-sigterm", "stopping pods"),
        ]);
        if index == 0 {
            events.push(Event::JobRemoved(JobResult::Failed));
        }
        events.push(failed(
            run,
            n_restarts,
            75,
            "failed: no answer after 5001 ms",
        ));
    }
    assert_eq!(
        lines(&events),
        [
            "starting",
            "starting: volumes hold: complete",
            "starting: starting CRI-O",
            "starting: waiting for the API server",
            "starting: etcd ended: no space left",
            "starting: waiting for the control plane",
            "stopping: stopping pods",
            "try 1 failed: no answer after 5001 ms",
            "try 2 failed in the same way",
            "try 3 failed in the same way",
        ]
    );
}

#[test]
fn a_difference_in_numbers_is_not_a_new_step_and_each_unit_has_its_own() {
    let waiting = |seconds: u32| {
        let events = [
            seen("activating", "start", ""),
            status(&format!("waiting for {seconds} pods")),
        ];
        events.iter().fold(Progress::default(), fold)
    };
    let mut steps = Steps::default();
    let logged: Vec<Vec<String>> = [("a", 3), ("a", 2), ("b", 2)]
        .iter()
        .map(|(unit, pods)| steps.news(unit, &waiting(*pods)))
        .collect();
    assert_eq!(
        logged,
        [
            vec!["starting: waiting for 3 pods".to_owned()],
            vec![],
            vec!["starting: waiting for 2 pods".to_owned()]
        ]
    );
}
