//! What was done to a cluster.

use crate::job::Verb;

/// What was done to a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing: files, loaded units and the running cluster are as declared.
    Unchanged,
    /// It was made.
    Created,
    /// It was there, and has what changed, without a restart.
    Changed,
    /// It was there, and was restarted with what changed.
    Restarted,
    /// It was there, and was started.
    Started,
    /// It was deleted with its data.
    Deleted,
    /// The user interrupted it; systemd continues with what it was asked for.
    Interrupted(Verb),
    /// The user interrupted it; its files are written, and it was not started.
    OnlyWritten,
    /// The user interrupted it before it was brought up, and nothing of it is written.
    NotBegun,
    /// The user interrupted it before it was deleted.
    NotDeleted,
}
