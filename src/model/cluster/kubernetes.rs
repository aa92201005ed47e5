//! What a cluster asks of Kubernetes itself, beyond version and networks.

use std::collections::BTreeMap;

use crate::model::problem::Lines;

/// What a cluster asks of Kubernetes itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KubernetesSettings {
    /// More names and addresses in the API server's certificate.
    pub cert_sans: Vec<String>,
    /// The domains in which the node looks for short names; those of the host without any.
    pub dns_search: Vec<String>,
    /// Feature gates of all components.
    pub feature_gates: BTreeMap<String, bool>,
    /// Versions of APIs that are served or not, such as `api/all`.
    pub runtime_config: BTreeMap<String, String>,
    /// Changes of kubeadm's configuration, in their order.
    pub patches: Vec<Patch>,
    /// Changes of kubeadm's configuration by operations, after the others.
    pub json_patches: Vec<JsonPatch>,
    /// The scheduler's configuration, in YAML, as it was declared.
    pub scheduler_config: Option<String>,
}

/// A part of a document of kubeadm's configuration, which is merged into it: `null` takes a field
/// away, and a list replaces a list, unless its items have names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The kind of the document.
    pub kind: String,
    /// The part, in YAML, as it was declared.
    pub text: String,
    /// Where each of its lines was declared.
    pub lines: Lines,
}

/// Operations on a document of kubeadm's configuration, as RFC 6902 has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPatch {
    /// The kind of the document.
    pub kind: String,
    /// The list of operations, in YAML or JSON, as it was declared.
    pub patch: String,
    /// Where each of its lines was declared.
    pub lines: Lines,
}
