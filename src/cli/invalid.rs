//! An invalid declaration, as an error that shows each problem with its lines.

use std::fmt;

use crate::cli::snippet::snippet;
use crate::declaration::{Source, schema};
use crate::model::problem::{Problem, Problems};

/// How many problems are shown; nobody reads more of them before changing something.
const SHOWN: usize = 50;

/// How many characters of a problem are shown; what it cites may be a whole text.
const MESSAGE_MAX_CHARS: usize = 500;

/// Problems, and the texts that they are in.
#[derive(Debug)]
pub(crate) struct Invalid {
    pub(super) problems: Problems,
    pub(super) texts: Vec<Input>,
}

/// A text with declarations.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) directory: Option<String>,
}

impl Input {
    /// Returns it as what is read.
    pub(super) fn source(&self) -> Source<'_> {
        Source {
            name: &self.name,
            text: &self.text,
            directory: self.directory.as_deref(),
        }
    }
}

impl Invalid {
    /// Returns each problem with its lines for a person, the last line end left out.
    pub(crate) fn findings(&self) -> Vec<String> {
        let total = self.problems.iter().count();
        let mut findings: Vec<String> = self
            .problems
            .iter()
            .take(SHOWN)
            .map(|problem| self.finding(problem))
            .collect();
        if total > SHOWN {
            findings.push(format!("there are {} more problems", total - SHOWN));
        }
        findings
    }

    fn finding(&self, problem: &Problem) -> String {
        let line = problem.to_string();
        let mut finding: String = line.chars().take(MESSAGE_MAX_CHARS).collect();
        if finding.len() < line.len() {
            finding.push('…');
        }
        let place = problem.place.as_ref();
        let text = place.and_then(|place| self.texts.iter().find(|text| text.name == place.source));
        // The line may hold a secret; its place is reported anyway.
        let text = text.filter(|_| !schema::is_sensitive(&problem.path));
        let lines = text.map_or_else(String::new, |text| snippet(problem, &text.text));
        format!("{finding}\n{lines}").trim_end().to_owned()
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.findings().join("\n"))
    }
}

impl std::error::Error for Invalid {}
