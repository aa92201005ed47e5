//! The `spec` of a document: what it gives, and where.

mod networking;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::declaration::read::node::{self, DeclaredNode};
use crate::declaration::read::reader::{Fields, Reader};
use crate::declaration::read::{contents, default_cluster, kubernetes, limits, mounts, values};
use crate::declaration::yaml::{Node, Value};
use crate::model::cluster::{
    self, Cluster, ClusterName, Cni, DataDir, KubeProxyMode, KubernetesSettings, Resources,
    RuntimeSettings, Storage, Uid, default_image,
};
use crate::model::field::Field;
use crate::model::field_ref::{FieldRef, Places};
use crate::model::problem::Place;
use crate::model::subnet::Subnet;

/// The `spec` of a document: what it gives, and where.
#[derive(Default)]
pub(super) struct Spec {
    pub(super) places: BTreeMap<Field, Place>,
    pub(super) uid: Option<Uid>,
    pub(super) annotations: BTreeMap<String, String>,
    image: Option<String>,
    kubernetes_version: Option<String>,
    autostart: Option<bool>,
    data_dir: Option<DataDir>,
    api_server_address: Option<Ipv4Addr>,
    api_server_port: Option<u16>,
    pod_subnet: Option<Subnet>,
    service_subnet: Option<Subnet>,
    node_subnet: Option<Subnet>,
    dns_domain: Option<String>,
    cni: Option<Cni>,
    kube_proxy_mode: Option<KubeProxyMode>,
    storage: Option<Storage>,
    pub(super) nodes: Vec<DeclaredNode>,
    kubernetes: KubernetesSettings,
    runtime: RuntimeSettings,
    resources: Resources,
}

impl Spec {
    pub(super) fn into_cluster(self, name: ClusterName) -> Cluster {
        let default = default_cluster(name);
        let mut explicit: Places = fields(self.places).collect();
        explicit.extend(self.nodes.iter().flat_map(DeclaredNode::places));
        let nodes: Vec<cluster::Node> = self.nodes.into_iter().map(|one| one.node).collect();
        let kubernetes_version = self
            .kubernetes_version
            .unwrap_or(default.kubernetes_version);
        Cluster {
            name: default.name,
            uid: self.uid,
            annotations: self.annotations,
            image: self
                .image
                .unwrap_or_else(|| default_image(&kubernetes_version)),
            kubernetes_version,
            autostart: self.autostart.unwrap_or(default.autostart),
            data_dir: self.data_dir,
            api_server_address: self
                .api_server_address
                .unwrap_or(default.api_server_address),
            api_server_port: self.api_server_port,
            pod_subnet: self.pod_subnet.unwrap_or(default.pod_subnet),
            service_subnet: self.service_subnet.unwrap_or(default.service_subnet),
            node_subnet: self.node_subnet,
            dns_domain: self.dns_domain.unwrap_or(default.dns_domain),
            cni: self.cni.unwrap_or(default.cni),
            kube_proxy_mode: self.kube_proxy_mode.unwrap_or(default.kube_proxy_mode),
            storage: self.storage.unwrap_or(default.storage),
            nodes: if nodes.is_empty() {
                default.nodes
            } else {
                nodes
            },
            kubernetes: self.kubernetes,
            runtime: self.runtime,
            resources: self.resources,
            explicit,
        }
    }
}

/// Returns the places of fields of the cluster.
fn fields(places: BTreeMap<Field, Place>) -> impl Iterator<Item = (FieldRef, Place)> {
    let field = |(field, place): (Field, Place)| (field.into(), place);
    places.into_iter().map(field)
}

/// Reads the `spec` of a document, if there is one.
pub(super) fn read(reader: &mut Reader, root: &Fields) -> Spec {
    let mut spec = Spec::default();
    let Some(entry) = root.get("spec") else {
        return spec;
    };
    let Some(fields) = reader.fields(&entry.node, "spec") else {
        return spec;
    };
    let places = &mut spec.places;
    spec.image = reader.optional(&fields, Field::Image, places, values::image);
    spec.kubernetes_version =
        reader.optional(&fields, Field::KubernetesVersion, places, values::version);
    spec.autostart = reader.optional(&fields, Field::Autostart, places, values::boolean);
    spec.data_dir = reader.optional(&fields, Field::DataDir, places, mounts::data_dir);
    spec.storage = reader.optional(&fields, Field::Storage, places, |value| {
        values::choice(value, Storage::ALL, Storage::name)
    });
    if let Some(entry) = fields.get("networking") {
        networking::read(reader, &entry.node, &mut spec);
    }
    if let Some(entry) = fields.get("resources") {
        read_resources(reader, &entry.node, &mut spec);
    }
    spec.nodes = node::read(reader, &fields);
    kubernetes::read(reader, &fields, &mut spec.kubernetes, &mut spec.places);
    contents::read(reader, &fields, &mut spec.runtime, &mut spec.places);
    networking::report_overlaps(reader, &spec);
    spec
}

fn read_resources(reader: &mut Reader, node: &Node, spec: &mut Spec) {
    let Some(fields) = reader.fields(node, "spec.resources") else {
        return;
    };
    let mut read = |field, read: fn(&Value) -> Result<Option<u64>, String>| {
        let places = &mut spec.places;
        reader.optional(&fields, field, places, read).flatten()
    };
    spec.resources = Resources {
        memory_bytes: read(Field::Memory, limits::memory),
        cpu_millis: read(Field::Cpu, limits::cpu),
        cpu_weight: read(Field::CpuWeight, limits::weight),
        io_weight: read(Field::IoWeight, limits::weight),
        tasks: read(Field::Tasks, limits::tasks),
    };
}
