//! What a cluster that is there already has decided: what is kept, and what cannot change.

use crate::cluster::{Cluster, default_image};
use crate::plan::change::changes;
use crate::problem::Problem;
use crate::schema::{Effect, Field};

/// Returns `cluster` with what was decided once, for all of that which it does not give.
///
/// A test holds the fields against [`LeftOut`](crate::schema::LeftOut).
pub(super) fn keep(cluster: &Cluster, previous: &Cluster) -> Cluster {
    let from = |field| {
        if cluster.given.contains_key(&field) {
            cluster
        } else {
            previous
        }
    };
    let version = &from(Field::KubernetesVersion).kubernetes_version;
    // An image that was not given follows the version.
    let image = if cluster.given.contains_key(&Field::Image) {
        cluster.image.clone()
    } else {
        default_image(version)
    };
    Cluster {
        image,
        kubernetes_version: version.clone(),
        api_server_address: from(Field::ApiServerAddress).api_server_address,
        api_server_port: from(Field::ApiServerPort).api_server_port,
        pod_subnet: from(Field::PodSubnet).pod_subnet,
        service_subnet: from(Field::ServiceSubnet).service_subnet,
        node_subnet: from(Field::NodeSubnet).node_subnet,
        dns_domain: from(Field::DnsDomain).dns_domain.clone(),
        kube_proxy_mode: from(Field::KubeProxyMode).kube_proxy_mode,
        ..cluster.clone()
    }
}

/// Reports what was built into etcd and the Podman network at the start.
pub(super) fn unchangeable(cluster: &Cluster, previous: &Cluster) -> Vec<Problem> {
    let changes = changes(previous, cluster);
    let refused = changes
        .iter()
        .filter(|change| change.field.effect() == Effect::Refused);
    refused
        .filter_map(|change| {
            let (old, new) = (change.old.as_ref()?, change.new.as_ref()?);
            let message = format!(
                "cannot change from {old} to {new} while the cluster exists; delete it first"
            );
            Some(cluster.problem(change.field, message))
        })
        .collect()
}
