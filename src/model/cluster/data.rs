//! Where the state of a cluster lies on the host, and the mark by which it is known. Names only.
//!
//! What cannot be made again lies in directories that Podman only mounts, and no prune removes:
//! `BASE/clusters/CLUSTER/NODE/{kubernetes,var}`.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::model::cluster::{ClusterName, NodeName};

/// The directories of a node that are mounted into it, and hold all that cannot be made again.
pub const NODE_DIRECTORIES: [&str; 2] = ["kubernetes", "var"];

/// The file in a directory of ours that says whose it is, by the cluster's uid. It begins with a dot
/// so that whoever empties a directory by `rm *` leaves it, and the node sees what happened.
pub const MARK: &str = ".kinc/uid";

/// The directory below which clusters keep their data: an absolute path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir(String);

impl DataDir {
    /// Takes an absolute path; the declaration's reader and the user manager give no other.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    /// Returns the path.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the directory of all clusters.
    #[must_use]
    pub(crate) fn clusters(&self) -> PathBuf {
        Path::new(&self.0).join("clusters")
    }

    /// Returns the directory of a cluster.
    #[must_use]
    pub(crate) fn of_cluster(&self, cluster: &ClusterName) -> PathBuf {
        self.clusters().join(cluster.as_str())
    }

    /// Returns the directory of a node, which holds [`NODE_DIRECTORIES`].
    #[must_use]
    pub(crate) fn of_node(&self, cluster: &ClusterName, node: &NodeName) -> PathBuf {
        self.of_cluster(cluster).join(node.as_str())
    }
}

impl fmt::Display for DataDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What makes a cluster itself, and its data its own: a random UUID, as Kubernetes gives its objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uid(String);

impl Uid {
    /// Returns the uid of what was made on no host, such as files that are only rendered.
    #[must_use]
    pub(crate) fn nil() -> Self {
        Self("00000000-0000-0000-0000-000000000000".to_owned())
    }

    /// Reads a UUID in its usual form, lower-case; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        let mut lengths = text.split('-').map(str::len);
        let is_uuid = [8, 4, 4, 4, 12].into_iter().eq(lengths.by_ref())
            && text.chars().all(|c| c == '-' || is_hexadecimal(c));
        is_uuid.then(|| Self(text.to_owned()))
    }

    /// Returns the text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_a_uuid_in_lower_case() {
        let uid = "5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f";
        assert_eq!(
            Uid::parse(uid).map(|uid| uid.to_string()).as_deref(),
            Some(uid)
        );
        assert_eq!(Uid::parse(Uid::nil().as_str()), Some(Uid::nil()));
        let others = [
            "",
            "dev",
            &uid.to_uppercase(),
            &uid[1..],
            &format!("{uid}-0"),
        ];
        for text in others {
            assert_eq!(Uid::parse(text), None, "{text}");
        }
    }
}
