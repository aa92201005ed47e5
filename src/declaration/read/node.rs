//! What a declaration says of its node: name, role, devices, sysctls; mounts and ports have files of
//! their own.

use std::collections::BTreeMap;

use crate::declaration::read::reader::{Fields, Reader};
use crate::declaration::read::{Spec, contents, labels_taints, mounts, ports, unique, values};
use crate::declaration::yaml::Value;
use crate::model::cluster::{ClusterName, NodeName, NodeSettings, Role};
use crate::model::field::Field;
use crate::model::item;
use crate::model::problem::Place;

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
    let is_label = |_: &str, value: &str| labels_taints::is_value(value);
    let labels = reader.texts(node, Field::Labels, places, labels_taints::is_key, is_label);
    let taints = reader.list(node, Field::Taints, places, labels_taints::taint);
    unique::taints(reader, &taints);
    let devices = reader.list(node, Field::Devices, places, device);
    let sysctls = reader.texts(node, Field::Sysctls, places, is_sysctl, is_setting);
    let environment = reader.texts(
        node,
        Field::Environment,
        places,
        contents::is_variable,
        contents::is_value_of_variable,
    );
    for field in [
        Field::ExtraMounts,
        Field::ExtraPortMappings,
        Field::Files,
        Field::Units,
    ] {
        reader.note(node, field, places);
    }
    let settings = NodeSettings {
        name: None,
        address: None,
        labels,
        taints: item::values(taints),
        mounts: mounts::read(reader, node),
        ports: ports::read(reader, node),
        devices,
        sysctls,
        environment,
        files: contents::files(reader, node),
        units: contents::units(reader, node),
    };
    unique::places_of_node(reader, &settings);
    settings
}

fn role(value: &Value) -> Result<(), String> {
    match values::choice(value, &ROLES, |role| role)? {
        "control-plane" => Ok(()),
        other => Err(format!("a node of role `{other}` is not supported yet")),
    }
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

fn is_sysctl(name: &str) -> Result<(), String> {
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
    Ok(())
}

fn is_setting(name: &str, setting: &str) -> Result<(), String> {
    let breaks = |c: char| values::breaks_line(c) || "\"'\\".contains(c);
    if setting.is_empty() || setting.contains(breaks) {
        return Err(format!(
            "`{}`: `{}` is not a valid value",
            name.escape_debug(),
            setting.escape_debug()
        ));
    }
    Ok(())
}
