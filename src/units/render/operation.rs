//! One operation of a JSON patch (RFC 6902) on a document of kubeadm's.
//!
//! Beside what the RFC says, a path may name an item of a list by its name, as in
//! `/apiServer/extraArgs/audit-log-path`. Up to v1beta3 of kubeadm's format the arguments were a mapping,
//! and that is how most patches for it are written
//! (<https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/>).

use serde_json::{Value as Json, json};

use crate::units::render::merge::{are_named, merge};

/// Does an operation on a document.
///
/// # Errors
/// With the end of a sentence that begins with the operation, when it is none or does not fit.
pub(super) fn operate(document: &mut Json, mut operation: Json) -> Result<(), String> {
    let given = operation["path"].as_str().unwrap_or_default().to_owned();
    if let Some((from, value)) = of_another_name(document, &operation) {
        operate(
            document,
            json!({"op": "add", "path": given, "value": value}),
        )?;
        return match operation["op"].as_str() {
            Some("move") => operate(document, json!({"op": "remove", "path": from})),
            _ => Ok(()),
        };
    }
    if let Some(value) = operation.get_mut("value") {
        list_arguments(value);
    }
    if let Some(arguments) = arguments(document, &operation) {
        merge(arguments, &listed(operation["value"].take()));
        return Ok(());
    }
    for key in ["path", "from"] {
        if let Some(path) = operation.get(key).and_then(Json::as_str) {
            let (path, name) = by_number(document, path);
            operation[key] = Json::String(path);
            if let (Some(name), "path") = (name, key) {
                operation = on_item(operation, &name);
            }
        }
    }
    let patch: json_patch::Patch = serde_json::from_value(Json::Array(vec![operation]))
        .map_err(|error| format!("is invalid: {error}"))?;
    json_patch::patch(document, &patch).map_err(|error| match error.kind {
        json_patch::PatchErrorKind::TestFailed => format!("finds another value at `{given}`"),
        _ => format!("does not apply: there is no `{given}`"),
    })
}

/// Returns whence an operation copies or moves to an argument of a name, and the value.
fn of_another_name(document: &Json, operation: &Json) -> Option<(String, Json)> {
    let copies = ["copy", "move"].iter().any(|op| operation["op"] == *op);
    let (_, name) = by_number(document, operation["path"].as_str().filter(|_| copies)?);
    name?;
    let from = operation["from"].as_str()?;
    let item = document.pointer(&by_number(document, from).0)?;
    let value = if item.get("name").is_some() {
        &item["value"]
    } else {
        item
    };
    Some((from.to_owned(), value.clone()))
}

/// Makes lists of the arguments in a value, which are a mapping in older formats.
fn list_arguments(value: &mut Json) {
    let Json::Object(fields) = value else {
        return;
    };
    for (key, value) in fields {
        if ["extraArgs", "kubeletExtraArgs"].contains(&key.as_str()) {
            *value = listed(value.take());
        } else {
            list_arguments(value);
        }
    }
}

/// Returns the list of arguments that an operation sets from a mapping.
fn arguments<'a>(document: &'a mut Json, operation: &Json) -> Option<&'a mut Json> {
    let sets = ["add", "replace"].iter().any(|op| operation["op"] == *op);
    let path = operation["path"].as_str().filter(|_| sets)?;
    let list = document.pointer_mut(path)?;
    let is_list = list.as_array().is_some_and(|items| are_named(items));
    (is_list && operation["value"].is_object()).then_some(list)
}

/// Returns arguments as a list of names and values.
fn listed(arguments: Json) -> Json {
    let Json::Object(arguments) = arguments else {
        return arguments;
    };
    let item = |(name, value): (String, Json)| item(&name, value);
    arguments.into_iter().map(item).collect()
}

fn item(name: &str, value: Json) -> Json {
    let value = match value {
        Json::Bool(_) | Json::Number(_) => Json::String(value.to_string()),
        Json::Null => Json::String(String::new()),
        other => other,
    };
    json!({"name": name, "value": value})
}

/// Returns a path with numbers in place of the names of items, and the name that it ends in. An item that
/// is not there is the one after the last.
fn by_number(document: &Json, path: &str) -> (String, Option<String>) {
    let mut out = String::new();
    let mut name = None;
    let mut at = Some(document);
    for token in path.split('/').skip(1) {
        let unescaped = token.replace("~1", "/").replace("~0", "~");
        let is_number = token == "-" || token.chars().all(|c| c.is_ascii_digit());
        let named = at
            .and_then(Json::as_array)
            .filter(|items| !is_number && are_named(items));
        out.push('/');
        name = None;
        at = match named {
            None => {
                out.push_str(token);
                at.and_then(|at| at.pointer(&format!("/{token}")))
            }
            Some(items) => {
                let index = items
                    .iter()
                    .position(|item| item["name"] == unescaped.as_str());
                out.push_str(&index.map_or("-".to_owned(), |index| index.to_string()));
                name = Some(unescaped);
                index.map(|index| &items[index])
            }
        };
    }
    (out, name)
}

