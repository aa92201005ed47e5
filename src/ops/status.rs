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
use crate::model::cluster::{Cluster, ClusterName};
use crate::ops::lock::PAUSE;
use crate::ops::status::cluster_status::status;
use crate::ops::{
    Context, Report, Reporter, Size, data, drop_ins, first_node, in_use, is_interrupted, known,
    observe,
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
    let linked = unit_names::linked(cluster, declared.node_names());
    let linked = manager.unit_files(&linked).await?;
    let drop_ins = drop_ins::of(context, &declared, &units, &linked)?;
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
