//! What came of a command, and how it is shown when it is not as expected.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// What timeout(1) exits with when it had to end the command.
const TIMED_OUT: i32 = 124;

/// What came of a command.
#[derive(Clone, PartialEq, Eq)]
pub struct Output {
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
    /// Its exit status; 124 when it timed out, 128 and the signal when it was killed.
    pub status: i32,
    /// How long it took.
    pub elapsed: Duration,
    pub(super) who: String,
    pub(super) line: String,
    pub(super) limit: Duration,
}

impl Output {
    /// Turns a failure into an error.
    ///
    /// # Errors
    /// When the status is not 0; the message shows command, status and both streams.
    pub fn ok(self) -> Result<Self> {
        if self.status == 0 {
            return Ok(self);
        }
        bail!("{self:?}")
    }

    /// Turns success into an error, for commands that have to fail.
    ///
    /// # Errors
    /// When the status is 0.
    pub fn failed(self) -> Result<Self> {
        if self.status != 0 {
            return Ok(self);
        }
        bail!("should have failed: {self:?}")
    }

    /// Returns stdout without white space around it.
    #[must_use]
    pub fn text(&self) -> &str {
        self.stdout.trim()
    }

    /// Returns stdout as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("reading JSON: {self:?}"))
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stdout,
            stderr,
            status,
            elapsed,
            who,
            line,
            limit,
        } = self;
        let seconds = elapsed.as_secs_f64();
        write!(
            out,
            "`{line}` as {who}: status {status} after {seconds:.1} s"
        )?;
        if *status == TIMED_OUT && elapsed >= limit {
            write!(out, " (timed out)")?;
        }
        for (name, stream) in [("stdout", stdout), ("stderr", stderr)] {
            if !stream.trim().is_empty() {
                write!(out, "\n--- {name}\n{}", stream.trim_end())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(status: i32) -> Output {
        Output {
            stdout: "one\n".to_owned(),
            stderr: "two\n".to_owned(),
            status,
            elapsed: Duration::from_millis(1500),
            who: "ops@dev".to_owned(),
            line: "kinc apply".to_owned(),
            limit: Duration::from_secs(1),
        }
    }

    #[test]
    fn a_failure_shows_command_status_and_both_streams() {
        assert_eq!(
            output(1).ok().unwrap_err().to_string(),
            "`kinc apply` as ops@dev: status 1 after 1.5 s\n--- stdout\none\n--- stderr\ntwo"
        );
    }

    #[test]
    fn a_command_that_timed_out_says_so() {
        assert_eq!(
            output(124).ok().unwrap_err().to_string(),
            "`kinc apply` as ops@dev: status 124 after 1.5 s (timed out)\
             \n--- stdout\none\n--- stderr\ntwo"
        );
    }

    #[test]
    fn unexpected_success_is_an_error() {
        assert!(output(0).failed().is_err());
        assert_eq!(output(3).failed().unwrap().status, 3);
    }
}
