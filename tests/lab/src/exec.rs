//! Commands inside of a running host, as root or as one of its users.
//!
//! A command enters the namespaces of the host's first process, as somebody who
//! logs in does. It does not know how a host is booted.

mod account;
mod output;
mod transport;

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::fs;
use crate::process::Process;

pub use output::Output;
pub(crate) use transport::Transport;

use account::Account;

/// Limit of a command that asks for no other: nothing in a test may hang for ever.
const TIME_LIMIT: Duration = Duration::from_mins(10);

/// The processes of this lab through which commands have entered hosts.
static ENTERED: Mutex<Vec<Process>> = Mutex::new(Vec::new());

/// Lets those continue that have stopped, of all hosts.
///
/// A host that shuts down stops its processes for a moment. nsenter(1) then stops itself as well,
/// as on a terminal, and never takes note of the end of its child, for which the host waits.
pub(crate) fn resume_entered() -> Result<()> {
    let mut entered = ENTERED.lock().unwrap_or_else(PoisonError::into_inner);
    entered.retain(|process| process.is_alive());
    entered.iter().try_for_each(|process| process.resume())
}

/// Somebody who is logged in on a host and is about to type a command.
#[derive(Clone, Debug)]
pub struct Shell {
    host: String,
    transport: Option<Transport>,
    user: String,
    stdin: Option<Vec<u8>>,
    limit: Duration,
}

impl Shell {
    /// Logs `user` in on a host, through its transport; there is none while it does not run.
    pub(crate) fn new(host: &str, transport: Option<Transport>, user: &str) -> Self {
        let (host, user) = (host.to_owned(), user.to_owned());
        Self {
            host,
            transport,
            user,
            stdin: None,
            limit: TIME_LIMIT,
        }
    }

    /// Gives the command something to read.
    #[must_use]
    pub fn with_stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(text.into());
        self
    }

    /// Ends the command when it runs longer than `limit`.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs a line of shell, and waits for its end.
    ///
    /// # Errors
    /// When the host is not running. A command that fails is not an error until [`Output::ok`].
    pub fn run(&self, line: &str) -> Result<Output> {
        self.spawn(line)?.wait()
    }

    /// Runs a line of shell, and returns whether it succeeded.
    #[must_use]
    pub fn succeeds(&self, line: &str) -> bool {
        self.run(line).is_ok_and(|output| output.status == 0)
    }

    /// Starts a line of shell, and does not wait.
    ///
    /// # Errors
    /// When the host is not running.
    pub fn spawn(&self, line: &str) -> Result<Background> {
        let limit = format!("{}", self.limit.as_secs_f64());
        let words = ["timeout", "--kill-after=5", &limit, "bash", "-c", line];
        let mut command = self.enter(&words)?;
        command.stdin(if self.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        // Files, not pipes: what a command leaves in the background would hold a pipe open.
        let (stdout, stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
        command
            .stdout(stdout.try_clone()?)
            .stderr(stderr.try_clone()?);
        let started = Instant::now();
        let mut child = command.spawn().with_context(|| self.doing(line))?;
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), self.stdin.clone()) {
            // A command that does not read to the end is free to do so.
            thread::spawn(move || pipe.write_all(&text));
        }
        let entered = i32::try_from(child.id()).ok().and_then(Process::of);
        let mut known = ENTERED.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|process| process.is_alive());
        known.extend(entered);
        let (who, line) = (self.who(), line.to_owned());
        Ok(Background {
            child,
            stdout,
            stderr,
            who,
            line,
            started,
            limit: self.limit,
        })
    }

    /// Runs a program, or a login shell, on the lab's own terminal, and returns its status.
    ///
    /// # Errors
    /// When the host is not running.
    pub fn interactive(&self, words: &[String]) -> Result<i32> {
        let given: Vec<&str> = words.iter().map(String::as_str).collect();
        let command = match given.as_slice() {
            [] if std::io::stdin().is_terminal() => &["bash", "--login"],
            [] => &["bash", "--login", "-s"][..],
            given => given,
        };
        let status = self
            .enter(command)?
            .status()
            .with_context(|| self.doing(&words.join(" ")))?;
        Ok(status.code().unwrap_or(1))
    }

    /// Writes a file as this user; `path` is relative to the home directory.
    ///
    /// # Errors
    /// When the host is not running or the user may not.
    pub fn write_file(&self, path: &str, text: &str) -> Result<()> {
        let line = format!("mkdir -p \"$(dirname '{path}')\" && cat > '{path}'");
        self.clone().with_stdin(text).run(&line)?.ok()?;
        Ok(())
    }

    /// Returns the text of a file as this user reads it.
    ///
    /// # Errors
    /// When the host is not running or the user may not.
    pub fn read_file(&self, path: &str) -> Result<String> {
        Ok(self.run(&format!("cat '{path}'"))?.ok()?.stdout)
    }

    /// Returns a command that becomes the user inside, and runs `words`.
    fn enter(&self, words: &[&str]) -> Result<Command> {
        let transport = self
            .transport
            .as_ref()
            .filter(|transport| transport.process().is_alive())
            .with_context(|| format!("host `{}` is not running", self.host))?;
        let account = Account::find(&transport.passwd()?, &self.user)
            .with_context(|| format!("host `{}` has no user `{}`", self.host, self.user))?;
        let become_user = ["setpriv", "--reuid", &self.user, "--regid", &self.user];
        let mut line: Vec<String> = become_user.map(str::to_owned).into();
        line.extend(["--init-groups", "env", "--ignore-environment"].map(str::to_owned));
        // Whoever runs the lab in the background may ignore interrupts. timeout(1) of coreutils
        // 9.10 leaves it at that, and hands none on.
        line.push("--default-signal".to_owned());
        line.push(format!("--chdir={}", account.home));
        line.extend(account.environment(&self.user));
        line.extend(words.iter().map(|word| (*word).to_owned()));
        Ok(transport.enter(&line))
    }

    fn who(&self) -> String {
        format!("{}@{}", self.user, self.host)
    }

    fn doing(&self, line: &str) -> String {
        format!("running `{line}` as {}", self.who())
    }
}

