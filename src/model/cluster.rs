//! A cluster as it was declared, valid by construction, and every name derived from it.
//!
//! No allocation here: what the declaration leaves open stays open until `resolve`.

mod contents;
mod data;
mod kubernetes;
mod name;
mod node;
mod node_name;
mod options;
mod resources;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

pub(crate) use crate::model::cluster::contents::{
    Manifest, NodeFile, NodeUnit, RegistryMirror, RuntimeSettings,
};
pub use crate::model::cluster::data::{DataDir, MARK, NODE_DIRECTORIES, Uid};
pub use crate::model::cluster::kubernetes::{JsonPatch, KubernetesSettings, Patch};
pub use crate::model::cluster::name::{ClusterName, InvalidName};
pub use crate::model::cluster::node::{Mount, Node, NodeSettings, PortMapping, Protocol};
pub(crate) use crate::model::cluster::node_name::{NODE_VOLUMES, NodeName};
pub(crate) use crate::model::cluster::options::{Cni, KubeProxyMode, Propagation, Storage};
pub(crate) use crate::model::cluster::resources::{CPU_MILLIS, MEMORY, TASKS};
pub use crate::model::cluster::resources::{NodeLimits, Resources};
use crate::model::field::Field;
use crate::model::field_ref::{FieldRef, Places};
pub(crate) use crate::model::node_id::{NodeId, Role};
use crate::model::problem::{Place, Problem};
use crate::model::subnet::Subnet;

/// The Kubernetes version of a cluster that names none.
pub(crate) const DEFAULT_KUBERNETES_VERSION: &str = "v1.36.3";

/// The domain of services of a cluster that names none, as kubeadm has it.
pub(crate) const DEFAULT_DNS_DOMAIN: &str = "cluster.local";

/// A declared cluster: defaults are filled in, allocations may be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// The name.
    pub name: ClusterName,
    /// The UUID of the cluster; open until it is created.
    pub uid: Option<Uid>,
    /// Annotations; kinc itself records only the file that declares the cluster.
    pub annotations: BTreeMap<String, String>,
    /// The node image, fully qualified.
    pub image: String,
    /// The Kubernetes version, with its `v`.
    pub kubernetes_version: String,
    /// Whether the cluster starts with the host.
    pub autostart: bool,
    /// The directory that contains its data; open when `None`.
    pub data_dir: Option<DataDir>,
    /// The host address that the API server is published on.
    pub api_server_address: Ipv4Addr,
    /// The host port that the API server is published on; open when `None`.
    pub api_server_port: Option<u16>,
    /// Addresses of pods.
    pub pod_subnet: Subnet,
    /// Addresses of services.
    pub service_subnet: Subnet,
    /// Addresses of nodes; open when `None`.
    pub node_subnet: Option<Subnet>,
    /// The domain of services and pods.
    pub dns_domain: String,
    /// The pod network.
    pub cni: Cni,
    /// The proxy for services.
    pub kube_proxy_mode: KubeProxyMode,
    /// The default storage class.
    pub storage: Storage,
    /// Its nodes, in the order in which they are declared.
    pub nodes: Vec<Node>,
    /// The settings of Kubernetes.
    pub kubernetes: KubernetesSettings,
    /// The configuration of the container runtime, and the objects that the node applies at each start.
    pub runtime: RuntimeSettings,
    /// The limits for all nodes together.
    pub resources: Resources,
    /// The places of the fields that are declared; all others have their defaults.
    pub explicit: Places,
}

/// The annotation with the file that a cluster was declared in.
const DECLARED_IN: &str = "kinc.dev/declared-in";

impl Cluster {
    /// Returns the absolute path of the file that declares it, if there is one.
    #[must_use]
    pub(crate) fn declared_in(&self) -> Option<&str> {
        self.annotations.get(DECLARED_IN).map(String::as_str)
    }

    /// Records the file that declares it.
    pub fn set_declared_in(&mut self, file: Option<String>) {
        match file {
            Some(file) => self.annotations.insert(DECLARED_IN.to_owned(), file),
            None => self.annotations.remove(DECLARED_IN),
        };
    }

    /// Returns a problem with a part of `field`, at the place of that part; as [`Self::problem`] when that is
    /// not known.
    #[must_use]
    pub(crate) fn problem_at(
        &self,
        field: impl Into<FieldRef>,
        place: Option<&Place>,
        message: String,
    ) -> Problem {
        let problem = self.problem(field, message);
        let place = place.cloned().or(problem.place);
        Problem { place, ..problem }
    }

    /// Returns one of its nodes.
    #[must_use]
    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// Returns its control planes, in the order in which they are declared.
    pub(crate) fn control_planes(&self) -> impl Iterator<Item = NodeId> + '_ {
        let ids = self.nodes.iter().map(|node| node.id);
        ids.filter(|id| id.role() == Role::ControlPlane)
    }

    /// Returns whether its API server runs on several nodes, so that a balancer leads to it.
    #[must_use]
    pub(crate) fn is_balanced(&self) -> bool {
        self.control_planes().nth(1).is_some()
    }

    /// Returns whether a node asks others to be admitted: a worker, and each of several control planes.
    #[must_use]
    pub(crate) fn joins(&self, id: NodeId) -> bool {
        id.role() == Role::Worker || self.is_balanced()
    }

    /// Returns the name of each of its nodes.
    pub(crate) fn node_names(&self) -> impl Iterator<Item = NodeName> {
        let name = |node: &Node| NodeName::new(&self.name, node.id);
        self.nodes.iter().map(name)
    }

    /// Returns a problem with the value of `field`, at the place where it is declared.
    ///
    /// One that the declaration leaves to kinc is a problem of the cluster as a whole, at the place of
    /// its name.
    #[must_use]
    pub(crate) fn problem(&self, field: impl Into<FieldRef>, message: String) -> Problem {
        let field = field.into();
        let place = self.explicit.get(field);
        Problem {
            place: place.or_else(|| self.explicit.get(Field::Name)).cloned(),
            path: field.field.path().to_owned(),
            message,
        }
    }
}

/// Returns the node image that `kinc image build` makes for a Kubernetes version.
#[must_use]
pub(crate) fn default_image(kubernetes_version: &str) -> String {
    format!("localhost/kinc/node:{kubernetes_version}")
}

#[cfg(test)]
mod tests;
