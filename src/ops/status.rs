//! What is there: clusters by their files, states by systemd, pods by the cluster itself.

mod cluster_status;
mod pods;

pub use crate::ops::status::cluster_status::{ClusterStatus, NodeStatus, Port};
pub(crate) use crate::ops::status::pods::Pod;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde::Serialize;

use crate::edge::systemd::Manager;
use crate::job::UnitState;
use crate::model::cluster::{Cluster, NodeName};
use crate::ops::lock::PAUSE;
use crate::ops::status::cluster_status::status;
use crate::ops::{
    Context, Report, Reporter, Size, Target, control_planes, data, drop_ins, in_use,
    is_interrupted, known, observe,
};
use crate::plan::drift::{Drift, drift};
use crate::units::unit_names;

/// How long after its start a node may take to say what it lacks; it takes a second at most on a quiet host.
const LAST_WORD: Duration = Duration::from_secs(5);

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
    /// What a list says of it; of a node, only what concerns that.
    #[serde(flatten)]
    pub cluster: ClusterStatus,
    /// The node that alone is described; nothing where it is the whole cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
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
        Ok((_, observed)) => Ok(observed.iter().map(|one| drift(&one.found)).collect()),
        Err(error) if is_interrupted(&error) => Err(error),
        Err(error) => {
            report(Report::Warning(format!(
                "could not check for drift: {error:#}"
            )));
            Ok(vec![Vec::new(); clusters.len()])
        }
    }
}

/// Describes one cluster, or one of its nodes.
///
/// # Errors
/// When there is no such cluster or node, or systemd does not answer.
pub async fn describe<'a>(
    context: &Context,
    target: impl Into<Target<'a>>,
    report: Reporter<'_>,
) -> Result<Detail> {
    let target = target.into();
    let cluster = target.cluster;
    let declared = known(context, cluster)?;
    let only = target.only(&declared)?;
    let manager = context.manager().await?;
    let drift = drifts(context, &manager, std::slice::from_ref(&declared), report).await?;
    // Not before, since the drift takes its time: what is shown is what is so now.
    let names: Vec<String> = declared.node_names().map(|node| node.unit()).collect();
    let units = uncovered(context, &manager, &names).await?;
    let linked = unit_names::linked_of(&declared);
    let linked = manager.unit_files(&linked).await?;
    let drop_ins = drop_ins::of(context, &declared, &units, &linked)?;
    let mut cluster_status = status(&declared, units, drift.into_iter().flatten().collect());
    let (pods, trouble) = match pods(context, &declared, &cluster_status, only.as_ref()).await {
        Ok(pods) => (pods, None),
        Err(error) => (Vec::new(), Some(format!("{error:#}"))),
    };
    let data = declared.data_dir.as_ref().map(|base| match &only {
        Some(node) => base.of_node(cluster, node),
        None => base.of_cluster(cluster),
    });
    // Not even a Podman that fails keeps the rest from being said.
    let data_size = match &data {
        Some(path) => data::size(context, path).await.ok().flatten(),
        None => None,
    };
    // What was not waited for must not look like what is not there.
    context.cancel.check()?;
    if let Some(node) = &only {
        cluster_status.retain(node);
    }
    Ok(Detail {
        data_directory: data.map_or_else(String::new, |path| path.display().to_string()),
        data_size,
        cluster: cluster_status,
        node: only.map(|node| node.to_string()),
        directory: context.unit_dir.directory(cluster).display().to_string(),
        drop_ins,
        pods,
        trouble,
    })
}

/// Returns the pods of a cluster, or of one of its nodes; none while all control planes are down.
async fn pods(
    context: &Context,
    declared: &Cluster,
    status: &ClusterStatus,
    only: Option<&NodeName>,
) -> Result<Vec<Pod>> {
    // A node that lacks something may answer all the same.
    let is_up = |node: &NodeName| {
        let mut nodes = status.nodes.iter();
        nodes.any(|one| one.name == node.as_str() && one.active_since_usec.is_some())
    };
    match control_planes(declared).find(is_up) {
        Some(asked) => pods::of(context, &asked, only).await,
        None => Ok(Vec::new()),
    }
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
