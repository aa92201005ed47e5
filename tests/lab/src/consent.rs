//! Permission to change this machine: asked for once, before the first change.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};

use crate::{paths, progress};

/// What the user of this process has agreed to.
static AGREED: Mutex<Agreed> = Mutex::new(Agreed {
    to_all: false,
    to: Vec::new(),
});

struct Agreed {
    to_all: bool,
    to: Vec<String>,
}

/// Agrees to all changes, as `--yes` does.
pub fn give() {
    AGREED.lock().unwrap_or_else(PoisonError::into_inner).to_all = true;
}

/// Lists changes of this machine that the user has not agreed to yet, and asks whether to make them.
///
/// It does not ask if `CI` or [`paths::YES_VARIABLE`] is set.
///
/// # Errors
/// When the answer is no, or there is no terminal to ask on.
pub(crate) fn ask(changes: &[String]) -> Result<()> {
    let mut agreed = AGREED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut new = changes.to_vec();
    new.retain(|change| !agreed.to.contains(change));
    if new.is_empty() {
        return Ok(());
    }
    progress::say("the lab changes this machine:");
    for change in &new {
        progress::say(format!("  - {change}"));
    }
    if agreed.to_all || paths::is_unattended() {
        agreed.to.extend(new);
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        bail!(
            "confirmation required, and there is no terminal\n\
             hint: repeat with --yes, or set `{}=1`",
            paths::YES_VARIABLE
        );
    }
    if !is_yes(&answer()?) {
        bail!("cancelled; nothing was changed");
    }
    agreed.to.extend(new);
    Ok(())
}

fn answer() -> Result<String> {
    let mut stderr = io::stderr().lock();
    let asked = write!(stderr, "continue? [y/N] ").and_then(|()| stderr.flush());
    asked.context("asking on the terminal")?;
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.context("reading the answer")?;
    Ok(answer)
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim(), "y" | "Y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_y_or_yes_is_consent() {
        let agrees = |answer: &&str| is_yes(answer);
        let answers = ["y\n", "Y\n", "yes\n", "n\n", "\n", "", "yeah\n"];
        let positive: Vec<&str> = answers.into_iter().filter(agrees).collect();
        assert_eq!(positive, ["y\n", "Y\n", "yes\n"]);
    }
}
