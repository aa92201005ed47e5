//! The error of a program that failed.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

use crate::edge::cancel::Cancelled;

/// A program that did not do what it was asked.
#[derive(Debug)]
pub(crate) struct CommandError {
    /// The command line, as it could be pasted.
    pub command: String,
    /// What became of it.
    pub ending: Ending,
    /// The last lines of its standard error, or why it did not start.
    pub message: String,
}

/// How a program failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It never started.
    NotStarted,
    /// What it takes to run it failed on our side, as with a full disk.
    Io,
    /// It ended with a status other than 0.
    Status(ExitStatus),
    /// It was still at work after this time, and was ended.
    TimedOut(Duration),
    /// The user interrupted it; it was ended, or not started.
    Cancelled,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let command = &self.command;
        match self.ending {
            Ending::NotStarted => write!(f, "`{command}` did not start")?,
            Ending::Io => write!(f, "running `{command}`")?,
            Ending::Status(status) => write!(f, "`{command}` ended with {status}")?,
            Ending::TimedOut(limit) => {
                write!(
                    f,
                    "`{command}` did not end within {} s",
                    limit.as_secs_f32()
                )?;
            }
            // Why, says the source.
            Ending::Cancelled => write!(f, "`{command}` was cancelled")?,
        }
        match self.message.as_str() {
            "" => Ok(()),
            message => write!(f, ": {message}"),
        }
    }
}

impl std::error::Error for CommandError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.ending {
            Ending::Cancelled => Some(&Cancelled),
            Ending::NotStarted | Ending::Io | Ending::Status(_) | Ending::TimedOut(_) => None,
        }
    }
}
