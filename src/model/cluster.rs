//! A cluster as it was declared, valid by construction, and every name derived from it.
//!
//! No allocation here: what the declaration leaves open stays open until `resolve`.

mod contents;
mod data;
mod kubernetes;
mod node;
mod options;
mod resources;

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

pub use crate::model::cluster::contents::{
    Manifest, NodeFile, NodeUnit, RegistryMirror, RuntimeSettings,
};
pub use crate::model::cluster::data::{DataDir, MARK, NODE_DIRECTORIES, Uid};
pub use crate::model::cluster::kubernetes::{JsonPatch, KubernetesSettings, Patch};
pub use crate::model::cluster::node::{Mount, NodeSettings, PortMapping, Propagation, Protocol};
pub use crate::model::cluster::options::{Cni, KubeProxyMode, Storage};
pub use crate::model::cluster::resources::Resources;
use crate::model::field::Field;
use crate::model::problem::{Place, Problem};
use crate::model::subnet::Subnet;

/// The Kubernetes version of a cluster that names none.
pub const DEFAULT_KUBERNETES_VERSION: &str = "v1.36.3";

/// The domain of services of a cluster that names none, as kubeadm has it.
pub const DEFAULT_DNS_DOMAIN: &str = "cluster.local";

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
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what all names of this cluster start with: `kinc-dev`.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("kinc-{}", self.0)
    }

    /// Returns the Podman network's name.
    #[must_use]
    pub fn network(&self) -> String {
        self.prefix()
    }

    /// Returns the name of context, cluster and user in a kubeconfig.
    #[must_use]
    pub fn context(&self) -> String {
        self.prefix()
    }

    /// Returns the name of the API server within the cluster, whichever node it runs on.
    #[must_use]
    pub fn api_host(&self) -> String {
        format!("{}-api", self.prefix())
    }

    /// Returns the systemd slice that all nodes are in: `kinc-dev.slice`.
    ///
    /// A dash would put the slice of `dev-2` into that of `dev`, so it is written as
    /// systemd-escape(1) does.
    #[must_use]
    pub fn slice(&self) -> String {
        format!("kinc-{}.slice", self.0.replace('-', "\\x2d"))
    }

    /// Returns the units whose files systemd reads itself, by links: the slice, and what has the
    /// cluster follow the network of the host.
    #[must_use]
    pub fn linked_units(&self) -> [String; 4] {
        [
            self.slice(),
            format!("{}-resolver.timer", self.prefix()),
            format!("{}-resolver.service", self.prefix()),
            format!("{}-uplink.service", self.prefix()),
        ]
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

/// What a node does in its cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Runs etcd, the API server, the controllers and, as the only node, all workloads.
    ControlPlane,
}

impl Role {
    /// Returns the role as kind and kubeadm write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ControlPlane => "control-plane",
        }
    }
}

/// The roles that the names of nodes have in them.
const ROLES: [&str; 2] = ["control-plane", "worker"];

/// The name of a node, of its container and of its host name: `kinc-dev-control-plane`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeName(String);

/// The volumes of a node: what it can make again, such as images that it has pulled.
pub const NODE_VOLUMES: [&str; 1] = ["containers"];

