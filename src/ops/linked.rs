//! The units of a cluster that systemd reads itself: their files lie with the others of the cluster, and
//! systemd finds them by links.
//!
//! One directory holds all of a cluster, and Quadlet leaves these in it alone. The links are made
//! and removed by systemd, as by `systemctl --user link` and `disable`.

use std::path::PathBuf;

use anyhow::Result;

use crate::edge::fs;
use crate::edge::systemd::Manager;
use crate::job::UnitFiles;
use crate::model::cluster::{Cluster, ClusterName, NodeName};
use crate::ops::{Context, ErrorWithHints};
use crate::units::unit_names;

/// Where systemd has a unit from.
enum Source {
    /// No file has its name.
    Nowhere,
    /// Our file.
    Ours,
    /// A file of somebody else's, or what is where the link would.
    Other(PathBuf),
}

/// Returns the units that systemd does not have from our files.
///
/// # Errors
/// When a file of somebody else's has the name of one, or is where its link would.
pub(crate) async fn missing(
    context: &Context,
    manager: &Manager,
    cluster: &Cluster,
) -> Result<Vec<String>> {
    let names = unit_names::linked_of(cluster);
    let units = manager.unit_files(&names).await?;
    missing_of(context, &units, &cluster.name)
}

/// Tells the same as [`missing`] from what systemd says of the units.
///
/// # Errors
/// As there.
pub(crate) fn missing_of(
    context: &Context,
    units: &[UnitFiles],
    cluster: &ClusterName,
) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for unit in units {
        match source(context, unit, cluster) {
            Source::Nowhere => missing.push(unit.name.clone()),
            Source::Ours => {}
            Source::Other(path) => {
                let (path, name) = (path.display(), &unit.name);
                return Err(ErrorWithHints::new(format!(
                    "`{path}` shadows `{name}` of cluster `{cluster}`; move it away"
                ))
                .into());
            }
        }
    }
    Ok(missing)
}

/// Has systemd load a unit from our file, from the next reload on.
pub(crate) async fn link(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    unit: &str,
) -> Result<()> {
    let file = file(context, cluster, unit);
    // systemd takes no link for a unit file; one among the directories above it is all right.
    let is_link = fs::link_target(&file).is_some();
    let file = if is_link { fs::resolve(&file) } else { file };
    if let Some(template) = unit_names::template_of(unit) {
        manager.link(&file.with_file_name(template)).await?;
    }
    Ok(manager.link(&file).await?)
}

/// Takes the links of a cluster with these nodes away, from the next reload on; somebody else's files stay.
///
/// # Errors
/// When systemd does not say where it has a unit from: a link that stays would lead nowhere.
pub(crate) async fn unlink(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    nodes: &[NodeName],
) -> Result<()> {
    let units = unit_names::linked(cluster, nodes);
    unlink_units(context, manager, cluster, &units).await?;
    let directories = nodes
        .iter()
        .map(|node| remove_join_directory(context, cluster, node));
    directories.collect()
}

/// Takes the links of a node's own units away, as [`unlink`] does.
pub(crate) async fn unlink_of_node(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    node: &NodeName,
) -> Result<()> {
    let [socket, _] = node.join_units();
    unlink_units(context, manager, cluster, &[socket]).await?;
    remove_join_directory(context, cluster, node)
}

/// Removes what systemd has made for a socket, and leaves when it closes it.
fn remove_join_directory(context: &Context, cluster: &ClusterName, node: &NodeName) -> Result<()> {
    let mut path = context
        .runtime_dir
        .join(unit_names::join_directory(cluster, node.id()));
    while path != context.runtime_dir && fs::remove_directory_if_empty(&path)? {
        path.pop();
    }
    Ok(())
}

async fn unlink_units(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    units: &[String],
) -> Result<()> {
    for unit in manager.unit_files(units).await? {
        match source(context, &unit, cluster) {
            Source::Nowhere | Source::Ours => {
                manager.unlink(&unit.name).await?;
                if let Some(template) = unit_names::template_of(&unit.name) {
                    manager.unlink(&template).await?;
                }
            }
            Source::Other(_) => {}
        }
    }
    Ok(())
}

fn source(context: &Context, unit: &UnitFiles, cluster: &ClusterName) -> Source {
    let ours = file(context, cluster, &unit.name);
    let link = context.config_dir.join("systemd/user").join(&unit.name);
    if unit.fragment_path.is_empty() {
        // systemd takes a link to nowhere for no file at all, and makes no slice in its place.
        let target = fs::link_target(&link);
        let is_ours = target.is_some_and(|target| target == ours || target == fs::resolve(&ours));
        // What cannot be looked at is not ours.
        let is_other = fs::exists(&link).unwrap_or(true) && !is_ours;
        return if is_other {
            Source::Other(link)
        } else {
            Source::Nowhere
        };
    }
    let loaded = PathBuf::from(&unit.fragment_path);
    if fs::resolve(&loaded) == fs::resolve(&ours) {
        Source::Ours
    } else {
        Source::Other(loaded)
    }
}

fn file(context: &Context, cluster: &ClusterName, unit: &str) -> PathBuf {
    context.unit_dir.directory(cluster).join(unit)
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
        let error = unlink(&context, &manager, &cluster, &[]).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "looking up units: the connection to the bus was lost, as at the end of a login session"
        );
    }
}
