//! What a cluster that is there already has decided: what is kept, and what cannot change.

use std::net::Ipv4Addr;

use crate::cluster::{Cluster, Field, Resources, default_image};
use crate::problem::Problem;
use crate::subnet::Subnet;

/// Returns `cluster` with the values of `previous` for all that it does not give.
pub(super) fn keep(cluster: &Cluster, previous: &Cluster) -> Cluster {
    let gives = |field| cluster.given.contains_key(&field);
    let from = |field| if gives(field) { cluster } else { previous };
    let version = &from(Field::KubernetesVersion).kubernetes_version;
    // An image that only follows from the version goes on following it.
    let followed = previous.image == default_image(&previous.kubernetes_version);
    let image = if followed && !gives(Field::Image) {
        default_image(version)
    } else {
        from(Field::Image).image.clone()
    };
    Cluster {
        name: cluster.name.clone(),
        image,
        kubernetes_version: version.clone(),
        autostart: from(Field::Autostart).autostart,
        api_server_address: from(Field::ApiServerAddress).api_server_address,
        api_server_port: from(Field::ApiServerPort).api_server_port,
        pod_subnet: from(Field::PodSubnet).pod_subnet,
        service_subnet: from(Field::ServiceSubnet).service_subnet,
        node_subnet: from(Field::NodeSubnet).node_subnet,
        cni: from(Field::Cni).cni,
        storage: from(Field::Storage).storage,
        resources: Resources {
            memory_bytes: from(Field::Memory).resources.memory_bytes,
            cpu_millis: from(Field::Cpu).resources.cpu_millis,
            cpu_weight: from(Field::CpuWeight).resources.cpu_weight,
            tasks: from(Field::Tasks).resources.tasks,
        },
        given: cluster.given.clone(),
    }
}

/// Reports what was built into certificates, etcd and the Podman network at the start.
pub(super) fn unchangeable(cluster: &Cluster, previous: &Cluster) -> Vec<Problem> {
    let subnet = |subnet: Option<Subnet>| subnet.map(|subnet| subnet.to_string());
    let text = |text: &str| Some(text.to_owned());
    // The certificate always holds the loopback address, by which "all addresses" is reached too.
    let address = |address: Ipv4Addr| match address {
        Ipv4Addr::UNSPECIFIED => Some(Ipv4Addr::LOCALHOST.to_string()),
        address => Some(address.to_string()),
    };
    let (version, at) = (Field::KubernetesVersion, Field::ApiServerAddress);
    let pairs = [
        (
            version,
            text(&previous.kubernetes_version),
            text(&cluster.kubernetes_version),
        ),
        (
            at,
            address(previous.api_server_address),
            address(cluster.api_server_address),
        ),
        (
            Field::PodSubnet,
            subnet(Some(previous.pod_subnet)),
            subnet(Some(cluster.pod_subnet)),
        ),
        (
            Field::ServiceSubnet,
            subnet(Some(previous.service_subnet)),
            subnet(Some(cluster.service_subnet)),
        ),
        (
            Field::NodeSubnet,
            subnet(previous.node_subnet),
            subnet(cluster.node_subnet),
        ),
    ];
    pairs
        .into_iter()
        .filter_map(|(field, old, new)| {
            let (old, new) = (old?, new?);
            let message = format!(
                "cannot change from {old} to {new} while the cluster exists; delete it first"
            );
            (old != new).then(|| cluster.problem(field, message))
        })
        .collect()
}
