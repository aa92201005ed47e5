//! The name of a cluster, and every name derived from it.

use std::fmt;
use std::str::FromStr;

/// Longest name: with `kinc-` and `-control-plane2` it still is a host name of 63 characters.
const NAME_MAX_CHARS: usize = 40;

/// The name of a cluster: an RFC 1123 label of 1 to 40 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterName(String);

/// Says why a text is not a [`ClusterName`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidName {
    name: String,
    reason: &'static str,
}

impl ClusterName {
    /// Returns the name, checked.
    ///
    /// # Errors
    /// When `name` is not a lower-case RFC 1123 label of 1 to 40 characters.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let reason = if name.is_empty() {
            "is empty"
        } else if !name.chars().all(allowed) {
            "may only have lower-case letters, digits and `-`"
        } else if name.starts_with('-') || name.ends_with('-') {
            "must start and end with a letter or a digit"
        } else if name.len() > NAME_MAX_CHARS {
            "is longer than 40 characters"
        } else {
            return Ok(Self(name.to_owned()));
        };
        Err(InvalidName {
            name: name.to_owned(),
            reason,
        })
    }

    /// Returns the name as the user gave it: `dev`.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what all names of this cluster start with: `kinc-dev`.
    #[must_use]
    pub(crate) fn prefix(&self) -> String {
        format!("kinc-{}", self.0)
    }

    /// Returns the Podman network's name.
    #[must_use]
    pub(crate) fn network(&self) -> String {
        self.prefix()
    }

    /// Returns the name of context, cluster and user in a kubeconfig.
    #[must_use]
    pub(crate) fn context(&self) -> String {
        self.prefix()
    }

    /// Returns the name of the API server within the cluster, whichever node it runs on.
    #[must_use]
    pub(crate) fn api_host(&self) -> String {
        format!("{}-api", self.prefix())
    }

    /// Returns the systemd slice that all nodes are in: `kinc-dev.slice`.
    ///
    /// A dash would put the slice of `dev-2` into that of `dev`, so it is written as
    /// systemd-escape(1) does.
    #[must_use]
    pub(crate) fn slice(&self) -> String {
        format!("kinc-{}.slice", self.0.replace('-', "\\x2d"))
    }

    /// Returns the units whose files systemd reads itself, by links: the slice, and what has the
    /// cluster follow the network of the host.
    #[must_use]
    pub(crate) fn linked_units(&self) -> [String; 4] {
        [
            self.slice(),
            format!("{}-resolver.timer", self.prefix()),
            format!("{}-resolver.service", self.prefix()),
            format!("{}-uplink.service", self.prefix()),
        ]
    }

    /// Returns the unit of the balancer, which only several control planes have.
    #[must_use]
    pub(crate) fn balancer_unit(&self) -> String {
        format!("{}.service", self.api_host())
    }

    /// Returns the name of the cluster's directory below the Quadlet directory.
    #[must_use]
    pub fn directory(&self) -> String {
        self.prefix()
    }
}

impl FromStr for ClusterName {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        Self::new(name)
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the cluster name `{}` {}",
            self.name.escape_debug(),
            self.reason
        )
    }
}

impl std::error::Error for InvalidName {}
