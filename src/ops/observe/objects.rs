//! What Podman has of all clusters together.

use std::collections::BTreeMap;

use anyhow::Result;
use futures_util::future::join;

use crate::edge::podman::{self, Running};
use crate::model::cluster::Cluster;
use crate::ops::Context;

/// What Podman has, asked for once for all clusters.
#[derive(Debug, Default)]
pub(super) struct Objects {
    pub(super) containers: BTreeMap<String, Running>,
    pub(super) images: BTreeMap<String, String>,
    pub(super) networks: Vec<podman::Network>,
}

/// Asks Podman for all that concerns these clusters, by processes side by side.
pub(super) async fn objects(
    context: &Context,
    clusters: &[Cluster],
    networks: Option<Vec<podman::Network>>,
) -> Result<Objects> {
    if clusters.is_empty() {
        return Ok(Objects::default());
    }
    let podman = &context.podman;
    let mut images: Vec<String> = clusters.iter().map(|c| c.image.clone()).collect();
    images.sort();
    images.dedup();
    // All nodes, before systemd says which of them run: that Podman starts now counts more.
    let nodes = clusters.iter().flat_map(Cluster::node_names);
    let nodes: Vec<String> = nodes.map(|node| node.container().to_owned()).collect();
    let nodes = podman.running_and_images(&nodes, &images);
    let networks = async {
        match networks {
            Some(networks) => Ok(networks),
            None => podman.networks().await,
        }
    };
    let (nodes, networks) = join(nodes, networks).await;
    let (containers, images) = nodes?;
    Ok(Objects {
        containers,
        images,
        networks: networks?,
    })
}
