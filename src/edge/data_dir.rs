//! The edge to the directories that hold the state of clusters: made once, marked, and looked at.
//!
//! It removes nothing but what a user may: files of other owners are for `podman unshare`, which `ops`
//! calls. It follows no link below the base directory.

mod removal;

pub(crate) use crate::edge::data_dir::removal::{
    foreign, foreign_in_node, remove, take_out, taken_out,
};

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::edge::fs;
use crate::model::cluster::{ClusterName, DataDir, MARK, NODE_DIRECTORIES, NodeName, Uid};

/// The copy of the resolved declaration, by which a lost one is made again.
const COPY: &str = "cluster.yaml";

/// Only their owner gets into the directories above those of a node.
const PRIVATE: u32 = 0o700;

/// What is mounted into a node is for all users in it.
const MOUNTED: u32 = 0o755;

/// Only the owner reads the copy: a declaration may hold secrets.
const COPY_MODE: u32 = 0o600;

/// Everyone may read a mark; it is not a secret.
const MARK_MODE: u32 = 0o644;

/// What is where a cluster would have its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing, or what an interrupted attempt to make it has left before its mark.
    Absent,
    /// Directories of ours in which nothing was ever started.
    Empty(Uid),
    /// Data of the cluster with this uid.
    Data(Uid),
    /// Something that is not ours, in words.
    Foreign(String),
}

impl State {
    /// Returns the uid that is marked there.
    #[must_use]
    pub(crate) fn uid(&self) -> Option<&Uid> {
        match self {
            Self::Empty(uid) | Self::Data(uid) => Some(uid),
            Self::Absent | Self::Foreign(_) => None,
        }
    }
}

/// Looks at what is where a cluster would have its data.
///
/// # Errors
/// When a directory or a mark cannot be read.
pub(crate) fn state(base: &DataDir, cluster: &ClusterName) -> Result<State> {
    let path = base.of_cluster(cluster);
    if !fs::exists(&path)? {
        return Ok(State::Absent);
    }
    if !fs::is_real_directory(&path)? {
        let what = format!("`{}` is not a directory of kinc", path.display());
        return Ok(State::Foreign(what));
    }
    let entries = fs::entries(&path)?;
    match mark(&path)? {
        Mark::Missing if entries.iter().all(|name| name == mark_directory()) => Ok(State::Absent),
        Mark::Missing => {
            let what = format!("`{}` has no mark of kinc in it", path.display());
            Ok(State::Foreign(what))
        }
        Mark::Unreadable => {
            let what = format!("`{}` is not a mark of kinc", path.join(MARK).display());
            Ok(State::Foreign(what))
        }
        Mark::Of(uid) if is_empty(&path, &entries)? => Ok(State::Empty(uid)),
        Mark::Of(uid) => Ok(State::Data(uid)),
    }
}

/// Makes the directories of a cluster, each with its mark; those that are there already stay.
///
/// # Errors
/// When one cannot be made.
pub(crate) fn create(
    base: &DataDir,
    cluster: &ClusterName,
    nodes: &[NodeName],
    uid: &Uid,
) -> Result<()> {
    let base_path = Path::new(base.as_str());
    if let Some(parent) = base_path.parent() {
        fs::create_directory(parent)?;
    }
    let own = base.of_cluster(cluster);
    for path in [base_path, &base.clusters(), &own] {
        fs::create_directory_with_mode(path, PRIVATE)?;
    }
    write_mark(&own, uid)?;
    for node in nodes {
        let of_node = base.of_node(cluster, node);
        fs::create_directory_with_mode(&of_node, PRIVATE)?;
        for name in NODE_DIRECTORIES {
            let mounted = of_node.join(name);
            fs::create_directory_with_mode(&mounted, MOUNTED)?;
            write_mark(&mounted, uid)?;
        }
    }
    Ok(())
}

/// Returns what is wrong with the directories of a node, each in words; `None` if they are there and
/// have the mark of the cluster.
#[must_use]
pub(crate) fn faults(
    base: &DataDir,
    cluster: &ClusterName,
    node: &NodeName,
    uid: &Uid,
) -> Vec<String> {
    let of_node = base.of_node(cluster, node);
    let directories = NODE_DIRECTORIES.iter().map(|name| of_node.join(name));
    // A disk that fails is one of them, and no matter of other clusters.
    let fault =
        |path: PathBuf| fault(&path, uid).unwrap_or_else(|error| Some(format!("{error:#}")));
    directories.filter_map(fault).collect()
}

fn fault(path: &Path, uid: &Uid) -> Result<Option<String>> {
    let shown = path.display();
    if fs::modified(path)?.is_none() || !fs::is_directory(path)? {
        return Ok(Some(format!("`{shown}` is missing")));
    }
    Ok(match mark(path)? {
        Mark::Of(found) if found == *uid => None,
        Mark::Of(_) => Some(format!("`{shown}` belongs to another cluster")),
        Mark::Missing => Some(format!("`{shown}` has lost its mark, and its data")),
        Mark::Unreadable => Some(format!("the mark of `{shown}` is damaged")),
    })
}

/// Returns the copy of the resolved declaration; `None` if there is none.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn declaration(base: &DataDir, cluster: &ClusterName) -> Result<Option<String>> {
    let copy = fs::read(&copy_path(base, cluster))?;
    Ok(copy.map(|entry| entry.text))
}

/// Writes the copy of the resolved declaration, unless it is there already. The directory has to be there.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_declaration(base: &DataDir, cluster: &ClusterName, text: &str) -> Result<()> {
    if declaration(base, cluster)?.as_deref() == Some(text) {
        return Ok(());
    }
    fs::write(&copy_path(base, cluster), text, COPY_MODE)
        .context("keeping a copy of the declaration beside the data")
}

/// What a directory says of whose it is.
enum Mark {
    Missing,
    Unreadable,
    Of(Uid),
}

fn mark(directory: &Path) -> Result<Mark> {
    Ok(match fs::read_lossy(&directory.join(MARK))? {
        None => Mark::Missing,
        Some(entry) => Uid::parse(entry.text.trim()).map_or(Mark::Unreadable, Mark::Of),
    })
}

fn write_mark(directory: &Path, uid: &Uid) -> Result<()> {
    let path = directory.join(MARK);
    if let Some(parent) = path.parent() {
        fs::create_directory_with_mode(parent, MOUNTED)?;
    }
    fs::write(&path, &format!("{uid}\n"), MARK_MODE)
}

fn mark_directory() -> &'static str {
    MARK.split('/').next().unwrap_or(MARK)
}

fn copy_path(base: &DataDir, cluster: &ClusterName) -> PathBuf {
    base.of_cluster(cluster).join(COPY)
}

/// Returns whether nothing was ever started here: there are only directories of ours, marks and the copy.
fn is_empty(cluster: &Path, entries: &[String]) -> Result<bool> {
    let is_bare = |path: &Path| -> Result<bool> {
        let entries = fs::entries(path)?;
        let marks = fs::entries(&path.join(mark_directory()))?;
        let only = |names: &[String], only: &str| names.iter().all(|name| name == only);
        Ok(only(&entries, mark_directory()) && only(&marks, "uid"))
    };
    for node in entries.iter().map(|name| cluster.join(name)) {
        if node.ends_with(mark_directory()) || node.ends_with(COPY) {
            continue;
        }
        if !fs::is_real_directory(&node)? {
            return Ok(false);
        }
        for name in fs::entries(&node)? {
            let is_ours = NODE_DIRECTORIES.contains(&name.as_str());
            if !is_ours || !is_bare(&node.join(name))? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
