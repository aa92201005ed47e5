//! Errors that know what the user can do next.

use std::fmt;

/// A failure with commands or sentences that help.
#[derive(Debug)]
pub struct ErrorWithHints {
    message: String,
    hints: Vec<String>,
}

impl ErrorWithHints {
    /// Makes a failure from what happened.
    #[must_use]
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hints: Vec::new(),
        }
    }

    /// Adds a hint: a command that can be pasted, or a short sentence.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Returns the hints in the order in which they were added.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

/// What is asked of a cluster that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSuchCluster {
    /// The name that was given.
    pub cluster: String,
    /// Those that there are.
    pub others: Vec<String>,
}

impl NoSuchCluster {
    /// Returns what the user can do next.
    #[must_use]
    pub(crate) fn hint(&self) -> String {
        if self.others.is_empty() {
            return format!("kinc create {}", self.cluster);
        }
        format!("existing clusters: {}", self.others.join(", "))
    }
}

impl fmt::Display for NoSuchCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no cluster `{}`", self.cluster)
    }
}

impl std::error::Error for NoSuchCluster {}

/// What is asked of a node that a cluster does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSuchNode {
    /// The cluster.
    pub cluster: String,
    /// The name that was given.
    pub node: String,
    /// Those that there are.
    pub others: Vec<String>,
}

impl NoSuchNode {
    /// Returns what the user can do next.
    #[must_use]
    pub(crate) fn hint(&self) -> String {
        format!("its nodes: {}", self.others.join(", "))
    }
}

impl fmt::Display for NoSuchNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = self.node.escape_debug();
        write!(f, "cluster `{}` has no node `{node}`", self.cluster)
    }
}

impl std::error::Error for NoSuchNode {}

impl fmt::Display for ErrorWithHints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ErrorWithHints {}
