//! Whether nodes can leave their cluster in order, and with what is on them.

use anyhow::Result;

use crate::ops::leaving::asked;
use crate::ops::prepare::Prepared;
use crate::ops::{Context, ErrorWithHints, data};

/// Refuses the removal of nodes in whose directories something lies that is not theirs.
pub(crate) async fn check(context: &Context, cluster: &Prepared) -> Result<()> {
    for leaving in &cluster.plan.leaving {
        data::check_leaving(context, &cluster.resolved, &leaving.node).await?;
    }
    Ok(())
}

/// Refuses the removal of nodes that cannot leave in order: nobody said what is on them, or could be told that they
/// are gone. A plan only says so.
pub(crate) fn check_known(cluster: &Prepared) -> Result<()> {
    let name = &cluster.resolved.cluster;
    let mut leaving = cluster.plan.leaving.iter();
    let unknown = leaving.find_map(|one| Some((&one.node, one.unknown.as_ref()?)));
    let Some((node, why)) = unknown else {
        return Ok(());
    };
    if asked(&cluster.resolved, cluster.found.as_ref()).is_none() {
        return Err(ErrorWithHints::new(format!(
            "cluster `{name}` must be ready to remove `{node}` from it"
        ))
        .hint(format!("kinc start {name}"))
        .into());
    }
    Err(ErrorWithHints::new(format!(
        "cluster `{name}` did not say what is on `{node}`, so it stays: {why}"
    ))
    .hint(format!("kinc status {name}"))
    .into())
}

/// Refuses to remove nodes with the data of claims on them, unless the user wants that.
pub(crate) fn check_claims(prepared: &[Prepared], deletes_local_data: bool) -> Result<()> {
    let mut leaving = prepared.iter().flat_map(|cluster| &cluster.plan.leaving);
    match leaving.find(|one| !one.claims.is_empty()) {
        Some(one) if !deletes_local_data => Err(ErrorWithHints::new(format!(
            "the volumes of {} are on `{}`, and would be removed with it",
            one.claim_names(),
            one.node
        ))
        .hint("move what is in them, or repeat with --delete-local-data")
        .into()),
        _ => Ok(()),
    }
}
