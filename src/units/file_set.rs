//! The files of one cluster as a value, and the difference between two such values.
//!
//! Nothing is read or written here; `unit_dir` does that, in the order given by [`diff`].

use std::collections::BTreeMap;

/// The resolved declaration. A directory that holds it is a cluster of ours, and complete.
pub const DECLARATION: &str = "cluster.yaml";

/// The configuration that overrides the user's containers.conf for the nodes.
pub(crate) const CONTAINERS_CONF: &str = "containers.conf";

/// Mode of files that anyone may read.
pub(crate) const MODE_PUBLIC: u32 = 0o644;

/// Mode of files that only their owner may read.
pub(crate) const MODE_PRIVATE: u32 = 0o600;

/// Mode of programs that only their owner may read and run.
pub(crate) const MODE_PRIVATE_PROGRAM: u32 = 0o700;

/// A file's text and permission bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The whole text.
    pub text: String,
    /// The permission bits, such as `0o644`.
    pub mode: u32,
}

/// Files by their path relative to the cluster's directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet(BTreeMap<String, File>);

impl FileSet {
    /// Adds a file, or replaces the one of that path.
    pub(crate) fn insert(&mut self, path: String, file: File) {
        self.0.insert(path, file);
    }

    /// Returns the file of that path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }

    /// Returns paths and files, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Returns whether there is no file.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, File)> for FileSet {
    fn from_iter<T: IntoIterator<Item = (String, File)>>(files: T) -> Self {
        Self(files.into_iter().collect())
    }
}

/// One step from the old files to the new ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A file that was not there.
    Create {
        /// Path relative to the cluster's directory.
        path: String,
        /// What to write.
        file: File,
    },
    /// A file with another text or mode.
    Update {
        /// Path relative to the cluster's directory.
        path: String,
        /// What was there.
        old: File,
        /// What to write.
        file: File,
    },
    /// A file that is no longer wanted.
    Remove {
        /// Path relative to the cluster's directory.
        path: String,
        /// What was there.
        old: File,
    },
}

impl Change {
    /// Returns the path relative to the cluster's directory.
    #[must_use]
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Create { path, .. } | Self::Update { path, .. } | Self::Remove { path, .. } => {
                path
            }
        }
    }

    /// Returns the text before the change; empty for a new file.
    #[must_use]
    pub(crate) fn old_text(&self) -> &str {
        match self {
            Self::Create { .. } => "",
            Self::Update { old, .. } | Self::Remove { old, .. } => &old.text,
        }
    }

    /// Returns the text after the change; empty for a removed file.
    #[must_use]
    pub(crate) fn new_text(&self) -> &str {
        match self {
            Self::Create { file, .. } | Self::Update { file, .. } => &file.text,
            Self::Remove { .. } => "",
        }
    }
}

/// Returns the steps from `old` to `new`, in the order in which they must be taken.
///
/// The declaration comes last, in both directions. When written last, a directory that has
/// it is complete. When removed last, an interrupted delete still shows the cluster, and can
/// be repeated.
#[must_use]
pub fn diff(old: &FileSet, new: &FileSet) -> Vec<Change> {
    let writes = new
        .0
        .iter()
        .filter_map(|(path, file)| match old.0.get(path) {
            None => Some(Change::Create {
                path: path.clone(),
                file: file.clone(),
            }),
            Some(old) if old != file => Some(Change::Update {
                path: path.clone(),
                old: old.clone(),
                file: file.clone(),
            }),
            Some(_) => None,
        });
    let removals = old
        .0
        .iter()
        .filter(|(path, _)| !new.0.contains_key(*path))
        .map(|(path, old)| Change::Remove {
            path: path.clone(),
            old: old.clone(),
        });
    let mut changes: Vec<Change> = writes.chain(removals).collect();
    changes.sort_by_key(|change| change.path() == DECLARATION);
    changes
}

/// Returns the change of a file's text, for tests.
#[cfg(test)]
pub(crate) fn changed(path: &str, old: &str, new: &str) -> Change {
    let file = |text: &str| File {
        text: text.to_owned(),
        mode: MODE_PUBLIC,
    };
    Change::Update {
        path: path.to_owned(),
        old: file(old),
        file: file(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> File {
        File {
            text: text.to_owned(),
            mode: MODE_PUBLIC,
        }
    }

    fn files(entries: &[(&str, &str)]) -> FileSet {
        entries
            .iter()
            .map(|(path, text)| ((*path).to_owned(), file(text)))
            .collect()
    }

    #[test]
    fn equal_file_sets_need_no_change() {
        let set = files(&[("a.volume", "x"), (DECLARATION, "y")]);
        assert_eq!(diff(&set, &set), vec![]);
    }

    #[test]
    fn the_declaration_changes_last() {
        let old = files(&[("b.volume", "1"), (DECLARATION, "1"), ("z.volume", "1")]);
        let new = files(&[("a.volume", "2"), ("b.volume", "2"), (DECLARATION, "2")]);
        assert_eq!(
            diff(&old, &new),
            vec![
                Change::Create {
                    path: "a.volume".into(),
                    file: file("2")
                },
                Change::Update {
                    path: "b.volume".into(),
                    old: file("1"),
                    file: file("2")
                },
                Change::Remove {
                    path: "z.volume".into(),
                    old: file("1")
                },
                Change::Update {
                    path: DECLARATION.into(),
                    old: file("1"),
                    file: file("2")
                },
            ]
        );
        let paths = |changes: Vec<Change>| {
            changes
                .iter()
                .map(|change| change.path().to_owned())
                .collect::<Vec<_>>()
        };
        let nothing = FileSet::default();
        assert_eq!(
            paths(diff(&nothing, &old)),
            ["b.volume", "z.volume", DECLARATION]
        );
        assert_eq!(
            paths(diff(&old, &nothing)),
            ["b.volume", "z.volume", DECLARATION]
        );
    }

    #[test]
    fn another_mode_is_a_change() {
        let old = files(&[("a.kubeadm.conf", "x")]);
        let private = File {
            text: "x".into(),
            mode: MODE_PRIVATE,
        };
        let new = FileSet::from_iter([("a.kubeadm.conf".to_owned(), private.clone())]);
        assert_eq!(
            diff(&old, &new),
            vec![Change::Update {
                path: "a.kubeadm.conf".into(),
                old: file("x"),
                file: private
            }]
        );
    }
}
