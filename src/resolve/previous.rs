//! What a cluster that is there already has decided: what is kept, and what cannot change.

use crate::declaration::schema::Impact;
use crate::model::cluster::{Cluster, Node, NodeSettings, default_image};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
use crate::model::problem::Problem;
use crate::resolve::change::changes;
use crate::resolve::data::DataFacts;
use crate::resolve::ports::kept;

/// Returns `cluster` with what was decided once, for all of that which it does not give.
///
/// A test holds the fields against [`WhenOmitted`](crate::declaration::schema::WhenOmitted).
pub(super) fn inherit(cluster: &Cluster, previous: &Cluster) -> Cluster {
    let from = |field| {
        if cluster.explicit.has(field) {
            cluster
        } else {
            previous
        }
    };
    let version = &from(Field::KubernetesVersion).kubernetes_version;
    // An image that was not given follows the version.
    let image = if cluster.explicit.has(Field::Image) {
        cluster.image.clone()
    } else {
        default_image(version)
    };
    Cluster {
        uid: from(Field::Uid).uid.clone(),
        data_dir: from(Field::DataDir).data_dir.clone(),
        image,
        kubernetes_version: version.clone(),
        api_server_address: from(Field::ApiServerAddress).api_server_address,
        // One can be given as a port that kinc is to choose.
        api_server_port: cluster.api_server_port.or(previous.api_server_port),
        pod_subnet: from(Field::PodSubnet).pod_subnet,
        service_subnet: from(Field::ServiceSubnet).service_subnet,
        node_subnet: from(Field::NodeSubnet).node_subnet,
        dns_domain: from(Field::DnsDomain).dns_domain.clone(),
        kube_proxy_mode: from(Field::KubeProxyMode).kube_proxy_mode,
        nodes: cluster
            .nodes
            .iter()
            .map(|node| {
                let is_explicit = |field| cluster.explicit.has(FieldRef::of_node(field, node.id));
                inherit_node(
                    node,
                    previous.node(node.id),
                    is_explicit(Field::NodeAddress),
                )
            })
            .collect(),
        ..cluster.clone()
    }
}

/// Returns a node with the address and the ports of the host that it has.
fn inherit_node(node: &Node, previous: Option<&Node>, has_given_address: bool) -> Node {
    let Some(previous) = previous else {
        return node.clone();
    };
    Node {
        id: node.id,
        address: if has_given_address {
            node.address
        } else {
            previous.address
        },
        limits: node.limits,
        settings: NodeSettings {
            ports: kept(&node.settings.ports, &previous.settings.ports),
            ..node.settings.clone()
        },
    }
}

/// Reports what was built into etcd and the Podman network at the start, and a cluster of the former
/// format, whose state is in volumes.
pub(super) fn immutable_changes(
    cluster: &Cluster,
    previous: &Cluster,
    data: &DataFacts,
) -> Vec<Problem> {
    if previous.uid.is_none() {
        let message = format!(
            "cluster `{0}` was created by an older kinc, which kept its data in volumes; delete it: kinc delete {0}",
            cluster.name
        );
        return vec![cluster.problem(Field::Name, message)];
    }
    let changes = changes(previous, cluster);
    let not_moved = data.not_moved(cluster, previous);
    let refused = changes
        .iter()
        .filter(|change| change.field.field.impact() == Impact::Immutable);
    let immutable_changes = refused.filter_map(|change| {
        let (old, new) = (change.old.as_ref()?, change.new.as_ref()?);
        let message =
            format!("cannot change from {old} to {new} while the cluster exists; delete it first");
        Some(cluster.problem(change.field, message))
    });
    immutable_changes
        .chain(other_control_planes(cluster, previous))
        .chain(not_moved)
        .collect()
}

/// Refuses control planes that come or go: each is a member of etcd.
fn other_control_planes(cluster: &Cluster, previous: &Cluster) -> Option<Problem> {
    let count = |cluster: &Cluster| cluster.control_planes().count();
    let (old, new) = (count(previous), count(cluster));
    let message = format!(
        "the number of control planes cannot change from {old} to {new} while the cluster exists; delete it first"
    );
    (old != new).then(|| cluster.problem(Field::Role, message))
}
