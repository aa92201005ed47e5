//! JSON patches (RFC 6902) of kubeadm's documents.
//!
//! Those for an older format, in which arguments were a mapping, stay as they are: a declaration of ours
//! takes such a path for an item of a list, too.

use crate::convert::draft::Draft;
use crate::convert::kind::patches::{CLUSTER, MOVED, moved, no_document};
use crate::convert::kind::walk::{Fields, Found, Walk};
use crate::spec::KUBEADM_KINDS;
use crate::yaml::{self, Node, Value};

const KNOWN: [&str; 4] = ["group", "version", "kind", "patch"];

/// Takes over the JSON patches of the cluster and of its control plane.
pub(super) fn read(walk: &mut Walk<'_>, patched: &[&Fields<'_>], draft: &mut Draft) {
    let mut ours: Vec<Node> = Vec::new();
    for fields in patched {
        for found in walk.items(fields.get("kubeadmConfigPatchesJSON6902")) {
            ours.extend(one(walk, &found, draft));
        }
    }
    if let Some(first) = ours.first() {
        let at = first.at;
        let value = Value::Sequence(ours);
        draft.set("kubeadmConfigPatchesJSON6902", Node { value, at });
    }
}

fn one(walk: &mut Walk<'_>, found: &Found<'_>, draft: &mut Draft) -> Option<Node> {
    let at = found.node.at;
    let fields = walk.fields(found.node, &found.path, &KNOWN);
    let kind = fields.get("kind");
    let kind = kind.and_then(|kind| walk.text(&kind)).unwrap_or_default();
    let Some(patch) = fields.get("patch") else {
        walk.refuse(at, &format!("{}.patch", found.path), "is missing");
        return None;
    };
    let text = walk.text(&patch)?;
    let operations = match yaml::parse_as_kubernetes(&text) {
        Ok(mut documents) => documents.pop().map(|document| document.value),
        Err(error) => {
            walk.refuse(
                patch.node.at,
                &patch.path,
                format!("a patch that is no YAML: {error}"),
            );
            return None;
        }
    };
    let Some(Value::Sequence(mut operations)) = operations else {
        walk.refuse(patch.node.at, &patch.path, "expected a list of operations");
        return None;
    };
    if !KUBEADM_KINDS.contains(&kind.as_str()) {
        walk.warn(at, &found.path, no_document(&kind));
        return None;
    }
    let count = operations.len();
    if kind == CLUSTER {
        operations.retain(|operation| !is_moved(walk, &patch, &operation.value, draft));
    }
    let text = match operations.len() {
        0 => return None,
        same if same == count => text,
        _ => yaml::to_string(&Value::Sequence(operations)),
    };
    let mut ours = Value::from([("kind", Value::String(kind))]);
    let value = Value::String(text);
    ours.set(
        "patch",
        Node {
            value,
            at: patch.node.at,
        },
    );
    Some(Node { value: ours, at })
}

/// Takes over an operation that sets one of our own fields.
fn is_moved(walk: &mut Walk<'_>, patch: &Found<'_>, operation: &Value, draft: &mut Draft) -> bool {
    let text = |key| {
        operation
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let field = text("path").trim_start_matches('/').replace('/', ".");
    let field = MOVED.iter().find(|moved| **moved == field);
    match (field, operation.get("value")) {
        (Some(field), Some(value)) if ["add", "replace"].contains(&text("op")) => {
            moved(walk, patch, field, value, draft);
            true
        }
        _ => false,
    }
}
