//! What kubectl takes for a kubeconfig: the types of its `clientcmd/api/v1`, and no name twice in a list.
//!
//! kubectl drops a field that it does not know; here it stays. Whatever kubectl refuses as a whole is
//! refused here, since a file of which kubectl reads nothing has nothing merged into it.

use crate::declaration::yaml::Value;
use crate::kubeconfig::InvalidKubeconfig;
use crate::kubeconfig::entry::{line, name};

/// What a value has to be; `null` is the empty one of each.
enum FieldType {
    Text,
    Bool,
    /// Bytes in base64.
    Bytes,
    Fields(&'static [(&'static str, FieldType)]),
    List(&'static FieldType),
    /// A list of fields, each with a `name` that no other has.
    Named(&'static [(&'static str, FieldType)]),
    /// Fields of any name.
    Map(&'static FieldType),
}

use FieldType::{Bool, Bytes, Fields, List, Map, Named, Text};

/// What an extension holds is of any type.
const EXTENSIONS: FieldType = Named(&[("name", Text)]);

const CLUSTER: FieldType = Fields(&[
    ("server", Text),
    ("tls-server-name", Text),
    ("insecure-skip-tls-verify", Bool),
    ("certificate-authority", Text),
    ("certificate-authority-data", Bytes),
    ("proxy-url", Text),
    ("disable-compression", Bool),
    ("extensions", EXTENSIONS),
]);

const CONTEXT: FieldType = Fields(&[
    ("cluster", Text),
    ("user", Text),
    ("namespace", Text),
    ("extensions", EXTENSIONS),
]);

const AUTH_PROVIDER: FieldType = Fields(&[("name", Text), ("config", Map(&Text))]);

const EXEC: FieldType = Fields(&[
    ("command", Text),
    ("args", List(&Text)),
    ("env", List(&Fields(&[("name", Text), ("value", Text)]))),
    ("apiVersion", Text),
    ("installHint", Text),
    ("provideClusterInfo", Bool),
    ("interactiveMode", Text),
]);

const USER: FieldType = Fields(&[
    ("client-certificate", Text),
    ("client-certificate-data", Bytes),
    ("client-key", Text),
    ("client-key-data", Bytes),
    ("token", Text),
    ("tokenFile", Text),
    ("as", Text),
    ("as-uid", Text),
    ("as-groups", List(&Text)),
    ("as-user-extra", Map(&List(&Text))),
    ("username", Text),
    ("password", Text),
    ("auth-provider", AUTH_PROVIDER),
    ("exec", EXEC),
    ("extensions", EXTENSIONS),
]);

const CONFIG: FieldType = Fields(&[
    ("apiVersion", Text),
    ("kind", Text),
    (
        "preferences",
        Fields(&[("colors", Bool), ("extensions", EXTENSIONS)]),
    ),
    ("clusters", Named(&[("name", Text), ("cluster", CLUSTER)])),
    ("users", Named(&[("name", Text), ("user", USER)])),
    ("contexts", Named(&[("name", Text), ("context", CONTEXT)])),
    ("current-context", Text),
    ("extensions", EXTENSIONS),
]);

/// Checks a whole document, and writes its booleans as `true` and `false`.
pub(super) fn normalize(root: &mut Value) -> Result<(), InvalidKubeconfig> {
    check(root, &CONFIG, "").map_err(InvalidKubeconfig)?;
    for (key, only) in [("apiVersion", "v1"), ("kind", "Config")] {
        let found = root.get(key).and_then(Value::as_str).unwrap_or_default();
        if !found.is_empty() && found != only {
            return Err(InvalidKubeconfig(format!(
                "its `{key}` is `{found}`, not `{only}`"
            )));
        }
    }
    Ok(())
}

fn check(value: &mut Value, field_type: &FieldType, path: &str) -> Result<(), String> {
    let is_not = |what: &str| Err(format!("`{path}` is not {what}"));
    match (field_type, value) {
        (_, Value::Null) | (Text, Value::String(_)) | (Bool, Value::Bool(_)) => Ok(()),
        (Text, _) => is_not("a text"),
        (Bool, value) => match value.as_str().and_then(truth) {
            Some(truth) => {
                *value = Value::Bool(truth);
                Ok(())
            }
            None => is_not("`true` or `false`"),
        },
        (Bytes, Value::String(text)) if is_base64(text) => Ok(()),
        (Bytes, _) => is_not("base64"),
        (Fields(known), value) => fields(value, known, path),
        (List(each), value @ Value::Sequence(_)) => {
            all(value, path, |value, path| check(value, each, path))
        }
        (Named(known), value @ Value::Sequence(_)) => {
            all(value, path, |value, path| match value {
                Value::Null => Ok(()),
                value => fields(value, known, path),
            })?;
            once_each(value, path)
        }
        (List(_) | Named(_), _) => is_not("a list"),
        (Map(each), Value::Mapping(entries)) => entries
            .iter_mut()
            .try_for_each(|entry| check(&mut entry.node.value, each, &below(path, &entry.key))),
        (Map(_), _) => is_not("a mapping"),
    }
}

fn fields(value: &mut Value, known: &[(&str, FieldType)], path: &str) -> Result<(), String> {
    let Value::Mapping(entries) = value else {
        return Err(format!("`{path}` has no fields"));
    };
    for entry in entries {
        let path = &below(path, &entry.key);
        if let Some((_, field_type)) = known.iter().find(|(key, _)| *key == entry.key) {
            check(&mut entry.node.value, field_type, path)?;
        }
    }
    Ok(())
}

fn all(
    value: &mut Value,
    path: &str,
    mut check: impl FnMut(&mut Value, &str) -> Result<(), String>,
) -> Result<(), String> {
    if let Value::Sequence(items) = value {
        for (index, item) in items.iter_mut().enumerate() {
            check(&mut item.value, &format!("{path}[{index}]"))?;
        }
    }
    Ok(())
}

fn once_each(value: &Value, path: &str) -> Result<(), String> {
    let Value::Sequence(items) = value else {
        return Ok(());
    };
    for (index, item) in items.iter().enumerate() {
        let name = name(&item.value);
        let earlier = items[..index].iter();
        if let Some(first) = earlier
            .clone()
            .find(|first| self::name(&first.value) == name)
        {
            return Err(format!(
                "`{path}` has the name `{}` twice, in lines {} and {}; remove one",
                name.escape_debug(),
                line(first),
                line(item)
            ));
        }
    }
    Ok(())
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() {
        return key.to_owned();
    }
    format!("{path}.{key}")
}

/// Returns what YAML 1.1, which kubectl reads, has for a boolean and YAML 1.2 for a text.
fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "y" | "yes" | "on" | "true" => Some(true),
        "n" | "no" | "off" | "false" => Some(false),
        _ => None,
    }
}

/// Returns whether a text is base64 as Go reads it: padded, with line ends anywhere.
fn is_base64(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !"\r\n".contains(*c)).collect();
    let data = text.trim_end_matches('=');
    let is_digit = |c: char| c.is_ascii_alphanumeric() || "+/".contains(c);
    text.len().is_multiple_of(4) && text.len() - data.len() <= 2 && data.chars().all(is_digit)
}
