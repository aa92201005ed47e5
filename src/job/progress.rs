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
mod tests;
