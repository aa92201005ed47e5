//! What a declaration chooses from, and the names of the choices: the parser and the schema go by them.
//!
//! What a choice brings about is the node image's affair.

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$of_variant:meta])* $variant:ident = $text:literal,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$of_variant])* $variant,)*
        }

        impl $name {
            /// Every value, in the order in which help texts list them.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            /// The names of all values, in the same order.
            pub(crate) const NAMES: &[&str] = &[$($text),*];

            /// Returns the value as declarations and the node image write it.
            #[must_use]
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    )*};
}

choices! {
    /// The pod network that the node sets up.
    Cni {
        /// A bridge with addresses from the node's pod subnet.
        Bridge = "bridge",
        /// None: the operator installs one.
        None = "none",
    }

    /// What sends the addresses of services on to pods.
    KubeProxyMode {
        /// kube-proxy, by nftables.
        Nftables = "nftables",
        /// Nothing: a pod network that the operator installs does it.
        None = "none",
    }

    /// The default storage class that the node sets up.
    Storage {
        /// Directories on the node's volume, by local-path-provisioner.
        LocalPath = "local-path",
        /// None: the operator installs one.
        None = "none",
    }

    /// Whether mounts that are made below a mount are handed on; the names are Kubernetes' own.
    Propagation {
        /// In neither direction.
        None = "None",
        /// What the host mounts is seen in the node.
        HostToContainer = "HostToContainer",
        /// Either sees what the other mounts.
        Bidirectional = "Bidirectional",
    }
}
