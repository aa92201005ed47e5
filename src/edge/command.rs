//! The floor of the edges that run programs: one call, its output, a typed error.
//!
//! The only module that starts processes. It knows no program in particular. Every run is traced, with its
//! time; so no secret may be an argument, where other users would see it as well. What a program gets in its
//! environment and what it writes are not shown.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the module that the others go through"
)]

mod child;
mod error;
mod reader;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tracing::{debug, trace};

pub(crate) use crate::edge::command::error::{CommandError, Ending};

use crate::edge::cancel::Cancel;
use crate::edge::command::child::{Child, Recipients, WaitOutcome};
use crate::model::shell;

/// Limit of a program that answers a question or removes something. Those take under a second;
/// this is for one that hangs, on a lock or a dead file system.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_mins(2);

/// Limit of a build that shows its progress.
pub(crate) const WORK_LIMIT: Duration = Duration::from_hours(3);

/// How much of a program's last words an error carries.
const TAIL_LINES: usize = 12;

/// A variable that a program gets in place of ours; without a value it does not get it.
pub(crate) type Variable = (String, Option<String>);

/// A command line in the making.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    name: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, Option<OsString>)>,
    directory: Option<std::path::PathBuf>,
    limit: Option<Duration>,
    cancel: Cancel,
}

impl Program {
    /// Starts a command line with the program's name or path. When the user interrupts it, it is ended, or
    /// not started.
    #[must_use]
    pub(crate) fn new(program: impl AsRef<OsStr>, cancel: &Cancel) -> Self {
        Self {
            name: program.as_ref().to_owned(),
            arguments: Vec::new(),
            // Messages are matched by people who search for them.
            environment: vec![("LC_ALL".into(), Some("C.UTF-8".into()))],
            directory: None,
            limit: None,
            cancel: cancel.clone(),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let arguments = arguments.into_iter();
        self.arguments
            .extend(arguments.map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Adds a variable to the inherited environment.
    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.into(), Some(value.as_ref().to_owned())));
        self
    }

    /// Changes the inherited environment.
    #[must_use]
    pub(crate) fn environment(mut self, changes: &[Variable]) -> Self {
        let changes = changes
            .iter()
            .map(|(name, value)| (name.into(), value.as_ref().map(Into::into)));
        self.environment.extend(changes);
        self
    }

    /// Runs it in a directory.
    #[must_use]
    pub(crate) fn current_directory(mut self, directory: &std::path::Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// Ends it when it runs longer, in place of [`ANSWER_LIMIT`] or [`WORK_LIMIT`].
    #[must_use]
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Runs it and returns its standard output.
    ///
    /// # Errors
    /// When it does not start, ends with another status than 0, or does not come to its end.
    pub(crate) async fn output(&self) -> Result<String, CommandError> {
        let output = self.try_output().await?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(self.error(Ending::Status(output.status), &output.stderr))
        }
    }

    /// Runs it and returns whatever came of it.
    ///
    /// # Errors
    /// When it does not start, or does not come to its end.
    pub(crate) async fn try_output(&self) -> Result<Output, CommandError> {
        let limit = self.limit.unwrap_or(ANSWER_LIMIT);
        let (waited, stdout, stderr) = self.capture(limit).await?;
        match waited {
            WaitOutcome::Ended(status) => Ok(Output {
                status,
                stdout,
                stderr,
            }),
            WaitOutcome::TimedOut => Err(self.error(Ending::TimedOut(limit), &stderr)),
            WaitOutcome::Cancelled => Err(self.error(Ending::Cancelled, "")),
        }
    }

    /// Runs it for as long as its limit is, and returns what it has listed until then.
    ///
    /// # Errors
    /// When it does not start, or the user interrupts it.
    pub(crate) async fn listing(&self) -> Result<Listing, CommandError> {
        let limit = self.limit.unwrap_or(ANSWER_LIMIT);
        match self.capture(limit).await? {
            (WaitOutcome::Cancelled, ..) => Err(self.error(Ending::Cancelled, "")),
            (waited, text, _) => Ok(Listing {
                text,
                is_whole: matches!(waited, WaitOutcome::Ended(_)),
            }),
        }
    }

    /// Runs it on our own standard streams for as long as the user likes, and returns how it ended.
    ///
    /// # Errors
    /// When it does not start, or the user interrupts it.
    pub(crate) async fn inherit(&self) -> Result<ExitStatus, CommandError> {
        match self.run(self.command(), None, Recipients::Child).await? {
            WaitOutcome::Ended(status) if !self.is_broken_off(status) => Ok(status),
            _ => Err(self.error(Ending::Cancelled, "")),
        }
    }

