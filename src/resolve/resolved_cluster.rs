//! A cluster with every value concrete, and what follows from these values.

use std::net::Ipv4Addr;

use crate::model::cluster::{Cluster, ClusterName, DataDir, Node, NodeLimits, NodeName, Role, Uid};
use crate::model::subnet::Subnet;
use crate::resolve::addresses::AddressPlan;
use crate::resolve::{InUse, allocate};

/// The taint that kubeadm gives control planes.
pub(super) const CONTROL_PLANE_TAINT: &str = "node-role.kubernetes.io/control-plane:NoSchedule";

/// What is decided for a node, beside what its declaration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedNode {
    /// Name of node, container and host.
    pub name: NodeName,
    /// Its fixed address in the node subnet.
    pub address: Ipv4Addr,
    /// Addresses of its pods.
    pub pod_cidr: Subnet,
    /// Its share of the cluster's limits.
    pub limits: NodeLimits,
}

/// A cluster with every value concrete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedCluster {
    /// The name.
    pub cluster: ClusterName,
    /// What makes the cluster itself.
    pub uid: Uid,
    /// The directory below which its data lies.
    pub data_dir: DataDir,
    /// What is declared, with every open value decided.
    pub declaration: Cluster,
    /// What is decided for each node of the declaration, in the same order.
    pub nodes: Vec<ResolvedNode>,
    /// The host port that the API server is published on.
    pub api_server_port: u16,
    /// Addresses of nodes.
    pub node_subnet: Subnet,
    /// The node network's gateway.
    pub gateway: Ipv4Addr,
    /// Where the API server's name leads: an address that moves with it, or in a subnet without one
    /// that of the only control plane.
    pub api_address: Ipv4Addr,
}

impl ResolvedCluster {
    /// Returns each node with its declaration.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (&ResolvedNode, &Node)> {
        self.nodes.iter().zip(&self.declaration.nodes)
    }

    /// Returns the addresses that its nodes may have.
    pub(crate) fn addresses(&self) -> AddressPlan {
        AddressPlan {
            nodes: self.node_subnet,
            pods: self.declaration.pod_subnet,
        }
    }

    /// Returns the control planes, each of which can be asked for what concerns the whole cluster.
    pub(crate) fn control_planes(&self) -> impl Iterator<Item = &ResolvedNode> {
        let nodes = self.nodes.iter();
        nodes.filter(|node| node.name.id().role() == Role::ControlPlane)
    }

    /// Returns the taints of a node: those that are declared. A control plane of which nothing is declared runs no
    /// workload where there are workers, as kubeadm and kind have it; an empty list lets it.
    pub(crate) fn taints(&self, node: &Node) -> Vec<String> {
        if let Some(declared) = &node.settings.taints {
            return declared.clone();
        }
        let mut all = self.declaration.nodes.iter();
        let has_workers = all.any(|node| node.id.role() == Role::Worker);
        let is_control_plane = node.id.role() == Role::ControlPlane;
        if has_workers && is_control_plane {
            return vec![CONTROL_PLANE_TAINT.to_owned()];
        }
        Vec::new()
    }

    /// Returns in one sentence that one of its control planes helps nothing; nothing when their number is odd.
    #[must_use]
    pub(crate) fn idle_control_plane(&self) -> Option<String> {
        let count = self.control_planes().count();
        count.is_multiple_of(2).then(|| {
            format!(
                "cluster `{}` has {count} control planes: it survives the loss of no more of them than with {}",
                self.cluster,
                count.saturating_sub(1)
            )
        })
    }

    /// Returns in one sentence what the host reaches under addresses of the nodes, and what that means;
    /// nothing when there is no such network.
    ///
    /// Such a network comes and goes, as a VPN does. It stops nobody: packets of a node go by the node's
    /// own routes first.
    #[must_use]
    pub(crate) fn hidden_network(&self, in_use: &InUse) -> Option<String> {
        let subnet = self.node_subnet;
        let route = allocate::route_over(subnet, &in_use.routes)?;
        Some(format!(
            "the nodes of cluster `{}` have {subnet}, which overlaps the route {route} of this host: \
             nothing in the cluster reaches the host's network at these addresses; everything else works",
            self.cluster
        ))
    }

    /// Returns the API server's URL as seen from the host.
    #[must_use]
    pub(crate) fn server(&self) -> String {
        // One can listen on all addresses, but not connect to all of them.
        let declared = self.declaration.api_server_address;
        let address = if declared.is_unspecified() {
            Ipv4Addr::LOCALHOST
        } else {
            declared
        };
        format!("https://{address}:{}", self.api_server_port)
    }
}
