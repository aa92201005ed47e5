//! The exit codes of `kinc`, one meaning each.

use std::process::ExitCode;

use crate::cli::declarations::Invalid;
use crate::problem::Problems;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// What was asked is done.
    Done,
    /// It failed; the reason is on standard error.
    Failed,
    /// The command line or a declaration is invalid; nothing was touched.
    Usage,
    /// The answer is no: not ready.
    NotReady,
    /// The wait was broken off; systemd goes on.
    Interrupted,
}

impl Exit {
    /// Returns the exit code for an error.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        if error.is::<Problems>() || error.is::<Invalid>() {
            Self::Usage
        } else {
            Self::Failed
        }
    }

    /// Returns the number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotReady => 3,
            // 128 and SIGINT, as shells have it.
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
