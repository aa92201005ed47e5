//! kind's `v1alpha4` (<https://kind.sigs.k8s.io/docs/user/configuration/>).
//!
//! What kind refuses is refused, at its line; what has no counterpart is noted there.

mod containerd;
mod items;
mod json_patches;
mod networking;
mod node;
mod order;
mod patches;
mod registration;
mod scope;
mod walk;

use crate::declaration::convert::draft::Draft;
use crate::declaration::convert::kind::node::Declared;
use crate::declaration::convert::kind::scope::{Patches, Scope};
use crate::declaration::convert::kind::walk::{Fields, Walk};
use crate::declaration::read::Source;
use crate::declaration::yaml::{Node, Value};
use crate::model::problem::Problem;

/// The one version that kind itself still reads, and its kind.
pub(super) const VERSION: &str = "kind.x-k8s.io/v1alpha4";
const KIND: &str = "Cluster";

/// What kind calls a cluster without a name.
const DEFAULT_NAME: &str = "kind";

/// The fields of a configuration.
const KNOWN: [&str; 11] = [
    "apiVersion",
    "kind",
    "name",
    "nodes",
    "networking",
    "featureGates",
    "runtimeConfig",
    "kubeadmConfigPatches",
    "kubeadmConfigPatchesJSON6902",
    "containerdConfigPatches",
    "containerdConfigPatchesJSON6902",
];

/// Returns a configuration of the text `source` as a declaration, and all that kind refuses too, which is
/// not in it.
pub(super) fn convert(source: Source<'_>, document: &Node) -> (Draft, Vec<Problem>) {
    let mut walk = Walk::new(source);
    let config = walk.fields(document, "", &KNOWN);
    for (key, expected) in [("apiVersion", VERSION), ("kind", KIND)] {
        match config.get(key) {
            Some(found) => drop(walk.word(&found, &[expected])),
            None => walk.refuse(document.span, key, "is missing"),
        }
    }
    let mut draft = Draft::new(name(&mut walk, &config));
    let declared = node::read(&mut walk, &config);
    if let Some(found) = config.get("networking") {
        networking::read(&mut walk, found.node, &mut draft);
    }
    maps(&mut walk, &config, &mut draft);
    patches_and_nodes(&mut walk, &config, &declared, &mut draft);
    containerd::read(&mut walk, &config, &mut draft);
    let (problems, left_out) = walk.end();
    draft.notes = left_out;
    (draft.with_default_span(document.span), problems)
}

/// Returns the name of the cluster. kind's may have dots.
fn name(walk: &mut Walk<'_>, config: &Fields<'_>) -> Node {
    let given = config.get("name");
    let text = given.as_ref().and_then(|found| walk.text(found));
    let (Some(found), Some(text)) = (given, text) else {
        return Node::from(Value::from(DEFAULT_NAME));
    };
    let span = found.node.span;
    let name = text.replace('.', "-");
    if name != text {
        let message = format!("`{name}` is the name of the cluster, because `.` is not allowed");
        walk.warn(span, &found.path, message);
    }
    Node {
        value: Value::String(name),
        span,
    }
}

/// Sets nodes and patches. Those of the cluster come first, as with kind.
fn patches_and_nodes(
    walk: &mut Walk<'_>,
    config: &Fields<'_>,
    nodes: &[Declared<'_>],
    draft: &mut Draft,
) {
    let is_joined = nodes.iter().any(|node| !node.is_first());
    let mut all = Patches::default();
    all.read(walk, config, draft, Scope::Cluster { is_joined });
    if nodes.is_empty() && all.first.taints().is_some() {
        draft.set("nodes[].role", Value::from("control-plane"));
        if let Some(taints) = all.first.taints() {
            draft.set("nodes[].taints", taints.clone());
        }
    }
    let mut ours = Vec::new();
    for node in nodes {
        if node.is_first() {
            let of_cluster = (all.merged.len(), all.operated.len());
            all.read(walk, &node.fields, draft, Scope::First);
            if let Some(list) = node.fields.get("kubeadmConfigPatches") {
                let (operated, merged) =
                    (&all.operated[..of_cluster.1], &all.merged[of_cluster.0..]);
                order::check(walk, &list.path, operated, merged);
            }
            ours.push(node.ours(&all.first));
        } else {
            let mut own = Patches {
                joining: all.joining.clone(),
                ..Patches::default()
            };
            own.read(walk, &node.fields, draft, Scope::Joining);
            ours.push(node.ours(&own.joining));
        }
    }
    let is_plain = |node: &Node| matches!(&node.value, Value::Mapping(fields) if fields.len() == 1);
    // A control plane of which nothing is said is there anyway; workers alone are refused.
    let has_first = nodes.iter().any(Declared::is_first);
    let is_said = |first: &&Node| has_first && (ours.len() > 1 || !is_plain(first));
    if let Some(first) = ours.first().filter(is_said) {
        let span = first.span;
        let value = Value::Sequence(ours);
        draft.set("nodes", Node { value, span });
    }
    all.set(draft);
}

impl Patches {
    /// Takes over the patches of the cluster, or of a node.
    fn read(&mut self, walk: &mut Walk<'_>, fields: &Fields<'_>, draft: &mut Draft, scope: Scope) {
        patches::read(walk, fields, draft, scope, self);
        json_patches::read(walk, fields, draft, scope, self);
    }

    fn set(self, draft: &mut Draft) {
        let lists = [
            ("kubeadmConfigPatches", self.merged),
            ("kubeadmConfigPatchesJSON6902", self.operated),
        ];
        for (path, list) in lists {
            if let Some(first) = list.first() {
                let span = first.span;
                let value = Value::Sequence(list);
                draft.set(path, Node { value, span });
            }
        }
    }
}

fn maps(walk: &mut Walk<'_>, config: &Fields<'_>, draft: &mut Draft) {
    let gates = config.get("featureGates");
    let gates = gates.and_then(|found| walk.switches(&found));
    let apis = config.get("runtimeConfig");
    let apis = apis.and_then(|found| walk.texts(&found));
    for (path, map) in [("featureGates", gates), ("runtimeConfig", apis)] {
        if let Some(map) = map {
            draft.set(path, map);
        }
    }
}
