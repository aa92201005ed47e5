//! Programs: the only module of the lab that starts programs on this machine.
//!
//! [`crate::exec`] runs programs inside of a host, through this module.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the module that the other ones go through"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use anyhow::{Context as _, Result, bail};

use crate::fs;
use crate::progress::{Step, TICK};

/// Lines of a log that a failure shows.
const TAIL_LINES: usize = 15;

/// Returns a command that is run as it is.
#[must_use]
pub(crate) fn program(name: &str) -> Command {
    Command::new(name)
}

/// Returns a command that ends, with all its descendants, when the lab ends.
///
/// An interrupted build would otherwise continue writing into a directory that
/// the next one already cleans up. Its mounts vanish with it as well.
#[must_use]
pub(crate) fn bound_program(name: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args([
        "--pdeathsig",
        "KILL",
        "unshare",
        "--mount",
        "--pid",
        "--fork",
    ]);
    command.args([
        "--kill-child",
        "--mount-proc",
        "--propagation",
        "private",
        "--",
        name,
    ]);
    command
}

/// Runs `command`, and returns what it wrote to stdout.
///
/// # Errors
/// When it fails; stderr is in the message.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("running `{shown}`"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` failed ({}): {}", output.status, stderr.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("reading what `{shown}` wrote"))
}

/// Runs `command` with the lab's own streams, and returns whether it succeeded.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn pass_through(command: &mut Command) -> Result<bool> {
    let shown = show(command);
    let status = command
        .status()
        .with_context(|| format!("running `{shown}`"))?;
    Ok(status.success())
}

/// Runs `command` with its output in `log`, and returns whether it succeeded.
///
/// # Errors
/// When it cannot be started, or the log cannot be written.
pub(crate) fn run_into(command: &mut Command, log: &Path) -> Result<bool> {
    let shown = show(command);
    let status = logged(command, log)?
        .status()
        .with_context(|| format!("running `{shown}`"))?;
    Ok(status.success())
}

/// Runs `command` with its output in `log`, giving signs of life through `step`.
///
/// # Errors
/// When it fails; the end of the log is in the message.
pub(crate) fn run_logged(command: &mut Command, log: &Path, step: &Step) -> Result<()> {
    let shown = show(command);
    let mut child = logged(command, log)?
        .spawn()
        .with_context(|| format!("running `{shown}`"))?;
    let (ended, end) = mpsc::channel();
    let status = thread::scope(|scope| {
        scope.spawn(move || {
            // The receiver is gone only when the lab itself is on its way out.
            let _ = ended.send(child.wait());
        });
        loop {
            match end.recv_timeout(TICK) {
                Ok(status) => return status,
                Err(RecvTimeoutError::Timeout) => step.tick(&last_line(log)),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(std::io::ErrorKind::BrokenPipe.into());
                }
            }
        }
    })?;
    if !status.success() {
        bail!(
            "`{shown}` failed ({status}); the end of `{}`:\n{}",
            log.display(),
            tail(log)?
        );
    }
    Ok(())
}

/// Starts `command` as a daemon that outlives the lab, and returns its process id.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn daemon(command: &mut Command, log: &Path) -> Result<i32> {
    let shown = show(command);
    let child = logged(command, log)?
        .spawn()
        .with_context(|| format!("starting `{shown}`"))?;
    let pid = i32::try_from(child.id()).context("a process id beyond pid_t")?;
    // Reaps it when it ends while we are still here, so that it never looks alive as a zombie.
    thread::spawn(move || {
        let mut child = child;
        child.wait()
    });
    Ok(pid)
}

/// Gives `command` no input, and `log` for all its output.
fn logged<'command>(command: &'command mut Command, log: &Path) -> Result<&'command mut Command> {
    let file = fs::create_log(log)?;
    let command = command.stdin(Stdio::null());
    Ok(command.stdout(file.try_clone()?).stderr(file))
}

/// Returns whether a program is in the search path.
#[must_use]
pub(crate) fn exists(name: &str) -> bool {
    let shell = format!("command -v {name}");
    capture(Command::new("sh").args(["-c", &shell])).is_ok()
}

/// Returns the last lines of a log.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn tail(log: &Path) -> Result<String> {
    let text = fs::read_lossy(log)?;
    let lines: Vec<&str> = text.lines().collect();
    Ok(lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n"))
}

/// Returns the program of `target` that cargo builds with `arguments`; it may build others for it.
///
/// # Errors
/// When the build fails (cargo has shown why) or makes no such program.
pub(crate) fn cargo_build(
    cargo: &str,
    source: &Path,
    arguments: &[&str],
    target: &str,
) -> Result<PathBuf> {
    let mut command = Command::new(cargo);
    command.current_dir(source).args(arguments);
    command.args(["--message-format", "json-render-diagnostics"]);
    let shown = show(&command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("running `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` failed");
    }
    String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == target)
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
        .with_context(|| format!("`{shown}` made no program `{target}`"))
}

fn last_line(log: &Path) -> String {
    tail(log)
        .ok()
        .and_then(|text| text.lines().next_back().map(str::to_owned))
        .unwrap_or_default()
}

fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_command_its_status_and_the_end_of_its_log() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let step = Step::start("failing on purpose");
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let error = run_logged(&mut command, &log, &step).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "`sh -c echo out; echo err >&2; exit 3` failed (exit status: 3); \
                 the end of `{}`:\nout\nerr",
                log.display()
            )
        );
    }

    #[test]
    fn stdout_of_a_command_is_captured() {
        assert_eq!(
            capture(Command::new("echo").arg("hello")).unwrap(),
            "hello\n"
        );
    }
}