    /// Runs it with its output on our own streams for as long as somebody reads it, and returns how it ended.
    /// Its standard input ends with us, by which also hears of our end what no signal of ours reaches.
    ///
    /// # Errors
    /// When it does not start, the user interrupts it, or nobody reads its output any more.
    pub(crate) async fn follow(&self) -> Result<ExitStatus, CommandError> {
        let mut command = self.command();
        command.stdin(Stdio::piped());
        let waited = tokio::select! {
            waited = self.run(command, None, Recipients::Child) => waited?,
            () = reader::gone(io::stdout()) => WaitOutcome::Cancelled,
        };
        match waited {
            WaitOutcome::Ended(status) if !self.is_broken_off(status) => Ok(status),
            _ => Err(self.error(Ending::Cancelled, "")),
        }
    }

    /// Runs it with both of its output streams on our standard error: work that shows its progress.
    ///
    /// # Errors
    /// When it does not start, ends with another status than 0, or does not come to its end.
    pub(crate) async fn progress(&self) -> Result<(), CommandError> {
        io::stdout().flush().unwrap_or_default();
        let limit = self.limit.unwrap_or(WORK_LIMIT);
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(io::stderr());
        match self.run(command, Some(limit), Recipients::Child).await? {
            WaitOutcome::Ended(status) if status.success() => Ok(()),
            WaitOutcome::Ended(status) if !self.is_broken_off(status) => {
                Err(self.error(Ending::Status(status), ""))
            }
            WaitOutcome::TimedOut => Err(self.error(Ending::TimedOut(limit), "")),
            WaitOutcome::Ended(_) | WaitOutcome::Cancelled => {
                Err(self.error(Ending::Cancelled, ""))
            }
        }
    }

    /// Returns whether a program in our own process group has ended since the user interrupted it: a terminal
    /// sends Ctrl-C to it as well, and it may end first.
    fn is_broken_off(&self, status: ExitStatus) -> bool {
        let interrupt = rustix::process::Signal::INT.as_raw();
        !status.success() && (self.cancel.is_cancelled() || status.signal() == Some(interrupt))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.name);
        command.args(&self.arguments);
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command
    }

    /// Runs it to its end or `limit`, and returns what it wrote to both streams.
    async fn capture(
        &self,
        limit: Duration,
    ) -> Result<(WaitOutcome, String, String), CommandError> {
        // Files, not pipes: nobody has to read them while it runs, and what it leaves in the background
        // holds nothing up.
        let files = || -> io::Result<_> {
            let (stdout, stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
            let mut command = self.command();
            command
                .stdin(Stdio::null())
                .stdout(stdout.try_clone()?)
                .stderr(stderr.try_clone()?);
            Ok((command, stdout, stderr))
        };
        let failed = |error| self.failed("making a temporary file for its output", &error);
        let (command, stdout, stderr) = files().map_err(failed)?;
        let waited = self.run(command, Some(limit), Recipients::Group).await?;
        let texts = text(stdout).and_then(|stdout| Ok((stdout, text(stderr)?)));
        let (stdout, stderr) = texts.map_err(|error| self.failed("reading its output", &error))?;
        let (out, err) = (stdout.len(), stderr.len());
        trace!("`{self}` wrote {out} bytes to standard output, {err} to standard error");
        Ok((waited, stdout, stderr))
    }

    async fn run(
        &self,
        command: Command,
        limit: Option<Duration>,
        recipients: Recipients,
    ) -> Result<WaitOutcome, CommandError> {
        if self.cancel.is_cancelled() {
            return Ok(WaitOutcome::Cancelled);
        }
        trace!("running `{self}`");
        let begun = Instant::now();
        let child = Child::start(command, recipients).map_err(|error| {
            debug!("`{self}` did not start: {error}");
            self.error(Ending::NotStarted, &error.to_string())
        })?;
        let waited = child.wait(limit, &self.cancel).await;
        let took = begun.elapsed();
        match &waited {
            Ok(waited) => debug!("ran `{self}`: {waited}, {took:.1?}"),
            Err(error) => debug!("waiting for `{self}`: {error}, {took:.1?}"),
        }
        waited.map_err(|error| self.failed("waiting for its end", &error))
    }

    fn failed(&self, doing: &str, error: &io::Error) -> CommandError {
        self.error(Ending::Io, &format!("{doing}: {error}"))
    }

    fn error(&self, ending: Ending, message: &str) -> CommandError {
        let lines: Vec<&str> = message.trim_end().lines().collect();
        let tail = lines.len().saturating_sub(TAIL_LINES);
        CommandError {
            command: self.to_string(),
            ending,
            message: lines[tail..].join("\n"),
        }
    }
}

/// Returns all that was written to a file.
fn text(mut file: File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shell::word(&self.name.to_string_lossy()))?;
        for argument in &self.arguments {
            write!(f, " {}", shell::word(&argument.to_string_lossy()))?;
        }
        Ok(())
    }
}

/// What a program has listed.
#[derive(Debug)]
pub(crate) struct Listing {
    /// Its standard output; the last line may be cut off.
    pub text: String,
    /// Whether it came to its end in time.
    pub is_whole: bool,
}

/// What came of a program that ran.
#[derive(Debug)]
pub(crate) struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

#[cfg(test)]
pub(crate) mod tests;
