//! The way back: a cluster as a declaration that gives every value it has.

use std::collections::BTreeMap;

use crate::declaration::schema::{API_VERSION, KIND};
use crate::declaration::yaml::{Entry, Value};
use crate::model::cluster::{
    Cluster, JsonPatch, Manifest, Mount, Node, NodeFile, NodeName, NodeUnit, PortMapping,
    RegistryMirror,
};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
use crate::model::quantity;

/// Returns the value of a field as a declaration would give it; `None` for one that is open, for a limit
/// that is not set, and for a node that the cluster does not have.
#[must_use]
pub fn value(cluster: &Cluster, field: FieldRef) -> Option<Value> {
    match field.node {
        Some(node) => value_of_node(cluster, cluster.node(node)?, field.field),
        None => value_of_cluster(cluster, field.field),
    }
}

fn value_of_cluster(cluster: &Cluster, field: Field) -> Option<Value> {
    let text = |text: &dyn std::fmt::Display| Some(Value::String(text.to_string()));
    let number = |number: u64| Value::Number(number.to_string());
    let limits = cluster.resources;
    match field {
        Field::Name => text(&cluster.name),
        Field::Uid => text(&cluster.uid.as_ref()?),
        Field::Annotations => map(&cluster.annotations),
        Field::KubernetesVersion => text(&cluster.kubernetes_version),
        Field::Image => text(&cluster.image),
        Field::Autostart => Some(Value::Bool(cluster.autostart)),
        Field::DataDir => text(&cluster.data_dir.as_ref()?),
        Field::ApiServerAddress => text(&cluster.api_server_address),
        Field::ApiServerPort => cluster.api_server_port.map(|port| number(port.into())),
        Field::ApiServerCertSans => list(texts(&cluster.kubernetes.cert_sans)),
        Field::IpFamily => Some(Value::from("ipv4")),
        Field::PodSubnet => text(&cluster.pod_subnet),
        Field::ServiceSubnet => text(&cluster.service_subnet),
        Field::NodeSubnet => cluster.node_subnet.and_then(|subnet| text(&subnet)),
        Field::DnsDomain => text(&cluster.dns_domain),
        Field::DnsSearch => list(texts(&cluster.kubernetes.dns_search)),
        Field::Cni => text(&cluster.cni.name()),
        Field::KubeProxyMode => text(&cluster.kube_proxy_mode.name()),
        Field::Storage => text(&cluster.storage.name()),
        Field::FeatureGates => gates(&cluster.kubernetes.feature_gates),
        Field::RuntimeConfig => map(&cluster.kubernetes.runtime_config),
        Field::KubeadmConfigPatches => {
            let patches = cluster.kubernetes.patches.iter();
            list(patches.map(|patch| Value::from(patch.text.as_str())))
        }
        Field::KubeadmConfigPatchesJson6902 => {
            list(cluster.kubernetes.json_patches.iter().map(json_patch))
        }
        Field::SchedulerConfig => text(&cluster.kubernetes.scheduler_config.as_ref()?),
        Field::CrioDropIns => list(texts(&cluster.runtime.crio_drop_ins)),
        Field::RegistryMirrors => list(cluster.runtime.registry_mirrors.iter().map(mirror)),
        Field::CaCertificates => list(texts(&cluster.runtime.ca_certificates)),
        Field::Manifests => list(cluster.runtime.manifests.iter().map(manifest)),
        Field::Memory => text(&quantity::bytes(limits.memory_bytes?)),
        Field::Cpu => text(&quantity::millis(limits.cpu_millis?)),
        Field::CpuWeight => limits.cpu_weight.map(number),
        Field::IoWeight => limits.io_weight.map(number),
        Field::Tasks => limits.tasks.map(number),
        Field::Role
        | Field::NodeName
        | Field::NodeAddress
        | Field::Labels
        | Field::Taints
        | Field::ExtraMounts
        | Field::ExtraPortMappings
        | Field::Devices
        | Field::Sysctls
        | Field::Environment
        | Field::Files
        | Field::Units
        | Field::NodeMemory
        | Field::NodeCpu
        | Field::NodeTasks => None,
    }
}

fn value_of_node(cluster: &Cluster, node: &Node, field: Field) -> Option<Value> {
    let text = |text: &dyn std::fmt::Display| Some(Value::String(text.to_string()));
    let settings = &node.settings;
    match field {
        Field::Role => text(&node.id.role().name()),
        Field::NodeName => text(&NodeName::new(&cluster.name, node.id)),
        Field::NodeAddress => text(&node.address?),
        Field::Labels => map(&settings.labels),
        // An empty list is not the same as none.
        Field::Taints => Some(Value::from(
            texts(settings.taints.as_ref()?).collect::<Vec<_>>(),
        )),
        Field::ExtraMounts => list(settings.mounts.iter().map(|one| mount(one))),
        Field::ExtraPortMappings => list(settings.ports.iter().map(|one| port(one))),
        Field::Devices => list(settings.devices.iter().map(|one| Value::from(one.as_str()))),
        Field::Sysctls => map(&settings.sysctls),
        Field::Environment => map(&settings.environment),
        Field::Files => list(settings.files.iter().map(|one| file(one))),
        Field::NodeMemory => text(&quantity::bytes(node.limits.memory_bytes?)),
        Field::NodeCpu => text(&quantity::millis(node.limits.cpu_millis?)),
        Field::NodeTasks => Some(Value::Number(node.limits.tasks?.to_string())),
        Field::Units => list(settings.units.iter().map(|one| unit(one))),
        _ => None,
    }
}

