//! Waiting for a condition, with a limit and a name for what is waited for.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::progress;

/// Time between two looks at the condition: short against what is measured, cheap for two cores.
const INTERVAL: Duration = Duration::from_millis(50);

/// Waits until `condition` holds, and returns how long that took.
///
/// # Errors
/// When `limit` passes; the message says what was waited for.
pub fn until(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) -> Result<Duration> {
    let started = Instant::now();
    loop {
        if condition() {
            return Ok(started.elapsed());
        }
        if started.elapsed() >= limit {
            bail!("{what}: not within {}", progress::seconds(limit));
        }
        thread::sleep(INTERVAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_passes_says_what_was_waited_for() {
        let error = until("the moon is full", Duration::ZERO, || false).unwrap_err();
        assert_eq!(error.to_string(), "the moon is full: not within 0.0 s");
    }

    #[test]
    fn the_condition_is_looked_at_even_with_no_time_left() {
        assert!(until("now", Duration::ZERO, || true).is_ok());
    }
}
