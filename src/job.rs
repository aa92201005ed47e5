//! A systemd job as values: what happened ([`Event`]), what that adds up to (`Progress`),
//! how it ended ([`Outcome`], [`JobFailed`], [`TimedOut`]).
//!
//! No D-Bus and no clock here: `systemd` makes the events, `cli` prints the progress.

mod assertion;
mod failure;
pub mod node_exit;
mod progress;
mod steps;
mod summary;
mod tries;
mod unit;

pub(crate) use crate::job::assertion::Assertion;
pub use crate::job::failure::{JobFailed, TimedOut};
pub(crate) use crate::job::progress::{Progress, fold};
pub(crate) use crate::job::steps::Steps;
pub(crate) use crate::job::summary::DEGRADED;
pub use crate::job::summary::Summary;
pub(crate) use crate::job::tries::FailedTry;
pub(crate) use crate::job::tries::without_numbers;
pub(crate) use crate::job::unit::UnitFiles;
pub use crate::job::unit::UnitState;

use std::fmt;

/// What was asked of systemd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `StartUnit`.
    Start,
    /// `StopUnit`.
    Stop,
    /// `RestartUnit`.
    Restart,
    /// No job: only follow the unit.
    Watch,
}

impl Verb {
    /// Returns the word for a message that says what was being done.
    #[must_use]
    pub(crate) fn gerund(self) -> &'static str {
        match self {
            Verb::Start => "starting",
            Verb::Stop => "stopping",
            Verb::Restart => "restarting",
            Verb::Watch => "watching",
        }
    }

    /// Returns whether a unit at rest is where this verb wanted it.
    #[must_use]
    pub(crate) fn reached(self, state: &UnitState) -> bool {
        match self {
            Verb::Start | Verb::Restart => state.summary() == Summary::Ready,
            Verb::Stop => state.summary() != Summary::Ready,
            Verb::Watch => true,
        }
    }
}

/// The result with which systemd removed a job.
///
/// The set grows with systemd, so an unknown result is kept as it is and counts as a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobResult {
    /// The job did what it should.
    Done,
    /// There was nothing to do: a condition of the unit does not hold.
    Skipped,
    /// Another job took its place.
    Canceled,
    /// The job ran out of its time.
    Timeout,
    /// The unit failed.
    Failed,
    /// A unit that this one needs failed.
    Dependency,
    /// Something that the unit asserts, such as a path that exists, is not so.
    Assert,
    /// Any other result, in systemd's own word.
    Other(String),
}

impl JobResult {
    /// Reads the result from the word in the `JobRemoved` signal.
    #[must_use]
    pub fn parse(word: &str) -> JobResult {
        match word {
            "done" => JobResult::Done,
            "skipped" => JobResult::Skipped,
            "canceled" => JobResult::Canceled,
            "timeout" => JobResult::Timeout,
            "failed" => JobResult::Failed,
            "dependency" => JobResult::Dependency,
            "assert" => JobResult::Assert,
            other => JobResult::Other(other.to_owned()),
        }
    }

    /// Returns whether the job did what it should, or had nothing to do.
    #[must_use]
    pub(crate) fn is_success(&self) -> bool {
        matches!(self, JobResult::Done | JobResult::Skipped)
    }
}

impl fmt::Display for JobResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            JobResult::Done => "done",
            JobResult::Skipped => "skipped",
            JobResult::Canceled => "canceled",
            JobResult::Timeout => "timeout",
            JobResult::Failed => "failed",
            JobResult::Dependency => "dependency",
            JobResult::Assert => "assert",
            JobResult::Other(word) => word,
        })
    }
}

/// One thing that happened to the unit that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// systemd accepted the job; the number is what `CancelJob` takes.
    Queued(u32),
    /// The service sent a new STATUS line. Each is reported once, in order.
    Status(String),
    /// The unit was read again and differs from before.
    State(Box<UnitState>),
    /// systemd removed the job.
    JobRemoved(JobResult),
    /// The user manager left the bus; it comes back when it was only re-executed.
    ManagerLeft,
    /// The user manager is back; everything is subscribed to and read again.
    ManagerBack,
}

/// How a wait ended when nothing went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The job succeeded, or the watched unit came to rest; the unit as read after that.
    Ended(Box<UnitState>),
    /// The caller interrupted the wait. The job, if there is one, continues.
    Interrupted {
        /// The job that continues, for `CancelJob`.
        job: Option<u32>,
        /// The unit as last read.
        state: Option<Box<UnitState>>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_result_is_printed_as_systemd_names_it() {
        let known = [
            "done",
            "skipped",
            "canceled",
            "timeout",
            "failed",
            "dependency",
            "assert",
        ];
        let words = known.into_iter().chain(["once", "frobnicated"]);
        for word in words {
            assert_eq!(JobResult::parse(word).to_string(), word);
        }
    }

    #[test]
    fn only_done_and_skipped_are_successes() {
        let words = ["done", "skipped", "failed", "canceled", "frobnicated"];
        let successes = words.map(|word| JobResult::parse(word).is_success());
        assert_eq!(successes, [true, true, false, false, false]);
    }
}
