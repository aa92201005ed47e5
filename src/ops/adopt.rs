//! Takes a cluster over whose declaration was lost: it is made again from the other files.

use anyhow::Result;

use crate::adopt::declaration;
use crate::cluster::{Cluster, ClusterName};
use crate::fileset::{DECLARATION, diff};
use crate::ops::{Context, Failure, rendered, unknown};
use crate::spec::{self, Source};
use crate::{generator, plan};

/// What came of it.
#[derive(Debug)]
pub struct Adopted {
    /// The declaration that was written.
    pub path: String,
    /// The files that it does not give as they are: what was changed there by hand or by patches of
    /// kubeadm's configuration cannot be known.
    pub unlike: Vec<String>,
}

/// Writes the declaration of a cluster again, and nothing else.
///
/// # Errors
/// When it is there, there is no such cluster, or it cannot be made of the other files.
pub fn adopt(context: &Context, cluster: &ClusterName) -> Result<Adopted> {
    let _lock = context.lock()?;
    let directory = context.unit_dir.directory(cluster);
    let path = directory.join(DECLARATION).display().to_string();
    if context.unit_dir.declaration(cluster)?.is_some() {
        return Err(Failure::new(format!("`{path}` is there; there is nothing to adopt")).into());
    }
    let files = context.unit_dir.load(cluster)?;
    if files.is_empty() {
        return Err(unknown(context, cluster)?.into());
    }
    let text = declaration(cluster, &files).map_err(|reason| {
        Failure::new(format!(
            "the declaration of cluster `{cluster}` cannot be made again from `{}`: {reason}",
            directory.display()
        ))
    })?;
    let declared: Cluster = spec::parse(&[Source {
        name: &path,
        text: &text,
    }])?
    .remove(0);
    let files_again = rendered(&plan::again(&declared)?, generator::version()?)?;
    let changes = diff(&files, &files_again);
    let (own, unlike): (Vec<_>, Vec<_>) = changes
        .into_iter()
        .partition(|change| change.path() == DECLARATION);
    context.unit_dir.write(cluster, &own)?;
    Ok(Adopted {
        path,
        unlike: unlike
            .iter()
            .map(|change| change.path().to_owned())
            .collect(),
    })
}
