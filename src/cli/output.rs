//! Printing: data on standard output, everything else on standard error.

#![expect(clippy::print_stderr, reason = "the one place that prints")]

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::invalid::Invalid;
use crate::edge::systemd;
use crate::job::Steps;
use crate::model::problem::printable;
use crate::ops::{ErrorWithHints, Interrupted, NoSuchCluster, NoSuchNode, Report, is_interrupted};

/// Prints data; a reader that has gone away is not an error.
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

/// Prints data with colours, where there is a terminal that wants them.
pub(crate) fn coloured_data(text: &str) -> Result<()> {
    match anstream::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("writing to standard output")
        }
        _ => Ok(()),
    }
}

/// Prints a message with colours, where there is a terminal that wants them.
pub(crate) fn coloured(text: &str) {
    // Where nothing can be said, there is no other place to report it.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Prints a question; the answer goes on the same line.
pub(crate) fn prompt(question: &str) {
    eprint!("{question}");
}

/// Prints a message.
///
/// A line is one write, so that the lines of programs that run at once stay apart.
pub(crate) fn say(message: impl AsRef<str>) {
    let line = format!("{}\n", message.as_ref());
    // Where nothing can be said, there is no other place to report it.
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// Prints a line of `-v`, above the progress line where there is one.
pub(crate) fn trace(line: &str) {
    match bar().as_ref() {
        Some(bar) => bar.suspend(|| eprint!("{line}")),
        None => eprint!("{line}"),
    }
}

/// Prints that something was done.
pub(crate) fn done(message: impl AsRef<str>) {
    say(format!(" ✓ {}", message.as_ref()));
}

/// Prints a report of a use case that shows no progress line.
pub(crate) fn print_report(report: Report) {
    match report {
        Report::Done(message) => done(message),
        Report::Warning(message) => say(format!("warning: {message}")),
        Report::Waiting(message) => say(message),
        Report::Progress { .. } => {}
    }
}

/// Prints an error with all its causes on one line, then its hints.
pub(crate) fn error(error: &anyhow::Error) {
    match error.downcast_ref::<Invalid>() {
        Some(invalid) => {
            for finding in invalid.findings() {
                say(format!("error: {finding}"));
            }
        }
        // Not an error: print what is left to do, and not which wait was interrupted.
        None if is_interrupted(error) => match error.downcast_ref::<Interrupted>() {
            Some(interrupted) => say(interrupted.to_string()),
            None => say("interrupted"),
        },
        // What is cited may be of any origin; its lines are all that is left of it.
        None => say(format!("error: {}", printable(&format!("{error:#}"), "\n"))),
    }
    for cause in error.chain() {
        for hint in hints(cause) {
            say(format!("hint: {hint}"));
        }
    }
}

/// Returns what an error says can be done next.
fn hints(cause: &(dyn std::error::Error + 'static)) -> Vec<String> {
    if let Some(failure) = cause.downcast_ref::<ErrorWithHints>() {
        failure.hints().to_vec()
    } else if let Some(interrupted) = cause.downcast_ref::<Interrupted>() {
        interrupted.hints()
    } else if let Some(unknown) = cause.downcast_ref::<NoSuchCluster>() {
        vec![unknown.hint()]
    } else if let Some(unknown) = cause.downcast_ref::<NoSuchNode>() {
        vec![unknown.hint()]
    } else if let Some(error) = cause.downcast_ref::<systemd::Error>() {
        error.hint().into_iter().collect()
    } else {
        Vec::new()
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

/// The progress line on the terminal: whatever else is printed is printed above it.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn bar() -> MutexGuard<'static, Option<ProgressBar>> {
    BAR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The progress of a wait: one moving line on a terminal, one line for each step elsewhere.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    steps: Steps,
    begun: Instant,
}

impl Progress {
    /// Starts to show progress.
    pub(crate) fn start() -> Self {
        let mut progress = Self {
            bar: None,
            steps: Steps::default(),
            begun: Instant::now(),
        };
        progress.resume();
        progress
    }

    /// Shows the moving line, where there is a terminal.
    pub(crate) fn resume(&mut self) {
        self.bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(" {spinner} {msg} {elapsed:.dim}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = ProgressBar::new_spinner().with_style(style);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        bar().clone_from(&self.bar);
    }

    /// Takes the moving line away: something else gets the terminal, or all is over.
    pub(crate) fn pause(&mut self) {
        bar().take();
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Shows a report.
    pub(crate) fn report(&mut self, report: Report) {
        let Report::Progress { unit, progress } = report else {
            match &self.bar {
                Some(bar) => bar.suspend(|| print_report(report)),
                None => print_report(report),
            }
            return;
        };
        let name = unit.trim_end_matches(".service");
        match &self.bar {
            // Until the unit is read there is nothing to report.
            Some(bar) if progress.summary.is_some() => {
                bar.set_message(format!("{name}: {}", progress.line()));
            }
            Some(_) => {}
            None => {
                for line in self.steps.news(name, &progress) {
                    let seconds = self.begun.elapsed().as_secs_f64();
                    say(format!(" • {seconds:5.1}s {name}: {line}"));
                }
            }
        }
    }

    /// Takes the moving line away and returns the result.
    pub(crate) fn end<T>(mut self, result: Result<T>) -> Result<T> {
        self.pause();
        result
    }
}
