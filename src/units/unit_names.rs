//! Which unit a file's name becomes. Pure: names in, names out (podman-systemd.unit(5)).

use crate::model::cluster::{Cluster, ClusterName, NODE_VOLUMES, NodeId, NodeName, Role};

/// Returns the services that the Quadlet files among these names become.
#[must_use]
pub fn services<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.filter_map(service).collect()
}

/// Returns whether Quadlet makes a service of a file of this name.
#[must_use]
pub(crate) fn is_quadlet(name: &str) -> bool {
    service(name).is_some()
}

/// Returns whether a file of this name is a slice: a unit of systemd's own, which Quadlet leaves alone.
#[must_use]
pub(crate) fn is_slice(name: &str) -> bool {
    matches!(name.rsplit_once('.'), Some((_, "slice")))
}

/// Returns whether a file of this name is a unit of systemd's own, which it finds by a link.
#[must_use]
pub fn is_linked(name: &str) -> bool {
    matches!(
        name.rsplit_once('.'),
        Some((_, "slice" | "socket" | "timer" | "service"))
    )
}

/// How the name of a socket and its service ends by which a worker asks to be admitted.
const JOIN: &str = "-join";

/// Returns whether a file of this name is the service that answers a worker.
#[must_use]
pub(crate) fn is_join_service(name: &str) -> bool {
    name.strip_suffix("@.service")
        .is_some_and(|stem| stem.ends_with(JOIN))
}

/// Returns the name of the balancer's configuration: `kinc-dev-api.cfg`.
#[must_use]
pub(crate) fn balancer_conf(cluster: &ClusterName) -> String {
    format!("{}.cfg", cluster.api_host())
}

/// Returns the name of the balancer's Quadlet file: `kinc-dev-api.container`.
#[must_use]
pub(crate) fn balancer(cluster: &ClusterName) -> String {
    format!("{}.container", cluster.api_host())
}

/// Returns whether a file of this name is one of the balancer's, which no node reads.
#[must_use]
pub(crate) fn is_of_balancer(cluster: &ClusterName, name: &str) -> bool {
    name == balancer(cluster) || name == balancer_conf(cluster)
}

/// How the name of a node's configuration for kubeadm ends.
const KUBEADM_CONF: &str = ".kubeadm.conf";

/// How the names of other files end that are mounted into a node.
const NODE_FILE: &str = ".file";

/// What these files hold, and what there may be several of, which have a number behind it.
const NODE_FILES: [&str; 5] = ["environment", "join", "registries", "scheduler", "units"];
const NUMBERED_NODE_FILES: [&str; 5] = ["ca", "crio", "file", "manifest", "unit"];

/// Returns the name of a node's configuration for kubeadm: `kinc-dev-control-plane.kubeadm.conf`.
#[must_use]
pub(crate) fn kubeadm_conf(node: &str) -> String {
    format!("{node}{KUBEADM_CONF}")
}

/// Returns whether a file of this name is what kubeadm reads, of whatever node.
#[must_use]
pub fn is_kubeadm_conf(name: &str) -> bool {
    name.ends_with(KUBEADM_CONF)
}

/// Returns the name of a file that is mounted into a node: `kinc-dev-control-plane.file-0.file`. Quadlet
/// makes nothing of it, whatever its name in the node.
#[must_use]
pub(crate) fn node_file(node: &str, what: &str) -> String {
    format!("{node}.{what}{NODE_FILE}")
}

/// Returns the node that a file of this name is of; nothing for a file of its cluster.
#[must_use]
pub(crate) fn node_of<'a>(cluster: &ClusterName, name: &'a str) -> Option<NodeName> {
    let of = |name: &'a str| NodeName::of(cluster, name);
    if let Some((node, _)) = node_and_file(name) {
        return of(node);
    }
    if let Some(node) = name.strip_suffix(KUBEADM_CONF) {
        return of(node);
    }
    let (stem, kind) = name.rsplit_once('.')?;
    match kind {
        "container" => of(stem),
        "socket" | "service" => {
            let node = of(stem.trim_end_matches('@').strip_suffix(JOIN)?)?;
            node.join_units()
                .iter()
                .any(|unit| unit == name)
                .then_some(node)
        }
        "volume" => {
            let mut volumes = NODE_VOLUMES.iter();
            volumes.find_map(|volume| of(stem.strip_suffix(volume)?.strip_suffix('-')?))
        }
        _ => None,
    }
}

/// Returns the units of a cluster that systemd reads itself, as [`linked`] does of its nodes.
#[must_use]
pub(crate) fn linked_of(cluster: &Cluster) -> Vec<String> {
    linked(&cluster.name, &cluster.node_names().collect::<Vec<_>>())
}

/// Returns the units of a cluster with these nodes that systemd reads itself and has in memory: those of the cluster, and
/// the sockets of workers and of several control planes. What a socket starts is linked with it.
#[must_use]
pub(crate) fn linked(cluster: &ClusterName, nodes: &[NodeName]) -> Vec<String> {
    let is_worker = |node: &NodeName| node.id().role() == Role::Worker;
    let is_balanced = nodes
        .iter()
        .filter(|node| !is_worker(node))
        .nth(1)
        .is_some();
    let joining = nodes.iter().filter(|node| is_balanced || is_worker(node));
    let sockets = joining.map(|node| {
        let [socket, _] = node.join_units();
        socket
    });
    let of_cluster = cluster.linked_units().into_iter();
    of_cluster.chain(sockets).collect()
}

