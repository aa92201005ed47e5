//! Waiting for a condition, with a limit and a name for what is waited for.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::progress;

/// Least time between two looks at the condition: short against what is measured.
const INTERVAL: Duration = Duration::from_millis(50);

/// Most time between two looks.
const LONGEST: Duration = Duration::from_millis(250);

/// A look is taken again after as many times what it took: what is waited for needs the processors.
const PAUSE: u32 = 3;

/// Waits until `condition` holds, and returns how long that took.
///
/// # Errors
/// When `limit` passes; the message says what was waited for.
pub(crate) fn until(
    what: &str,
    limit: Duration,
    mut condition: impl FnMut() -> bool,
) -> Result<Duration> {
    let started = Instant::now();
    loop {
        let looked = Instant::now();
        if condition() {
            return Ok(started.elapsed());
        }
        let pause = looked.elapsed() * PAUSE;
        if started.elapsed() >= limit {
            bail!("{what}: not within {}", progress::seconds(limit));
        }
        thread::sleep(pause.clamp(INTERVAL, LONGEST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exceeded_limit_names_the_condition() {
        let error = until("the moon is full", Duration::ZERO, || false).unwrap_err();
        assert_eq!(error.to_string(), "the moon is full: not within 0.0 s");
    }

    #[test]
    fn the_condition_is_checked_at_least_once() {
        assert!(until("now", Duration::ZERO, || true).is_ok());
    }
}
