//! Settings of other systems as declarations of ours, with a word on what has no counterpart.
//!
//! Text in, text out. What comes out is for a person to read: `spec` says whether it holds.

mod kinc;
mod kind;
mod kipod;
mod kubeadm;

use crate::schema::{API_VERSION, KIND};
use crate::yaml::{self, Value};

/// A declaration of ours, and what could not be taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The declaration.
    pub text: String,
    /// What has no counterpart, each with its path and the reason.
    pub left_out: Vec<String>,
}

/// Converts a configuration of kind, one of kipod, or the environment of the first kinc.
///
/// # Errors
/// When the text is none of these.
pub fn convert(text: &str) -> Result<Converted, String> {
    if let Some(settings) = kinc::settings(text) {
        return Ok(kinc::convert(&settings));
    }
    let documents = yaml::parse(text).map_err(|error| error.to_string())?;
    let [document] = documents.as_slice() else {
        return Err("expected one document".to_owned());
    };
    let config = &document.value;
    let word = |key| config.get(key).and_then(Value::as_str).unwrap_or_default();
    match (word("apiVersion"), word("kind")) {
        (version, "Cluster") if version.starts_with("kind.x-k8s.io/") => Ok(kind::convert(config)),
        (_, "ClusterConfig") => Ok(kipod::convert(config)),
        (version, kind) => Err(format!(
            "`{}` of `{}` is neither kind's nor kipod's",
            kind.escape_debug(),
            version.escape_debug()
        )),
    }
}

/// A declaration in the making.
#[derive(Debug)]
struct Draft {
    root: Value,
    left_out: Vec<String>,
}

impl Draft {
    fn new(name: &str) -> Self {
        Self {
            root: Value::from([
                ("apiVersion", Value::from(API_VERSION)),
                ("kind", Value::from(KIND)),
                ("metadata", Value::from([("name", Value::from(name))])),
            ]),
            left_out: Vec::new(),
        }
    }

    /// Sets a field of `spec` by its path.
    fn set(&mut self, path: &str, value: Value) {
        self.root.set_path(&format!("spec.{path}"), value);
    }

    /// Notes what is not taken over, and why.
    fn leave_out(&mut self, path: &str, why: &str) {
        self.left_out.push(format!("`{path}`: {why}"));
    }

    /// Notes all keys of a mapping that nobody has looked at.
    fn leave_others(&mut self, path: &str, node: &Value, known: &[&str]) {
        let Value::Mapping(entries) = node else {
            return;
        };
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                let path = format!("{path}{}", entry.key);
                self.leave_out(&path, "there is no counterpart");
            }
        }
    }

    /// Sets lists of the one node, where there is anything in them.
    fn set_node(&mut self, lists: impl IntoIterator<Item = (&'static str, Vec<Value>)>) {
        for (key, items) in lists {
            if !items.is_empty() {
                self.set_of_node(key, Value::from(items));
            }
        }
    }

    /// Sets a field of the one node.
    fn set_of_node(&mut self, key: &str, value: Value) {
        self.set("nodes[].role", Value::from("control-plane"));
        self.set(&format!("nodes[].{key}"), value);
    }

    fn finish(self) -> Converted {
        Converted {
            text: yaml::to_string(&self.root),
            left_out: self.left_out,
        }
    }
}

/// Returns the items of a list; none when it is none.
fn items(node: Option<&Value>) -> Vec<&Value> {
    match node {
        Some(Value::Sequence(items)) => items.iter().map(|item| &item.value).collect(),
        _ => Vec::new(),
    }
}

/// Returns a file of the host as a mount.
fn mount(host_path: &str, container_path: &str) -> Value {
    Value::from([
        ("hostPath", Value::from(host_path)),
        ("containerPath", Value::from(container_path)),
        ("readOnly", Value::Bool(true)),
    ])
}

#[cfg(test)]
mod tests;
