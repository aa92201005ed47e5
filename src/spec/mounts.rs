//! What a declaration says of paths: mounts, and where in the node something may be laid.

use crate::cluster::{DataDir, Mount, Propagation};
use crate::schema::Field;
use crate::spec::reader::{Fields, Reader};
use crate::spec::values;
use crate::yaml::Value;

/// What the node has there itself; a mount over one of them would take away what it lives on.
const OWN: [&str; 17] = [
    "/",
    "/bin",
    "/dev",
    "/etc",
    "/etc/kinc",
    "/etc/kinc/kubeadm.conf",
    "/etc/kubernetes",
    "/lib",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
    "/var/lib/etcd",
    "/var/lib/kubelet",
];

/// What the node decides by whether it has a cluster already: a mount in there is in its way.
const STATE: [&str; 3] = ["/etc/kubernetes/", "/var/lib/etcd/", "/var/lib/kubelet/"];

/// Reads what the node sees of its host's files.
pub(super) fn read(reader: &mut Reader, node: &Fields) -> Vec<Mount> {
    let path = Field::ExtraMounts.path();
    let mut mounts = Vec::new();
    for item in reader.items(node.get("extraMounts"), path) {
        let below = |key: &str| format!("{path}[].{key}");
        let host_path = reader.required(&item, "hostPath", &below("hostPath"), path_of_host);
        let container_path = reader.required(
            &item,
            "containerPath",
            &below("containerPath"),
            path_of_node,
        );
        let read_only = reader.of_item(&item, path, "readOnly", values::boolean);
        let propagation = reader.of_item(&item, path, "propagation", |value| {
            values::choice(value, &Propagation::ALL, Propagation::name)
        });
        if let (Some(host_path), Some(container_path)) = (host_path, container_path) {
            if mounts
                .iter()
                .any(|other: &Mount| other.container_path == container_path)
            {
                let message = format!("`{container_path}` is mounted twice");
                reader.problem(Some(item.at()), &below("containerPath"), message);
            }
            mounts.push(Mount {
                host_path,
                container_path,
                read_only: read_only.unwrap_or(false),
                propagation: propagation.unwrap_or(Propagation::None),
            });
        }
    }
    mounts
}

fn path_of_host(value: &Value) -> Result<String, String> {
    absolute(values::text(value)?)
}

/// Reads a path in the node where something of the host may be mounted.
pub(crate) fn path_of_node(value: &Value) -> Result<String, String> {
    let path = absolute(values::text(value)?)?;
    let bare = bare(&path);
    let is_within = |state: &&str| bare.starts_with(*state);
    if OWN.contains(&bare.as_str()) || STATE.iter().any(is_within) {
        return Err(format!("`{path}` is reserved for the node itself"));
    }
    // Podman takes two spellings of a place for one.
    Ok(bare)
}

/// Reads the directory of a cluster's data.
pub(super) fn data_dir(value: &Value) -> Result<DataDir, String> {
    let path = bare(&absolute(values::text(value)?)?);
    match path.as_str() {
        "/" => Err("`/` cannot be the data directory".to_owned()),
        _ => Ok(DataDir::new(path)),
    }
}

/// Returns a path in its shortest form.
fn bare(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    format!("/{}", parts.join("/"))
}

fn absolute(path: &str) -> Result<String, String> {
    let shown = path.escape_debug();
    let has_part = |part: &str| path.split('/').any(|found| found == part);
    if !path.starts_with('/') {
        return Err(format!("`{shown}` is not an absolute path"));
    }
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
    if has_part("..") || has_part(".") {
        return Err(format!("`{shown}` contains `.` or `..`"));
    }
    Ok(path.to_owned())
}
