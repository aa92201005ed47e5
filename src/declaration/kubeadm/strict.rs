//! What the strict reader of kubeadm refuses of arguments.

use crate::declaration::kubeadm::Wrong;
use crate::declaration::kubeadm::arguments::{ARGUMENTS, KINDS};
use crate::declaration::yaml::{At, Entry, Node, Value, kind as kind_of};

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
        let path = match path {
            "" => key.clone(),
            path => format!("{path}.{key}"),
        };
        if !ARGUMENTS.contains(&key.as_str()) {
            wrong_arguments(node, kind, &path, wrong);
            continue;
        }
        let unexpected = match &node.value {
            Value::Null => Vec::new(),
            Value::Mapping(arguments) => {
                let compound = arguments.iter().filter(|one| is_compound(&one.node));
                let of_one =
                    |one: &Entry| Unexpected::new(&one.node, format!(".{}", one.key), TEXT);
                compound.map(of_one).collect()
            }
            Value::Sequence(items) => {
                let items = items.iter().enumerate();
                items
                    .filter_map(|(index, item)| unexpected(index, item))
                    .collect()
            }
            _ => vec![Unexpected::new(
                node,
                String::new(),
                "a list of names and values",
            )],
        };
        wrong.extend(unexpected.into_iter().map(|found| found.of(&path, kind)));
    }
}

/// What the value of an argument is, in words.
const TEXT: &str = "a string";

/// A value that kubeadm does not take.
struct Unexpected {
    at: At,
    /// Where it is below the list of arguments: `[0].name`.
    below: String,
    expected: &'static str,
    found: &'static str,
}

impl Unexpected {
    fn new(node: &Node, below: String, expected: &'static str) -> Self {
        Self {
            at: node.at,
            below,
            expected,
            found: kind_of(&node.value),
        }
    }

    fn of(self, path: &str, kind: &str) -> Wrong {
        let (below, expected, found) = (self.below.escape_debug(), self.expected, self.found);
        let message = format!("`{path}{below}` of {kind}: expected {expected}, found {found}");
        (self.at, message)
    }
}

/// Returns what is wrong with an item of a list of arguments.
fn unexpected(index: usize, item: &Node) -> Option<Unexpected> {
    let Value::Mapping(entries) = &item.value else {
        let is_wrong = !matches!(item.value, Value::Null);
        return is_wrong.then(|| Unexpected::new(item, format!("[{index}]"), "a name and a value"));
    };
    let of_name = |found| Unexpected {
        at: item.at,
        below: format!("[{index}].name"),
        expected: TEXT,
        found,
    };
    match item.value.get("name") {
        Some(Value::String(name)) => {
            let value = entry(item, "value").filter(|value| is_compound(value))?;
            Some(Unexpected::new(value, format!(".{name}"), TEXT))
        }
        Some(name) if is_compound_value(name) => Some(of_name(kind_of(name))),
        None if !entries.is_empty() => Some(of_name(kind_of(&Value::Null))),
        _ => None,
    }
}

fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.value {
        Value::Mapping(entries) => {
            let mut entries = entries.iter();
            entries
                .find(|entry| entry.key == key)
                .map(|entry| &entry.node)
        }
        _ => None,
    }
}

fn is_compound(node: &Node) -> bool {
    is_compound_value(&node.value)
}

fn is_compound_value(value: &Value) -> bool {
    matches!(value, Value::Sequence(_) | Value::Mapping(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::kubeadm::{CLUSTER, INIT, KUBELET, wrong};
    use crate::declaration::yaml;

    fn part(text: &str) -> Node {
        yaml::parse_as_kubernetes(text).unwrap().remove(0)
    }

    #[track_caller]
    fn is_wrong(kind: &str, text: &str, expected: &[(u64, &str)]) {
        let wrong = wrong(kind, &part(text));
        let found: Vec<(u64, &str)> = wrong
            .iter()
            .map(|(at, message)| (at.line, message.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_no_text_cannot_be_the_value_of_an_argument() {
        is_wrong(
            CLUSTER,
            "apiServer:\n  extraArgs:\n    a: 1\n    b: [1]\n    c: {d: e}\nscheduler:\n  extraArgs:\n  - {name: f, value: [g]}\n  - {value: h}\n  - i\n",
            &[
                (
                    4,
                    "`apiServer.extraArgs.b` of ClusterConfiguration: expected a string, found a list",
                ),
                (
                    5,
                    "`apiServer.extraArgs.c` of ClusterConfiguration: expected a string, found a mapping",
                ),
                (
                    8,
                    "`scheduler.extraArgs.f` of ClusterConfiguration: expected a string, found a list",
                ),
                (
                    9,
                    "`scheduler.extraArgs[1].name` of ClusterConfiguration: expected a string, found nothing",
                ),
                (
                    10,
                    "`scheduler.extraArgs[2]` of ClusterConfiguration: expected a name and a value, found a string",
                ),
            ],
        );
        is_wrong(
            INIT,
            "nodeRegistration:\n  kubeletExtraArgs: v=4\n",
            &[(
                2,
                "`nodeRegistration.kubeletExtraArgs` of InitConfiguration: expected a list of names and values, found a string",
            )],
        );
    }

    #[test]
    fn numbers_switches_and_texts_of_kubelet_are_what_it_has_them_as() {
        is_wrong(
            KUBELET,
            "maxPods: '50'\nfailSwapOn: 'false'\nreservedSystemCPUs: 0\nevictionHard: {memory.available: 5}\nfeatureGates: {A: 'true'}\ncontainerLogMaxFiles: 5\nsyncFrequency: 1m\nevictionSoft: null\n",
            &[
                (
                    1,
                    "`maxPods` of KubeletConfiguration: expected a number, found a string",
                ),
                (
                    2,
                    "`failSwapOn` of KubeletConfiguration: expected true or false, found a string",
                ),
                (
                    3,
                    "`reservedSystemCPUs` of KubeletConfiguration: expected a string, found a number",
                ),
                (
                    4,
                    "`evictionHard.memory.available` of KubeletConfiguration: expected a string, found a number",
                ),
                (
                    5,
                    "`featureGates.A` of KubeletConfiguration: expected true or false, found a string",
                ),
            ],
        );
    }
}
