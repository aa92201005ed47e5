//! Takes a cluster over whose declaration was lost: a copy of it is beside its data.

use std::path::Path;

use anyhow::Result;

use crate::cluster::ClusterName;
use crate::data_dir::{self, State};
use crate::dialect::PodmanVersion;
use crate::fileset::{DECLARATION, FileSet, diff};
use crate::ops::{Context, Failure, Interrupted, Reporter, data, rendered, resolved, unknown};
use crate::plan;

/// Writes the declaration of a cluster again, and nothing else; returns its path.
///
/// # Errors
/// When it is there, or there is no data of such a cluster with a copy of it.
pub async fn adopt(
    context: &Context,
    cluster: &ClusterName,
    data_dir: Option<&Path>,
    report: Reporter<'_>,
) -> Result<String> {
    let path = context.unit_dir.directory(cluster).join(DECLARATION);
    let path = path.display().to_string();
    if context.unit_dir.declaration(cluster)?.is_some() {
        return Err(Failure::new(format!("`{path}` is there; there is nothing to adopt")).into());
    }
    let base = data::base(context, data_dir).await?;
    let lock = context.lock(report).await;
    let _lock = lock.map_err(|error| Interrupted::new("nothing is written").instead_of(error))?;
    let shown = base.of_cluster(cluster).display().to_string();
    let uid = match data_dir::state(&base, cluster)? {
        State::Data(uid) | State::Empty(uid) => uid,
        State::Absent => return Err(unknown(context, cluster)?.into()),
        State::Foreign(what) => return Err(Failure::new(what).into()),
    };
    let Some(text) = data_dir::declaration(&base, cluster)? else {
        return Err(Failure::new(format!("`{shown}` has no copy of the declaration")).into());
    };
    let mut declared = resolved(context, cluster, &text)?;
    if declared.uid.as_ref() != Some(&uid) {
        return Err(Failure::new(format!(
            "the copy of the declaration in `{shown}` is of another cluster than its data"
        ))
        .into());
    }
    // Somebody may have moved the data.
    declared.data_dir = Some(base);
    let files = rendered(&plan::again(&declared)?, PodmanVersion::NEWEST)?;
    let mut changes = diff(&FileSet::default(), &files);
    changes.retain(|change| change.path() == DECLARATION);
    context.unit_dir.write(cluster, &changes)?;
    Ok(path)
}
