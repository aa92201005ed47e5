//! What is there: clusters by their files, states by systemd, pods by the cluster itself.

use std::fmt;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::edge::podman::Exec;
use crate::edge::systemd::Manager;
use crate::job::{Summary, UnitState};
use crate::model::cluster::{Cluster, ClusterName, PortMapping};
use crate::ops::{
    Context, Report, Reporter, Size, control_plane, data, drop_ins, in_use, is_interrupted, known,
    observe,
};
use crate::plan::drift::{Drift, drift};

/// One cluster in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStatus {
    /// The cluster's name.
    pub name: String,
    /// The node's state in one word, such as `ready` or `degraded`.
    pub state: &'static str,
    /// The unit's STATUS line, or why systemd refused to start it.
    pub status: String,
    /// The Kubernetes version that is declared.
    pub kubernetes_version: String,
    /// The API server's address and port on this host.
    pub api_server: String,
    /// More ports of this host that lead to the node.
    pub ports: Vec<Port>,
    /// Whether it starts with the host.
    pub autostart: bool,
    /// The unit to ask systemd about.
    pub unit: String,
    /// Since when it is active, in microseconds since 1970.
    pub active_since_usec: Option<u64>,
    /// How often systemd has restarted it by itself.
    pub restarts: u32,
    /// The memory of everything in it, in bytes, where the host accounts for memory.
    pub memory: Option<u64>,
    /// Where it is not as declared.
    pub drift: Vec<Drift>,
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
    /// Tells whether the cluster is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state == Summary::Ready.name()
    }
}

impl Detail {
    /// Tells whether the cluster is ready, and answers.
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

/// A pod, as far as its readiness goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pod {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// `Running`, `Pending` ...
    pub phase: String,
    /// Whether it is ready, or has done its work.
    pub ready: bool,
}

#[derive(Deserialize)]
struct PodList {
    items: Vec<PodItem>,
}

#[derive(Deserialize)]
struct PodItem {
    metadata: PodMetadata,
    #[serde(default)]
    status: PodStatus,
}

#[derive(Deserialize)]
struct PodMetadata {
    namespace: String,
    name: String,
}

#[derive(Deserialize, Default)]
struct PodStatus {
    #[serde(default)]
    phase: String,
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
struct Condition {
    r#type: String,
    status: String,
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
    let names = clusters.iter().map(|one| control_plane(&one.name).unit());
    let units = manager.units(&names.collect::<Vec<_>>()).await?;
    let of_clusters = clusters.iter().zip(units).zip(drifts);
    let list = of_clusters.map(|((cluster, unit), drift)| status(cluster, unit, drift));
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
                "whether all is as declared is not known: {error:#}"
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
    let declared = [known(context, cluster)?];
    let manager = context.manager().await?;
    let unit = manager.unit(&control_plane(cluster).unit()).await?;
    let drift = drifts(context, &manager, &declared, report)
        .await?
        .remove(0);
    let linked = manager.units(&cluster.linked_units()).await?;
    let drop_ins = drop_ins::of(context, &unit, &linked, cluster)?;
    let cluster_status = status(&declared[0], unit, drift);
    // A node that lacks something may answer all the same.
    let asked = if cluster_status.active_since_usec.is_some() {
        pods(context, cluster)
    } else {
        Ok(Vec::new())
    };
    let (pods, trouble) = match asked {
        Ok(pods) => (pods, None),
        Err(error) => (Vec::new(), Some(format!("{error:#}"))),
    };
    let data_dir = declared[0].data_dir.as_ref();
    let data_directory = data_dir.map(|base| base.of_cluster(cluster).display().to_string());
    // Not even a Podman that fails keeps the rest from being said.
    let data_size = data::size(context, &declared[0]).ok().flatten();
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

fn status(cluster: &Cluster, unit: UnitState, drift: Vec<Drift>) -> ClusterStatus {
    let port = cluster
        .api_server_port
        .map_or_else(String::new, |port| format!(":{port}"));
    let summary = unit.summary();
    ClusterStatus {
        name: cluster.name.to_string(),
        state: unit.node(),
        kubernetes_version: cluster.kubernetes_version.clone(),
        api_server: format!("{}{port}", cluster.api_server_address),
        ports: cluster.node.ports.iter().filter_map(Port::of).collect(),
        autostart: cluster.autostart,
        active_since_usec: unit.active_enter_usec.filter(|_| summary == Summary::Ready),
        restarts: unit.n_restarts,
        memory: unit.memory_current,
        drift,
        status: unit.refusal().unwrap_or(unit.status_text),
        unit: unit.name,
    }
}

fn pods(context: &Context, cluster: &ClusterName) -> Result<Vec<Pod>> {
    let json = context.podman.exec(Exec {
        container: control_plane(cluster).container(),
        command: &[
            "kubectl",
            "get",
            "pods",
            "--all-namespaces",
            "--request-timeout=5s",
            "--output",
            "json",
        ],
    })?;
    let list: PodList = serde_json::from_str(&json)?;
    Ok(list.items.into_iter().map(pod).collect())
}

fn pod(item: PodItem) -> Pod {
    let is_ready =
        |condition: &Condition| condition.r#type == "Ready" && condition.status == "True";
    let ready = item.status.conditions.iter().any(is_ready) || item.status.phase == "Succeeded";
    Pod {
        namespace: item.metadata.namespace,
        name: item.metadata.name,
        phase: item.status.phase,
        ready,
    }
}
