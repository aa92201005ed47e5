//! The state of a cluster and of its nodes, from its declaration and from what systemd says. Pure.

use std::fmt;

use serde::Serialize;

use crate::job::{DEGRADED, Summary, UnitState};
use crate::model::cluster::{Cluster, Node, NodeName, PortMapping};
use crate::plan::drift::Drift;

/// One cluster in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStatus {
    /// The cluster's name.
    pub name: String,
    /// The state in one word, such as `ready`: that of its nodes, or `degraded` where only some of them are up.
    pub state: &'static str,
    /// What the node says of itself, or which node is worst off where they differ.
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

    /// Narrows it to one node.
    pub(super) fn retain(&mut self, node: &NodeName) {
        let is_it = |name: &str| name == node.as_str();
        self.nodes.retain(|node| is_it(&node.name));
        self.drift
            .retain(|drift| drift.node.as_deref().is_none_or(is_it));
        let memory = self.nodes.iter().map(|node| node.memory);
        self.memory = memory.sum();
        (self.state, self.status) = of_all(&self.nodes);
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

/// The states of a node that is not up, from what needs its operator most to what needs him least. What starts
/// comes before what stops, since a stop that a start follows is a restart.
const DOWN: [Summary; 5] = [
    Summary::Failed,
    Summary::Starting,
    Summary::Stopping,
    Summary::Stopped,
    Summary::Missing,
];

/// Returns the state of a cluster and why: the state that all nodes have, with what the first says of itself;
/// `degraded` where only some are up, since pods still run then; and what needs the operator most where none is.
/// Where nodes differ, the node that is worst off is named.
fn of_all(nodes: &[NodeStatus]) -> (&'static str, String) {
    let Some(first) = nodes.first() else {
        return (Summary::Missing.name(), String::new());
    };
    if nodes.iter().all(|node| node.state == first.state) {
        return (first.state, first.status.clone());
    }
    let worst = nodes.iter().min_by_key(|node| rank(node.state));
    let worst = worst.unwrap_or(first);
    let status = match worst.status.strip_prefix(UnitState::LACKING) {
        Some(lack) => format!("{}{}: {lack}", UnitState::LACKING, worst.name),
        None => format!("{} is {}", worst.name, worst.state),
    };
    let is_up = |node: &NodeStatus| !DOWN.iter().any(|down| down.name() == node.state);
    if nodes.iter().any(is_up) {
        return (DEGRADED, status);
    }
    (worst.state, status)
}

/// Returns how badly off a node is; the lowest is the worst.
fn rank(state: &str) -> usize {
    let down = DOWN.iter().position(|down| down.name() == state);
    down.unwrap_or(DOWN.len() + usize::from(state == Summary::Ready.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, state: &'static str) -> NodeStatus {
        NodeStatus {
            name: name.to_owned(),
            role: "worker",
            state,
            status: format!("{name} says"),
            unit: String::new(),
            ports: Vec::new(),
            active_since_usec: (state == "ready").then_some(1),
            restarts: 0,
            memory: None,
        }
    }

    #[test]
    fn the_state_of_a_cluster_is_that_of_its_nodes_and_names_the_worst_where_they_differ() {
        #[rustfmt::skip]
        let pairs = [
            // Where all are alike, it is theirs.
            ("ready", "ready", "ready", "a says"),
            ("degraded", "degraded", "degraded", "a says"),
            ("starting", "starting", "starting", "a says"),
            ("stopping", "stopping", "stopping", "a says"),
            ("failed", "failed", "failed", "a says"),
            ("stopped", "stopped", "stopped", "a says"),
            ("missing", "missing", "missing", "a says"),
            // As long as one is up, pods run.
            ("ready", "degraded", "degraded", "b is degraded"),
            ("ready", "starting", "degraded", "b is starting"),
            ("ready", "stopping", "degraded", "b is stopping"),
            ("ready", "failed", "degraded", "b is failed"),
            ("ready", "stopped", "degraded", "b is stopped"),
            ("ready", "missing", "degraded", "b is missing"),
            ("degraded", "starting", "degraded", "b is starting"),
            ("degraded", "stopping", "degraded", "b is stopping"),
            ("degraded", "failed", "degraded", "b is failed"),
            ("degraded", "stopped", "degraded", "b is stopped"),
            ("degraded", "missing", "degraded", "b is missing"),
            // Where none is up, a failure counts most.
            ("starting", "failed", "failed", "b is failed"),
            ("stopping", "failed", "failed", "b is failed"),
            ("stopped", "failed", "failed", "b is failed"),
            ("missing", "failed", "failed", "b is failed"),
            // What is on its way says where the cluster goes; what starts, even while others still stop.
            ("stopping", "starting", "starting", "b is starting"),
            ("stopped", "starting", "starting", "b is starting"),
            ("missing", "starting", "starting", "b is starting"),
            ("stopped", "stopping", "stopping", "b is stopping"),
            ("missing", "stopping", "stopping", "b is stopping"),
            // What nobody can start does not run either.
            ("missing", "stopped", "stopped", "b is stopped"),
        ];
        for (a, b, state, status) in pairs {
            let both = [node("a", a), node("b", b)];
            assert_eq!(of_all(&both), (state, status.to_owned()), "{a} {b}");
            let both = [node("b", b), node("a", a)];
            // Where all are alike, the first speaks.
            let status = if a == b { "b says" } else { status };
            assert_eq!(of_all(&both), (state, status.to_owned()), "{b} {a}");
        }
        assert_eq!(of_all(&[]), ("missing", String::new()));
    }

    #[test]
    fn the_first_of_those_that_are_worst_off_is_named() {
        let nodes = ["ready", "starting", "failed", "failed"];
        let names = ["a", "b", "c", "d"].iter().zip(nodes);
        let nodes: Vec<NodeStatus> = names.map(|(name, state)| node(name, state)).collect();
        assert_eq!(of_all(&nodes), ("degraded", "c is failed".to_owned()));
    }

    #[test]
    fn what_a_node_lacks_is_said_of_its_cluster() {
        let mut lacking = node("b", "degraded");
        lacking.status = "ready, but etcd has no space".to_owned();
        let status = "ready, but b: etcd has no space".to_owned();
        let nodes = [node("a", "ready"), lacking];
        assert_eq!(of_all(&nodes), ("degraded", status));
    }
}
