//! What a declaration chooses from, and the names of the choices.
//!
//! What a choice brings about is the node image's affair.

/// The pod network that the node sets up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cni {
    /// A bridge with addresses from the node's pod subnet.
    Bridge,
    /// None: the operator installs one.
    None,
}

impl Cni {
    /// Every value, in the order in which help texts list them.
    pub const ALL: [Self; 2] = [Self::Bridge, Self::None];

    /// Returns the value as declarations and the node image write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::None => "none",
        }
    }
}

/// What sends the addresses of services on to pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KubeProxyMode {
    /// kube-proxy, by nftables.
    Nftables,
    /// Nothing: a pod network that the operator installs does it.
    None,
}

impl KubeProxyMode {
    /// Every value, in the order in which help texts list them.
    pub const ALL: [Self; 2] = [Self::Nftables, Self::None];

    /// Returns the value as declarations and the node image write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nftables => "nftables",
            Self::None => "none",
        }
    }
}

/// The default storage class that the node sets up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// Directories on the node's volume, by local-path-provisioner.
    LocalPath,
    /// None: the operator installs one.
    None,
}

impl Storage {
    /// Every value, in the order in which help texts list them.
    pub const ALL: [Self; 2] = [Self::LocalPath, Self::None];

    /// Returns the value as declarations and the node image write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LocalPath => "local-path",
            Self::None => "none",
        }
    }
}
