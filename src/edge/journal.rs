//! The edge to the user's journal: the last words of a unit's run.
//!
//! It knows no cluster. Printing a node's own journal is Podman's part.

use std::time::Duration;

use crate::edge::cancel::Cancel;
use crate::edge::command::{CommandError, Program};

/// How many last lines are looked at: what follows an error is tidying up.
const LINES: &str = "--lines=60";

/// Limit of one question. It takes a moment; whoever asks has a failure to report, with this answer or without.
const LIMIT: Duration = Duration::from_secs(10);

/// How an error of Podman begins that ended no run: the container is gone already.
const CLEANUP_PREFIX: &str = "cleaning up container ";

/// The user's journal, by the program `journalctl`.
#[derive(Debug, Clone)]
pub struct Journal {
    program: String,
    limit: Duration,
    cancel: Cancel,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            program: "journalctl".to_owned(),
            limit: LIMIT,
            cancel: Cancel::default(),
        }
    }
}

impl Journal {
    /// Uses another program, for tests.
    #[must_use]
    pub fn new(program: &str) -> Self {
        Self {
            program: program.to_owned(),
            ..Self::default()
        }
    }

    /// Ends it when the user interrupts it.
    #[must_use]
    pub(crate) fn cancelled_by(mut self, cancel: &Cancel) -> Self {
        self.cancel = cancel.clone();
        self
    }

    /// Ends it when an answer takes longer, for tests.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Returns the last error that Podman reported in a run of a unit, if the journal has one.
    ///
    /// # Errors
    /// When journalctl does not start, fails, or does not answer in time.
    pub(crate) async fn podman_error(
        &self,
        invocation_id: &str,
    ) -> Result<Option<String>, CommandError> {
        if invocation_id.is_empty() {
            return Ok(None);
        }
        let lines = Program::new(&self.program, &self.cancel)
            .args(["--user", "--output=cat", "--no-pager", LINES])
            .args([format!("_SYSTEMD_INVOCATION_ID={invocation_id}")])
            .limit(self.limit)
            .output()
            .await?;
        Ok(last_error(&lines))
    }
}

fn last_error(lines: &str) -> Option<String> {
    let errors = lines
        .lines()
        .filter_map(|line| line.strip_prefix("Error: "));
    let errors: Vec<&str> = errors.filter(|error| !error.trim().is_empty()).collect();
    let ended_a_run = |error: &&&str| !error.starts_with(CLEANUP_PREFIX);
    let last = errors.iter().rfind(ended_a_run).or(errors.last());
    last.map(|error| (*error).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_of_podman_is_found_among_other_lines() {
        let cases = [
            (
                "Starting ...\nError: one\nError: mkdir: permission denied\nFailed with result\n",
                Some("mkdir: permission denied"),
            ),
            ("Started.\n", None),
            ("", None),
            ("Error: \nError:\n", None),
        ];
        for (lines, error) in cases {
            assert_eq!(last_error(lines).as_deref(), error, "{lines:?}");
        }
    }

    #[test]
    fn a_cleanup_error_of_podman_is_reported_only_if_it_is_the_only_one() {
        let tidying = "Error: cleaning up container 788d06: no bus\n";
        let cause = "Error: no such network\n";
        let both = last_error(&format!("{cause}{tidying}"));
        assert_eq!(both.as_deref(), Some("no such network"));
        let only = last_error(tidying);
        assert_eq!(
            only.as_deref(),
            Some("cleaning up container 788d06: no bus")
        );
    }
}
