//! What the events of a job add up to: the content of a progress line.
//!
//! Nothing is printed here.

use crate::job::{Event, JobResult, Summary};

/// What the events so far add up to: the content of a progress line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// The unit in one word, once it has been read.
    pub summary: Option<Summary>,
    /// The last STATUS line; empty when there is none in this run.
    pub status: String,
    /// How often systemd has restarted the unit by itself.
    pub restarts: u32,
    /// The last STATUS line that reported a failure, without its `failed: `.
    pub failure: Option<String>,
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
const OWN_WORDS_OF_PID_1: [&str; 5] = [
    "Ready.",
    "User job ",
    "Job ",
    "Activating special unit ",
    "Waiting for system to settle",
];

impl Progress {
    /// Returns the text of a progress line, such as `starting: waiting for the API server`.
    #[must_use]
    pub fn line(&self) -> String {
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

    fn note(&mut self, status: &str) {
        if !OWN_WORDS_OF_PID_1
            .iter()
            .any(|words| status.starts_with(words))
        {
            status.clone_into(&mut self.status);
        }
    }
}

/// Adds one event to the progress.
#[must_use]
pub fn fold(mut progress: Progress, event: &Event) -> Progress {
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
            // systemd keeps the last words of a run until the next one begins.
            match state.active_state.as_str() {
                "inactive" => progress.status.clear(),
                _ => progress.note(&state.status_text),
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
                job: None,
                result: Some(JobResult::Failed),
                manager_away: false,
            }
        );
    }
}
