//! A cluster's slice: its file lies with the others of the cluster, and systemd finds it by a link.
//!
//! One directory holds all of a cluster, and Quadlet leaves a slice in it alone. The link is made
//! and removed by systemd, as by `systemctl --user link` and `disable`.

use std::path::PathBuf;

use anyhow::Result;

use crate::cluster::ClusterName;
use crate::fs;
use crate::job::UnitState;
use crate::ops::{Context, Failure};
use crate::systemd::Manager;

/// Where systemd has a slice from.
enum Source {
    /// No file has its name.
    Nowhere,
    /// Our file.
    Ours,
    /// A file of somebody else's, or what stands where the link would.
    Other(PathBuf),
}

/// Tells whether systemd has the slice from our file; without a file, a slice has no limits.
///
/// # Errors
/// When a file of somebody else's has the slice's name, or stands where the link would.
pub(crate) async fn is_linked(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
) -> Result<bool> {
    let slice = manager.unit(&cluster.slice()).await?;
    is_ours(context, &slice, cluster)
}

/// Tells the same as [`is_linked`] from what systemd says of the slice.
///
/// # Errors
/// As there.
pub(crate) fn is_ours(context: &Context, slice: &UnitState, cluster: &ClusterName) -> Result<bool> {
    match source(context, slice, cluster) {
        Source::Nowhere => Ok(false),
        Source::Ours => Ok(true),
        Source::Other(path) => Err(Failure::new(format!(
            "`{}` shadows the slice of cluster `{cluster}`; move it away",
            path.display()
        ))
        .into()),
    }
}

/// Has systemd load the slice from our file, from the next reload on.
pub(crate) async fn link(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
) -> Result<()> {
    let file = file(context, cluster);
    // systemd takes no link for a unit file; one among the directories above it is all right.
    let is_link = fs::link_target(&file).is_some();
    let file = if is_link { fs::resolve(&file) } else { file };
    Ok(manager.link(&file).await?)
}

/// Takes our link away, from the next reload on; somebody else's file stays.
///
/// # Errors
/// When systemd does not say where it has the slice from: a link that stays would lead nowhere.
pub(crate) async fn unlink(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
) -> Result<()> {
    let slice = manager.unit(&cluster.slice()).await?;
    match source(context, &slice, cluster) {
        Source::Nowhere | Source::Ours => Ok(manager.unlink(&cluster.slice()).await?),
        Source::Other(_) => Ok(()),
    }
}

fn source(context: &Context, slice: &UnitState, cluster: &ClusterName) -> Source {
    let ours = file(context, cluster);
    let link = context
        .config_dir
        .join("systemd/user")
        .join(cluster.slice());
    if slice.fragment_path.is_empty() {
        // systemd takes a link to nowhere for no file at all, and makes none in its place.
        let target = fs::link_target(&link);
        let is_ours = target.is_some_and(|target| target == ours || target == fs::resolve(&ours));
        let is_other = fs::exists(&link) && !is_ours;
        return if is_other {
            Source::Other(link)
        } else {
            Source::Nowhere
        };
    }
    let loaded = PathBuf::from(&slice.fragment_path);
    if fs::resolve(&loaded) == fs::resolve(&ours) {
        Source::Ours
    } else {
        Source::Other(loaded)
    }
}

fn file(context: &Context, cluster: &ClusterName) -> PathBuf {
    context.unit_dir.directory(cluster).join(cluster.slice())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::path::Path;

    use zbus::Guid;
    use zbus::connection::Builder;

    use super::*;

    #[tokio::test]
    async fn a_systemd_that_does_not_answer_is_an_error_and_no_link_that_is_gone() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let systemd = Builder::unix_stream(ours).server(Guid::generate()).p2p();
        let client = Builder::unix_stream(theirs).p2p();
        let (systemd, client) = tokio::join!(systemd.build(), client.build());
        systemd.unwrap().close().await.unwrap();
        let manager = Manager::new(client.unwrap());
        let context = Context::below(Path::new("/nonexistent"));
        let cluster = ClusterName::new("dev").unwrap();
        let error = unlink(&context, &manager, &cluster).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "looking up `kinc-dev.slice`: the connection to the bus was lost, as at the end of a login session"
        );
    }
}
