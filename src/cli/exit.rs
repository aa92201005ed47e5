//! The exit codes of `kinc`, one meaning each.

use std::fmt::Write as _;
use std::process::ExitCode;

use crate::cli::invalid::Invalid;
use crate::model::problem::Problems;
use crate::ops::{NoSuchCluster, NoSuchNode, is_interrupted};

/// Every exit code, and what it means.
pub const EXIT_CODES: [(u8, &str); 6] = [
    (0, "success"),
    (1, "failed"),
    (
        2,
        "the command line or a declaration is invalid; nothing was changed",
    ),
    (
        3,
        "the cluster is not ready, or differs from its declaration",
    ),
    (4, "the cluster or the node does not exist"),
    (130, "interrupted; jobs of systemd continue"),
];

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Success.
    Done,
    /// It failed; the reason is on standard error.
    Failed,
    /// The command line or a declaration is invalid; nothing was changed.
    Usage,
    /// The answer is no: not ready.
    NotReady,
    /// The answer is no: not as declared.
    Differs,
    /// No cluster or node has this name.
    Unknown,
    /// The wait was interrupted; jobs of systemd continue.
    Interrupted,
}

impl Exit {
    /// Returns the exit code for an error.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        if is_interrupted(error) {
            Self::Interrupted
        } else if error.is::<Problems>() || error.is::<Invalid>() {
            Self::Usage
        } else if error.is::<NoSuchCluster>() || error.is::<NoSuchNode>() {
            Self::Unknown
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
            Self::NotReady | Self::Differs => 3,
            // Like `systemctl status` for an unknown unit.
            Self::Unknown => 4,
            // 128 + SIGINT, like shells.
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Returns the exit codes as the end of a help text.
pub(crate) fn help() -> String {
    let mut text = "Exit codes:".to_owned();
    for (code, meaning) in EXIT_CODES {
        let _ = write!(text, "\n  {code:3}  {meaning}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_exit_codes_are_those_in_use() {
        let mut codes = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::NotReady,
            Exit::Differs,
            Exit::Unknown,
            Exit::Interrupted,
        ]
        .map(Exit::code)
        .to_vec();
        codes.dedup();
        assert_eq!(codes, EXIT_CODES.map(|(code, _)| code));
    }
}
