//! A cluster's slice: its file lies with the others of the cluster, and systemd finds it by a link.
//!
//! One directory holds all of a cluster, and Quadlet leaves a slice in it alone. The link is made
//! and removed by systemd, as by `systemctl --user link` and `disable`.

use std::path::PathBuf;

use anyhow::Result;

use crate::cluster::ClusterName;
use crate::fs;
use crate::ops::{Context, Failure};
use crate::systemd::Manager;

/// Where systemd has a slice from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Link {
    /// From our file.
    Ours,
    /// From nowhere: a slice without a file is one without limits.
    Missing,
    /// From a file of somebody else.
    Foreign(PathBuf),
}

/// Returns where systemd has the slice from; cheap enough for an apply that changes nothing.
pub(crate) async fn look(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
) -> Result<Link> {
    let slice = manager.unit(&cluster.slice()).await?;
    if slice.fragment_path.is_empty() {
        return Ok(Link::Missing);
    }
    let loaded = PathBuf::from(slice.fragment_path);
    Ok(
        if fs::resolve(&loaded) == fs::resolve(&file(context, cluster)) {
            Link::Ours
        } else {
            Link::Foreign(loaded)
        },
    )
}

/// Has systemd load the slice from our file, from the next reload on.
pub(crate) async fn link(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
) -> Result<()> {
    Ok(manager.link(&file(context, cluster)).await?)
}

/// Fails when somebody else's file has the slice's name: systemd would load that one.
pub(crate) async fn not_foreign(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
) -> Result<()> {
    match look(context, manager, cluster).await? {
        Link::Ours | Link::Missing => Ok(()),
        Link::Foreign(path) => Err(Failure::new(format!(
            "`{}` shadows the slice of cluster `{cluster}`; move it away",
            path.display()
        ))
        .into()),
    }
}

fn file(context: &Context, cluster: &ClusterName) -> PathBuf {
    context.unit_dir.directory(cluster).join(cluster.slice())
}
