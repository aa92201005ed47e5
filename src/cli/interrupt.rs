//! Ctrl-C, SIGTERM and the end of the terminal: the first one ends all waits, the second one the process.

use std::path::Path;
use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::trace;

use crate::cli::exit::Exit;
use crate::edge::cancel::Cancel;
use crate::edge::fs;

/// Where the kernel says which signals a process ignores (`proc_pid_status(5)`).
const STATUS: &str = "/proc/self/status";

/// Listens to the signals from now on, and returns what ends all waits at the first one.
pub(crate) fn listen() -> Cancel {
    let cancel = Cancel::default();
    let (Ok(interrupt), Ok(terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        // Without the handlers the signals end us the usual way.
        return cancel;
    };
    // In a thread of the runtime: this one may be held up by a file.
    tokio::spawn(cancel_on_signal(
        interrupt,
        terminate,
        hangup(),
        cancel.clone(),
    ));
    cancel
}

async fn cancel_on_signal(
    mut interrupt: Signal,
    mut terminate: Signal,
    mut hangup: Option<Signal>,
    cancel: Cancel,
) {
    for is_first in [true, false] {
        let name = tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
            // Only as the first: shell and kernel both report the same end.
            () = received(&mut hangup), if is_first => "SIGHUP",
        };
        if !is_first {
            end();
        }
        cancel.cancel();
        trace!("received {name}");
    }
}

/// Returns the end of the terminal as a signal, unless it is ignored, as below nohup(1): a handler would
/// undo that.
fn hangup() -> Option<Signal> {
    let status = fs::read(Path::new(STATUS)).ok().flatten()?;
    if ignores_hangup(&status.text) {
        return None;
    }
    signal(SignalKind::hangup()).ok()
}

/// Reads from the status of a process whether it ignores SIGHUP, which is the first signal.
fn ignores_hangup(status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 == 1)
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

#[expect(
    clippy::exit,
    reason = "whoever asks twice waits for no more, whatever the other threads do"
)]
fn end() {
    // Nobody else would remove what the others wait for.
    fs::release_lock_files();
    process::exit(Exit::Interrupted.code().into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hang_up_counts_unless_it_is_ignored() {
        let status =
            |mask: &str| format!("SigBlk:\t0000000000000000\nSigIgn:\t{mask}\nSigCgt:\t1\n");
        assert!(ignores_hangup(&status("0000000000001001")));
        assert!(!ignores_hangup(&status("0000000000001000")));
        assert!(!ignores_hangup("Name:\tkinc\n"));
    }
}
