//! The declaration: YAML documents of kind `Cluster` become [`Cluster`] values.
//!
//! Finds all problems of all documents at once. Reads no files, and allocates nothing.

mod contents;
mod document;
mod kubernetes;
mod labels_taints;
mod limits;
mod manifests;
mod mounts;
mod networking;
mod node;
mod ports;
mod reader;
mod suggest;
mod unique;
mod values;

pub(crate) use crate::declaration::read::contents::registry;
pub use crate::declaration::read::manifests::{check as check_manifest, unnamed};
pub(crate) use crate::declaration::read::mounts::{path_of_host, path_of_node};
pub(crate) use crate::declaration::read::reader::{kind, place};
pub(crate) use crate::declaration::read::suggest::suggestion;
pub use crate::declaration::read::suggest::unknown_path;
pub(crate) use crate::declaration::read::values::without_userinfo;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::Ipv4Addr;

use crate::declaration::read::node::DeclaredNode;
use crate::declaration::read::reader::{Fields, Reader};
use crate::declaration::schema::{API_VERSION, KIND};
use crate::declaration::yaml::{self, Node, Value};
use crate::model::cluster::{
    self, Cluster, ClusterName, Cni, DEFAULT_DNS_DOMAIN, DEFAULT_KUBERNETES_VERSION, DataDir,
    KubeProxyMode, KubernetesSettings, Resources, RuntimeSettings, Storage, Uid, default_image,
};
use crate::model::field::Field;
use crate::model::field_ref::{FieldRef, Places};
use crate::model::problem::{Place, Problem, Problems};
use crate::model::subnet::Subnet;

/// Pods of a cluster that says nothing: the habit of kind.
const DEFAULT_POD_SUBNET: Subnet = Subnet::constant([10, 244, 0, 0], 16);

/// Services of a cluster that says nothing: the habit of kind.
const DEFAULT_SERVICE_SUBNET: Subnet = Subnet::constant([10, 96, 0, 0], 16);

/// How long a text may be. Declarations of a thousand clusters are shorter.
pub const TEXT_MAX_BYTES: u64 = 1 << 20;

/// A text with declarations.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its name in messages, usually a file name.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
    /// The directory that relative paths of the host begin at, as an absolute path; `None` if a text
    /// has no place of its own, and has no such paths.
    pub directory: Option<&'a str>,
}

