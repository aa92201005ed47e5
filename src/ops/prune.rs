//! Which clusters have left the files that they were declared in.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::model::cluster::{Cluster, ClusterName};
use crate::ops::{Context, Reporter, in_use};

/// Returns the clusters on disk that were declared in one of these files, or in a file of one of these
/// directories, and are declared no more.
///
/// Not below them: a directory is read without those in it, so what is declared there has left nothing.
/// Nor has what was made in another way, such as by `kinc create`.
///
/// # Errors
/// When the unit directory cannot be read.
pub(crate) fn left(
    context: &Context,
    clusters: &[Cluster],
    places: &[PathBuf],
    report: Reporter<'_>,
) -> Result<Vec<ClusterName>> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let is_declared = |one: &Cluster| clusters.iter().any(|cluster| cluster.name == one.name);
    let was_here = |one: &Cluster| {
        let file = one.declared_in().map(Path::new);
        let was_in = |place: &PathBuf, file: &Path| file == place || file.parent() == Some(place);
        file.is_some_and(|file| places.iter().any(|place| was_in(place, file)))
    };
    let on_disk = in_use::declared(context, report)?.clusters;
    let gone = on_disk
        .into_iter()
        .filter(|one| was_here(one) && !is_declared(one));
    Ok(gone.map(|one| one.name).collect())
}
