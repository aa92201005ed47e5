//! The floor of the edges that run programs: one call, its output, a typed error.
//!
//! The only module that starts processes. It knows no program in particular.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the module that the others go through"
)]

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, Write as _};
use std::process::{Command, ExitStatus, Stdio};

/// How much of a program's last words an error carries.
const TAIL_LINES: usize = 12;

/// A program that did not do what it was asked.
#[derive(Debug)]
pub struct CommandError {
    /// The command line, as it could be pasted.
    pub command: String,
    /// How it ended; none when it never started.
    pub status: Option<ExitStatus>,
    /// The last lines of its standard error, or why it did not start.
    pub message: String,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ", self.command)?;
        match self.status {
            Some(status) => write!(f, "ended with {status}")?,
            None => write!(f, "did not start")?,
        }
        match self.message.as_str() {
            "" => Ok(()),
            message => write!(f, ": {message}"),
        }
    }
}

impl std::error::Error for CommandError {}

/// A command line in the making.
#[derive(Debug, Clone)]
pub struct Program {
    name: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    directory: Option<std::path::PathBuf>,
}

impl Program {
    /// Starts a command line with the program's name or path.
    #[must_use]
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            name: program.as_ref().to_owned(),
            arguments: Vec::new(),
            // Messages are matched by people who search for them.
            environment: vec![("LC_ALL".into(), "C.UTF-8".into())],
            directory: None,
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let arguments = arguments.into_iter();
        self.arguments
            .extend(arguments.map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Adds a variable to the inherited environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Runs it in a directory.
    #[must_use]
    pub fn current_directory(mut self, directory: &std::path::Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// Runs it and returns its standard output.
    ///
    /// # Errors
    /// When it does not start, or ends with another status than 0.
    pub fn output(&self) -> Result<String, CommandError> {
        let output = self.try_output()?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(self.error(Some(output.status), &output.stderr))
        }
    }

    /// Runs it and returns whatever came of it.
    ///
    /// # Errors
    /// When it does not start.
    pub fn try_output(&self) -> Result<Output, CommandError> {
        let output = self
            .command()
            .stdin(Stdio::null())
            .output()
            .map_err(|error| self.error(None, &error.to_string()))?;
        Ok(Output {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs it on our own standard streams, and returns how it ended.
    ///
    /// # Errors
    /// When it does not start.
    pub fn inherit(&self) -> Result<ExitStatus, CommandError> {
        self.command()
            .status()
            .map_err(|error| self.error(None, &error.to_string()))
    }

    /// Runs it with both of its output streams on our standard error: work that shows its progress.
    ///
    /// # Errors
    /// When it does not start, or ends with another status than 0.
    pub fn progress(&self) -> Result<(), CommandError> {
        io::stdout().flush().unwrap_or_default();
        let status = self
            .command()
            .stdin(Stdio::null())
            .stdout(io::stderr())
            .status()
            .map_err(|error| self.error(None, &error.to_string()))?;
        if status.success() {
            Ok(())
        } else {
            Err(self.error(Some(status), ""))
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.name);
        command.args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command
    }

    fn error(&self, status: Option<ExitStatus>, message: &str) -> CommandError {
        let lines: Vec<&str> = message.trim_end().lines().collect();
        let tail = lines.len().saturating_sub(TAIL_LINES);
        CommandError {
            command: self.to_string(),
            status,
            message: lines[tail..].join("\n"),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name.to_string_lossy())?;
        for argument in &self.arguments {
            let argument = argument.to_string_lossy();
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%{}".contains(c);
            if !argument.is_empty() && argument.chars().all(plain) {
                write!(f, " {argument}")?;
            } else {
                write!(f, " '{}'", argument.replace('\'', r"'\''"))?;
            }
        }
        Ok(())
    }
}

/// What came of a program that ran.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_ran_how_it_ended_and_its_last_words() {
        let error = Program::new("sh")
            .args(["-c", "echo no such thing >&2; exit 3"])
            .output()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`sh -c 'echo no such thing >&2; exit 3'` ended with exit status: 3: no such thing"
        );
    }

    #[test]
    fn a_program_that_is_not_there_says_so() {
        let error = Program::new("kinc-no-such-program").output().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`kinc-no-such-program` did not start: No such file or directory (os error 2)"
        );
    }
}
