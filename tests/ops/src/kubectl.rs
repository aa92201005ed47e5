//! What runs in a node: kubectl, with a few kinds of objects; all else does nothing, and does it well.

use kinc_ops::store::Store;
use serde_json::{Map, Value, json};

use crate::Answer;

pub(crate) fn answer(store: &Store, command: &[&str]) -> Answer {
    match command {
        ["kubectl", "get", "pods", ..] => {
            let pods = store.get("pods", "all");
            let pods = pods.unwrap_or_else(|| store.recorded("../pods.json"));
            Answer::well(pods.to_string())
        }
        ["kubectl", "get", "pdb", ..] => list(store, "pdb"),
        ["kubectl", "get", "pv", ..] => list(store, "pv"),
        ["kubectl", "get", "--raw", path, ..] => list(store, kind(path)),
        ["kubectl", "get", "node", name, ..] => Answer::well(node(store, name).to_string()),
        ["kubectl", "patch", "node", name, _, patch, ..] => {
            let patch = patch.strip_prefix("--patch=").unwrap_or_default();
            let mut node = node(store, name);
            merge_patch(&mut node, &serde_json::from_str(patch).unwrap());
            store.put("node", name, &node);
            Answer::well("")
        }
        ["sh", "-c", script, _, path, body] if script.contains("kubectl delete --raw") => {
            delete(store, path, body)
        }
        // What comes to the cluster just after the user was asked.
        ["/usr/libexec/kinc/mark", ..] => {
            for name in store.names("later-pv") {
                store.put("pv", &name, &store.get("later-pv", &name).unwrap());
            }
            Answer::well("")
        }
        _ => Answer::well(""),
    }
}

/// The node of which no more is said than that it is there.
fn node(store: &Store, name: &str) -> Value {
    let node = store.get("node", name);
    node.unwrap_or_else(|| json!({"metadata": {"name": name}, "spec": {}}))
}

fn objects(store: &Store, kind: &str) -> Vec<Value> {
    let names = store.names(kind).into_iter();
    names.filter_map(|name| store.get(kind, &name)).collect()
}

fn list(store: &Store, kind: &str) -> Answer {
    Answer::well(json!({"items": objects(store, kind)}).to_string())
}

/// The kind in the path of a list or of an object of it.
fn kind(path: &str) -> &str {
    if path.contains("/persistentvolumeclaims") {
        "pvc"
    } else {
        "pv"
    }
}

/// As the API server deletes an object on a condition.
fn delete(store: &Store, path: &str, body: &str) -> Answer {
    let (kind, name) = (kind(path), path.rsplit('/').next().unwrap());
    let options: Value = serde_json::from_str(body).unwrap();
    let Some(object) = store.get(kind, name) else {
        return Answer::badly(
            1,
            format!("Error from server (NotFound): {kind} \"{name}\" not found\n"),
        );
    };
    if object["metadata"]["uid"] != options["preconditions"]["uid"] {
        return Answer::badly(
            1,
            format!(
                "Error from server (Conflict): Operation cannot be fulfilled on {kind} \"{name}\"\n"
            ),
        );
    }
    store.remove(kind, name);
    Answer::well("{}")
}

/// A JSON merge patch (RFC 7396).
fn merge_patch(into: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *into = patch.clone();
        return;
    };
    if !into.is_object() {
        *into = Value::from(Map::new());
    }
    let into = into.as_object_mut().unwrap();
    for (key, value) in patch {
        if value.is_null() {
            into.remove(key);
        } else {
            merge_patch(into.entry(key.as_str()).or_insert(Value::Null), value);
        }
    }
}
