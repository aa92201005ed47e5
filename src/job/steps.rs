//! What of a unit's progress belongs in a log: each step once, each failed try once.
//!
//! A progress line shows everything and is overwritten; a log keeps every line.

use std::collections::{BTreeMap, BTreeSet};

use crate::job::tries::without_numbers;
use crate::job::{FailedTry, Progress, Summary};

/// What a log has of the units so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Steps {
    /// Units and their steps, without the numbers in them.
    logged: BTreeSet<(String, String)>,
    /// How many failed tries of each unit the log has.
    tries: BTreeMap<String, usize>,
}

impl Steps {
    /// Returns the lines that the progress of a unit adds to the log.
    pub(crate) fn news(&mut self, unit: &str, progress: &Progress) -> Vec<String> {
        let logged = self.tries.entry(unit.to_owned()).or_default();
        let tries = progress.tries.iter().enumerate().skip(*logged);
        let mut news: Vec<String> = tries
            .map(|(index, one)| failed(index, one, &progress.tries))
            .collect();
        *logged = progress.tries.len();
        if let Some(step) = step(progress) {
            let key = (unit.to_owned(), without_numbers(&step));
            if self.logged.insert(key) {
                news.push(step);
            }
        }
        news
    }
}

/// Returns the step that is being taken; a state at rest is none, and its cause is not for now.
fn step(progress: &Progress) -> Option<String> {
    let word = match progress.summary? {
        _ if progress.manager_away => return Some(progress.line()),
        Summary::Ready | Summary::Stopped | Summary::Failed | Summary::Missing => return None,
        word => word.name(),
    };
    match progress.status.as_str() {
        status if status.starts_with("failed: ") => None,
        // The word of a run that is over: it becomes another's at the next read.
        "ready" => None,
        "" => Some(word.to_owned()),
        status if status == word => Some(word.to_owned()),
        status => Some(format!("{word}: {status}")),
    }
}

fn failed(index: usize, one: &FailedTry, tries: &[FailedTry]) -> String {
    let number = index + 1;
    let before = index.checked_sub(1).and_then(|before| tries.get(before));
    if before.is_some_and(|before| before.is_like(one)) {
        return format!("try {number} failed in the same way");
    }
    format!("try {number} failed: {}", one.line())
}

#[cfg(test)]
mod tests;
