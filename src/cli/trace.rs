//! `-v` and `-vv`: what the edges run and ask, and how long it takes, as lines on standard error.
//!
//! The edges say it as events and print nothing; without the flag nobody listens. Every line begins with the
//! seconds since the start.

use std::fmt;
use std::io;
use std::time::Instant;

use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::cli::output;

/// Prints events from now on: with one `-v` each program and each D-Bus call, with two all else as well.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => Level::DEBUG,
        _ => Level::TRACE,
    };
    let lines = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_timer(SinceStart(Instant::now()))
        .with_level(false)
        .with_target(false)
        .with_ansi(false)
        .with_writer(Lines);
    // Only the first one in a process is heard, and there is no other.
    let _ = lines.try_init();
}

/// The time of an event.
struct SinceStart(Instant);

impl FormatTime for SinceStart {
    fn format_time(&self, line: &mut Writer<'_>) -> fmt::Result {
        write!(line, "{:7.3}s", self.0.elapsed().as_secs_f64())
    }
}

/// Hands each line to `output`, which knows whether a progress line is on the terminal.
struct Lines;

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        output::trace(&String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
