//! JSON patches (RFC 6902) of kubeadm's documents.
//!
//! Those for an older format, in which arguments were a mapping, stay as they are: a declaration of ours
//! takes such a path for an item of a list, too.

use crate::declaration::convert::draft::Draft;
use crate::declaration::convert::kind::patches::{leave_out, no_document, take_moved};
use crate::declaration::convert::kind::walk::{Fields, Found, Walk};
use crate::declaration::convert::tree::find;
use crate::declaration::read::KUBEADM_KINDS;
use crate::declaration::yaml::{self, Node, Value};

const KNOWN: [&str; 4] = ["group", "version", "kind", "patch"];

/// Takes over the JSON patches of the cluster, or of its control plane.
pub(super) fn read(
    walk: &mut Walk<'_>,
    fields: &Fields<'_>,
    draft: &mut Draft,
    ours: &mut Vec<Node>,
) {
    for found in walk.items(fields.get("kubeadmConfigPatchesJSON6902")) {
        ours.extend(one(walk, &found, draft));
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
    let mut documents = match yaml::parse_as_kubernetes(&text) {
        Ok(documents) => documents,
        Err(error) => {
            let message = format!("a patch that is no YAML: {error}");
            walk.refuse(patch.node.at, &patch.path, message);
            return None;
        }
    };
    let (Some(Value::Sequence(operations)), true) = (
        documents.pop().map(|document| document.value),
        documents.is_empty(),
    ) else {
        walk.refuse(
            patch.node.at,
            &patch.path,
            "expected one list of operations",
        );
        return None;
    };
    if !KUBEADM_KINDS.contains(&kind.as_str()) {
        walk.warn(at, &found.path, no_document(&kind));
        return None;
    }
    let before = operations.clone();
    let operations: Vec<Node> = operations
        .into_iter()
        .filter_map(|operation| left(walk, &patch, &kind, operation, draft))
        .collect();
    let text = match operations.len() {
        0 => return None,
        _ if operations == before => text,
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

/// Returns what is left of an operation without what changes nothing here or is a field of ours.
fn left(
    walk: &mut Walk<'_>,
    patch: &Found<'_>,
    kind: &str,
    mut operation: Node,
    draft: &mut Draft,
) -> Option<Node> {
    let text = |key| operation.value.get(key).and_then(Value::as_str);
    let sets = text("op").is_some_and(|op| ["add", "replace"].contains(&op));
    let pointer = text("path").unwrap_or_default().trim_start_matches('/');
    let (field, value) = match operation.value.get("value") {
        // Paths here are of names between points.
        Some(value) if sets && !pointer.is_empty() && !pointer.contains(['.', '~', '[']) => {
            (pointer.replace('/', "."), value.clone())
        }
        _ => return Some(operation),
    };
    let mut part = Value::Mapping(Vec::new());
    part.set_path(&field, value.clone());
    leave_out(walk, patch, kind, &mut part);
    take_moved(walk, patch, kind, &mut part, draft);
    match find(&part, &field) {
        None => None,
        Some(rest) if *rest == value => Some(operation),
        Some(rest) => {
            let rest = rest.clone();
            operation.value.set("value", rest);
            Some(operation)
        }
    }
}
