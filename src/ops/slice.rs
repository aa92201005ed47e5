//! A cluster's slice: its file lies with the others of the cluster, and systemd finds it by a link.
//!
//! One directory holds all of a cluster, and Quadlet leaves a slice in it alone. The link is made
//! and removed by systemd, as by `systemctl --user link` and `disable`.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cluster::ClusterName;
use crate::fs;
use crate::ops::{Context, Failure};
use crate::systemd::Manager;

/// Tells whether systemd has the slice from our file; without a file, a slice has no limits.
///
/// Cheap enough for an apply that changes nothing.
///
/// # Errors
/// When a file of somebody else's has the slice's name, or stands where the link would.
pub(crate) async fn is_linked(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
) -> Result<bool> {
    let slice = manager.unit(&cluster.slice()).await?;
    let ours = file(context, cluster);
    let link = context
        .config_dir
        .join("systemd/user")
        .join(cluster.slice());
    if slice.fragment_path.is_empty() {
        // systemd takes a link to nowhere for no file at all, and makes none in its place.
        return if fs::exists(&link) && fs::link_target(&link).as_ref() != Some(&ours) {
            Err(shadows(&link, cluster))
        } else {
            Ok(false)
        };
    }
    let loaded = PathBuf::from(slice.fragment_path);
    if fs::resolve(&loaded) == fs::resolve(&ours) {
        Ok(true)
    } else {
        Err(shadows(&loaded, cluster))
    }
}

/// Has systemd load the slice from our file, from the next reload on.
pub(crate) async fn link(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
) -> Result<()> {
    Ok(manager.link(&file(context, cluster)).await?)
}

/// Takes our link away, from the next reload on; somebody else's file stays.
pub(crate) async fn unlink(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
) -> Result<()> {
    match is_linked(context, manager, cluster).await {
        Ok(_) => Ok(manager.unlink(&cluster.slice()).await?),
        Err(_) => Ok(()),
    }
}

fn shadows(path: &Path, cluster: &ClusterName) -> anyhow::Error {
    Failure::new(format!(
        "`{}` shadows the slice of cluster `{cluster}`; move it away",
        path.display()
    ))
    .into()
}

fn file(context: &Context, cluster: &ClusterName) -> PathBuf {
    context.unit_dir.directory(cluster).join(cluster.slice())
}
