//! The documents that kubeadm reads from kinc's file: what its strict reader takes, and what kinc decides.

mod arguments;
mod fields;
mod fixed;
mod kubelet;
mod strict;

pub(crate) use crate::declaration::kubeadm::arguments::{ARGUMENTS, listed};
pub(crate) use crate::declaration::kubeadm::fields::{
    take_unknown, unknown_field, unknown_in_pointer,
};
pub(crate) use crate::declaration::kubeadm::fixed::KindMapping;
pub(crate) use crate::declaration::kubeadm::fixed::{FIXED, Fixed, fixed_fields};

use crate::declaration::yaml::{self, Node, Value};
use crate::model::problem::Span;

/// What is wrong with a value, and where it is.
pub(crate) type Wrong = (Span, String);

/// The kinds of the documents that kubeadm reads from kinc's file.
pub(crate) const KUBEADM_KINDS: [&str; 4] = [INIT, CLUSTER, KUBELET, PROXY];

/// How kubeadm makes the first control plane.
pub(crate) const INIT: &str = "InitConfiguration";

/// How another node joins. kinc writes no such document: a worker is admitted by the control plane.
pub(crate) const JOIN: &str = "JoinConfiguration";

/// Settings of all control plane components.
pub(crate) const CLUSTER: &str = "ClusterConfiguration";

/// kubelet's own configuration.
pub(crate) const KUBELET: &str = "KubeletConfiguration";

/// kube-proxy's own configuration.
pub(crate) const PROXY: &str = "KubeProxyConfiguration";

/// Returns what the strict readers of kubeadm and kubelet would refuse in a part of a document of this kind, and what
/// kubeadm would pass over.
pub(crate) fn wrong(kind: &str, part: &Node) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    fields::wrong(kind, part, &mut wrong);
    strict::wrong(kind, part, &mut wrong);
    if kind == KUBELET {
        kubelet::wrong(part, &mut wrong);
    }
    wrong
}

/// Returns the path of what is below another path, which is empty for the document itself.
fn below(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}

/// Says that a field of a document of this kind has a value of another type.
fn mismatch(kind: &str, path: &str, span: Span, expected: &str, found: &Value) -> Wrong {
    let (path, found) = (path.escape_debug(), yaml::kind(found));
    (
        span,
        format!("`{path}` of {kind}: expected {expected}, found {found}"),
    )
}

#[cfg(test)]
mod tests;
