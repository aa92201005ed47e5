//! What a declaration says of its nodes: name, role, devices, sysctls; mounts and ports have files of
//! their own.

use std::collections::{BTreeMap, BTreeSet};

use crate::declaration::read::reader::{Fields, Reader};
use crate::declaration::read::{contents, labels_taints, limits, mounts, ports, unique, values};
use crate::declaration::yaml::Value;
use crate::model::cluster::{ClusterName, Node, NodeId, NodeLimits, NodeName, NodeSettings, Role};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
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

/// The node that makes the cluster.
const FIRST: NodeId = NodeId::first(Role::ControlPlane);

/// As many as etcd's authors advise at most, and kinc has tried.
pub(in crate::declaration) const MOST_CONTROL_PLANES: usize = 5;

/// What every node has set already.
const SET: &str = "net.ipv4.ip_forward";

/// A node as it is declared.
pub(super) struct DeclaredNode {
    pub(super) node: Node,
    /// The name that it is given, which is checked when the cluster's is known.
    name: Option<String>,
    places: BTreeMap<Field, Place>,
}

impl DeclaredNode {
    /// Returns where its fields are declared.
    pub(super) fn places(&self) -> impl Iterator<Item = (FieldRef, Place)> {
        let id = self.node.id;
        let places = self.places.iter();
        places.map(move |(field, place)| (FieldRef::of_node(*field, id), place.clone()))
    }
}

/// Reads the nodes, numbered by their names, or else by their roles as kind does.
pub(super) fn read(reader: &mut Reader, fields: &Fields) -> Vec<DeclaredNode> {
    let mut nodes: Vec<DeclaredNode> = Vec::new();
    let items = reader.items(fields.get("nodes"), "spec.nodes");
    let mut ids = Ids {
        named: items.iter().filter_map(named).collect(),
        ..Ids::default()
    };
    for item in items {
        let node = declared(reader, &item, &mut ids);
        let is_one = |node: &DeclaredNode| node.node.id.role() == Role::ControlPlane;
        let others = nodes.iter().filter(|node| is_one(node)).count();
        if is_one(&node) && others == MOST_CONTROL_PLANES {
            let message = format!(
                "a cluster has at most {MOST_CONTROL_PLANES} control planes: more of them only make writes slower"
            );
            reader.problem(Some(item.span()), Field::Role.path(), message);
        }
        nodes.push(node);
    }
    if !nodes.is_empty() && nodes.iter().all(|node| node.node.id != FIRST) {
        let message = "a cluster has at least one node of role `control-plane`".to_owned();
        let at = fields.get("nodes").map(|entry| entry.span);
        reader.problem(at, Field::Role.path(), message);
    }
    nodes
}

/// Returns the worker that a node is by its name, so that others may come and go before it.
fn named(item: &Fields) -> Option<NodeId> {
    let name = values::text(&item.get("name")?.node.value).ok()?;
    let (_, number) = name.rsplit_once(Role::Worker.name())?;
    NodeId::parse(&format!("{}{number}", Role::Worker.name()))
}

/// Which workers are named somewhere, and which of them are read already.
#[derive(Default)]
struct Ids {
    named: BTreeSet<NodeId>,
    taken: BTreeSet<NodeId>,
    /// The last of each role that has no name.
    last: BTreeMap<Role, NodeId>,
}

impl Ids {
    /// Returns the first node of a role that is neither there nor named.
    fn next(&mut self, role: Role) -> NodeId {
        let last = self.last.get(&role);
        let mut id = last.map_or(NodeId::first(role), |last| last.next());
        while self.named.contains(&id) && id != id.next() {
            id = id.next();
        }
        self.last.insert(role, id);
        id
    }
}

fn declared(reader: &mut Reader, item: &Fields, ids: &mut Ids) -> DeclaredNode {
    let mut places = BTreeMap::new();
    let role = reader.optional(item, Field::Role, &mut places, role);
    let role = role.unwrap_or(Role::ControlPlane);
    let mut name = reader.optional(item, Field::NodeName, &mut places, |value| {
        values::text(value).map(str::to_owned)
    });
    let own = named(item).filter(|id| id.role() == role);
    let id = match own {
        Some(own) if ids.taken.insert(own) => own,
        _ => ids.next(role),
    };
    if own.is_some_and(|own| own != id)
        && let Some(name) = name.take()
    {
        let place = places.get(&Field::NodeName).cloned();
        let message = format!("another node is named `{}`", name.escape_debug());
        reader.problem_at(place, Field::NodeName.path(), message);
    }
    let address = reader.optional(item, Field::NodeAddress, &mut places, values::address);
    let node = Node {
        id,
        address,
        settings: settings(reader, item, &mut places),
        limits: own_limits(reader, item, &mut places),
    };
    DeclaredNode { node, name, places }
}

fn own_limits(
    reader: &mut Reader,
    item: &Fields,
    places: &mut BTreeMap<Field, Place>,
) -> NodeLimits {
    let fields = item.get("resources");
    let fields = fields.and_then(|entry| reader.fields(&entry.node, "spec.nodes[].resources"));
    let Some(fields) = fields else {
        return NodeLimits::default();
    };
    let mut read = |field, read: fn(&Value) -> Result<Option<u64>, String>| {
        reader.optional(&fields, field, places, read).flatten()
    };
    NodeLimits {
        memory_bytes: read(Field::NodeMemory, limits::memory),
        cpu_millis: read(Field::NodeCpu, limits::cpu),
        tasks: read(Field::NodeTasks, limits::tasks),
    }
}

/// Checks that the name of each node is that of its cluster and its role.
pub(super) fn check_names(reader: &mut Reader, nodes: &[DeclaredNode], cluster: &ClusterName) {
    for DeclaredNode { node, name, places } in nodes {
        let expected = NodeName::new(cluster, node.id);
        let Some(name) = name.as_ref().filter(|name| *name != expected.as_str()) else {
            continue;
        };
        let message = format!(
            "the node `{}` of cluster `{cluster}` is named `{expected}`, not `{}`",
            node.id,
            name.escape_debug()
        );
        let place = places.get(&Field::NodeName).cloned();
        reader.problem_at(place, Field::NodeName.path(), message);
    }
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
    let is_said = places.contains_key(&Field::Taints);
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
        labels,
        taints: is_said.then(|| item::values(taints)),
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

fn role(value: &Value) -> Result<Role, String> {
    values::choice(value, &Role::ALL, Role::name)
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
