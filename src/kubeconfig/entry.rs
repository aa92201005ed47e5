//! The three lists of a kubeconfig, and the entries in them, each with a name.

use crate::declaration::yaml::{Node, Value};

/// A list of a kubeconfig: its key, and the key of what each of its entries holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct List {
    pub(super) key: &'static str,
    pub(super) entry: &'static str,
    /// The fields that a merge decides: those that kinc writes, and those that would contradict them. All
    /// others are the user's.
    pub(super) decided: &'static [&'static str],
}

pub(super) const CLUSTERS: List = List {
    key: "clusters",
    entry: "cluster",
    decided: &[
        "server",
        "certificate-authority",
        "certificate-authority-data",
        "insecure-skip-tls-verify",
    ],
};
pub(super) const CONTEXTS: List = List {
    key: "contexts",
    entry: "context",
    decided: &["cluster", "user"],
};
pub(super) const USERS: List = List {
    key: "users",
    entry: "user",
    decided: &[
        "client-certificate",
        "client-certificate-data",
        "client-key",
        "client-key-data",
        "token",
        "tokenFile",
        "username",
        "password",
        "auth-provider",
        "exec",
    ],
};

impl List {
    /// Returns an entry of this list.
    pub(super) fn item(self, name: &str, body: Value) -> Value {
        Value::from([(self.entry, body), ("name", Value::from(name))])
    }
}

/// Returns the entries of a list; one that is missing or `null` has none.
pub(super) fn items(root: &Value, list: List) -> &[Node] {
    match root.get(list.key) {
        Some(Value::Sequence(items)) => items,
        _ => &[],
    }
}

/// Returns the name of an entry; without one, it is an empty text, as kubectl has it.
pub(super) fn name(item: &Value) -> &str {
    item.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// Returns the line in which the name of an entry is, or in which the entry begins.
pub(super) fn line(item: &Node) -> u64 {
    let named = item.value.node("name");
    named.unwrap_or(item).span.line
}
