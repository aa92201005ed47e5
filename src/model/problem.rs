//! What is wrong with a declaration: all findings at once, each with its place.
//!
//! Only data and its text; finding problems is the work of `declaration` and `resolve`.

use std::fmt::{self, Write as _};

/// A part of a line of a text; all zero for a value that was not read from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Line, counted from 1.
    pub line: u64,
    /// Column in characters, counted from 1.
    pub column: u64,
    /// How many characters it has; 0 where only the first is known, as for a list or fields.
    pub length: u64,
}

impl Span {
    /// The start of a text.
    pub(crate) const START: Self = Self::new(1, 1, 0);

    /// Returns a part of a line, from its first character on.
    #[must_use]
    pub const fn new(line: u64, column: u64, length: u64) -> Self {
        Self {
            line,
            column,
            length,
        }
    }

    /// Returns the place of this span of a text inside of another, in which its line begins at `start`.
    #[must_use]
    pub(crate) fn within(self, start: Self) -> Self {
        let column = start.column + self.column.saturating_sub(1);
        Self::new(start.line, column, self.length)
    }
}

/// A text and a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of the text, usually a file name.
    pub source: String,
    /// The part of it.
    pub span: Span,
}

/// Where each line of a declared text is. Not part of the value: all are equal.
#[derive(Debug, Clone, Default)]
pub struct Lines(Vec<Place>);

impl Lines {
    /// Returns the lines that begin at these places.
    pub(crate) fn new(places: impl IntoIterator<Item = Place>) -> Self {
        Self(places.into_iter().collect())
    }

    /// Returns the place of a part of the text; `None` if its lines are unknown.
    #[must_use]
    pub(crate) fn place(&self, span: Span) -> Option<Place> {
        let index = usize::try_from(span.line).ok()?.checked_sub(1)?;
        let start = self.0.get(index)?;
        Some(Place {
            source: start.source.clone(),
            span: span.within(start.span),
        })
    }
}

impl PartialEq for Lines {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Lines {}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it is, when it stands in a text at all.
    pub place: Option<Place>,
    /// The field, such as `spec.networking.podSubnet`; empty for the text as a whole.
    pub path: String,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
}

impl Problem {
    /// Returns where it begins, for putting several in order.
    #[must_use]
    pub(crate) fn line_and_column(&self) -> Option<(u64, u64)> {
        let Place { span, .. } = self.place.as_ref()?;
        Some((span.line, span.column))
    }
}

/// One or more problems, in the order in which they were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Returns `value` when nothing is wrong, else the problems.
    ///
    /// # Errors
    /// When `problems` is not empty.
    pub fn or<T>(problems: Vec<Problem>, value: T) -> Result<T, Self> {
        if problems.is_empty() {
            Ok(value)
        } else {
            Err(Self(problems))
        }
    }

    /// Returns each problem.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

/// Returns whether a character is not to be seen, or moves what is seen: control characters, line
/// separators, marks that turn the direction, and what has no width of its own.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns a text with hidden characters escaped, except those to keep.
#[must_use]
pub(crate) fn printable(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' if !keep.contains(c) => out.extend(c.escape_debug()),
            c if is_hidden(c) && !keep.contains(c) => {
                let _ = write!(out, "{}", c.escape_unicode());
            }
            c => out.push(c),
        }
    }
    out
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = printable(&self.source, "");
        write!(f, "{source}:{}:{}", self.span.line, self.span.column)
    }
}

/// One line, whatever the text has in it.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "`{}`: ", printable(&self.path, ""))?;
        }
        f.write_str(&printable(&self.message, ""))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_printed_one_a_line_with_place_and_field() {
        let place = Place {
            source: "cluster.yaml".into(),
            span: Span::new(3, 7, 0),
        };
        let problems = Problems::or(
            vec![
                Problem {
                    place: Some(place),
                    path: "metadata.name".into(),
                    message: "is empty".into(),
                },
                Problem {
                    place: None,
                    path: String::new(),
                    message: "no document".into(),
                },
            ],
            (),
        );
        assert_eq!(
            problems.unwrap_err().to_string(),
            "cluster.yaml:3:7: `metadata.name`: is empty\nno document"
        );
        assert_eq!(Problems::or(Vec::new(), 1), Ok(1));
    }

    #[test]
    fn a_problem_is_one_line_without_control_characters() {
        let problem = Problem {
            place: Some(Place {
                source: "a\u{1b}.yaml".into(),
                span: Span::new(1, 2, 3),
            }),
            path: "spec.a\nb".into(),
            message: "unknown field `é\u{202e}`".into(),
        };
        assert_eq!(
            problem.to_string(),
            "a\\u{1b}.yaml:1:2: `spec.a\\nb`: unknown field `é\\u{202e}`"
        );
    }
}
