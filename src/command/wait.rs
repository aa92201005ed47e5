//! Waiting for a child with a limit, which the standard library cannot.

use std::io;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// Time to clean up for a program that is told to end.
const GRACE: Duration = Duration::from_secs(5);

/// Waits for the end of a child; one that is still there after `limit` is ended, which is `None`.
pub(super) fn wait(mut child: Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    // A process handle cannot come to mean another process, as a number can.
    let handle = pidfd_open(Pid::from_child(&child), PidfdFlags::empty())?;
    let ends_within = |limit: Duration| -> io::Result<bool> {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).map_err(io::Error::other)?;
            // A handle is readable when its process has ended (pidfd_open(2)).
            let mut handles = [PollFd::new(&handle, PollFlags::IN)];
            match poll(&mut handles, Some(&left)) {
                Err(rustix::io::Errno::INTR) => {}
                ended => return Ok(ended? > 0),
            }
        }
    };
    if ends_within(limit)? {
        return child.wait().map(Some);
    }
    for signal in [Signal::TERM, Signal::KILL] {
        pidfd_send_signal(&handle, signal)?;
        if ends_within(GRACE)? {
            child.wait()?;
            break;
        }
    }
    Ok(None)
}
