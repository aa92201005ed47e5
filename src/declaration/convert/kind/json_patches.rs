//! JSON patches (RFC 6902) of kubeadm's documents.
//!
//! Those for an older format, in which arguments were a mapping, stay as they are: a declaration of ours
//! takes such a path for an item of a list, too.

use crate::declaration::convert::draft::{Draft, place};
use crate::declaration::convert::kind::patches::{is_right, leave_out_unknown, take_moved_fields};
use crate::declaration::convert::kind::scope::{Patches, Scope};
use crate::declaration::convert::kind::walk::{Fields, Found, Walk};
use crate::declaration::convert::tree::find;
use crate::declaration::kubeadm::{ARGUMENTS, JOIN, unknown_in_pointer};
use crate::declaration::yaml::{self, Node, Value};

const OF_JOIN: &str = "of JoinConfiguration only `add` and `replace` of labels, taints and arguments of kubelet \
                       are supported";

/// Lists beside those of arguments that operations add to.
const LISTS: [&str; 2] = ["extraVolumes", "extraEnvs"];

const KNOWN: [&str; 4] = ["group", "version", "kind", "patch"];

/// Takes over JSON patches.
pub(super) fn read(
    walk: &mut Walk<'_>,
    fields: &Fields<'_>,
    draft: &mut Draft,
    scope: Scope,
    all: &mut Patches,
) {
    for found in walk.items(fields.get("kubeadmConfigPatchesJSON6902")) {
        let ours = one(walk, &found, draft, scope, all);
        all.operated.extend(ours);
    }
}

fn one(
    walk: &mut Walk<'_>,
    found: &Found<'_>,
    draft: &mut Draft,
    scope: Scope,
    all: &mut Patches,
) -> Option<Node> {
    let span = found.node.span;
    let fields = walk.fields(found.node, &found.path, &KNOWN);
    let kind = fields.get("kind");
    let kind = kind.and_then(|kind| walk.text(&kind)).unwrap_or_default();
    let Some(patch) = fields.get("patch") else {
        walk.refuse(span, &format!("{}.patch", found.path), "is missing");
        return None;
    };
    let text = walk.text(&patch)?;
    let operations = operations(walk, &patch, &text)?;
    if let Some(why) = scope.leaves_out(&kind) {
        walk.warn(span, &found.path, why);
        return None;
    }
    let before = operations.clone();
    let operations: Vec<Node> = operations
        .into_iter()
        .filter_map(|operation| left(walk, &patch.path, &kind, operation, draft, all))
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
            span: patch.node.span,
        },
    );
    Some(Node { value: ours, span })
}

fn operations(walk: &mut Walk<'_>, patch: &Found<'_>, text: &str) -> Option<Vec<Node>> {
    let message = "expected one list of operations";
    let mut documents = walk.yaml(patch, text)?;
    let (Some(list), true) = (documents.pop(), documents.is_empty()) else {
        walk.refuse(patch.node.span, &patch.path, message);
        return None;
    };
    let list = walk.excerpt(patch, text).relocated(list);
    let Value::Sequence(operations) = list.value else {
        walk.refuse(list.span, &patch.path, message);
        return None;
    };
    Some(operations)
}

/// Returns what is left of an operation without what changes nothing here or is a field of ours.
fn left(
    walk: &mut Walk<'_>,
    patch: &str,
    kind: &str,
    mut operation: Node,
    draft: &mut Draft,
    all: &mut Patches,
) -> Option<Node> {
    let value = operation.value.node("value").cloned();
    let (Some((field, is_item)), Some(value)) = (set_field(&operation.value), value) else {
        if kind != JOIN {
            return of_known_field(walk, patch, kind, operation);
        }
        walk.refuse(operation.span, patch, OF_JOIN);
        return None;
    };
    let mut part = Value::Mapping(Vec::new());
    let span = value.span;
    part.set_path(
        &field,
        if is_item {
            let value = Value::Sequence(vec![value.clone()]);
            Node { value, span }
        } else {
            value.clone()
        },
    );
    let mut tree = Node { value: part, span };
    place(&mut tree, span);
    take_moved_fields(walk, patch, kind, &mut tree.value, draft);
    find(&tree.value, &field)?;
    operation = of_known_field(walk, patch, kind, operation)?;
    leave_out_unknown(walk, patch, kind, &mut tree.value);
    if !is_right(walk, patch, kind, &tree) {
        return None;
    }
    all.take_registration(walk, patch, kind, &mut tree);
    let rest = match find(&tree.value, &field) {
        Some(Value::Sequence(items)) if is_item => items.first().map(|item| item.value.clone()),
        rest => rest.cloned(),
    };
    if kind == JOIN && rest.is_some() {
        walk.refuse(operation.span, patch, OF_JOIN);
        return None;
    }
    let rest = rest?;
    if rest != value.value {
        operation.value.set("value", Node { value: rest, span });
    }
    Some(operation)
}

/// Returns an operation unless it is on a field that kubeadm does not have. What is moved there goes from where it was.
fn of_known_field(walk: &mut Walk<'_>, patch: &str, kind: &str, operation: Node) -> Option<Node> {
    let text = |key| operation.value.get(key).and_then(Value::as_str);
    let Some(field) = unknown_in_pointer(kind, text("path").unwrap_or_default()) else {
        return Some(operation);
    };
    let shown = field.escape_debug();
    let message = format!("`{shown}` of {kind} is left out: kubeadm has no such field");
    walk.warn(operation.span, patch, message);
    let from = text("from").filter(|from| unknown_in_pointer(kind, from).is_none());
    let from = from.filter(|_| text("op") == Some("move"))?;
    let value = Value::from([("op", Value::from("remove")), ("path", Value::from(from))]);
    Some(Node { value, ..operation })
}

/// Returns the field that an operation sets, and whether it adds an item to it; `None` if it sets none.
fn set_field(operation: &Value) -> Option<(String, bool)> {
    let text = |key| operation.get(key).and_then(Value::as_str);
    let pointer = text("path")?.trim_start_matches('/');
    let sets = text("op").is_some_and(|op| ["add", "replace"].contains(&op));
    // Paths here are of names between points.
    if !sets || pointer.is_empty() || pointer.contains(['.', '~', '[']) {
        return None;
    }
    let is_list = |name: &&str| ARGUMENTS.contains(name) || LISTS.contains(name);
    let is_index = |name: &str| name == "-" || name.chars().all(|c| c.is_ascii_digit());
    let parts: Vec<&str> = pointer.split('/').collect();
    match parts.as_slice() {
        [above @ .., list, index] if is_list(list) && is_index(index) => {
            let above = above.iter().chain([list]).copied().collect::<Vec<_>>();
            Some((above.join("."), true))
        }
        parts => Some((parts.join("."), false)),
    }
}
