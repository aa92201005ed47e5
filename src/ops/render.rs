//! The pure part alone: declarations to files, without systemd and Podman.

use std::path::Path;

use anyhow::Result;

use crate::edge::unit_dir;
use crate::model::cluster::{Cluster, ClusterName, DataDir};
use crate::ops::rendered;
use crate::resolve::{DataFacts, InUse, ResolvedCluster, resolve_all};
use crate::units::dialect::PodmanVersion;
use crate::units::file_set::FileSet;

/// Renders all clusters against each other, as on an empty host with that Podman, whose data is below
/// `base`. They have the nil uid, since they are made nowhere.
///
/// # Errors
/// With a plan that does not work out.
pub fn render(
    clusters: &[Cluster],
    base: DataDir,
    podman: PodmanVersion,
) -> Result<Vec<(ClusterName, FileSet)>> {
    let in_use = InUse {
        data: DataFacts {
            base,
            ..DataFacts::default()
        },
        ..InUse::default()
    };
    let resolved = resolve_all(clusters, in_use, &[])?;
    let render =
        |resolved: &ResolvedCluster| Ok((resolved.cluster.clone(), rendered(resolved, podman)?));
    resolved.iter().map(render).collect()
}

/// Writes each cluster's files to its own directory below `output`.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write(output: &Path, rendered: &[(ClusterName, FileSet)]) -> Result<()> {
    for (name, files) in rendered {
        unit_dir::write_all(&output.join(name.directory()), files)?;
    }
    Ok(())
}
