//! Arguments in kubeadm's documents as its present format has them: a list of names and texts.
//!
//! Up to v1beta3 of kubeadm's format, arguments were a mapping
//! (<https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/>).

use crate::declaration::kubeadm::{CLUSTER, INIT, JOIN};
use crate::declaration::yaml::{self, Entry, Node, Value};

/// The kinds whose format is kubeadm's own.
pub(super) const KINDS: [&str; 3] = [INIT, JOIN, CLUSTER];

/// The fields that hold arguments.
pub(crate) const ARGUMENTS: [&str; 2] = ["extraArgs", "kubeletExtraArgs"];

/// The fields that hold others; without a value they say nothing.
const GROUPS: [&str; 6] = [
    "apiServer",
    "controllerManager",
    "scheduler",
    "etcd",
    "local",
    "nodeRegistration",
];

/// Returns a part of a document of this kind with its arguments as the present format has them, of
/// whatever version it was; `text` is what it was read from.
#[must_use]
pub(crate) fn listed(kind: &str, part: &Node, text: &str) -> Node {
    if KINDS.contains(&kind) {
        with_listed(part, text)
    } else {
        part.clone()
    }
}

fn with_listed(node: &Node, text: &str) -> Node {
    let Value::Mapping(entries) = &node.value else {
        return node.clone();
    };
    let entries = entries.iter().filter(|entry| says_something(entry));
    let entry = |entry: &Entry| {
        let node = &entry.node;
        let node = match &node.value {
            _ if !ARGUMENTS.contains(&entry.key.as_str()) => with_listed(node, text),
            Value::Mapping(arguments) => Node {
                value: Value::Sequence(arguments.iter().map(|one| argument(one, text)).collect()),
                span: node.span,
            },
            Value::Sequence(items) => Node {
                value: Value::Sequence(items.iter().filter_map(|one| item(one, text)).collect()),
                span: node.span,
            },
            // Any other is judged by `wrong`.
            _ => node.clone(),
        };
        Entry {
            key: entry.key.clone(),
            span: entry.span,
            node,
        }
    };
    Node {
        value: Value::Mapping(entries.map(entry).collect()),
        span: node.span,
    }
}

fn says_something(entry: &Entry) -> bool {
    let is_empty = match &entry.node.value {
        Value::Null => true,
        Value::Mapping(entries) => entries.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => false,
    };
    let key = entry.key.as_str();
    !(is_empty && (ARGUMENTS.contains(&key) || GROUPS.contains(&key)))
}

/// Returns an argument of a mapping as an item.
fn argument(Entry { key, span, node }: &Entry, text: &str) -> Node {
    let entry = |key: &str, node: Node| Entry {
        key: key.to_owned(),
        span: *span,
        node,
    };
    let name = Node {
        value: Value::from(key.as_str()),
        span: *span,
    };
    Node {
        value: Value::Mapping(vec![
            entry("name", name),
            entry("value", as_text(node, text)),
        ]),
        span: *span,
    }
}

/// Returns an item with a text as its value; `None` for one that says nothing.
fn item(node: &Node, text: &str) -> Option<Node> {
    let Value::Mapping(entries) = &node.value else {
        return (node.value != Value::Null).then(|| node.clone());
    };
    let entry = |entry: &Entry| Entry {
        node: as_text(&entry.node, text),
        ..entry.clone()
    };
    (!entries.is_empty()).then(|| Node {
        value: Value::Mapping(entries.iter().map(entry).collect()),
        span: node.span,
    })
}

/// Returns a number or a boolean as the text that was written.
fn as_text(node: &Node, text: &str) -> Node {
    let value = match &node.value {
        Value::Bool(value) => yaml::written(text, node.span).unwrap_or_else(|| value.to_string()),
        Value::Number(number) => yaml::written(text, node.span).unwrap_or_else(|| number.clone()),
        _ => return node.clone(),
    };
    Node {
        value: Value::String(value),
        span: node.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::kubeadm::KUBELET;

    fn part(text: &str) -> Node {
        yaml::parse_as_kubernetes(text).unwrap().remove(0)
    }

    #[test]
    fn arguments_keep_their_spelling_in_lists_and_mappings() {
        let list = "apiServer:\n  extraArgs:\n  - {name: a, value: 5}\n  - {name: b, value: yes}\n  - {name: c, value: 010}\n  - {name: 7, value: 'x'}\n";
        let map = "apiServer:\n  extraArgs: {a: 5, b: yes, c: 010, '7': x}\n";
        let expected = "apiServer:\n  extraArgs:\n  - name: a\n    value: \"5\"\n  - name: b\n    value: \"yes\"\n  - name: c\n    value: \"010\"\n  - name: \"7\"\n    value: x\n";
        for text in [list, map] {
            let listed = listed(CLUSTER, &part(text), text);
            assert_eq!(yaml::to_string(&listed.value), expected);
        }
        let kubelet = "extraArgs: {a: 5}\n";
        assert_eq!(listed(KUBELET, &part(kubelet), kubelet), part(kubelet));
    }
}
