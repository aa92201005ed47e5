//! What a declaration says of paths: mounts, and where in the node something may be laid.

use crate::declaration::read::reader::{Fields, Reader};
use crate::declaration::read::values;
use crate::declaration::yaml::Value;
use crate::model::cluster::{DataDir, Mount, Propagation};
use crate::model::field::Field;
use crate::model::item::Item;

/// What the node has there itself; a mount over one of them would take away what it lives on.
const OWN: [&str; 41] = [
    "/",
    "/bin",
    "/dev",
    "/etc",
    "/etc/cni",
    "/etc/containers",
    "/etc/crio",
    "/etc/kinc",
    "/etc/kinc/kubeadm.conf",
    "/etc/kubernetes",
    "/etc/systemd",
    "/etc/systemd/system",
    "/lib",
    "/proc",
    "/proc/sys",
    "/run",
    "/run/crio",
    "/run/dbus",
    "/run/kinc",
    "/run/systemd",
    "/sbin",
    "/sys",
    "/sys/fs",
    "/sys/fs/cgroup",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/lib/systemd",
    "/usr/lib/systemd/system",
    "/usr/libexec",
    "/usr/libexec/kinc",
    "/usr/sbin",
    "/usr/share",
    "/usr/share/kinc",
    "/var",
    "/var/.kinc",
    "/var/lib",
    "/var/lib/containers",
    "/var/lib/etcd",
    "/var/lib/kubelet",
];

/// What is wholly the node's: its marks, and the data of etcd.
const WHOLE: [&str; 2] = ["/var/.kinc/", "/var/lib/etcd/"];

/// Directories of the node's state in which others may have something too, and what the node has in each:
/// a cluster is there if these are. What is there is of kubeadm and kubelet 1.36.
const SHARED: [(&str, &[&str]); 4] = [
    (
        "/etc/kubernetes/manifests/",
        &[
            "etcd.yaml",
            "kube-apiserver.yaml",
            "kube-controller-manager.yaml",
            "kube-scheduler.yaml",
        ],
    ),
    (
        "/etc/kubernetes/pki/",
        &[
            "apiserver-etcd-client.crt",
            "apiserver-etcd-client.key",
            "apiserver-kubelet-client.crt",
            "apiserver-kubelet-client.key",
            "apiserver.crt",
            "apiserver.key",
            "ca.crt",
            "ca.key",
            "etcd",
            "front-proxy-ca.crt",
            "front-proxy-ca.key",
            "front-proxy-client.crt",
            "front-proxy-client.key",
            "sa.key",
            "sa.pub",
        ],
    ),
    (
        "/etc/kubernetes/",
        &[
            ".kinc",
            "admin.conf",
            "bootstrap-kubelet.conf",
            "controller-manager.conf",
            "kinc",
            "kubelet.conf",
            "manifests",
            "pki",
            "scheduler.conf",
            "super-admin.conf",
            "tmp",
        ],
    ),
    (
        "/var/lib/kubelet/",
        &[
            "actuated_pods_state",
            "allocated_pods_state",
            "checkpoints",
            "config.yaml",
            "cpu_manager_state",
            "device-plugins",
            "dra_health_state",
            "dra_manager_state",
            "graceful_node_shutdown_state",
            "image_manager",
            "instance-config.yaml",
            "kubeadm-flags.env",
            "memory_manager_state",
            "pki",
            "plugins",
            "plugins_registry",
            "pod-resources",
            "pods",
            "pods-api",
        ],
    ),
];

