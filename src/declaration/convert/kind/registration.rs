//! How a node registers, by the patches of kubeadm's documents: its labels, taints and arguments of kubelet.
//!
//! Ours are fields of the node. An argument without a field is handed to kubelet in its environment.

use crate::declaration::convert::kind::walk::Walk;
use crate::declaration::convert::shown;
use crate::declaration::convert::tree::take;
use crate::declaration::read::kind;
use crate::declaration::yaml::{Entry, Node, Value};
use crate::model::problem::Span;

const TAINTS: &str = "nodeRegistration.taints";
const ARGUMENTS: &str = "nodeRegistration.kubeletExtraArgs";

/// The variable of the node from which kubelet takes more arguments, as kubeadm has it.
const EXTRA_ARGUMENTS: &str = "KUBELET_EXTRA_ARGS";

const KNOWN_OF_TAINT: [&str; 4] = ["key", "value", "effect", "timeAdded"];

/// What patches say of a node; a later patch replaces what an earlier one said.
#[derive(Debug, Clone, Default)]
pub(super) struct Registration {
    labels: Option<Node>,
    taints: Option<Node>,
    arguments: Vec<(String, Node)>,
}

impl Registration {
    /// Takes the taints out of a part of a document.
    pub(super) fn take_taints(&mut self, walk: &mut Walk<'_>, path: &str, part: &mut Value) {
        let Some(list) = take(part, TAINTS) else {
            return;
        };
        let Node { value, span } = list;
        match &value {
            Value::Null => {}
            Value::Sequence(items) => {
                let items = items.iter().filter_map(|item| taint(walk, path, item));
                let value = Value::Sequence(items.collect());
                self.taints = Some(Node { value, span });
            }
            other => refuse_type(walk, path, TAINTS, span, "a list", other),
        }
    }

    /// Takes the arguments of kubelet out of a part of a document.
    pub(super) fn take_arguments(&mut self, walk: &mut Walk<'_>, path: &str, part: &mut Value) {
        let Some(Node { value, span }) = take(part, ARGUMENTS) else {
            return;
        };
        match value {
            Value::Null => {}
            Value::Mapping(entries) => {
                for Entry { key, node, .. } in &entries {
                    self.take_argument(walk, path, key, node);
                }
            }
            Value::Sequence(items) => {
                for item in &items {
                    let name = item.value.get("name").map(shown).unwrap_or_default();
                    let value = item.value.node("value").unwrap_or(item);
                    self.take_argument(walk, path, &name, value);
                }
            }
            other => refuse_type(
                walk,
                path,
                ARGUMENTS,
                span,
                "arguments by their names",
                &other,
            ),
        }
    }

    fn take_argument(&mut self, walk: &mut Walk<'_>, path: &str, name: &str, node: &Node) {
        let span = node.span;
        let text = match &node.value {
            Value::Mapping(_) | Value::Sequence(_) => {
                let field = format!("{ARGUMENTS}.{name}");
                refuse_type(walk, path, &field, span, "a string", &node.value);
                return;
            }
            Value::Null => String::new(),
            value => shown(value),
        };
        match name {
            "node-labels" => self.labels = Some(labels(&text, span)),
            "register-with-taints" => self.taints = Some(taints(&text, span)),
            _ if is_word(name) && is_word(&text) => {
                let value = Value::String(text);
                self.arguments.retain(|(other, _)| other != name);
                self.arguments.push((name.to_owned(), Node { value, span }));
            }
            _ => {
                let message = format!(
                    "`{}` of kubelet: an argument of one node cannot have blanks, quotes or backslashes",
                    name.escape_debug()
                );
                walk.refuse(span, path, message);
            }
        }
    }

    /// Adds the labels to those that a node has anyway; kubelet's argument takes precedence.
    pub(super) fn labels(&self, of_node: Option<&Node>) -> Option<Node> {
        let mut all = match (of_node, &self.labels) {
            (Some(of_node), _) => of_node.clone(),
            (None, labels) => return labels.clone(),
        };
        if let Some(Value::Mapping(entries)) = self.labels.as_ref().map(|labels| &labels.value) {
            for Entry { key, node, .. } in entries {
                all.value.set(key, node.clone());
            }
        }
        Some(all)
    }

    /// Returns the taints, if patches say anything of them; an empty list means none.
    pub(super) fn taints(&self) -> Option<&Node> {
        self.taints.as_ref()
    }

    /// Returns the environment that has the other arguments.
    pub(super) fn environment(&self) -> Option<Node> {
        let (_, first) = self.arguments.first()?;
        let argument = |(name, node): &(String, Node)| format!("--{name}={}", shown(&node.value));
        let all: Vec<String> = self.arguments.iter().map(argument).collect();
        let text = Node {
            value: Value::String(all.join(" ")),
            span: first.span,
        };
        let entry = Entry::from((EXTRA_ARGUMENTS, text));
        Some(Node {
            value: Value::Mapping(vec![entry]),
            span: first.span,
        })
    }
}

/// Returns whether systemd hands a text on as it is when it splits a variable into arguments.
fn is_word(text: &str) -> bool {
    let special = |c: char| c.is_whitespace() || c.is_control() || "\"'\\".contains(c);
    !text.contains(special)
}

/// Returns labels as kubelet reads them: `a=b,c`.
fn labels(text: &str, span: Span) -> Node {
    let mut value = Value::Mapping(Vec::new());
    for pair in parts(text) {
        let (key, label) = pair.split_once('=').unwrap_or((pair, ""));
        let label = Value::from(label.trim());
        value.set(key.trim(), Node { value: label, span });
    }
    Node { value, span }
}

/// Returns taints as kubelet reads them, which is how ours are written.
fn taints(text: &str, span: Span) -> Node {
    let items = parts(text).map(|taint| Node {
        value: Value::from(taint),
        span,
    });
    let value = Value::Sequence(items.collect());
    Node { value, span }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// Returns a taint of Kubernetes' API as kubectl writes it.
fn taint(walk: &mut Walk<'_>, path: &str, item: &Node) -> Option<Node> {
    let span = item.span;
    let Value::Mapping(entries) = &item.value else {
        refuse_type(walk, path, TAINTS, span, "a taint", &item.value);
        return None;
    };
    if let Some(other) = entries
        .iter()
        .find(|entry| !KNOWN_OF_TAINT.contains(&entry.key.as_str()))
    {
        let message = format!("`{}`: a taint has no such field", other.key.escape_debug());
        walk.refuse(other.span, path, message);
        return None;
    }
    let text = |key: &str| match item.value.get(key) {
        Some(Value::Null) | None => String::new(),
        Some(value) => shown(value),
    };
    let (key, value, effect) = (text("key"), text("value"), text("effect"));
    if key.is_empty() || effect.is_empty() {
        walk.refuse(span, path, "a taint has a `key` and an `effect`");
        return None;
    }
    let text = match value.as_str() {
        "" => format!("{key}:{effect}"),
        value => format!("{key}={value}:{effect}"),
    };
    let value = Value::String(text);
    Some(Node { value, span })
}

fn refuse_type(
    walk: &mut Walk<'_>,
    path: &str,
    field: &str,
    span: Span,
    expected: &str,
    found: &Value,
) {
    let message = format!(
        "`{}`: expected {expected}, found {}",
        field.escape_debug(),
        kind(found)
    );
    walk.refuse(span, path, message);
}
