//! Waiting for a child until a limit or until the user breaks off, which the standard library cannot.

use std::fmt;
use std::io;
use std::os::fd::AsFd as _;
use std::process::{Child, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open, pidfd_send_signal};

use crate::edge::cancel::{Cancel, Woken};

/// Time between SIGTERM and SIGKILL, for a program to clean up.
const GRACE: Duration = Duration::from_secs(5);

/// How a wait came to its end. In the last two cases the child has been ended.
#[derive(Debug)]
pub(super) enum Waited {
    Ended(ExitStatus),
    OutOfTime,
    Cancelled,
}

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(status) => write!(f, "{status}"),
            Self::OutOfTime => f.write_str("out of time"),
            Self::Cancelled => f.write_str("interrupted"),
        }
    }
}

/// Which processes get the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    /// The child. What it has started, it ends itself.
    Child,
    /// The child's own process group.
    Group,
}

/// Waits for the end of a child. One that is still there after `limit`, or when the user breaks off, is
/// ended.
pub(super) fn wait(
    mut child: Child,
    limit: Option<Duration>,
    cancel: &Cancel,
    whom: Whom,
) -> io::Result<Waited> {
    let pid = Pid::from_child(&child);
    // A process handle cannot come to mean another process, as a number can. It is readable when its
    // process has ended (pidfd_open(2)).
    let handle = pidfd_open(pid, PidfdFlags::empty())?;
    let waited = match cancel.wait_for(handle.as_fd(), limit)? {
        Woken::Ready => return child.wait().map(Waited::Ended),
        Woken::OutOfTime => Waited::OutOfTime,
        Woken::Cancelled => Waited::Cancelled,
    };
    for signal in [Signal::TERM, Signal::KILL] {
        match whom {
            Whom::Child => pidfd_send_signal(&handle, signal)?,
            // Nobody has waited for the child yet, so its number is still its own.
            Whom::Group => kill_process_group(pid, signal)?,
        }
        let patient = Cancel::default();
        if patient.wait_for(handle.as_fd(), Some(GRACE))? == Woken::Ready {
            child.wait()?;
            break;
        }
    }
    Ok(waited)
}
