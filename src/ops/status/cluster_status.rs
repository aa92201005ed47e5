//! The state of a cluster and of its nodes, from its declaration and from what systemd says. Pure.

use std::fmt;

use serde::Serialize;

use crate::job::{Summary, UnitState};
use crate::model::cluster::{Cluster, Node, NodeName, PortMapping};
use crate::plan::drift::Drift;

/// One cluster in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStatus {
    /// The cluster's name.
    pub name: String,
    /// The state in one word, such as `ready`: that of its nodes, or `degraded` where these differ.
    pub state: &'static str,
    /// What the node that is worst off says of itself.
    pub status: String,
    /// The Kubernetes version that is declared.
    pub kubernetes_version: String,
    /// The API server's address and port on this host.
    pub api_server: String,
    /// Whether it starts with the host.
    pub autostart: bool,
    /// The memory of everything in it, in bytes, where the host accounts for memory.
    pub memory: Option<u64>,
    /// Where it is not as declared.
    pub drift: Vec<Drift>,
    /// Its nodes, in the order of the declaration.
    pub nodes: Vec<NodeStatus>,
}

/// One node of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeStatus {
    /// Its name.
    pub name: String,
    /// `control-plane` or `worker`.
    pub role: &'static str,
    /// The state in one word, such as `ready` or `degraded`.
    pub state: &'static str,
    /// The unit's STATUS line, or why systemd refused to start it.
    pub status: String,
    /// The unit to ask systemd about.
    pub unit: String,
    /// More ports of this host that lead to the node.
    pub ports: Vec<Port>,
    /// Since when it is active, in microseconds since 1970.
    pub active_since_usec: Option<u64>,
    /// How often systemd has restarted it by itself.
    pub restarts: u32,
    /// The memory of everything in it, in bytes, where the host accounts for memory.
    pub memory: Option<u64>,
}

/// A port of this host that leads to one of the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Port {
    /// The address of this host.
    pub listen_address: String,
    /// The port of this host.
    pub host_port: u16,
    /// The port of the node.
    pub container_port: u16,
    /// `TCP` or `UDP`.
    pub protocol: &'static str,
}

impl Port {
    /// Returns what a mapping publishes; nothing while its port is open.
    fn of(mapping: &PortMapping) -> Option<Self> {
        Some(Self {
            listen_address: mapping.listen_address.to_string(),
            host_port: mapping.host_port?,
            container_port: mapping.container_port,
            protocol: mapping.protocol.name(),
        })
    }
}

impl fmt::Display for Port {
    /// Writes it as `podman ps` does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = self.protocol.to_ascii_lowercase();
        let (address, port) = (&self.listen_address, self.host_port);
        write!(f, "{address}:{port}->{}/{protocol}", self.container_port)
    }
}

impl NodeStatus {
    /// Returns whether the node is ready.
    #[must_use]
    pub(crate) fn is_ready(&self) -> bool {
        self.state == Summary::Ready.name()
    }
}

impl ClusterStatus {
    /// Returns since when all of its nodes are active; nothing while one is not.
    #[must_use]
    pub(crate) fn active_since_usec(&self) -> Option<u64> {
        let mut all = self.nodes.iter().map(|node| node.active_since_usec);
        all.try_fold(0, |latest, since| Some(since?.max(latest)))
    }

    /// Returns whether the cluster is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state == Summary::Ready.name()
    }
}

/// Returns the state of a cluster, by the units of its nodes.
pub(super) fn status(cluster: &Cluster, units: Vec<UnitState>, drift: Vec<Drift>) -> ClusterStatus {
    let port = cluster
        .api_server_port
        .map_or_else(String::new, |port| format!(":{port}"));
    let nodes = cluster.nodes.iter().zip(units);
    let nodes: Vec<NodeStatus> = nodes
        .map(|(node, unit)| of_node(cluster, node, unit))
        .collect();
    let memory = nodes.iter().map(|node| node.memory);
    let (state, status) = of_all(&nodes);
    ClusterStatus {
        name: cluster.name.to_string(),
        state,
        status,
        kubernetes_version: cluster.kubernetes_version.clone(),
        api_server: format!("{}{port}", cluster.api_server_address),
        autostart: cluster.autostart,
        memory: memory.sum(),
        drift,
        nodes,
    }
}

fn of_node(cluster: &Cluster, node: &Node, unit: UnitState) -> NodeStatus {
    let is_ready = unit.summary() == Summary::Ready;
    let ports = node.settings.ports.iter();
    NodeStatus {
        name: NodeName::new(&cluster.name, node.id).to_string(),
        role: node.id.role().name(),
        state: unit.node(),
        status: unit
            .refusal()
            .unwrap_or_else(|| unit.current_status().to_owned()),
        ports: ports.filter_map(|one| Port::of(one)).collect(),
        active_since_usec: unit.active_enter_usec.filter(|_| is_ready),
        restarts: unit.n_restarts,
        memory: unit.memory_current,
        unit: unit.name,
    }
}

/// Returns the state of a cluster and what one of its nodes says of it: the state that all nodes have, or
/// `degraded` where some of them are up.
fn of_all(nodes: &[NodeStatus]) -> (&'static str, String) {
    let Some(worst) = nodes.iter().find(|node| !node.is_ready()).or(nodes.first()) else {
        return (Summary::Missing.name(), String::new());
    };
    if nodes.iter().all(|node| node.state == worst.state) {
        return (worst.state, worst.status.clone());
    }
    if nodes.iter().any(|node| node.active_since_usec.is_some()) {
        let status = format!("{} is {}", worst.name, worst.state);
        return ("degraded", status);
    }
    (worst.state, worst.status.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_degraded_while_only_some_of_its_nodes_are_up() {
        let node = |name: &str, state: &'static str| NodeStatus {
            name: name.to_owned(),
            role: "worker",
            state,
            status: format!("{name} says"),
            unit: String::new(),
            ports: Vec::new(),
            active_since_usec: (state == "ready").then_some(1),
            restarts: 0,
            memory: None,
        };
        let cases = [
            (
                vec![node("a", "ready"), node("b", "ready")],
                "ready",
                "a says",
            ),
            (
                vec![node("a", "ready"), node("b", "failed")],
                "degraded",
                "b is failed",
            ),
            (
                vec![node("a", "stopped"), node("b", "stopped")],
                "stopped",
                "a says",
            ),
            (
                vec![node("a", "stopped"), node("b", "starting")],
                "stopped",
                "a says",
            ),
            (vec![], "missing", ""),
        ];
        for (nodes, state, status) in cases {
            assert_eq!(of_all(&nodes), (state, status.to_owned()));
        }
    }
}
