//! What is there: clusters by their files, states by systemd, pods by the cluster itself.

mod pods;

pub(crate) use crate::ops::status::pods::Pod;

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde::Serialize;

use crate::edge::systemd::Manager;
use crate::job::{Summary, UnitState};
use crate::model::cluster::{Cluster, ClusterName, Node, NodeName, PortMapping};
use crate::ops::lock::PAUSE;
use crate::ops::{
    Context, Report, Reporter, Size, data, drop_ins, first_node, in_use, is_interrupted, known,
    observe,
};
use crate::plan::drift::{Drift, drift};

/// How long after its start a node may take to say what it lacks; it takes a second at most on a quiet host.
const LAST_WORD: Duration = Duration::from_secs(5);

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

impl Detail {
    /// Returns whether the cluster is ready, and answers.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.cluster.is_ready() && self.trouble.is_none()
    }
}

/// One cluster in detail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// What a list says of it.
    #[serde(flatten)]
    pub cluster: ClusterStatus,
    /// The directory of its files.
    pub directory: String,
    /// The operator's drop-ins, which count as well.
    pub drop_ins: Vec<String>,
    /// The directory of its data.
    pub data_directory: String,
    /// How much disk its data takes; nothing when that is not known.
    pub data_size: Option<Size>,
    /// Its pods, while it is ready.
    pub pods: Vec<Pod>,
    /// Why the pods could not be asked for, although the unit is active.
    pub trouble: Option<String>,
}

/// Lists all clusters, by name.
///
/// # Errors
/// When the unit directory cannot be read, or systemd does not answer.
pub async fn list(context: &Context, report: Reporter<'_>) -> Result<Vec<ClusterStatus>> {
    let clusters = in_use::declared(context, report)?.clusters;
    if clusters.is_empty() {
        return Ok(Vec::new());
    }
    let manager = context.manager().await?;
    let drifts = drifts(context, &manager, &clusters, report).await?;
    let names = clusters.iter().flat_map(Cluster::node_names);
    let names: Vec<String> = names.map(|node| node.unit()).collect();
    let mut units = uncovered(context, &manager, &names).await?.into_iter();
    let list = clusters.iter().zip(drifts).map(|(cluster, drift)| {
        let units = units.by_ref().take(cluster.nodes.len());
        status(cluster, units.collect(), drift)
    });
    Ok(list.collect())
}

/// Returns where each cluster is not as declared; when that cannot be found out, it is only told:
/// the states are known all the same.
async fn drifts(
    context: &Context,
    manager: &Manager,
    clusters: &[Cluster],
    report: Reporter<'_>,
) -> Result<Vec<Vec<Drift>>> {
    match observe::observe(context, manager, clusters, None).await {
        Ok((_, found)) => Ok(found.iter().map(drift).collect()),
        Err(error) if is_interrupted(&error) => Err(error),
        Err(error) => {
            report(Report::Warning(format!(
                "could not check for drift: {error:#}"
            )));
            Ok(vec![Vec::new(); clusters.len()])
        }
    }
}

/// Describes one cluster.
///
/// # Errors
/// When there is no such cluster, or systemd does not answer.
pub async fn describe(
    context: &Context,
    cluster: &ClusterName,
    report: Reporter<'_>,
) -> Result<Detail> {
    let declared = known(context, cluster)?;
    let manager = context.manager().await?;
    let drift = drifts(context, &manager, std::slice::from_ref(&declared), report).await?;
    // Not before, since the drift takes its time: what is shown is what is so now.
    let names: Vec<String> = declared.node_names().map(|node| node.unit()).collect();
    let units = uncovered(context, &manager, &names).await?;
    let linked = manager.units(&cluster.linked_units()).await?;
    let drop_ins = drop_ins::of(context, &declared, units.iter().chain(&linked))?;
    let cluster_status = status(&declared, units, drift.into_iter().flatten().collect());
    // A node that lacks something may answer all the same.
    let first = first_node(&declared)?;
    let mut nodes = cluster_status.nodes.iter();
    let is_up = |node: &NodeStatus| node.active_since_usec.is_some();
    let asked = if nodes.any(|node| node.name == first.as_str() && is_up(node)) {
        pods::of(context, &first).await
    } else {
        Ok(Vec::new())
    };
    let (pods, trouble) = match asked {
        Ok(pods) => (pods, None),
        Err(error) => (Vec::new(), Some(format!("{error:#}"))),
    };
    let data_dir = declared.data_dir.as_ref();
    let data_directory = data_dir.map(|base| base.of_cluster(cluster).display().to_string());
    // Not even a Podman that fails keeps the rest from being said.
    let data_size = data::size(context, &declared).await.ok().flatten();
    // What was not waited for must not look like what is not there.
    context.cancel.check()?;
    Ok(Detail {
        data_directory: data_directory.unwrap_or_default(),
        data_size,
        cluster: cluster_status,
        directory: context.unit_dir.directory(cluster).display().to_string(),
        drop_ins,
        pods,
        trouble,
    })
}

/// Reads the units, each once its node has said whether it lacks something: its systemd covers that at the
/// end of a start with a word of its own.
async fn uncovered(
    context: &Context,
    manager: &Manager,
    names: &[String],
) -> Result<Vec<UnitState>> {
    let begun = Instant::now();
    loop {
        let units = manager.units(names).await?;
        let now = SystemTime::now();
        if begun.elapsed() >= LAST_WORD || !units.iter().any(|unit| is_just_covered(unit, now)) {
            return Ok(units);
        }
        context.cancel.or(tokio::time::sleep(PAUSE)).await?;
    }
}

/// Returns whether a node has just come up and will say more; later it has nothing more to say.
fn is_just_covered(unit: &UnitState, now: SystemTime) -> bool {
    let since = Duration::from_micros(unit.active_enter_usec.unwrap_or_default());
    let age = now.duration_since(UNIX_EPOCH + since).unwrap_or_default();
    unit.is_covered() && age < LAST_WORD
}

fn status(cluster: &Cluster, units: Vec<UnitState>, drift: Vec<Drift>) -> ClusterStatus {
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
        status: unit.refusal().unwrap_or_else(|| unit.words().to_owned()),
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
    let ready = Summary::Ready.name();
    let Some(worst) = nodes
        .iter()
        .find(|node| node.state != ready)
        .or(nodes.first())
    else {
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
