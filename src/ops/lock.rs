//! The lock that keeps two `kinc` from each other's files, and the wait for the other one.

use std::time::{Duration, Instant};

use anyhow::Result;
use tracing::trace;

use crate::edge::fs::{self, Lock, Locking};
use crate::edge::host::Host;
use crate::model::shell;
use crate::ops::{Context, ErrorWithHints, Report, Reporter};

/// How long one `kinc` waits for another one: somebody's write and reload take well under a second, but
/// the removal of large data takes minutes.
pub(crate) const LIMIT: Duration = Duration::from_mins(10);

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
                return Err(late(&self.host, holder, self.lock_limit).into());
            }
            if !is_told && waited >= SILENCE.min(self.lock_limit / 2) {
                is_told = true;
                let (other, limit) = (other(&self.host, holder), self.lock_limit.as_secs_f32());
                report(Report::Waiting(format!(
                    "waiting up to {limit} s for {other} to end"
                )));
            }
            self.cancel.or(tokio::time::sleep(PAUSE)).await?;
        }
    }
}

fn late(host: &Host, holder: Option<u32>, limit: Duration) -> ErrorWithHints {
    let (other, limit) = (other(host, holder), limit.as_secs_f32());
    let failure = ErrorWithHints::new(format!("{other} did not end within {limit} s"));
    match holder {
        Some(holder) => failure.hint(format!("ps -o pid,etime,args -p {holder}")),
        None => failure,
    }
}

/// Says who holds the lock, as far as that is known.
fn other(host: &Host, holder: Option<u32>) -> String {
    let Some(holder) = holder else {
        return "another kinc".to_owned();
    };
    match host.command_line(holder) {
        Some(words) => {
            let words: Vec<String> = words.iter().map(|one| shell::word(one)).collect();
            format!("`{}` (PID {holder})", words.join(" "))
        }
        None => format!("another kinc (PID {holder})"),
    }
}
