//! What a node gets of its host beside what every node has.
//!
//! Values only, each checked when it is read; the templates write them for Podman.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::model::cluster::{NodeFile, NodeLimits, NodeUnit, Propagation};
use crate::model::item::Item;
use crate::model::node_id::{NodeId, Role};

/// A node of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Which one it is: its role, and its number.
    pub id: NodeId,
    /// Its address in the node subnet; open when `None`.
    pub address: Option<Ipv4Addr>,
    /// What it gets of its host.
    pub settings: NodeSettings,
    /// What it may take of its host, in place of an equal share of what the cluster may take.
    pub limits: NodeLimits,
}

impl Node {
    /// Returns the node of a cluster that declares none: a control plane.
    #[must_use]
    pub(crate) fn control_plane() -> Self {
        Self {
            id: NodeId::first(Role::ControlPlane),
            address: None,
            settings: NodeSettings::default(),
            limits: NodeLimits::default(),
        }
    }
}

/// What a node gets of its host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeSettings {
    /// Its labels, beside Kubernetes' own.
    pub labels: BTreeMap<String, String>,
    /// Its taints, as kubectl writes them; those of its role when `None`.
    pub taints: Option<Vec<String>>,
    /// Files and directories of the host.
    pub mounts: Vec<Item<Mount>>,
    /// Ports of the host.
    pub ports: Vec<Item<PortMapping>>,
    /// Devices of the host, and CDI devices such as `nvidia.com/gpu=all`.
    pub devices: Vec<Item<String>>,
    /// Kernel settings of the node's own namespaces.
    pub sysctls: BTreeMap<String, String>,
    /// The environment of CRI-O, kubelet and kubeadm.
    pub environment: BTreeMap<String, String>,
    /// Files with what is in them.
    pub files: Vec<Item<NodeFile>>,
    /// Units of its systemd.
    pub units: Vec<Item<NodeUnit>>,
}

impl NodeSettings {
    /// Returns the labels as the node image reads them: `a=b,c=d`.
    #[must_use]
    pub(crate) fn label_list(&self) -> String {
        let pairs = self.labels.iter();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join(",")
    }
}

/// A file or directory of the host, seen in the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it is on the host, an absolute path.
    pub host_path: String,
    /// Where it is in the node, an absolute path.
    pub container_path: String,
    /// Whether the node may only read it.
    pub read_only: bool,
    /// Whether mounts below it are handed on.
    pub propagation: Propagation,
}

impl Propagation {
    /// Returns Podman's option for it, see podman-run(1).
    #[must_use]
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::None => "rprivate",
            Self::HostToContainer => "rslave",
            Self::Bidirectional => "rshared",
        }
    }
}

/// A port of the host that leads to one of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortMapping {
    /// The port in the node, such as a `NodePort`.
    pub container_port: u16,
    /// The port on the host; open when `None`.
    pub host_port: Option<u16>,
    /// The address of the host.
    pub listen_address: Ipv4Addr,
    /// What is spoken.
    pub protocol: Protocol,
}

/// What is spoken on a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Transmission control protocol.
    Tcp,
    /// User datagram protocol.
    Udp,
}

impl Protocol {
    /// Every value, in the order in which help texts list them.
    pub(crate) const ALL: [Self; 2] = [Self::Tcp, Self::Udp];

    /// Returns the value as declarations write it.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}
