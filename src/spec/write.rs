//! The way back: a cluster as a declaration that gives every value it has.

use std::collections::BTreeMap;

use crate::cluster::Cluster;
use crate::quantity;
use crate::schema::{API_VERSION, Field, KIND};
use crate::yaml::{Entry, Value};

/// Returns the value of a field as a declaration would give it; nothing for one that is open, or
/// that is no limit.
#[must_use]
pub fn value(cluster: &Cluster, field: Field) -> Option<Value> {
    let text = |text: &dyn std::fmt::Display| Some(Value::String(text.to_string()));
    let number = |number: u64| Value::Number(number.to_string());
    let limits = cluster.resources;
    match field {
        Field::Name => text(&cluster.name),
        Field::Annotations => map(&cluster.annotations),
        Field::KubernetesVersion => text(&cluster.kubernetes_version),
        Field::Image => text(&cluster.image),
        Field::Autostart => Some(Value::Bool(cluster.autostart)),
        Field::ApiServerAddress => text(&cluster.api_server_address),
        Field::ApiServerPort => cluster.api_server_port.map(|port| number(port.into())),
        Field::PodSubnet => text(&cluster.pod_subnet),
        Field::ServiceSubnet => text(&cluster.service_subnet),
        Field::NodeSubnet => cluster.node_subnet.and_then(|subnet| text(&subnet)),
        Field::Cni => text(&cluster.cni.name()),
        Field::Storage => text(&cluster.storage.name()),
        Field::Memory => text(&quantity::bytes(limits.memory_bytes?)),
        Field::Cpu => text(&quantity::millis(limits.cpu_millis?)),
        Field::CpuWeight => limits.cpu_weight.map(number),
        Field::Tasks => limits.tasks.map(number),
    }
}

/// Returns texts by their names as a mapping; nothing when there are none.
fn map(texts: &BTreeMap<String, String>) -> Option<Value> {
    let entry =
        |(name, text): (&String, &String)| Entry::from((name.as_str(), Value::from(text.as_str())));
    (!texts.is_empty()).then(|| Value::Mapping(texts.iter().map(entry).collect()))
}

/// Returns the declaration of a cluster, with all that [`value`] returns.
#[must_use]
pub fn document(cluster: &Cluster) -> Value {
    let mut root = Value::from([
        ("apiVersion", Value::from(API_VERSION)),
        ("kind", Value::from(KIND)),
    ]);
    for field in Field::all() {
        if let Some(value) = value(cluster, field) {
            set(&mut root, field.path(), value);
        }
    }
    root
}

/// Sets a value by its path, and makes what is missing on the way.
fn set(root: &mut Value, path: &str, value: Value) {
    match path.split_once('.') {
        None => root.set(path, value),
        Some((key, rest)) => {
            let mut below = root.get(key).cloned().unwrap_or(Value::Mapping(Vec::new()));
            set(&mut below, rest, value);
            root.set(key, below);
        }
    }
}