/// Returns an operation on an argument as one on the item that holds it. One that is there is set again.
fn on_item(mut operation: Json, name: &str) -> Json {
    let is_new = operation["path"]
        .as_str()
        .is_some_and(|path| path.ends_with("/-"));
    match operation["op"].as_str() {
        Some("add" | "replace") => {
            operation["op"] = Json::from(if is_new { "add" } else { "replace" });
        }
        Some("test") => {}
        _ => return operation,
    }
    let value = operation["value"].take();
    operation["value"] = if value.get("name").is_some() {
        value
    } else {
        item(name, value)
    };
    operation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(operation: Json, expected: &Json) {
        let mut document = json!({"apiServer": {
            "extraArgs": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}],
            "extraVolumes": [{"name": "logs", "hostPath": "/var/log"}],
        }});
        operate(&mut document, operation).unwrap();
        assert_eq!(&document["apiServer"]["extraArgs"], expected);
    }

    #[test]
    fn an_argument_in_a_list_is_set_by_its_name() {
        let args = "/apiServer/extraArgs";
        becomes(
            json!({"op": "add", "path": format!("{args}/c"), "value": true}),
            &json!([{"name": "a", "value": "1"}, {"name": "b", "value": "2"}, {"name": "c", "value": "true"}]),
        );
        for op in ["add", "replace"] {
            becomes(
                json!({"op": op, "path": format!("{args}/a"), "value": "3"}),
                &json!([{"name": "a", "value": "3"}, {"name": "b", "value": "2"}]),
            );
            becomes(
                json!({"op": op, "path": args, "value": {"b": 4, "c": "x"}}),
                &json!([{"name": "a", "value": "1"}, {"name": "b", "value": "4"}, {"name": "c", "value": "x"}]),
            );
        }
        becomes(
            json!({"op": "remove", "path": format!("{args}/a")}),
            &json!([{"name": "b", "value": "2"}]),
        );
        becomes(
            json!({"op": "test", "path": format!("{args}/b"), "value": "2"}),
            &json!([{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]),
        );
        becomes(
            json!({"op": "replace", "path": format!("{args}/b/value"), "value": "5"}),
            &json!([{"name": "a", "value": "1"}, {"name": "b", "value": "5"}]),
        );
        becomes(
            json!({"op": "add", "path": format!("{args}/x~1y"), "value": "z"}),
            &json!([{"name": "a", "value": "1"}, {"name": "b", "value": "2"}, {"name": "x/y", "value": "z"}]),
        );
    }

    #[test]
    fn an_operation_of_rfc_6902_is_not_rewritten() {
        becomes(
            json!({"op": "add", "path": "/apiServer/extraArgs/-", "value": {"name": "c", "value": "3"}}),
            &json!([{"name": "a", "value": "1"}, {"name": "b", "value": "2"}, {"name": "c", "value": "3"}]),
        );
        becomes(
            json!({"op": "remove", "path": "/apiServer/extraArgs/0"}),
            &json!([{"name": "b", "value": "2"}]),
        );
        becomes(
            json!({"op": "replace", "path": "/apiServer/extraArgs", "value": []}),
            &json!([]),
        );
        becomes(
            json!({"op": "move", "from": "/apiServer/extraArgs/a", "path": "/first"}),
            &json!([{"name": "b", "value": "2"}]),
        );
        becomes(
            json!({"op": "copy", "from": "/apiServer/extraArgs/a", "path": "/apiServer/extraArgs/b"}),
            &json!([{"name": "a", "value": "1"}, {"name": "b", "value": "1"}]),
        );
        becomes(
            json!({"op": "move", "from": "/apiServer/extraArgs/a", "path": "/apiServer/extraArgs/c"}),
            &json!([{"name": "b", "value": "2"}, {"name": "c", "value": "1"}]),
        );
        becomes(
            json!({"op": "add", "path": "/apiServer", "value": {"extraArgs": {"c": 3}}}),
            &json!([{"name": "c", "value": "3"}]),
        );
    }

    #[test]
    fn an_operation_that_is_invalid_or_does_not_apply_is_an_error() {
        let mut document = json!({"a": [{"name": "x"}]});
        let why = |document: &mut Json, operation| operate(document, operation).unwrap_err();
        assert_eq!(
            why(&mut document, json!({"op": "remove", "path": "/a/y"})),
            "does not apply: there is no `/a/y`"
        );
        assert_eq!(
            why(&mut document, json!({"op": "set", "path": "/a"}))
                .split(':')
                .next(),
            Some("is invalid")
        );
        assert_eq!(
            why(&mut document, json!("a")).split(':').next(),
            Some("is invalid")
        );
    }
}
