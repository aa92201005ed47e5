//! What an apply would do, and why; nothing is done.

use std::path::PathBuf;

use anyhow::Result;

use crate::cluster::{Cluster, ClusterName};
use crate::fileset::{Change, FileSet, diff};
use crate::ops::prepare::prepare;
use crate::ops::{Context, Reporter, control_plane, in_use, prune};
use crate::proposal::Proposal;
use crate::systemd::Manager;

/// A proposal, and what it does to the files.
#[derive(Debug)]
pub struct Planned {
    /// What would be done, and why.
    pub proposal: Proposal,
    /// The directory of the cluster.
    pub directory: PathBuf,
    /// What would be written and removed there.
    pub changes: Vec<Change>,
}

/// Returns what an apply would do to each of these clusters, and to those that it would remove.
///
/// # Errors
/// With a plan that does not work out, or when systemd or Podman does not answer.
pub async fn plan(
    context: &Context,
    clusters: &[Cluster],
    pruned: &[PathBuf],
    report: Reporter<'_>,
) -> Result<Vec<Planned>> {
    let manager = Manager::connect(&context.runtime_dir).await?;
    let prepared = prepare(context, &manager, clusters, report).await?;
    let mut planned: Vec<Planned> = prepared
        .into_iter()
        .map(|prepared| Planned {
            directory: context.unit_dir.directory(&prepared.plan.cluster),
            proposal: prepared.proposal,
            changes: prepared.changes,
        })
        .collect();
    for cluster in prune::left(context, clusters, pruned, report)? {
        planned.push(deletion(context, &cluster)?);
    }
    Ok(planned)
}

/// Returns the clusters that are there, as they were declared.
///
/// # Errors
/// When the unit directory cannot be read.
pub fn existing(context: &Context, report: Reporter<'_>) -> Result<Vec<Cluster>> {
    in_use::declared(context, report)
}

/// Returns the deletion of a cluster as a plan.
pub(crate) fn deletion(context: &Context, cluster: &ClusterName) -> Result<Planned> {
    let changes = diff(&context.unit_dir.load(cluster)?, &FileSet::default());
    let unit = control_plane(cluster).unit();
    Ok(Planned {
        directory: context.unit_dir.directory(cluster),
        proposal: Proposal::deletion(cluster.as_str(), &unit, &changes),
        changes,
    })
}
