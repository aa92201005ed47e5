//! What a declaration says of its node: mounts, ports, devices, sysctls.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::cluster::{
    ClusterName, DataDir, Mount, NodeName, NodeSettings, PortMapping, Propagation, Protocol, Role,
};
use crate::problem::Place;
use crate::schema::Field;
use crate::spec::reader::{Fields, Reader};
use crate::spec::{Spec, contents, marks, values};
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

/// The beginnings of the names of kernel settings that a container has of its own
/// (podman-run(1), `--sysctl`).
const NAMESPACED: [&str; 5] = [
    "net.",
    "kernel.msg",
    "kernel.sem",
    "kernel.shm",
    "fs.mqueue.",
];

/// What every node has set already.
const SET: &str = "net.ipv4.ip_forward";

/// The roles by their names; all but the first are for later.
const ROLES: [&str; 2] = ["control-plane", "worker"];

/// Reads the one node that there can be.
pub(super) fn read(reader: &mut Reader, fields: &Fields, spec: &mut Spec) {
    let mut nodes = reader.items(fields.get("nodes"), "spec.nodes").into_iter();
    let Some(node) = nodes.next() else {
        return;
    };
    for another in nodes {
        let message = "more than one node is not supported yet".to_owned();
        reader.problem(Some(another.at()), "spec.nodes", message);
    }
    let places = &mut spec.places;
    reader.optional(&node, Field::Role, places, role);
    spec.node_name = reader.optional(&node, Field::NodeName, places, |value| {
        values::text(value).map(str::to_owned)
    });
    let address = reader.optional(&node, Field::NodeAddress, places, values::address);
    spec.node = NodeSettings {
        address,
        ..settings(reader, &node, places)
    };
}

/// Returns the name of the node, which has to be the one that it has anyway.
pub(super) fn name(reader: &mut Reader, spec: &Spec, cluster: &ClusterName) -> Option<NodeName> {
    let given = spec.node_name.as_ref()?;
    let name = NodeName::new(cluster, Role::ControlPlane);
    if given == name.as_str() {
        return Some(name);
    }
    let message = format!(
        "the control plane of cluster `{cluster}` is called `{name}`, not `{}`",
        given.escape_debug()
    );
    let place = spec.places.get(&Field::NodeName).cloned();
    reader.problem_at(place, Field::NodeName.path(), message);
    None
}

/// Reads what the node gets of its host.
fn settings(
    reader: &mut Reader,
    node: &Fields,
    places: &mut BTreeMap<Field, Place>,
) -> NodeSettings {
    let labels = reader.optional(node, Field::Labels, places, marks::labels);
    let taints = reader.list(node, Field::Taints, places, marks::taint);
    if let Some(taint) = marks::repeated(&taints) {
        let message =
            format!("a node has each key and effect once: `{taint}` has those of another");
        let place = places.get(&Field::Taints).cloned();
        reader.problem_at(place, Field::Taints.path(), message);
    }
    let devices = reader.list(node, Field::Devices, places, device);
    let sysctls = reader.optional(node, Field::Sysctls, places, sysctls);
    let environment = reader.optional(node, Field::Environment, places, contents::environment);
    for field in [
        Field::ExtraMounts,
        Field::ExtraPortMappings,
        Field::Files,
        Field::Units,
    ] {
        reader.note(node, field, places);
    }
    NodeSettings {
        name: None,
        address: None,
        labels: labels.unwrap_or_default(),
        taints,
        mounts: mounts(reader, node),
        ports: ports(reader, node),
        devices,
        sysctls: sysctls.unwrap_or_default(),
        environment: environment.unwrap_or_default(),
        files: contents::files(reader, node),
        units: contents::units(reader, node),
    }
}

fn role(value: &Value) -> Result<(), String> {
    match values::choice(value, &ROLES, |role| role)? {
        "control-plane" => Ok(()),
        other => Err(format!("a node of role `{other}` is not supported yet")),
    }
}

fn mounts(reader: &mut Reader, node: &Fields) -> Vec<Mount> {
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

fn ports(reader: &mut Reader, node: &Fields) -> Vec<PortMapping> {
    let path = Field::ExtraPortMappings.path();
    let mut ports = Vec::new();
    for item in reader.items(node.get("extraPortMappings"), path) {
        let below = |key: &str| format!("{path}[].{key}");
        let container = reader.required(
            &item,
            "containerPort",
            &below("containerPort"),
            values::any_port,
        );
        let host = reader.required(&item, "hostPort", &below("hostPort"), values::port);
        let listen_address = reader.of_item(&item, path, "listenAddress", values::address);
        let protocol = reader.of_item(&item, path, "protocol", |value| {
            values::choice(value, &Protocol::ALL, Protocol::name)
        });
        if let (Some(container_port), Some(host_port)) = (container, host) {
            ports.push(PortMapping {
                container_port,
                host_port,
                listen_address: listen_address.unwrap_or(Ipv4Addr::LOCALHOST),
                protocol: protocol.unwrap_or(Protocol::Tcp),
            });
        }
    }
    ports
}

fn path_of_host(value: &Value) -> Result<String, String> {
    absolute(values::text(value)?)
}

pub(super) fn path_of_node(value: &Value) -> Result<String, String> {
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

fn device(value: &Value) -> Result<String, String> {
    let found = values::text(value)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/=:".contains(c);
    let is_path = found.starts_with("/dev/") && !found.contains([':', '=']);
    let is_cdi = !found.starts_with('/') && found.contains('/') && found.contains('=');
    if found.chars().all(allowed) && (is_path || is_cdi) && !found.contains("..") {
        return Ok(found.to_owned());
    }
    Err(format!(
        "`{}` is neither a device below /dev nor a CDI device such as nvidia.com/gpu=all",
        found.escape_debug()
    ))
}

fn sysctls(value: &Value) -> Result<BTreeMap<String, String>, String> {
    let sysctls = values::texts(value)?;
    for (name, setting) in &sysctls {
        let shown = name.escape_debug();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !name.chars().all(allowed) || !NAMESPACED.iter().any(|begin| name.starts_with(begin)) {
            return Err(format!(
                "`{shown}` is not a namespaced kernel parameter; these begin with {}",
                NAMESPACED.join(", ")
            ));
        }
        if name == SET {
            return Err(format!("`{shown}` is already set in every node"));
        }
        if setting.is_empty()
            || setting.contains(|c: char| values::breaks_line(c) || "\"'\\".contains(c))
        {
            return Err(format!(
                "`{shown}`: `{}` is not a valid value",
                setting.escape_debug()
            ));
        }
    }
    Ok(sysctls)
}
