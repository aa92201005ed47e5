//! What a declaration adds to a node: files, units, and configuration of CRI-O.
//!
//! Values only; `render::mounted_files` maps them to files of the node.

use crate::model::problem::Place;

/// A file of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFile {
    /// The absolute path in the node.
    pub path: String,
    /// The content.
    pub content: String,
    /// Whether it is executable.
    pub executable: bool,
    /// The permission bits, if declared.
    pub mode: Option<u32>,
}

/// A unit for systemd in the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeUnit {
    /// Its name, such as `hello.service`.
    pub name: String,
    /// The unit file.
    pub content: String,
}

impl NodeUnit {
    /// Returns its path in the node.
    #[must_use]
    pub(crate) fn path(&self) -> String {
        format!("/etc/systemd/system/{}", self.name)
    }

    /// Returns whether it starts with the node.
    #[must_use]
    pub(crate) fn is_installed(&self) -> bool {
        self.content.lines().any(|line| line.trim() == "[Install]")
    }
}

/// A mirror of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryMirror {
    /// The registry, or a namespace of it.
    pub registry: String,
    /// The mirror, with a path where it has one.
    pub mirror: String,
    /// Whether HTTP and untrusted certificates are allowed.
    pub insecure: bool,
}

/// Objects that the node applies at each start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manifest {
    /// A text of the declaration itself.
    Text(String),
    /// What the declaration names and nobody has read: a file, or a directory of files.
    Unread {
        /// Where it is, as it is declared.
        path: String,
        /// The SHA-256 of the file, when it was read before.
        sha256: Option<String>,
        /// Where that is.
        place: Place,
    },
    /// A file that was read.
    File {
        /// Where it was, seen from the declaration.
        path: String,
        /// Its SHA-256, in hexadecimal digits.
        sha256: String,
        /// What is in it.
        text: String,
    },
}

/// The configuration of the container runtime, and the objects that the node applies at each start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuntimeSettings {
    /// Drop-ins for the configuration of CRI-O, in TOML.
    pub crio_drop_ins: Vec<String>,
    /// Mirrors of registries, in the order in which they are tried.
    pub registry_mirrors: Vec<RegistryMirror>,
    /// CA certificates, in PEM.
    pub ca_certificates: Vec<String>,
    /// Objects, in the order in which they are applied.
    pub manifests: Vec<Manifest>,
}