/// Returns texts by their names as a mapping; `None` if there are none.
fn map(texts: &BTreeMap<String, String>) -> Option<Value> {
    let entry =
        |(name, text): (&String, &String)| Entry::from((name.as_str(), Value::from(text.as_str())));
    (!texts.is_empty()).then(|| Value::Mapping(texts.iter().map(entry).collect()))
}

/// Returns items as a list; `None` if there are none.
fn list(items: impl Iterator<Item = Value>) -> Option<Value> {
    let items: Vec<Value> = items.collect();
    (!items.is_empty()).then(|| Value::from(items))
}

fn texts(texts: &[String]) -> impl Iterator<Item = Value> {
    texts.iter().map(|text| Value::from(text.as_str()))
}

fn gates(gates: &BTreeMap<String, bool>) -> Option<Value> {
    let entry = |(name, on): (&String, &bool)| Entry::from((name.as_str(), Value::Bool(*on)));
    (!gates.is_empty()).then(|| Value::Mapping(gates.iter().map(entry).collect()))
}

fn mount(mount: &Mount) -> Value {
    Value::from([
        ("hostPath", Value::from(mount.host_path.as_str())),
        ("containerPath", Value::from(mount.container_path.as_str())),
        ("readOnly", Value::Bool(mount.read_only)),
        ("propagation", Value::from(mount.propagation.name())),
    ])
}

fn port(port: &PortMapping) -> Value {
    let number = |number: u16| Value::Number(number.to_string());
    let mut value = Value::from([("containerPort", number(port.container_port))]);
    if let Some(host_port) = port.host_port {
        value.set("hostPort", number(host_port));
    }
    value.set(
        "listenAddress",
        Value::String(port.listen_address.to_string()),
    );
    value.set("protocol", Value::from(port.protocol.name()));
    value
}

fn file(file: &NodeFile) -> Value {
    let mut value = Value::from([
        ("path", Value::from(file.path.as_str())),
        ("content", Value::from(file.content.as_str())),
        ("executable", Value::Bool(file.executable)),
    ]);
    if let Some(mode) = file.mode {
        value.set("mode", Value::String(format!("{mode:04o}")));
    }
    value
}

fn unit(unit: &NodeUnit) -> Value {
    Value::from([
        ("name", Value::from(unit.name.as_str())),
        ("content", Value::from(unit.content.as_str())),
    ])
}

fn mirror(mirror: &RegistryMirror) -> Value {
    Value::from([
        ("registry", Value::from(mirror.registry.as_str())),
        ("mirror", Value::from(mirror.mirror.as_str())),
        ("insecure", Value::Bool(mirror.insecure)),
    ])
}

fn manifest(manifest: &Manifest) -> Value {
    let (path, sha256) = match manifest {
        Manifest::Text(text) => return Value::from(text.as_str()),
        Manifest::Unread { path, sha256, .. } => (path, sha256.as_ref()),
        Manifest::File { path, sha256, .. } => (path, Some(sha256)),
    };
    let mut value = Value::from([("path", Value::from(path.as_str()))]);
    if let Some(sha256) = sha256 {
        value.set("sha256", Value::from(sha256.as_str()));
    }
    value
}

fn json_patch(patch: &JsonPatch) -> Value {
    Value::from([
        ("kind", Value::from(patch.kind.as_str())),
        ("patch", Value::from(patch.patch.as_str())),
    ])
}

/// Returns the declaration of a cluster, with all that [`value`] returns.
#[must_use]
pub fn document(cluster: &Cluster) -> Value {
    let mut root = Value::from([
        ("apiVersion", Value::from(API_VERSION)),
        ("kind", Value::from(KIND)),
    ]);
    for field in Field::all() {
        if field.path_in_node().is_none() {
            if let Some(value) = value_of_cluster(cluster, field) {
                root.set_path(field.path(), value);
            }
        } else if field == Field::Role {
            // The first field of a node, so all of them are in the place of their list.
            let nodes = cluster.nodes.iter().map(|node| item(cluster, node));
            root.set_path("spec.nodes", Value::from(nodes.collect::<Vec<_>>()));
        }
    }
    root
}

fn item(cluster: &Cluster, node: &Node) -> Value {
    let mut item = Value::Mapping(Vec::new());
    for field in Field::all() {
        if let Some(path) = field.path_in_node()
            && let Some(value) = value_of_node(cluster, node, field)
        {
            item.set_path(path, value);
        }
    }
    item
}
