//! Ctrl-C and SIGTERM: the first one ends all waits, the second one the process.

use std::process;
use std::thread;

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};

use crate::cancel::Cancel;
use crate::cli::exit::Exit;
use crate::fs;

/// Listens to both signals from now on, and returns what ends all waits at the first one.
///
/// In a thread of its own: the others wait for programs, and for people.
///
/// # Errors
/// When the thread or its runtime cannot be made.
pub(crate) fn listen() -> Result<Cancel> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .context("starting to listen to signals")?;
    let cancel = Cancel::default();
    let told = cancel.clone();
    let wait = async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) else {
            // Without the handlers the signals end us the usual way.
            return;
        };
        for is_first in [true, false] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if is_first {
                told.cancel();
            } else {
                end();
            }
        }
    };
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || runtime.block_on(wait))
        .context("starting to listen to signals")?;
    Ok(cancel)
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
