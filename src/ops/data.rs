//! The data of clusters: where it lies, how it is made, looked at and removed.

mod checks;
mod fate;
mod leaving;
mod record;
mod removal;
mod size;
mod suitable;

pub(crate) use crate::ops::data::checks::{
    check_mount, check_new, check_there, check_there_but, unfit,
};
pub(crate) use crate::ops::data::fate::Data;
pub(crate) use crate::ops::data::leaving::check_leaving;
pub(crate) use crate::ops::data::record::{Record, record};
pub(crate) use crate::ops::data::removal::{find, remove, remove_mark, remove_nodes};
pub(crate) use crate::ops::data::size::Size;
pub(crate) use crate::ops::data::size::size;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::edge::data_dir::{self, State};
use crate::edge::systemd::Error;
use crate::model::cluster::{Cluster, DataDir, NodeName, Uid};
use crate::ops::Context;
use crate::resolve::{DataFacts, ResolvedCluster};
use crate::units::file_set::{DECLARATION, FileSet};

/// Returns the directory of clusters whose declaration names none: the one that was `given`, or else one
/// below where the user manager, and so Podman, looks for data, which need not be where the shell does.
/// Without a user manager the shell has the say.
///
/// # Errors
/// When systemd does not answer.
pub(crate) async fn base(context: &Context, given: Option<&Path>) -> Result<DataDir> {
    if let Some(path) = given {
        return Ok(DataDir::new(path.to_string_lossy()));
    }
    match context.manager().await {
        Ok(manager) => Ok(base_of(manager.environment().await?)),
        Err(Error::NoBus { .. }) => Ok(context.data_dir.clone()),
        Err(error) => Err(error.into()),
    }
}

/// As the XDG base directory specification has it: a relative path counts as not set.
fn base_of(environment: &BTreeMap<String, String>) -> DataDir {
    let absolute = |name: &str| {
        let path = environment.get(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let home = || {
        absolute("HOME")
            .unwrap_or_else(|| PathBuf::from("/"))
            .join(".local/share")
    };
    let data = absolute("XDG_DATA_HOME").unwrap_or_else(home).join("kinc");
    DataDir::new(data.to_string_lossy())
}

/// Returns what a plan of these clusters has to know of the places for data.
///
/// # Errors
/// When systemd does not answer, or a directory cannot be read.
pub(crate) async fn facts(
    context: &Context,
    clusters: &[Cluster],
    recorded: &[Cluster],
) -> Result<DataFacts> {
    let base = base(context, None).await?;
    let mut uids = BTreeMap::new();
    let mut moved = BTreeSet::new();
    for cluster in clusters {
        let name = &cluster.name;
        let place = cluster.data_dir.as_ref();
        match recorded.iter().find(|own| own.name == *name) {
            None => {
                let state = data_dir::state(place.unwrap_or(&base), name)?;
                uids.insert(name.clone(), new_uid(context, state)?);
            }
            Some(own) => {
                if let (Some(new), Some(uid)) = (place, &own.uid)
                    && own.data_dir.as_ref() != Some(new)
                    && data_dir::state(new, name)?.uid() == Some(uid)
                {
                    moved.insert(name.clone());
                }
            }
        }
    }
    Ok(DataFacts { base, uids, moved })
}

/// Returns the uid of a new cluster: that of directories in which an interrupted apply came no further.
fn new_uid(context: &Context, state: State) -> Result<Uid> {
    if let State::Empty(uid) = state {
        return Ok(uid);
    }
    let uuid = context.host.random_uuid()?;
    Uid::parse(&uuid).with_context(|| format!("`{uuid}`, which the kernel gave, is not a UUID"))
}

/// Returns what is wrong with the data of a node of a cluster that is recorded, in words.
pub(crate) fn faults(cluster: &Cluster, node: &NodeName) -> Vec<String> {
    let (Some(base), Some(uid)) = (&cluster.data_dir, &cluster.uid) else {
        return Vec::new();
    };
    data_dir::faults(base, &cluster.name, node, uid)
}

/// Returns a directory of a node's state on the host, such as `var`.
pub(crate) fn directory(cluster: &Cluster, node: &NodeName, name: &str) -> Option<PathBuf> {
    let base = cluster.data_dir.as_ref()?;
    Some(base.of_node(&cluster.name, node).join(name))
}

/// Makes the directories of new nodes. Before their files: a node that is there has its data.
pub(crate) fn create(resolved: &ResolvedCluster, nodes: &[NodeName]) -> Result<()> {
    if nodes.is_empty() {
        return Ok(());
    }
    data_dir::create(&resolved.data_dir, &resolved.cluster, nodes, &resolved.uid)
}

/// Keeps a copy of the resolved declaration beside the data. After the one that rules.
pub(crate) fn keep_copy(resolved: &ResolvedCluster, files: &FileSet) -> Result<()> {
    match files.get(DECLARATION) {
        Some(file) => {
            data_dir::write_declaration(&resolved.data_dir, &resolved.cluster, &file.text)
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_goes_where_the_user_manager_looks_for_it() {
        let base = |variables: &[(&str, &str)]| {
            let pairs = variables.iter();
            let owned = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            base_of(&owned.collect()).to_string()
        };
        let home = ("HOME", "/home/ops");
        assert_eq!(base(&[home]), "/home/ops/.local/share/kinc");
        assert_eq!(base(&[home, ("XDG_DATA_HOME", "/big")]), "/big/kinc");
        assert_eq!(
            base(&[home, ("XDG_DATA_HOME", "big")]),
            "/home/ops/.local/share/kinc"
        );
    }
}
