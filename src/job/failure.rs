//! The two ways in which waiting for a job goes wrong, with what is needed to say why.
//!
//! Errors of the bus itself are not here: they belong to `systemd`.

use crate::job::{JobResult, UnitState, Verb};
use std::fmt;
use std::time::Duration;

/// A job ended with a result other than `done` or `skipped`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFailed {
    /// The unit.
    pub unit: String,
    /// What was asked of it.
    pub verb: Verb,
    /// The result in systemd's word.
    pub result: JobResult,
    /// The unit as read after the job was removed.
    pub state: UnitState,
    /// For `dependency`: the units that failed, as far as they could be found.
    pub dependencies: Vec<String>,
}

impl JobFailed {
    /// Returns the command that shows more.
    #[must_use]
    pub(crate) fn hint(&self) -> String {
        if self.state.result == "start-limit-hit" {
            return format!("systemctl --user reset-failed {}", self.unit);
        }
        match self.dependencies.first() {
            Some(dependency) => format!("systemctl --user status {dependency}"),
            None => format!("journalctl --user -u {} -n 50", self.unit),
        }
    }
}

impl fmt::Display for JobFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = self.verb.gerund();
        write!(f, "{verb} `{}`: job result `{}`", self.unit, self.result)?;
        if self.result == JobResult::Dependency {
            return match self.dependencies.as_slice() {
                [] => f.write_str(", a unit that it requires failed"),
                names => write!(f, ", failed: `{}`", names.join("`, `")),
            };
        }
        match self.state.reason().as_str() {
            "" => Ok(()),
            reason => write!(f, ", {reason}"),
        }
    }
}

impl std::error::Error for JobFailed {}

/// The overall deadline passed; the job continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedOut {
    /// The unit.
    pub unit: String,
    /// What was asked of it.
    pub verb: Verb,
    /// How long was waited.
    pub waited: Duration,
    /// What the wait was for at its end.
    pub doing: String,
}

impl TimedOut {
    /// Returns the command that shows more.
    #[must_use]
    pub(crate) fn hint(&self) -> String {
        format!("systemctl --user status {}", self.unit)
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} `{}`: not done after {:?}: {}",
            self.verb.gerund(),
            self.unit,
            self.waited,
            self.doing
        )
    }
}

impl std::error::Error for TimedOut {}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(result: &str, dependencies: &[&str]) -> JobFailed {
        JobFailed {
            unit: "kinc-dev-control-plane.service".to_owned(),
            verb: Verb::Start,
            result: JobResult::parse(result),
            state: UnitState {
                result: "exit-code".to_owned(),
                exec_main_code: 1,
                exec_main_status: 78,
                ..UnitState::default()
            },
            dependencies: dependencies.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn a_failed_job_names_the_unit_the_result_and_the_reason() {
        let failed = failed("failed", &[]);
        assert_eq!(
            failed.to_string(),
            "starting `kinc-dev-control-plane.service`: job result `failed`, \
             unit result `exit-code`, exit status 78"
        );
        assert_eq!(
            failed.hint(),
            "journalctl --user -u kinc-dev-control-plane.service -n 50"
        );
    }

    #[test]
    fn a_failed_dependency_is_named_instead_of_the_unit_that_never_ran() {
        let failed = failed("dependency", &["kinc-dev-network.service"]);
        assert_eq!(
            failed.to_string(),
            "starting `kinc-dev-control-plane.service`: job result `dependency`, \
             failed: `kinc-dev-network.service`"
        );
        assert_eq!(
            failed.hint(),
            "systemctl --user status kinc-dev-network.service"
        );
    }

    #[test]
    fn a_time_out_says_what_was_waited_for() {
        let timed_out = TimedOut {
            unit: "kinc-dev-control-plane.service".to_owned(),
            verb: Verb::Restart,
            waited: Duration::from_mins(15),
            doing: "activating (start), status `waiting for the API server`".to_owned(),
        };
        assert_eq!(
            timed_out.to_string(),
            "restarting `kinc-dev-control-plane.service`: not done after 900s: \
             activating (start), status `waiting for the API server`"
        );
    }
}
