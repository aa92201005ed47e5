//! What is wrong with a declaration: all findings at once, each with its place.
//!
//! Only data and its text; finding problems is the work of `spec` and `plan`.

use std::fmt;

/// Where in a text something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of the text, usually a file name.
    pub source: String,
    /// Line, counted from 1.
    pub line: u64,
    /// Column in characters, counted from 1.
    pub column: u64,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands, when it stands in a text at all.
    pub place: Option<Place>,
    /// The field, such as `spec.networking.podSubnet`; empty for the text as a whole.
    pub path: String,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
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
        write!(f, "{}:{}:{}", self.source, self.line, self.column)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        f.write_str(&self.message)
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
    fn problems_are_one_a_line_with_place_and_field_where_known() {
        let place = Place {
            source: "cluster.yaml".into(),
            line: 3,
            column: 7,
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
}
