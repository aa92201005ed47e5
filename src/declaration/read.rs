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
mod node;
mod ports;
mod reader;
mod spec;
mod suggest;
mod unique;
mod values;

pub(crate) use crate::declaration::read::contents::registry;
pub use crate::declaration::read::manifests::{check as check_manifest, unnamed};
pub(crate) use crate::declaration::read::mounts::{path_of_host, path_of_node};
pub(super) use crate::declaration::read::node::MOST_CONTROL_PLANES;
pub(crate) use crate::declaration::read::reader::{kind, no_document, place};
pub(crate) use crate::declaration::read::suggest::suggestion;
pub use crate::declaration::read::suggest::unknown_path;
pub(crate) use crate::declaration::read::values::without_userinfo;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::Ipv4Addr;

use crate::declaration::read::reader::Reader;
use crate::declaration::schema::{API_VERSION, KIND};
use crate::declaration::yaml::{self, Node};
use crate::model::cluster::{
    self, Cluster, ClusterName, Cni, DEFAULT_DNS_DOMAIN, DEFAULT_KUBERNETES_VERSION, KubeProxyMode,
    KubernetesSettings, Resources, RuntimeSettings, Storage, default_image,
};
use crate::model::field::Field;
use crate::model::field_ref::Places;
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
    let mut spec = spec::read(reader, &root);
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

#[cfg(test)]
mod tests;
