//! Printing: data on standard output, everything else on standard error.

#![expect(clippy::print_stderr, reason = "the one place that prints")]

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::cli::declarations::Invalid;
use crate::cli::exit::Exit;
use crate::ops::{Failure, Report};
use crate::problem::printable;
use crate::systemd;

/// Prints data; a reader that has gone away is no error.
pub(crate) fn data(text: &str) -> Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("writing to standard output")
        }
        _ => Ok(()),
    }
}

/// Prints a value as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).context("writing JSON")?;
    data(&format!("{text}\n"))
}

/// Prints a message.
pub(crate) fn say(message: impl AsRef<str>) {
    eprintln!("{}", message.as_ref());
}

/// Prints that something was done.
pub(crate) fn done(message: impl AsRef<str>) {
    eprintln!(" ✓ {}", message.as_ref());
}

/// Prints a report of a use case that shows no progress line.
pub(crate) fn tell(report: Report) {
    match report {
        Report::Done(message) => done(message),
        Report::Warning(message) => eprintln!("warning: {message}"),
        Report::Progress { .. } => {}
    }
}

/// Prints an error with all its causes on one line, then its hints.
pub(crate) fn error(error: &anyhow::Error) {
    match error.downcast_ref::<Invalid>() {
        Some(invalid) => {
            for finding in invalid.findings() {
                eprintln!("error: {finding}");
            }
        }
        // What is cited may be of any origin; its lines are all that is left of it.
        None => eprintln!("error: {}", printable(&format!("{error:#}"), "\n")),
    }
    for cause in error.chain() {
        let hints = match (
            cause.downcast_ref::<Failure>(),
            cause.downcast_ref::<systemd::Error>(),
        ) {
            (Some(failure), _) => failure.hints().to_vec(),
            (None, Some(error)) => error.hint().into_iter().collect(),
            (None, None) => Vec::new(),
        };
        for hint in hints {
            eprintln!("hint: {hint}");
        }
    }
}

/// Prints what clap has to say: help to standard output, usage errors to standard error.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let exit = if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Done
    };
    match error.print() {
        Ok(()) => exit.into(),
        Err(_) => Exit::Failed.into(),
    }
}

/// The progress of a wait: one moving line on a terminal, one line for each news elsewhere.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    last: String,
    begun: Instant,
}

impl Progress {
    /// Starts to show progress.
    pub(crate) fn start() -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(" {spinner} {msg} {elapsed:.dim}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = ProgressBar::new_spinner().with_style(style);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self {
            bar,
            last: String::new(),
            begun: Instant::now(),
        }
    }

    /// Shows a report.
    pub(crate) fn tell(&mut self, report: Report) {
        let Report::Progress { unit, progress } = report else {
            match &self.bar {
                Some(bar) => bar.suspend(|| tell(report)),
                None => tell(report),
            }
            return;
        };
        let line = format!("{}: {}", unit.trim_end_matches(".service"), progress.line());
        // Until the unit is read there is nothing to tell.
        if line == self.last || progress.summary.is_none() {
            return;
        }
        match &self.bar {
            Some(bar) => bar.set_message(line.clone()),
            None => eprintln!(" • {:5.1}s {line}", self.begun.elapsed().as_secs_f64()),
        }
        self.last = line;
    }

    /// Takes the moving line away and returns the result.
    pub(crate) fn end<T>(self, result: Result<T>) -> Result<T> {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        result
    }
}