/// Returns the directory of the socket by which a worker asks to be admitted, below that of the user's session
/// (`%t`): `kinc/dev/worker2`. A path of a socket has at most 107 bytes (unix(7)), so it has no longer name.
#[must_use]
pub(crate) fn join_directory(cluster: &ClusterName, id: NodeId) -> String {
    format!("kinc/{cluster}/{id}")
}

/// Returns the template that a linked socket starts services of; nothing for another unit.
#[must_use]
pub(crate) fn template_of(unit: &str) -> Option<String> {
    let stem = unit.strip_suffix(".socket")?;
    Some(format!("{stem}@.service"))
}

/// Returns the nodes of a cluster whose files have these names.
#[must_use]
pub(crate) fn nodes<'a>(
    cluster: &ClusterName,
    names: impl Iterator<Item = &'a str>,
) -> Vec<NodeName> {
    let containers = names.filter_map(|name| name.strip_suffix(".container"));
    containers
        .filter_map(|name| NodeName::of(cluster, name))
        .collect()
}

/// Returns what a file of a node holds that is the manifest of this number: `manifest-0`.
#[must_use]
pub(crate) fn manifest(index: usize) -> String {
    format!("manifest-{index}")
}

/// Returns the node that a file of this name is mounted into, and what it holds; nothing when it has
/// none of the names that `node_file` gives. Its text is somebody else's, so it is ours by its name
/// alone, and only in the directory of that node's cluster.
#[must_use]
pub fn node_and_file(name: &str) -> Option<(&str, &str)> {
    // The name of a node has no dots.
    let (node, what) = name.strip_suffix(NODE_FILE)?.split_once('.')?;
    let is_known = match what.split_once('-') {
        None => NODE_FILES.contains(&what),
        Some((kind, number)) => {
            let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
            NUMBERED_NODE_FILES.contains(&kind) && is_number
        }
    };
    is_known.then_some((node, what))
}

/// Returns the names of the directories with drop-ins for a file, the most particular first.
#[must_use]
pub(crate) fn drop_in_directories(name: &str) -> Vec<String> {
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    let beginnings = stem.rmatch_indices('-').map(|(at, _)| &stem[..=at]);
    let of_stem = std::iter::once(stem).chain(beginnings);
    let mut names: Vec<String> = of_stem.map(|stem| format!("{stem}.{kind}.d")).collect();
    names.push(format!("{kind}.d"));
    names
}

/// Returns the service that Quadlet makes of a file of this name; nothing when it makes none.
#[must_use]
pub(crate) fn service(name: &str) -> Option<String> {
    let (stem, kind) = name.rsplit_once('.')?;
    match kind {
        "container" => Some(format!("{stem}.service")),
        "volume" | "network" => Some(format!("{stem}-{kind}.service")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drop_ins_apply_to_a_file_a_name_prefix_or_a_kind() {
        assert_eq!(
            drop_in_directories("kinc-dev-x.container"),
            [
                "kinc-dev-x.container.d",
                "kinc-dev-.container.d",
                "kinc-.container.d",
                "container.d"
            ]
        );
    }

    #[test]
    fn a_file_of_a_node_is_recognised_by_its_name() {
        let node = "kinc-dev-control-plane";
        for what in ["environment", "units", "file-0", "manifest-12"] {
            let name = node_file(node, what);
            assert_eq!(node_and_file(&name), Some((node, what)), "{name}");
        }
        let others = [
            "environment.file",
            "a.notes.file",
            "a.file-.file",
            "a.file-a.file",
            "a.my-0.file",
            "a.file-0",
            "a.b.file-0.file",
        ];
        for name in others {
            assert_eq!(node_and_file(name), None, "{name}");
        }
    }

    #[test]
    fn a_file_belongs_to_a_node_or_to_the_cluster() {
        let dev = ClusterName::new("dev").unwrap();
        let node = NodeName::of(&dev, "kinc-dev-worker2").unwrap();
        let of_node = [
            "kinc-dev-worker2-join.socket",
            "kinc-dev-worker2-join@.service",
            "kinc-dev-worker2.container",
            "kinc-dev-worker2-containers.volume",
            "kinc-dev-worker2.kubeadm.conf",
            "kinc-dev-worker2.file-0.file",
        ];
        let of_cluster = [
            "kinc-dev.network",
            "kinc-dev.slice",
            "kinc-dev-resolver.timer",
            "kinc-dev-resolver.service",
            "kinc-dev-api.container",
            "kinc-dev-api.cfg",
            "containers.conf",
            "cluster.yaml",
            "kinc-dev-2-worker2.container",
        ];
        for name in of_node {
            assert_eq!(node_of(&dev, name), Some(node.clone()), "{name}");
        }
        for name in of_cluster {
            assert_eq!(node_of(&dev, name), None, "{name}");
        }
        let names = of_cluster.into_iter().chain(of_node);
        assert_eq!(nodes(&dev, names), [node]);
    }

    #[test]
    fn quadlet_ignores_mounted_files() {
        let names = [kubeadm_conf("a"), node_file("a", "file-0")];
        assert_eq!(services(names.iter().map(String::as_str)), [""; 0]);
        assert!(names.iter().all(|name| !is_slice(name)));
    }

    #[test]
    fn each_quadlet_file_becomes_one_service_and_a_slice_is_one_itself() {
        let names = [
            "a.container",
            "a-var.volume",
            "a.network",
            "a.slice",
            "a.kubeadm.conf",
            "cluster.yaml",
        ];
        let expected = ["a.service", "a-var-volume.service", "a-network.service"];
        assert_eq!(services(names.into_iter()), expected);
        let slices: Vec<_> = names.into_iter().filter(|name| is_slice(name)).collect();
        assert_eq!(slices, ["a.slice"]);
    }
}
