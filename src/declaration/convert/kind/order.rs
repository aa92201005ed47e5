//! The order of patches. kind does those of the cluster before those of a node, and of each the parts before
//! the JSON patches (`getKubeadmConfig` in its `pkg/cluster/internal/create/actions/config/config.go`). Ours
//! has all parts before all JSON patches: the same, unless a JSON patch of the cluster and a part of the node
//! are for the same field, which is refused.

use crate::declaration::convert::kind::walk::Walk;
use crate::declaration::convert::word;
use crate::declaration::kubeadm::ARGUMENTS;
use crate::declaration::yaml::{self, Node, Value};

/// The names of fields on the way to one.
type Path = Vec<String>;

/// Refuses each part of the node, at `path`, for a field that a JSON patch of the cluster is for, too.
pub(super) fn check(walk: &mut Walk<'_>, path: &str, operated: &[Node], merged: &[Node]) {
    for part in merged {
        let Some(document) = document(part.value.as_str()) else {
            continue;
        };
        let kind = word(&document, "kind");
        let patches = operated.iter().map(|patch| &patch.value);
        let touched = patches
            .filter(|patch| word(patch, "kind") == kind)
            .flat_map(|patch| of_operations(document_of(patch).as_ref()));
        let touched: Vec<Path> = touched.collect();
        let mut fields = Vec::new();
        leaves(&document, &mut Vec::new(), &mut fields);
        let both = |field: &&Path| touched.iter().any(|other| overlap(field, other));
        if let Some(field) = fields.iter().find(both) {
            let message = format!(
                "kind applies this after the JSON patches of the cluster, kinc before them, and both change \
                 `{}` of {kind}; change it in one place",
                field.join(".")
            );
            walk.refuse(part.span, path, message);
        }
    }
}

fn document(text: Option<&str>) -> Option<Value> {
    let mut documents = yaml::parse_as_kubernetes(text?).ok()?;
    documents.pop().map(|document| document.value)
}

fn document_of(patch: &Value) -> Option<Value> {
    document(patch.get("patch").and_then(Value::as_str))
}

/// Returns what the operations of a JSON patch are for.
fn of_operations(patch: Option<&Value>) -> Vec<Path> {
    let Some(Value::Sequence(operations)) = patch else {
        return Vec::new();
    };
    let both = operations.iter().flat_map(|operation| {
        let name = operation
            .value
            .get("value")
            .map(|value| word(value, "name"));
        let pointers = ["path", "from"].map(|key| operation.value.get(key).and_then(Value::as_str));
        let pointers = pointers.into_iter().flatten();
        pointers.map(move |pointer| of_pointer(pointer, name.unwrap_or_default()))
    });
    both.collect()
}

/// Returns the path of a JSON pointer. An item of a list by its number is the list itself, since the number
/// says nothing of what it is; one of arguments that brings its name is that argument.
fn of_pointer(pointer: &str, name: &str) -> Path {
    let mut path = Path::new();
    for token in pointer.split('/').skip(1) {
        let is_index = token == "-" || token.chars().all(|c| c.is_ascii_digit());
        if is_index && !token.is_empty() {
            let is_argument = path
                .last()
                .is_some_and(|list| ARGUMENTS.contains(&list.as_str()));
            if is_argument && token == "-" && !name.is_empty() {
                path.push(name.to_owned());
            }
            break;
        }
        path.push(token.replace("~1", "/").replace("~0", "~"));
    }
    path
}

/// Collects the fields that a part is for; of arguments each by its name.
fn leaves(value: &Value, path: &mut Path, found: &mut Vec<Path>) {
    let is_argument = path
        .last()
        .is_some_and(|list| ARGUMENTS.contains(&list.as_str()));
    match value {
        Value::Mapping(entries) => {
            let is_document = path.is_empty();
            let said = |key: &str| !is_document || !["kind", "apiVersion"].contains(&key);
            for entry in entries.iter().filter(|entry| said(&entry.key)) {
                path.push(entry.key.clone());
                leaves(&entry.node.value, path, found);
                path.pop();
            }
        }
        Value::Sequence(items) if is_argument && !items.is_empty() => {
            for item in items {
                path.push(word(&item.value, "name").to_owned());
                found.push(path.clone());
                path.pop();
            }
        }
        _ => found.push(path.clone()),
    }
}

/// Returns whether one of two fields is the other, or in it.
fn overlap(one: &Path, other: &Path) -> bool {
    one.iter().zip(other).all(|(one, other)| one == other)
}
