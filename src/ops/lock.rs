//! The lock that keeps two `kinc` from each other's files, and the wait for the other one.

use std::time::{Duration, Instant};

use anyhow::Result;
use tracing::trace;

use crate::edge::fs::{self, Lock, Locking};
use crate::ops::{Context, ErrorWithHints, Report, Reporter};

/// How long one `kinc` waits for another one: somebody's write and reload take well under a second, but
/// the removal of large data takes minutes.
pub const LIMIT: Duration = Duration::from_mins(10);

/// A shorter wait is not reported.
pub(super) const SILENCE: Duration = Duration::from_millis(500);

/// How often it is tried: the kernel wakes nobody for a lock without blocking the thread.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

impl Context {
    /// Takes the lock; it is held until it is dropped.
    ///
    /// # Errors
    /// When whoever has it does not end in time, or the user breaks off.
    pub(crate) async fn lock(&self, report: Reporter<'_>) -> Result<Lock> {
        let path = self.runtime_dir.join("kinc.lock");
        let begun = Instant::now();
        let mut is_told = false;
        loop {
            self.cancel.check()?;
            let holder = match fs::try_lock(&path)? {
                Locking::Taken(lock) => {
                    trace!("locked `{}` after {:.1?}", path.display(), begun.elapsed());
                    return Ok(lock);
                }
                Locking::HeldBy(holder) => holder,
            };
            let waited = begun.elapsed();
            if waited >= self.lock_limit {
                return Err(late(holder, self.lock_limit).into());
            }
            if !is_told && waited >= SILENCE.min(self.lock_limit / 2) {
                is_told = true;
                report(Report::Waiting(format!(
                    "waiting for {} to end",
                    other(holder)
                )));
            }
            self.cancel.or(tokio::time::sleep(PAUSE)).await?;
        }
    }
}

fn late(holder: Option<u32>, limit: Duration) -> ErrorWithHints {
    let seconds = limit.as_secs_f32();
    let failure = ErrorWithHints::new(format!("{} did not end within {seconds} s", other(holder)));
    match holder {
        Some(holder) => failure.hint(format!("ps -o pid,etime,args -p {holder}")),
        None => failure,
    }
}

fn other(holder: Option<u32>) -> String {
    match holder {
        Some(holder) => format!("another kinc, PID {holder},"),
        None => "another kinc".to_owned(),
    }
}
