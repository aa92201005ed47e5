//! The node image: whether it is here, and whether units and declaration are right for it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::{Error, Result};

use crate::edge::image::CONTRACT;
use crate::edge::podman::Podman;
use crate::model::cluster::{Cluster, DEFAULT_KUBERNETES_VERSION, default_image};
use crate::model::field::Field;
use crate::model::problem::Problems;
use crate::ops::ErrorWithHints;
use crate::resolve::ResolvedCluster;

/// The label with the version of the contract that an image keeps.
const LABEL: &str = "io.kinc.contract";

/// What makes the image that a declaration has which names none.
const BUILD: &str = "kinc image build";

/// Labels of an image.
type Labels = BTreeMap<String, String>;

/// Checks that the node images of clusters are here, and are ones for their units and versions.
pub(super) async fn fit(
    podman: &Podman,
    clusters: impl Iterator<Item = &ResolvedCluster>,
) -> Result<()> {
    // Most have the same one.
    let mut here: BTreeMap<&str, Labels> = BTreeMap::new();
    for resolved in clusters {
        let declared = &resolved.declaration;
        let labels = match here.entry(&declared.image) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => match podman.image_labels(&declared.image).await? {
                Some(labels) => unknown.insert(labels),
                None => return Err(absent(podman, declared).await?),
            },
        };
        fits(labels, resolved)?;
    }
    Ok(())
}

fn fits(labels: &Labels, resolved: &ResolvedCluster) -> Result<()> {
    let declared = &resolved.declaration;
    let image = &declared.image;
    let label = |name: &str| labels.get(name).map(String::as_str);
    if label(LABEL) != Some(CONTRACT) {
        let message = format!(
            "`{image}` is not a node image that this kinc can use: its label `{LABEL}` is {}, not {CONTRACT}",
            label(LABEL).unwrap_or("missing")
        );
        return Err(at_its_line(declared, message));
    }
    let holds = label("io.kinc.kubernetes").unwrap_or("no Kubernetes");
    if holds != declared.kubernetes_version {
        return Err(ErrorWithHints::new(format!(
            "`{image}` holds {holds}, but cluster `{}` declares {}",
            resolved.cluster, declared.kubernetes_version
        ))
        .into());
    }
    Ok(())
}

/// Says which node images are here instead, where nobody can build the one that is declared.
async fn absent(podman: &Podman, declared: &Cluster) -> Result<Error> {
    let message = format!("the node image `{}` is not on this host", declared.image);
    if is_built(declared) {
        return Ok(at_its_line(declared, message));
    }
    let here = podman
        .images_labelled(&format!("{LABEL}={CONTRACT}"))
        .await?;
    let here = match here.as_slice() {
        [] => "this host has no node image".to_owned(),
        names => format!("this host has `{}`", names.join("`, `")),
    };
    let message = format!("{message}: {here}, and `{BUILD}` builds {DEFAULT_KUBERNETES_VERSION}");
    Ok(at_its_line(declared, message))
}

/// Returns whether the image is the one that this kinc builds.
fn is_built(declared: &Cluster) -> bool {
    declared.image == default_image(DEFAULT_KUBERNETES_VERSION)
}

/// Returns a fault of the image: with the command that makes another one, or else where the declaration asks
/// for it.
fn at_its_line(declared: &Cluster, message: String) -> Error {
    if is_built(declared) {
        return ErrorWithHints::new(message).hint(BUILD).into();
    }
    let fields = [Field::Image, Field::KubernetesVersion];
    let is_explicit = |field: &Field| declared.explicit.has(*field);
    match fields.into_iter().find(is_explicit) {
        Some(field) => Problems::from(declared.problem(field, message)).into(),
        None => ErrorWithHints::new(message).into(),
    }
}
