//! What is laid into a node: files, units, and what CRI-O is told.
//!
//! Values only; where they end up in the node is said in `render::placed`.

/// A file of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFile {
    /// Where it is in the node, an absolute path.
    pub path: String,
    /// What is in it.
    pub content: String,
    /// Whether it is a program.
    pub executable: bool,
    /// Its permission bits, where they are given.
    pub mode: Option<u32>,
}

/// A unit of the node's own systemd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeUnit {
    /// Its name, such as `hello.service`.
    pub name: String,
    /// The unit file.
    pub content: String,
}

impl NodeUnit {
    /// Tells whether it asks to be started with the node.
    #[must_use]
    pub fn is_installed(&self) -> bool {
        self.content.lines().any(|line| line.trim() == "[Install]")
    }
}

/// Where images of a registry are pulled from first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryMirror {
    /// The registry, or a part of it.
    pub registry: String,
    /// The mirror, with a path where it has one.
    pub mirror: String,
    /// Whether it may speak HTTP, or have a certificate that nobody trusts.
    pub insecure: bool,
}

/// What the container runtime is told, and what is applied to the cluster when it is up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuntimeSettings {
    /// Parts of CRI-O's configuration, in TOML.
    pub crio_drop_ins: Vec<String>,
    /// Mirrors, those of a registry in their order.
    pub registry_mirrors: Vec<RegistryMirror>,
    /// Certificates of authorities, in PEM.
    pub ca_certificates: Vec<String>,
    /// Objects in YAML.
    pub manifests: Vec<String>,
}
