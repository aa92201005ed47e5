//! Patches of kubeadm's configuration in an older version of its format, as the one we write has them.
//!
//! v1beta4 has arguments as a list of names and values, where a mapping was before it
//! (<https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/>).

use crate::declaration::read::{CLUSTER, INIT};
use crate::declaration::yaml::{Entry, Node, Value};

/// The kinds whose format is kubeadm's own.
const KINDS: [&str; 2] = [INIT, CLUSTER];

/// The fields that hold arguments.
const ARGUMENTS: [&str; 2] = ["extraArgs", "kubeletExtraArgs"];

/// Returns a patch of a document of this kind in the present format, of whatever version it was.
pub(super) fn patch(kind: &str, patch: &Value) -> Value {
    let Value::Mapping(entries) = patch else {
        return patch.clone();
    };
    if !KINDS.contains(&kind) {
        return patch.clone();
    }
    // A patch is for the document of its kind, which has the version that it has.
    let others = entries.iter().filter(|entry| entry.key != "apiVersion");
    with_listed_arguments(&Value::Mapping(others.cloned().collect()))
}

/// The fields that hold others; without a value they say nothing.
const GROUPS: [&str; 6] = [
    "apiServer",
    "controllerManager",
    "scheduler",
    "etcd",
    "local",
    "nodeRegistration",
];

fn with_listed_arguments(value: &Value) -> Value {
    let Value::Mapping(entries) = value else {
        return value.clone();
    };
    let says_something = |entry: &&Entry| {
        let is_empty = match &entry.node.value {
            Value::Null => true,
            Value::Mapping(entries) => entries.is_empty(),
            Value::Sequence(items) => items.is_empty(),
            _ => false,
        };
        let key = entry.key.as_str();
        !(is_empty && (ARGUMENTS.contains(&key) || GROUPS.contains(&key)))
    };
    let entries = entries.iter().filter(says_something);
    let entry = |Entry { key, node, .. }: &Entry| {
        let value = match &node.value {
            Value::Mapping(arguments) if ARGUMENTS.contains(&key.as_str()) => list(arguments),
            // Without a value an item says nothing; any other is for kubeadm to judge.
            Value::Sequence(items) if ARGUMENTS.contains(&key.as_str()) => {
                let says_something = |item: &&Node| match &item.value {
                    Value::Null => false,
                    Value::Mapping(entries) => !entries.is_empty(),
                    _ => true,
                };
                Value::Sequence(items.iter().filter(says_something).cloned().collect())
            }
            other => with_listed_arguments(other),
        };
        Entry::from((key.as_str(), value))
    };
    Value::Mapping(entries.map(entry).collect())
}

fn list(arguments: &[Entry]) -> Value {
    let argument = |Entry { key, node, .. }: &Entry| {
        let value = match &node.value {
            // The value of an argument is a text, however it was written.
            Value::Bool(value) => Value::String(value.to_string()),
            Value::Number(text) => Value::String(text.clone()),
            other => other.clone(),
        };
        let pair = [("name", Value::from(key.as_str())), ("value", value)];
        Node::from(Value::from(pair))
    };
    Value::Sequence(arguments.iter().map(argument).collect())
}
