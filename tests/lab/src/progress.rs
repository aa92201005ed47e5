//! What the lab prints: one line for each step, and progress in long ones.
//!
//! Everything here goes to stderr; data goes to stdout, by [`data`].

use std::fmt::Display;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

/// Time between two signs of life of a long step.
pub(crate) const TICK: Duration = Duration::from_secs(10);

/// A step under way.
#[derive(Debug)]
pub struct Step {
    name: String,
    started: Instant,
}

impl Step {
    /// Says that a step begins.
    #[must_use]
    pub fn start(name: impl Into<String>) -> Self {
        let name = name.into();
        line(&format!(" • {name}"));
        Self {
            name,
            started: Instant::now(),
        }
    }

    /// Says that the step is still at work, and on what.
    pub(crate) fn tick(&self, now: &str) {
        let elapsed = seconds(self.started.elapsed());
        line(&format!("   {elapsed:>7}  {}", shorten(now, 100)));
    }

    /// Says that the step is done, and what came of it.
    pub fn done(self, outcome: impl Display) {
        let elapsed = seconds(self.started.elapsed());
        line(&format!(" ✓ {}: {outcome} ({elapsed})", self.name));
    }
}

/// Says that a step needs no work.
pub(crate) fn reused(name: &str, what: impl Display) {
    line(&format!(" ✓ {name}: reused {what}"));
}

/// Prints a line to stderr.
pub fn say(text: impl Display) {
    line(&text.to_string());
}

/// Writes data to stdout.
///
/// # Errors
/// When stdout is closed.
pub fn data(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Returns a duration as a person reads it.
#[must_use]
pub fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    format!(
        "{} min {:02} s",
        duration.as_secs() / 60,
        duration.as_secs() % 60
    )
}

fn line(text: &str) {
    // A closed stderr is not a reason to stop a build.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

fn shorten(text: &str, width: usize) -> String {
    let text = text.trim();
    match text.char_indices().nth(width) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_printed_for_people() {
        let cases = [
            (900, "0.9 s"),
            (59_900, "59.9 s"),
            (60_000, "1 min 00 s"),
            (754_000, "12 min 34 s"),
        ];
        for (millis, text) in cases {
            assert_eq!(seconds(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn a_long_line_is_cut_at_a_character() {
        assert_eq!(shorten("  ääää  ", 3), "äää…");
        assert_eq!(shorten("ääää", 4), "ääää");
    }
}
