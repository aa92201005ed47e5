//! Kubeconfig documents: from kubeadm's `admin.conf`, and into the user's own file.
//!
//! Pure edits of text; finding, reading and writing the files is the work of others.

use std::fmt;

use crate::cluster::ClusterName;
use crate::yaml::{self, Value};

/// The lists of a kubeconfig: their key, and the key inside each of their entries.
const LISTS: [(&str, &str); 3] = [
    ("clusters", "cluster"),
    ("contexts", "context"),
    ("users", "user"),
];

/// A kubeconfig of one cluster, complete by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kubeconfig {
    context: String,
    root: Value,
}

/// Says why a text is not a kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidKubeconfig(String);

/// Returns the kubeconfig of `cluster` for use from the host.
///
/// Names are `kinc-NAME`, and `server` is the URL that is reached from the host.
///
/// # Errors
/// When `admin_conf` is not what kubeadm writes.
pub fn rewrite(
    admin_conf: &str,
    cluster: &ClusterName,
    server: &str,
) -> Result<Kubeconfig, InvalidKubeconfig> {
    let root = parse(admin_conf)?;
    let missing = |what: &str| InvalidKubeconfig(format!("it has no {what}"));
    let current = root
        .get("current-context")
        .and_then(Value::as_str)
        .ok_or_else(|| missing("current context"))?;
    let context =
        body(&root, LISTS[1], current).ok_or_else(|| missing(&format!("context `{current}`")))?;
    let follow = |list: (&str, &str)| {
        let name = context.get(list.1).and_then(Value::as_str)?;
        body(&root, list, name).cloned()
    };
    let mut server_of_cluster = follow(LISTS[0]).ok_or_else(|| missing("cluster"))?;
    let user = follow(LISTS[2]).ok_or_else(|| missing("user"))?;
    server_of_cluster.set("server", Value::from(server));

    let context = cluster.context();
    let name = || Value::from(context.as_str());
    let entry = |key, body| Value::from(vec![Value::from([(key, body), ("name", name())])]);
    let root = Value::from([
        ("apiVersion", Value::from("v1")),
        ("kind", Value::from("Config")),
        ("clusters", entry("cluster", server_of_cluster)),
        (
            "contexts",
            entry(
                "context",
                Value::from([("cluster", name()), ("user", name())]),
            ),
        ),
        ("current-context", name()),
        ("users", entry("user", user)),
    ]);
    Ok(Kubeconfig { context, root })
}

/// Returns `existing` with the entries of `new` in it, and everything else as it was.
///
/// The current context changes only with `set_current`.
///
/// # Errors
/// When `existing` is not a kubeconfig; nothing may be written then.
pub fn merge(
    existing: Option<&str>,
    new: &Kubeconfig,
    set_current: bool,
) -> Result<String, InvalidKubeconfig> {
    let mut root = match existing {
        Some(text) if !is_empty(text)? => parse(text)?,
        _ => Value::from([
            ("apiVersion", Value::from("v1")),
            ("kind", Value::from("Config")),
        ]),
    };
    for (list, _) in LISTS {
        let mut items = entries(&root, list)?;
        for entry in entries(&new.root, list)? {
            let name = entry.get("name").cloned();
            match items
                .iter_mut()
                .find(|item| item.get("name") == name.as_ref())
            {
                Some(item) => *item = entry,
                None => items.push(entry),
            }
        }
        root.set(list, Value::from(items));
    }
    if set_current {
        root.set("current-context", Value::from(new.context.as_str()));
    }
    Ok(yaml::to_string(&root))
}

/// Returns `existing` without the entries of `cluster`, or nothing when it has none.
///
/// When the cluster is the current context, there is none afterwards.
///
/// # Errors
/// When `existing` is not a kubeconfig; nothing may be written then.
pub fn remove(existing: &str, cluster: &ClusterName) -> Result<Option<String>, InvalidKubeconfig> {
    if is_empty(existing)? {
        return Ok(None);
    }
    let before = parse(existing)?;
    let mut root = before.clone();
    let context = Value::String(cluster.context());
    for (list, _) in LISTS {
        let mut items = entries(&root, list)?;
        let count = items.len();
        items.retain(|item| item.get("name") != Some(&context));
        if items.len() < count {
            root.set(list, Value::from(items));
        }
    }
    if root.get("current-context") == Some(&context) {
        root.set("current-context", Value::from(""));
    }
    Ok((root != before).then(|| yaml::to_string(&root)))
}

fn is_empty(text: &str) -> Result<bool, InvalidKubeconfig> {
    Ok(documents(text)?.is_empty())
}

fn parse(text: &str) -> Result<Value, InvalidKubeconfig> {
    let mut documents = documents(text)?;
    match (documents.pop(), documents.is_empty()) {
        (Some(root @ Value::Mapping(_)), true) => Ok(root),
        (_, false) => Err(InvalidKubeconfig("it has several documents".to_owned())),
        _ => Err(InvalidKubeconfig("it has no fields".to_owned())),
    }
}

fn documents(text: &str) -> Result<Vec<Value>, InvalidKubeconfig> {
    let documents = yaml::parse(text).map_err(|error| InvalidKubeconfig(error.to_string()))?;
    Ok(documents.into_iter().map(|node| node.value).collect())
}

/// Returns the entries of a list; one that is missing or `null` has none.
fn entries(root: &Value, list: &str) -> Result<Vec<Value>, InvalidKubeconfig> {
    match root.get(list) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Sequence(items)) => Ok(items.iter().map(|item| item.value.clone()).collect()),
        Some(_) => Err(InvalidKubeconfig(format!("`{list}` is not a list"))),
    }
}

/// Returns what the entry `name` of a list holds.
fn body<'a>(root: &'a Value, (list, key): (&str, &str), name: &str) -> Option<&'a Value> {
    let Some(Value::Sequence(items)) = root.get(list) else {
        return None;
    };
    items
        .iter()
        .find(|item| item.value.get("name").and_then(Value::as_str) == Some(name))
        .and_then(|item| item.value.get(key))
}

impl fmt::Display for Kubeconfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&yaml::to_string(&self.root))
    }
}

impl fmt::Display for InvalidKubeconfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a kubeconfig: {}", self.0)
    }
}

impl std::error::Error for InvalidKubeconfig {}

#[cfg(test)]
mod tests;
