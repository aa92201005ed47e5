//! Whether the data of a node that leaves its cluster can be removed: known before the node is drained.

use anyhow::Result;

use crate::edge::data_dir;
use crate::model::cluster::NodeName;
use crate::ops::data::removal::mounted;
use crate::ops::{Context, ErrorWithHints};
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
    let foreign = data_dir::foreign_in_node(base, name, node, &cluster.uid)?;
    if let Some(foreign) = foreign.first() {
        return Err(ErrorWithHints::new(format!(
            "{foreign}, and would be removed with the data of node `{node}`; move it away"
        ))
        .into());
    }
    match mounted(context, &base.of_node(name, node)).await? {
        Some(found) => Err(ErrorWithHints::new(format!(
            "`{}` is mounted in the data of node `{node}`; unmount it first",
            found.point.display()
        ))
        .hint(found.unmount())
        .into()),
        None => Ok(()),
    }
}
