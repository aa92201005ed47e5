//! What the strict reader of kubeadm refuses of arguments.

use crate::declaration::kubeadm::arguments::{ARGUMENTS, KINDS};
use crate::declaration::kubeadm::{Wrong, below, mismatch};
use crate::declaration::yaml::{Entry, Node, Value};

/// Adds what kubeadm, which is strict, would refuse in a part of a document of this kind.
pub(super) fn wrong(kind: &str, part: &Node, wrong: &mut Vec<Wrong>) {
    if KINDS.contains(&kind) {
        wrong_arguments(part, kind, "", wrong);
    }
}

fn wrong_arguments(node: &Node, kind: &str, path: &str, wrong: &mut Vec<Wrong>) {
    let Value::Mapping(entries) = &node.value else {
        return;
    };
    for Entry { key, node, .. } in entries {
        let path = below(path, key);
        match &node.value {
            _ if !ARGUMENTS.contains(&key.as_str()) => wrong_arguments(node, kind, &path, wrong),
            Value::Null => {}
            Value::Mapping(arguments) => {
                let compound = arguments.iter().filter(|one| is_compound(&one.node.value));
                let of_one = |Entry { key, node, .. }: &Entry| {
                    mismatch(kind, &format!("{path}.{key}"), node.span, TEXT, &node.value)
                };
                wrong.extend(compound.map(of_one));
            }
            Value::Sequence(items) => {
                let items = items.iter().enumerate();
                wrong.extend(items.filter_map(|(index, item)| of_item(kind, &path, index, item)));
            }
            other => {
                let expected = "a list of names and values";
                wrong.push(mismatch(kind, &path, node.span, expected, other));
            }
        }
    }
}

/// What the value of an argument is, in words.
const TEXT: &str = "a string";

/// Returns what is wrong with an item of a list of arguments.
fn of_item(kind: &str, list: &str, index: usize, item: &Node) -> Option<Wrong> {
    let Value::Mapping(entries) = &item.value else {
        let path = format!("{list}[{index}]");
        let is_wrong = item.value != Value::Null;
        return is_wrong
            .then(|| mismatch(kind, &path, item.span, "a name and a value", &item.value));
    };
    let of_name = |found| {
        mismatch(
            kind,
            &format!("{list}[{index}].name"),
            item.span,
            TEXT,
            found,
        )
    };
    match item.value.get("name") {
        Some(Value::String(name)) => {
            let value = item.value.node("value")?;
            let is_wrong = is_compound(&value.value);
            is_wrong.then(|| {
                mismatch(
                    kind,
                    &format!("{list}.{name}"),
                    value.span,
                    TEXT,
                    &value.value,
                )
            })
        }
        Some(name) if is_compound(name) => Some(of_name(name)),
        None if !entries.is_empty() => Some(of_name(&Value::Null)),
        _ => None,
    }
}

fn is_compound(value: &Value) -> bool {
    matches!(value, Value::Sequence(_) | Value::Mapping(_))
}
