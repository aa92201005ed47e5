//! What deleted clusters have left behind in Podman.

use anyhow::Result;
use futures_util::future::join;

use crate::model::cluster::ClusterName;
use crate::ops::{CLUSTER_LABEL, Context, ErrorWithHints};

/// A new cluster must not take over a volume, or a subnet, of an earlier one of its name by accident.
pub(super) async fn check(
    context: &Context,
    new: impl Iterator<Item = &ClusterName>,
) -> Result<()> {
    let mut new = new.peekable();
    if new.peek().is_none() {
        return Ok(());
    }
    let values = |kind| context.podman.values(kind, CLUSTER_LABEL);
    let (volumes, networks) = join(values("volume"), values("network")).await;
    let (volumes, networks) = (volumes?, networks?);
    for cluster in new {
        for (kind, left) in [("volume", &volumes), ("network", &networks)] {
            let of_cluster = left.iter().find(|(_, value)| value == cluster.as_str());
            if let Some((object, _)) = of_cluster {
                let failure = ErrorWithHints::new(format!(
                    "the {kind} `{object}` of a deleted cluster `{cluster}` still exists; delete it"
                ));
                return Err(failure.hint(format!("kinc delete {cluster}")).into());
            }
        }
    }
    Ok(())
}