/// Reads every declaration of all texts.
///
/// # Errors
/// With every problem found in any document of any text.
pub fn parse(sources: &[Source<'_>]) -> Result<Vec<Cluster>, Problems> {
    read(Reading::default(), sources)
}

/// Reads the declarations of a text that kinc itself has written, maybe an older one: what is refused of
/// people only since then stays readable there.
///
/// # Errors
/// As of [`parse`].
pub fn parse_recorded(source: Source<'_>) -> Result<Vec<Cluster>, Problems> {
    let reading = Reading {
        is_recorded: true,
        ..Reading::default()
    };
    read(reading, &[source])
}

fn read(mut reading: Reading, sources: &[Source<'_>]) -> Result<Vec<Cluster>, Problems> {
    for source in sources {
        match documents(*source) {
            Ok(documents) => reading.read(*source, &documents),
            Err(problems) => reading.refuse(problems),
        }
    }
    reading.end()
}

/// Returns the YAML documents of a text, of which there is at least one.
///
/// # Errors
/// When it is too long, or no YAML, or has nothing in it.
pub fn documents(source: Source<'_>) -> Result<Vec<Node>, Problems> {
    let Source { name, text, .. } = source;
    let mut reader = Reader::new(source);
    if text.len() as u64 > TEXT_MAX_BYTES {
        let limit = TEXT_MAX_BYTES >> 20;
        reader.problem(None, "", format!("`{name}` is larger than {limit} MiB"));
        return Problems::or(reader.into_problems(), Vec::new());
    }
    match yaml::parse(text) {
        Ok(documents) if documents.is_empty() => {
            reader.problem(None, "", format!("`{name}` has no declaration in it"));
        }
        Ok(documents) => return Ok(documents),
        Err(error) => reader.problem(error.span, "", error.message),
    }
    Problems::or(reader.into_problems(), Vec::new())
}

/// Declarations of several texts, which are read one after the other.
#[derive(Debug, Default)]
pub struct Reading {
    clusters: Vec<Cluster>,
    problems: Vec<Problem>,
    /// Whether kinc itself has written the texts.
    is_recorded: bool,
    /// Where each name was declared.
    names: BTreeMap<ClusterName, Place>,
}

impl Reading {
    /// Reads the documents of a text.
    pub(crate) fn read(&mut self, source: Source<'_>, documents: &[Node]) {
        let mut reader = Reader::new(source);
        reader.is_recorded = self.is_recorded;
        for document in documents {
            let cluster = read_document(&mut reader, document, &mut self.names);
            self.clusters.extend(cluster);
        }
        self.problems.extend(reader.into_problems());
    }

    /// Adds what is wrong with a text for another reason.
    pub(crate) fn refuse(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.problems.extend(problems);
    }

    /// Returns all clusters.
    ///
    /// # Errors
    /// With all problems, when there are any.
    pub(crate) fn end(self) -> Result<Vec<Cluster>, Problems> {
        Problems::or(self.problems, self.clusters)
    }
}

/// Returns the cluster that a declaration with nothing but a name stands for.
#[must_use]
pub fn default_cluster(name: ClusterName) -> Cluster {
    Cluster {
        name,
        uid: None,
        annotations: BTreeMap::new(),
        image: default_image(DEFAULT_KUBERNETES_VERSION),
        kubernetes_version: DEFAULT_KUBERNETES_VERSION.to_owned(),
        autostart: true,
        data_dir: None,
        api_server_address: Ipv4Addr::LOCALHOST,
        api_server_port: None,
        pod_subnet: DEFAULT_POD_SUBNET,
        service_subnet: DEFAULT_SERVICE_SUBNET,
        node_subnet: None,
        dns_domain: DEFAULT_DNS_DOMAIN.to_owned(),
        cni: Cni::Bridge,
        kube_proxy_mode: KubeProxyMode::Nftables,
        storage: Storage::LocalPath,
        nodes: vec![cluster::Node::control_plane()],
        kubernetes: KubernetesSettings::default(),
        runtime: RuntimeSettings::default(),
        resources: Resources::default(),
        explicit: Places::default(),
    }
}

/// Reads one document.
fn read_document(
    reader: &mut Reader,
    document: &Node,
    names: &mut BTreeMap<ClusterName, Place>,
) -> Option<Cluster> {
    let root = reader.fields(document, "")?;
    for (key, expected) in [("apiVersion", API_VERSION), ("kind", KIND)] {
        reader.required(&root, key, key, |value| values::exactly(value, expected));
    }
    let mut spec = read_spec(reader, &root);
    let metadata = reader.required(&root, "metadata", "metadata", |_| Ok(()));
    let metadata = metadata.and_then(|()| root.get("metadata"))?;
    let metadata = reader.fields(&metadata.node, "metadata")?;
    let name = reader.required(&metadata, "name", "metadata.name", values::name)?;
    let place = reader.place(metadata.get("name")?.node.span);
    match names.entry(name.clone()) {
        Entry::Vacant(entry) => {
            entry.insert(place.clone());
        }
        Entry::Occupied(entry) => {
            let message = format!("cluster `{name}` is already declared at {}", entry.get());
            reader.problem_at(Some(place.clone()), Field::Name.path(), message);
        }
    }
    spec.places.insert(Field::Name, place);
    let places = &mut spec.places;
    let (any_name, any_text) = (|_: &str| Ok(()), |_: &str, _: &str| Ok(()));
    spec.annotations = reader.texts(&metadata, Field::Annotations, places, any_name, any_text);
    spec.uid = reader.optional(&metadata, Field::Uid, places, values::uid);
    node::check_names(reader, &spec.nodes, &name);
    Some(spec.into_cluster(name))
}

/// The `spec` of a document: what it gives, and where.
#[derive(Default)]
struct Spec {
    places: BTreeMap<Field, Place>,
    uid: Option<Uid>,
    annotations: BTreeMap<String, String>,
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
    nodes: Vec<DeclaredNode>,
    kubernetes: KubernetesSettings,
    runtime: RuntimeSettings,
    resources: Resources,
}

impl Spec {
    fn into_cluster(self, name: ClusterName) -> Cluster {
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

fn read_spec(reader: &mut Reader, root: &Fields) -> Spec {
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

#[cfg(test)]
mod tests;
