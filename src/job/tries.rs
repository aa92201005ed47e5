//! The runs of a unit that failed while it was waited for. Values only.

use crate::job::UnitState;

/// A run of a unit that ended before it was ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTry {
    /// The run's identifier in the journal, as 32 hex digits.
    pub invocation_id: String,
    /// The cause as the node reported it, if it did.
    pub message: Option<String>,
    /// The exit status of the main process, or the number of the signal.
    pub exit_status: i32,
    /// How systemd saw it end, such as ``unit result `exit-code`, exit status 125``.
    pub reason: String,
}

impl FailedTry {
    /// Makes it from the unit as it was after the run, and the last failure that the run reported.
    ///
    /// The status that the unit shows comes first: it is the run's last, unless PID 1 of the node has
    /// covered it with its own.
    #[must_use]
    pub(crate) fn new(state: &UnitState, failure: Option<String>) -> Self {
        let shown = state.status_text.strip_prefix("failed: ");
        let message = shown.map(str::to_owned).or(failure);
        let reason = UnitState {
            status_text: String::new(),
            ..state.clone()
        };
        Self {
            invocation_id: state.invocation_id.clone(),
            message,
            exit_status: state.exec_main_status,
            reason: reason.reason(),
        }
    }

    /// Returns the cause in a line: the message of the node, or what systemd saw.
    #[must_use]
    pub(crate) fn line(&self) -> &str {
        self.message.as_deref().unwrap_or(&self.reason)
    }

    /// Returns whether two runs failed alike. Times and process numbers differ each time.
    #[must_use]
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        without_numbers(self.line()) == without_numbers(other.line())
    }
}

/// Returns a text without its numbers, which is what tells one message from another.
#[must_use]
pub(crate) fn without_numbers(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}
