//! A child that is awaited until a limit or until the user interrupts it, and does not outlive the wait.

use std::fmt;
use std::future::pending;
use std::io;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::ChildStdin;
use tokio::time::{sleep, timeout};

use crate::edge::cancel::Cancel;

/// Time between SIGTERM and SIGKILL, for a program to clean up.
const GRACE: Duration = Duration::from_secs(5);

/// How a wait came to its end. In the last two cases the child has been ended.
#[derive(Debug)]
pub(super) enum WaitOutcome {
    Ended(ExitStatus),
    TimedOut,
    Cancelled,
}

impl fmt::Display for WaitOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(status) => write!(f, "{status}"),
            Self::TimedOut => f.write_str("out of time"),
            Self::Cancelled => f.write_str("interrupted"),
        }
    }
}

/// Which processes get the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recipients {
    /// The child. What it has started, it ends itself.
    Child,
    /// The child's own process group.
    Group,
}

/// A running child. If it is dropped before it has ended, as with an abandoned wait, it is terminated.
#[derive(Debug)]
pub(super) struct Child {
    process: tokio::process::Child,
    recipients: Recipients,
    /// Where its standard input is a pipe: whoever waits would close it.
    _input: Option<ChildStdin>,
}

impl Child {
    /// Starts a child.
    pub(super) fn start(mut command: Command, recipients: Recipients) -> io::Result<Self> {
        if recipients == Recipients::Group {
            // We are the one who ends it, with all that it has started; not a terminal's Ctrl-C.
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        let mut process = tokio::process::Command::from(command).spawn()?;
        let input = process.stdin.take();
        Ok(Self {
            process,
            recipients,
            _input: input,
        })
    }

    /// Waits for its end. When it is still there after `limit`, or when the user interrupts it, it is ended.
    pub(super) async fn wait(
        mut self,
        limit: Option<Duration>,
        cancel: &Cancel,
    ) -> io::Result<WaitOutcome> {
        let out_of_time = async {
            match limit {
                Some(limit) => sleep(limit).await,
                None => pending().await,
            }
        };
        let waited = tokio::select! {
            // One that has ended already is not interrupted.
            biased;
            ended = self.process.wait() => return ended.map(WaitOutcome::Ended),
            () = cancel.cancelled() => WaitOutcome::Cancelled,
            () = out_of_time => WaitOutcome::TimedOut,
        };
        for signal in [Signal::TERM, Signal::KILL] {
            self.send(signal)?;
            if let Ok(ended) = timeout(GRACE, self.process.wait()).await {
                ended?;
                break;
            }
        }
        Ok(waited)
    }

    fn send(&self, signal: Signal) -> io::Result<()> {
        // Until its end was awaited its number is its own.
        let number = self.process.id().and_then(|id| i32::try_from(id).ok());
        match (number.and_then(Pid::from_raw), self.recipients) {
            (None, _) => Ok(()),
            (Some(child), Recipients::Child) => Ok(kill_process(child, signal)?),
            (Some(child), Recipients::Group) => Ok(kill_process_group(child, signal)?),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // There is nobody to tell that it failed.
        let _ = self.send(Signal::TERM);
    }
}
