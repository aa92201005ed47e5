//! What goes with a cluster's data, what in its directory is somebody else's, and how it goes.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{COPY, Mark, PRIVATE, copy_path, mark, mark_directory};
use crate::edge::fs;
use crate::model::cluster::{ClusterName, DataDir, MARK, NODE_DIRECTORIES, NodeName, Uid};

/// Where the directories of nodes are while they are removed, beside the mark.
const REMOVED: &str = "removed";

/// Returns what lies in the directory of a cluster and is not its own, each in words: a backup that was
/// made beside the data, or another cluster's. Nothing when all of it may go.
///
/// # Errors
/// When a directory or a mark cannot be read.
pub(crate) fn foreign(base: &DataDir, cluster: &ClusterName, uid: &Uid) -> Result<Vec<String>> {
    let path = base.of_cluster(cluster);
    // A removal that was interrupted may have taken marks away.
    let is_begun = fs::exists(&removed(base, cluster))?;
    let mut foreign = Vec::new();
    for name in fs::entries(&path)? {
        let entry = path.join(&name);
        if name == mark_directory() {
            let own = [REMOVED, "uid"];
            foreign.extend(others(&entry, &own)?);
        } else if NodeName::of(cluster, &name).is_some() && fs::is_real_directory(&entry)? {
            foreign.extend(foreign_of_node(&entry, uid, is_begun)?);
        } else if name != COPY {
            foreign.push(not_ours(&entry));
        }
    }
    Ok(foreign)
}

/// Returns what lies in the directory of a node and is not its own, each in words; nothing where there is none.
///
/// # Errors
/// When a directory or a mark cannot be read.
pub(crate) fn foreign_in_node(
    base: &DataDir,
    cluster: &ClusterName,
    node: &NodeName,
    uid: &Uid,
) -> Result<Vec<String>> {
    let directory = base.of_node(cluster, node);
    if !fs::exists(&directory)? {
        return Ok(Vec::new());
    }
    if !fs::is_real_directory(&directory)? {
        return Ok(vec![not_ours(&directory)]);
    }
    foreign_of_node(&directory, uid, fs::exists(&removed(base, cluster))?)
}

fn foreign_of_node(directory: &Path, uid: &Uid, is_begun: bool) -> Result<Vec<String>> {
    let mut foreign = others(directory, &NODE_DIRECTORIES)?;
    for name in NODE_DIRECTORIES {
        foreign.extend(foreign_reason(&directory.join(name), uid, is_begun)?);
    }
    Ok(foreign)
}

/// Returns what is in a directory under another name than these.
fn others(directory: &Path, own: &[&str]) -> Result<Vec<String>> {
    let names = fs::entries(directory)?.into_iter();
    let others = names.filter(|name| !own.contains(&name.as_str()));
    Ok(others.map(|name| not_ours(&directory.join(name))).collect())
}

fn not_ours(path: &Path) -> String {
    format!("`{}` does not belong to kinc", path.display())
}

/// Tells why a directory that a node would mount is not this cluster's; `None` if it is, or has
/// nothing in it.
fn foreign_reason(mounted: &Path, uid: &Uid, is_begun: bool) -> Result<Option<String>> {
    let shown = mounted.display();
    // With a link would go the link alone.
    if fs::exists(mounted)? && !fs::is_real_directory(mounted)? {
        return Ok(Some(not_ours(mounted)));
    }
    Ok(match mark(mounted)? {
        Mark::Of(found) if found == *uid => None,
        Mark::Of(_) => Some(format!("`{shown}` belongs to another cluster")),
        Mark::Unreadable => Some(format!("the mark of `{shown}` is damaged")),
        Mark::Missing if !is_begun && has_files(mounted)? => {
            Some(format!("`{shown}` has files and no mark"))
        }
        Mark::Missing => None,
    })
}

/// Returns whether anything but directories is somewhere below: a start that was refused leaves such.
fn has_files(directory: &Path) -> Result<bool> {
    for name in fs::entries(directory)? {
        let entry = directory.join(name);
        if !fs::is_real_directory(&entry)? || has_files(&entry)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes the directories of these nodes away from where everybody looks for them, each whole and at once, and
/// returns what is to be removed, in this order; nothing when there is nothing. From then on no unit starts on what
/// is half-removed, and a removal that is interrupted needs no marks to continue.
///
/// Some file systems rename no directory, such as an overlay one of a lower layer: it stays where it is, and
/// loses its marks, without which no unit starts either.
///
/// # Errors
/// When one cannot be moved.
pub(crate) fn take_out(
    base: &DataDir,
    cluster: &ClusterName,
    goes: impl Fn(&NodeName) -> bool,
) -> Result<Vec<PathBuf>> {
    let path = base.of_cluster(cluster);
    let mut nodes = fs::entries(&path)?;
    nodes.retain(|name| NodeName::of(cluster, name).is_some_and(|node| goes(&node)));
    let removed = removed(base, cluster);
    let mut left = Vec::new();
    if !nodes.is_empty() {
        fs::create_directory_with_mode(&removed, PRIVATE)?;
    }
    for node in nodes {
        let own = path.join(&node);
        if !fs::rename_directory(&own, &removed.join(&node))? {
            for name in NODE_DIRECTORIES {
                fs::remove(&own.join(name).join(MARK))?;
            }
            left.push(own);
        }
    }
    // Last, since it says that the removal has begun.
    left.extend(fs::exists(&removed)?.then_some(removed));
    Ok(left)
}

/// Returns what an earlier removal has taken out and did not come to remove.
///
/// # Errors
/// When it cannot be looked at.
pub(crate) fn taken_out(base: &DataDir, cluster: &ClusterName) -> Result<Vec<PathBuf>> {
    let removed = removed(base, cluster);
    let nodes = fs::entries(&removed)?.into_iter();
    Ok(nodes.map(|node| removed.join(node)).collect())
}

fn removed(base: &DataDir, cluster: &ClusterName) -> PathBuf {
    base.of_cluster(cluster)
        .join(mark_directory())
        .join(REMOVED)
}

/// Removes what is left of a cluster's directory once its nodes are gone; the mark goes last, so that an
/// interrupted removal can be repeated.
///
/// # Errors
/// When something of somebody else's is in it.
pub(crate) fn remove(base: &DataDir, cluster: &ClusterName) -> Result<()> {
    let path = base.of_cluster(cluster);
    fs::remove_unfinished(&path)?;
    fs::remove(&copy_path(base, cluster))?;
    let marks = path.join(mark_directory());
    fs::remove_unfinished(&marks)?;
    fs::remove(&path.join(MARK))?;
    fs::remove_directory_if_empty(&marks)?;
    anyhow::ensure!(
        fs::remove_directory_if_empty(&path)?,
        "`{}` contains files that do not belong to kinc",
        path.display()
    );
    Ok(())
}
