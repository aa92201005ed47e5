//! What must hold of a place for data before a cluster's files name it.

use std::path::Path;

use anyhow::Result;

use crate::edge::data_dir::{self, State};
use crate::model::cluster::{Cluster, NodeName};
use crate::model::field::Field;
use crate::model::problem::Problems;
use crate::model::shell;
use crate::ops::data::faults;
use crate::ops::data::suitable::unsuitable;
use crate::ops::{Context, ErrorWithHints};
use crate::resolve::ResolvedCluster;

/// Checks that a new cluster takes over nobody's data, and that its directory can hold what a node writes.
pub(crate) fn check_new(context: &Context, resolved: &ResolvedCluster) -> Result<()> {
    let (base, name) = (&resolved.data_dir, &resolved.cluster);
    let path = base.of_cluster(name);
    match data_dir::state(base, name)? {
        State::Absent | State::Empty(_) => {}
        State::Data(_) => {
            return Err(ErrorWithHints::new(format!(
                "`{}` has the data of a deleted cluster `{name}`; adopt it, or delete it",
                path.display()
            ))
            .hint(format!("kinc adopt {name}{}", option(resolved)))
            .hint(format!("kinc delete {name}{}", option(resolved)))
            .into());
        }
        State::Foreign(what) => {
            return Err(
                ErrorWithHints::new(format!("{what}, and is in the way; move it away")).into(),
            );
        }
    }
    check_mount(context, resolved)
}

/// Checks that the directory of a cluster can hold what a node writes: one that is new, or new to it.
pub(crate) fn check_mount(context: &Context, resolved: &ResolvedCluster) -> Result<()> {
    let base = &resolved.data_dir;
    let Some(reason) = unfit(context, &base.of_cluster(&resolved.cluster))? else {
        return Ok(());
    };
    let message =
        format!("`{base}` cannot hold the data of a cluster: {reason}; choose another directory");
    let problem = resolved.declaration.problem(Field::DataDir, message);
    Err(Problems::from(problem).into())
}

/// Returns why the file system of a directory cannot hold data; nothing when it can.
pub(crate) fn unfit(context: &Context, directory: &Path) -> Result<Option<String>> {
    let mount = context.host.mount_of(directory)?;
    Ok(mount.as_ref().and_then(unsuitable))
}

/// Checks that the data of a cluster is where its units mount it from: nobody makes it anew.
pub(crate) fn check_there(cluster: &Cluster) -> Result<()> {
    check_there_but(cluster, &[])
}

/// Checks the same of all but the nodes that are new.
pub(crate) fn check_there_but(cluster: &Cluster, new: &[NodeName]) -> Result<()> {
    let nodes = cluster.node_names().filter(|node| !new.contains(node));
    let faults: Vec<String> = nodes.flat_map(|node| faults(cluster, &node)).collect();
    let name = &cluster.name;
    match faults.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(ErrorWithHints::new(format!(
            "the data of cluster `{name}` is missing: {first}; restore it, or delete the cluster"
        ))
        .hint(format!("kinc delete {name}"))
        .into()),
    }
}

/// The option of a verb that names a directory which nobody would guess.
fn option(resolved: &ResolvedCluster) -> String {
    if resolved.declaration.explicit.has(Field::DataDir) {
        format!(" --data-dir {}", shell::word(resolved.data_dir.as_str()))
    } else {
        String::new()
    }
}
