//! Whether the data of a node that leaves its cluster can be removed: known before the node is drained.

use anyhow::Result;

use crate::edge::data_dir;
use crate::model::cluster::NodeName;
use crate::ops::Context;
use crate::ops::data::fate;
use crate::ops::data::removal::mounted;
use crate::resolve::ResolvedCluster;

/// Refuses the removal of a node in whose directory something lies that is not its own, or is mounted.
///
/// # Errors
/// Also when a directory or a mark cannot be read, or Podman does not answer.
pub(crate) async fn check_leaving(
    context: &Context,
    cluster: &ResolvedCluster,
    node: &NodeName,
) -> Result<()> {
    let (base, name) = (&cluster.data_dir, &cluster.cluster);
    let whose = format!("node `{node}`");
    let foreign = data_dir::foreign_in_node(base, name, node, &cluster.uid)?;
    if let Some(foreign) = foreign.first() {
        return Err(fate::lies_in(foreign, &whose).into());
    }
    match mounted(context, &base.of_node(name, node)).await? {
        Some(found) => Err(fate::is_mounted_in(&found, &whose).into()),
        None => Ok(()),
    }
}