impl NodeName {
    /// Returns the name of the first node of `role`.
    #[must_use]
    pub fn new(cluster: &ClusterName, role: Role) -> Self {
        Self(format!("{}-{}", cluster.prefix(), role.name()))
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the systemd unit: `kinc-dev-control-plane.service`.
    #[must_use]
    pub fn unit(&self) -> String {
        format!("{}.service", self.0)
    }

    /// Returns the node of this name, when it is one that a cluster gives: `kinc-dev-control-plane`,
    /// `kinc-dev-worker2`.
    #[must_use]
    pub fn of(cluster: &ClusterName, name: &str) -> Option<Self> {
        let prefix = format!("{}-", cluster.prefix());
        let kind = name.strip_prefix(&prefix)?;
        let number = ROLES.iter().find_map(|role| kind.strip_prefix(role))?;
        // The first of its role has no number, as with kind.
        let is_one = number.is_empty()
            || number
                .parse()
                .is_ok_and(|parsed: u16| parsed > 1 && parsed.to_string() == number);
        is_one.then(|| Self(name.to_owned()))
    }

    /// Returns the Podman container's name.
    #[must_use]
    pub fn container(&self) -> &str {
        &self.0
    }

    /// Returns the name of the Podman volume `kind`: `kinc-dev-control-plane-containers`.
    #[must_use]
    pub fn volume(&self, kind: &str) -> String {
        format!("{}-{kind}", self.0)
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A declared cluster: defaults are filled in, allocations may be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// The name.
    pub name: ClusterName,
    /// The UUID of the cluster; open until it is created.
    pub uid: Option<Uid>,
    /// Annotations; kinc itself records only the file that declares the cluster.
    pub annotations: BTreeMap<String, String>,
    /// The node image, fully qualified.
    pub image: String,
    /// The Kubernetes version, with its `v`.
    pub kubernetes_version: String,
    /// Whether the cluster starts with the host.
    pub autostart: bool,
    /// The directory that contains its data; open when `None`.
    pub data_dir: Option<DataDir>,
    /// The host address that the API server is published on.
    pub api_server_address: Ipv4Addr,
    /// The host port that the API server is published on; open when `None`.
    pub api_server_port: Option<u16>,
    /// Addresses of pods.
    pub pod_subnet: Subnet,
    /// Addresses of services.
    pub service_subnet: Subnet,
    /// Addresses of nodes; open when `None`.
    pub node_subnet: Option<Subnet>,
    /// The domain of services and pods.
    pub dns_domain: String,
    /// The pod network.
    pub cni: Cni,
    /// The proxy for services.
    pub kube_proxy_mode: KubeProxyMode,
    /// The default storage class.
    pub storage: Storage,
    /// The settings of its node.
    pub node: NodeSettings,
    /// The settings of Kubernetes.
    pub kubernetes: KubernetesSettings,
    /// The configuration of the container runtime, and the objects that the node applies at each start.
    pub runtime: RuntimeSettings,
    /// The limits for all nodes together.
    pub resources: Resources,
    /// The places of the fields that are declared; all others have their defaults.
    pub given: BTreeMap<Field, Place>,
}

/// The annotation with the file that a cluster was declared in.
const DECLARED_IN: &str = "kinc.dev/declared-in";

impl Cluster {
    /// Returns the absolute path of the file that declares it, if there is one.
    #[must_use]
    pub fn declared_in(&self) -> Option<&str> {
        self.annotations.get(DECLARED_IN).map(String::as_str)
    }

    /// Records the file that declares it.
    pub fn set_declared_in(&mut self, file: Option<String>) {
        match file {
            Some(file) => self.annotations.insert(DECLARED_IN.to_owned(), file),
            None => self.annotations.remove(DECLARED_IN),
        };
    }

    /// Returns a problem with a part of `field`, at the place where the part stands; as [`Self::problem`] when
    /// that is not known.
    #[must_use]
    pub fn problem_at(&self, field: Field, place: Option<&Place>, message: String) -> Problem {
        let problem = self.problem(field, message);
        let place = place.cloned().or(problem.place);
        Problem { place, ..problem }
    }

    /// Returns a problem with the value of `field`, at the place where it stands.
    ///
    /// One that the declaration leaves to kinc is a problem of the cluster as a whole, which
    /// stands where its name does.
    #[must_use]
    pub fn problem(&self, field: Field, message: String) -> Problem {
        let place = self.given.get(&field);
        Problem {
            place: place.or_else(|| self.given.get(&Field::Name)).cloned(),
            path: field.path().to_owned(),
            message,
        }
    }
}

/// Returns the node image that `kinc image build` makes for a Kubernetes version.
#[must_use]
pub fn default_image(kubernetes_version: &str) -> String {
    format!("localhost/kinc/node:{kubernetes_version}")
}

#[cfg(test)]
mod tests;