/// Reads what the node sees of its host's files.
pub(super) fn read(reader: &mut Reader, node: &Fields) -> Vec<Item<Mount>> {
    let path = Field::ExtraMounts.path();
    let directory = reader.directory();
    let mut mounts = Vec::new();
    for item in reader.items(node.get("extraMounts"), path) {
        let below = |key: &str| format!("{path}[].{key}");
        let host_path = reader.required(&item, "hostPath", &below("hostPath"), |value| {
            path_of_host(directory, value)
        });
        let container_path = reader.required(
            &item,
            "containerPath",
            &below("containerPath"),
            path_of_node,
        );
        let read_only = reader.of_item(&item, path, "readOnly", values::boolean);
        let propagation = reader.of_item(&item, path, "propagation", |value| {
            values::choice(value, Propagation::ALL, Propagation::name)
        });
        if let (Some(host_path), Some(container_path)) = (host_path, container_path) {
            let mount = Mount {
                host_path,
                container_path,
                read_only: read_only.unwrap_or(false),
                propagation: propagation.unwrap_or(Propagation::None),
            };
            mounts.push(Item::at(reader.place(item.span()), mount));
        }
    }
    mounts
}

/// Reads a path of the host. One that is relative begins where the text that declares it lies.
pub(crate) fn path_of_host(directory: Option<&str>, value: &Value) -> Result<String, String> {
    let found = values::text(value)?;
    check_no_shell_syntax(found)?;
    match directory {
        Some(directory) if !found.is_empty() && !found.starts_with('/') => {
            writable(&clean(&format!("{directory}/{found}")))
        }
        _ => absolute(found).map(|path| clean(&path)),
    }
}

/// Fails for a path that is none before a shell has read it.
pub(super) fn check_no_shell_syntax(path: &str) -> Result<(), String> {
    if path.starts_with(['~', '$']) {
        let shown = path.escape_debug();
        return Err(format!(
            "`{shown}`: only a shell expands `~` and variables; give the path itself"
        ));
    }
    Ok(())
}

/// Resolves `.` and `..` by the text alone, as kind and Podman do.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Reads a path in the node where something of the host may be mounted.
pub(crate) fn path_of_node(value: &Value) -> Result<String, String> {
    let path = without_dots(&absolute(values::text(value)?)?)?;
    if OWN.contains(&path.as_str()) || is_of_state(&path) {
        return Err(format!("`{path}` is reserved for the node itself"));
    }
    // Podman takes two spellings of a place for one.
    Ok(path)
}

/// Returns whether the node itself has something there, by which it knows its cluster.
fn is_of_state(path: &str) -> bool {
    let shared = SHARED.iter().find_map(|(directory, names)| {
        let name = path.strip_prefix(directory)?.split('/').next()?;
        Some(names.contains(&name))
    });
    shared.unwrap_or_else(|| WHOLE.iter().any(|whole| path.starts_with(whole)))
}

/// Reads the directory of a cluster's data.
pub(super) fn data_dir(value: &Value) -> Result<DataDir, String> {
    let path = without_dots(&absolute(values::text(value)?)?)?;
    match path.as_str() {
        "/" => Err("`/` cannot be the data directory".to_owned()),
        _ => Ok(DataDir::new(path)),
    }
}

/// Returns a path in its shortest form. Whoever writes `..` there may mean something else.
fn without_dots(path: &str) -> Result<String, String> {
    if path.split('/').any(|part| part == "." || part == "..") {
        let shown = path.escape_debug();
        return Err(format!("`{shown}` contains `.` or `..`"));
    }
    Ok(clean(path))
}

fn absolute(path: &str) -> Result<String, String> {
    if !path.starts_with('/') {
        return Err(format!("`{}` is not an absolute path", path.escape_debug()));
    }
    writable(path)
}

/// Returns a path that can be told to Podman.
fn writable(path: &str) -> Result<String, String> {
    let shown = path.escape_debug();
    if path.contains(':') || path.contains(values::breaks_line) {
        return Err(format!(
            "`{shown}` contains a colon or a control character, which a Podman volume cannot have"
        ));
    }
    if path.trim_end() != path || path.ends_with('\\') {
        return Err(format!(
            "`{shown}` ends with a blank or a backslash, which a Podman volume cannot have"
        ));
    }
    Ok(path.to_owned())
}
