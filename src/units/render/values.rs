//! What templates may use of a resolved cluster.

use std::net::Ipv4Addr;

use minijinja::context;
use minijinja::value::Value;

use crate::model::cluster::{
    DEFAULT_DNS_DOMAIN, KubeProxyMode, NODE_DIRECTORIES, NodeName, Resources,
};
use crate::resolve::{ResolvedCluster, ResolvedNode};
use crate::units::render::placed::Placed;
use crate::units::render::settings;
use crate::units::unit_names::{kubeadm_conf, node_file};

/// Where the units say one can read more.
const DOCUMENTATION: &str = env!("CARGO_PKG_REPOSITORY");

/// Returns what templates may use; each value is whole, so that it can be escaped as one.
pub(super) fn values(
    resolved: &ResolvedCluster,
    node: Option<&ResolvedNode>,
    placed: &[Placed],
) -> Value {
    let declared = &resolved.declaration;
    let name = |f: &dyn Fn(&NodeName) -> String| node.map(|node| f(&node.name));
    context! {
        version => env!("CARGO_PKG_VERSION"),
        documentation => DOCUMENTATION,
        cluster => resolved.cluster.as_str(),
        prefix => resolved.cluster.prefix(),
        network => resolved.cluster.network(),
        // Its backslash is no escape where units are named, and could be nothing else.
        slice => Value::from_safe_string(resolved.cluster.slice()),
        image => declared.image.as_str(),
        kubernetes_version => declared.kubernetes_version.as_str(),
        autostart => declared.autostart,
        api_server_address => declared.api_server_address.to_string(),
        api_server_port => resolved.api_server_port,
        publish_port => format!("{}:{}:6443", declared.api_server_address, resolved.api_server_port),
        pod_subnet => declared.pod_subnet.to_string(),
        pod_cidr => node.map(|node| node.pod_cidr.to_string()),
        service_subnet => declared.service_subnet.to_string(),
        node_subnet => resolved.node_subnet.to_string(),
        gateway => resolved.gateway.to_string(),
        cni => declared.cni.name(),
        has_kube_proxy => declared.kube_proxy_mode != KubeProxyMode::None,
        dns_domain => declared.dns_domain.as_str(),
        has_dns_domain => declared.dns_domain != DEFAULT_DNS_DOMAIN,
        storage => declared.storage.name(),
        node => name(&|node| node.as_str().to_owned()),
        containers_volume => name(&|node| node.volume("containers")),
        uid => resolved.uid.as_str(),
        data_dir => name(&|node| node_data(resolved, node)),
        data => node.map(|node| data(resolved, &node.name)),
        node_address => node.map(|node| node.address.to_string()),
        api_host => resolved.cluster.api_host(),
        api_address => resolved.api_address.to_string(),
        has_api_address => node.map(|node| node.address != resolved.api_address),
        kubeadm_conf => name(&|node| kubeadm_conf(node.as_str())),
        placed => node.map(|node| mounted(node, placed)),
        cert_sans => node.map(|node| cert_sans(resolved, node)),
        ..context! {
            ..limits(declared.resources),
            ..settings::of_node(&declared.node),
            ..settings::of_kubernetes(&declared.kubernetes)
        }
    }
}

/// Where the directories of a node's state are in the node.
const STATE: [&str; 2] = ["/etc/kubernetes", "/var"];

fn node_data(resolved: &ResolvedCluster, node: &NodeName) -> String {
    let path = resolved.data_dir.of_node(&resolved.cluster, node);
    path.to_string_lossy().into_owned()
}

/// Returns the directories of a node's state, each with its place on the host and in the node.
fn data(resolved: &ResolvedCluster, node: &NodeName) -> Vec<Value> {
    let base = node_data(resolved, node);
    let directories = NODE_DIRECTORIES.iter().zip(STATE);
    directories
        .map(|(name, place)| context! { host => format!("{base}/{name}"), node => place })
        .collect()
}

fn mounted(node: &ResolvedNode, placed: &[Placed]) -> Vec<Value> {
    let one = |one: &Placed| {
        let name = node_file(node.name.as_str(), &one.what);
        context! { name, path => one.path.as_str() }
    };
    placed.iter().map(one).collect()
}

/// Returns each limit as its readers write it; nothing, or `none` for the node, where there is none.
fn limits(resources: Resources) -> Value {
    let [memory, cpu, tasks] = resources.told();
    context! {
        memory_bytes => resources.memory_bytes,
        memory_or_none => memory,
        cpu_percent => resources.cpu_millis.map(percent),
        cpu_millis_or_none => cpu,
        cpu_weight => resources.cpu_weight,
        io_weight => resources.io_weight,
        tasks => resources.tasks,
        tasks_or_none => tasks,
    }
}

/// Writes thousandths of a processor as hundredths: `150`, or `150.5`.
fn percent(millis: u64) -> String {
    match millis % 10 {
        0 => (millis / 10).to_string(),
        tenth => format!("{}.{tenth}", millis / 10),
    }
}

/// Returns the names of the API server beside those that kubeadm adds by itself.
fn cert_sans(resolved: &ResolvedCluster, node: &ResolvedNode) -> Vec<String> {
    let mut names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        node.name.to_string(),
    ];
    // The name of it is what kubeadm is told, and the node's own address as well.
    if resolved.api_address != node.address {
        names.push(resolved.api_address.to_string());
    }
    let address = resolved.declaration.api_server_address;
    if !address.is_unspecified() && address != Ipv4Addr::LOCALHOST {
        names.push(address.to_string());
    }
    for name in &resolved.declaration.kubernetes.cert_sans {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}
