//! What the events of a job add up to: the content of a progress line.
//!
//! Nothing is printed here.

use crate::job::{Event, FailedTry, JobResult, Summary, UnitState};

/// What the events so far add up to: the content of a progress line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// The unit in one word, once it has been read.
    pub summary: Option<Summary>,
    /// The last STATUS line; empty when there is none in this run.
    pub status: String,
    /// How often systemd has restarted the unit by itself.
    pub restarts: u32,
    /// The last STATUS line of this run that reported a failure, without its `failed: `.
    pub failure: Option<String>,
    /// The runs that failed since the job was queued, and that systemd has followed by another.
    pub tries: Vec<FailedTry>,
    /// The run that had failed before that.
    before: Option<String>,
    /// The job that is waited for.
    pub job: Option<u32>,
    /// The result of that job.
    pub result: Option<JobResult>,
    /// Whether the user manager is away at the moment.
    pub manager_away: bool,
}

/// What PID 1 of a node says by itself, beside the STATUS lines of the bring-up: it repeats the
/// unit's state, or counts seconds (`manager_invoke_notify_message` and `manager_print_jobs_in_progress`
/// in systemd's manager.c).
const MESSAGES_OF_PID_1: [&str; 5] = [
    "Ready.",
    "User job ",
    "Job ",
    "Activating special unit ",
    "Waiting for system to settle",
];

impl Progress {
    /// Returns the text of a progress line, such as `starting: waiting for the API server`.
    #[must_use]
    pub(crate) fn line(&self) -> String {
        if self.manager_away {
            return "waiting for the systemd user manager to return".to_owned();
        }
        let word = self.summary.map_or("waiting", Summary::name);
        let line = match self.status.as_str() {
            status if status.is_empty() || status == word => word.to_owned(),
            status => format!("{word}: {status}"),
        };
        match self.restarts {
            0 => line,
            restarts => format!("{line} (restart {restarts})"),
        }
    }

    /// Returns how many runs have failed since the job was queued, those that nobody saw among them.
    #[must_use]
    pub(crate) fn failed_tries(&self) -> usize {
        let restarts = usize::try_from(self.restarts).unwrap_or(usize::MAX);
        self.tries.len().max(restarts)
    }

    fn note(&mut self, status: &str) {
        if !is_of_pid_1(status) {
            status.clone_into(&mut self.status);
        }
    }

    /// Notes a run that has failed, once.
    fn note_try(&mut self, state: &UnitState) {
        if !state.is_between_tries() {
            return;
        }
        let run = &state.invocation_id;
        // Our job is not done with: what systemd was about to try again is of an earlier start.
        if self.job.is_some() {
            self.before = Some(run.clone());
            self.failure = None;
        }
        let is_known = self.tries.iter().any(|one| one.invocation_id == *run);
        if self.before.as_ref() != Some(run) && !is_known {
            let failure = self.failure.take();
            self.tries.push(FailedTry::new(state, failure));
        }
    }
}

/// Returns whether a STATUS line is PID 1's own, such as `(1 of 2) Job a.service/start running (9s / 3min)`.
fn is_of_pid_1(status: &str) -> bool {
    let counted = status.strip_prefix('(').and_then(|rest| {
        let (count, rest) = rest.split_once(") ")?;
        let is_count = |character: char| character.is_ascii_digit() || " of".contains(character);
        count.chars().all(is_count).then_some(rest)
    });
    let words = counted.unwrap_or(status);
    MESSAGES_OF_PID_1.iter().any(|own| words.starts_with(own))
}

/// Adds one event to the progress.
#[must_use]
pub(crate) fn fold(mut progress: Progress, event: &Event) -> Progress {
    match event {
        Event::Queued(job) => {
            progress.job = Some(*job);
            progress.result = None;
        }
        Event::Status(text) => {
            if let Some(failure) = text.strip_prefix("failed: ") {
                progress.failure = Some(failure.to_owned());
            }
            progress.note(text);
        }
        Event::State(state) => {
            progress.summary = Some(state.summary());
            progress.restarts = state.n_restarts;
            progress.note_try(state);
            // systemd keeps the last words of a run until the next one begins.
            match state.current_status() {
                status if state.active_state == "inactive" || status != state.status_text => {
                    progress.status.clear();
                }
                status => progress.note(status),
            }
        }
        Event::JobRemoved(result) => {
            progress.job = None;
            progress.result = Some(result.clone());
        }
        Event::ManagerLeft => progress.manager_away = true,
        Event::ManagerBack => progress.manager_away = false,
    }
    progress
}

#[cfg(test)]
mod tests {
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
}