/// A command that runs in a host while the test continues.
#[derive(Debug)]
pub struct Background {
    child: Child,
    stdout: File,
    stderr: File,
    who: String,
    line: String,
    started: Instant,
    limit: Duration,
}

impl Background {
    /// Waits for its end.
    ///
    /// # Errors
    /// When its output cannot be read.
    pub fn wait(mut self) -> Result<Output> {
        let status = self
            .child
            .wait()
            .with_context(|| format!("running `{}` as {}", self.line, self.who))?;
        let elapsed = self.started.elapsed();
        Ok(Output {
            stdout: written(&self.stdout)?,
            stderr: written(&self.stderr)?,
            // As a shell reports a signal; the end of the host is reported as one.
            status: status.code().unwrap_or(128 + 9),
            elapsed,
            who: self.who,
            line: self.line,
            limit: self.limit,
        })
    }

    /// Returns whether it is still at work.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Returns what it wrote to stderr up to now.
    ///
    /// # Errors
    /// When its output cannot be read.
    pub fn stderr(&self) -> Result<String> {
        written(&self.stderr)
    }

    /// Returns what it has printed so far.
    ///
    /// # Errors
    /// When its output cannot be read.
    pub fn stdout(&self) -> Result<String> {
        written(&self.stdout)
    }

    /// Interrupts the command, as Ctrl-C does, and waits for its end.
    ///
    /// # Errors
    /// When it has ended already, or cannot be waited for.
    pub fn interrupt(self) -> Result<Output> {
        // nsenter(1) is the parent of timeout(1), which hands signals on to the command.
        let nsenter = self.child.id();
        let path = PathBuf::from(format!("/proc/{nsenter}/task/{nsenter}/children"));
        let inside = Process::of(fs::read(&path)?.trim().parse()?);
        inside.context("the command has ended")?.interrupt()?;
        self.wait()
    }
}

/// Returns all that was written to an anonymous file so far.
fn written(file: &File) -> Result<String> {
    // The position of the file is the writer's, which may still be at work.
    let mut bytes = vec![0; usize::try_from(file.metadata()?.len())?];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
