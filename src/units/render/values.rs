//! What templates may use of a resolved cluster.

use std::net::Ipv4Addr;

use minijinja::context;
use minijinja::value::Value;

use crate::model::cluster::{
    DEFAULT_DNS_DOMAIN, KubeProxyMode, NODE_DIRECTORIES, Node, NodeId, NodeName, Resources, Role,
};
use crate::resolve::{ResolvedCluster, ResolvedNode};
use crate::units::render::mounted_files::MountedFile;
use crate::units::render::settings;
use crate::units::unit_names::{balancer_conf, join_directory, kubeadm_conf, node_file};

/// Where the units say one can read more.
const DOCUMENTATION: &str = env!("CARGO_PKG_REPOSITORY");

/// What a template of a node may use.
pub(super) struct NodeValues<'a> {
    pub(super) node: &'a ResolvedNode,
    pub(super) declared: &'a Node,
    pub(super) mounted_files: &'a [MountedFile],
}

/// Returns what templates may use; each value is whole, so that it can be escaped as one.
pub(super) fn values(resolved: &ResolvedCluster, node: Option<&NodeValues<'_>>) -> Value {
    let cluster = of_cluster(resolved);
    match node {
        Some(node) => context! { ..of_node(resolved, node), ..cluster },
        None => cluster,
    }
}

fn of_cluster(resolved: &ResolvedCluster) -> Value {
    let declared = &resolved.declaration;
    context! {
        version => env!("CARGO_PKG_VERSION"),
        documentation => DOCUMENTATION,
        cluster => resolved.cluster.as_str(),
        prefix => resolved.cluster.prefix(),
        network => resolved.cluster.network(),
        // Its backslash is not an escape where units are named, and could be nothing else.
        slice => Value::from_safe_string(resolved.cluster.slice()),
        image => declared.image.as_str(),
        kubernetes_version => declared.kubernetes_version.as_str(),
        autostart => declared.autostart,
        api_server_address => declared.api_server_address.to_string(),
        api_server_port => resolved.api_server_port,
        publish_port => format!("{}:{}:6443", declared.api_server_address, resolved.api_server_port),
        pod_subnet => declared.pod_subnet.to_string(),
        service_subnet => declared.service_subnet.to_string(),
        node_subnet => resolved.node_subnet.to_string(),
        gateway => resolved.gateway.to_string(),
        cni => declared.cni.name(),
        has_kube_proxy => declared.kube_proxy_mode != KubeProxyMode::None,
        dns_domain => declared.dns_domain.as_str(),
        has_dns_domain => declared.dns_domain != DEFAULT_DNS_DOMAIN,
        storage => declared.storage.name(),
        uid => resolved.uid.as_str(),
        api_host => resolved.cluster.api_host(),
        api_address => resolved.api_address.to_string(),
        is_balanced => declared.is_balanced(),
        balancer_conf => balancer_conf(&resolved.cluster),
        // All that there could be, so that one that comes or goes changes nothing.
        control_plane_addresses => declared.is_balanced().then(|| control_plane_addresses(resolved)),
        ..context! {
            ..limits(declared.resources),
            ..settings::of_kubernetes(&declared.kubernetes)
        }
    }
}

fn of_node(resolved: &ResolvedCluster, values: &NodeValues<'_>) -> Value {
    let NodeValues {
        node,
        declared,
        mounted_files,
    } = values;
    let name = &node.name;
    let [memory, cpu, tasks] = node.limits.arguments();
    let role = declared.id.role();
    let joins = resolved.declaration.joins(declared.id);
    let join = joins.then(|| name.join_units()).map(|[socket, _]| socket);
    let is_balanced = resolved.declaration.is_balanced();
    let admitting = admitting(resolved, declared.id);
    context! {
        node => name.as_str(),
        role => role.name(),
        role_title => Value::from_safe_string(role.title().to_owned()),
        join => join,
        // Below the directory that systemd has for what lasts as long as the session.
        join_directory => Value::from_safe_string(format!("%t/{}", join_directory(&resolved.cluster, declared.id))),
        is_control_plane => role == Role::ControlPlane,
        is_first => declared.id == NodeId::first(Role::ControlPlane),
        asks_each => asks_each(&admitting),
        admitting,
        containers_volume => name.volume("containers"),
        data_dir => node_data(resolved, name),
        data => data(resolved, name),
        node_address => node.address.to_string(),
        has_api_address => role == Role::ControlPlane && !is_balanced && node.address != resolved.api_address,
        pod_cidr => node.pod_cidr.to_string(),
        kubeadm_conf => kubeadm_conf(name.as_str()),
        mounted_files => mounted(node, mounted_files),
        cert_sans => cert_sans(resolved, node),
        memory_or_none => memory,
        cpu_millis_or_none => cpu,
        tasks_or_none => tasks,
        taints => resolved.taints(declared).join(","),
        ..settings::of_node(&declared.settings)
    }
}

/// Returns the control planes that can admit a node: all others.
fn admitting(resolved: &ResolvedCluster, id: NodeId) -> Vec<String> {
    let others = resolved
        .control_planes()
        .filter(|node| node.name.id() != id);
    others.map(|node| node.name.to_string()).collect()
}

fn control_plane_addresses(resolved: &ResolvedCluster) -> Vec<String> {
    let addresses = resolved.addresses().control_planes();
    addresses.map(|address| address.to_string()).collect()
}

/// Returns what has a shell run its arguments in the first of these nodes that can, as a unit has it.
fn asks_each(nodes: &[String]) -> Value {
    let one = |node: &String| format!("podman exec {node} \"$$@\"");
    let each: Vec<String> = nodes.iter().map(one).collect();
    Value::from_safe_string(each.join(" || "))
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

fn mounted(node: &ResolvedNode, mounted_files: &[MountedFile]) -> Vec<Value> {
    let one = |one: &MountedFile| {
        let name = node_file(node.name.as_str(), &one.what);
        context! { name, path => one.path.as_str() }
    };
    mounted_files.iter().map(one).collect()
}

/// Returns each limit of the cluster as its slice has it; `None` if there is none.
fn limits(resources: Resources) -> Value {
    context! {
        memory_bytes => resources.memory_bytes,
        cpu_percent => resources.cpu_millis.map(percent),
        cpu_weight => resources.cpu_weight,
        io_weight => resources.io_weight,
        tasks => resources.tasks,
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
    // kubeadm adds the API server's name and the node's own address itself.
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
