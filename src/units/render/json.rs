//! Values of YAML as JSON and back, for the libraries that patch JSON.

use serde_json::{Map, Value as Json};

use crate::declaration::yaml::{Entry, Node, Value};

/// Returns a value of YAML as JSON.
pub(super) fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        // What JSON has no number for stays what it was in YAML.
        Value::Number(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone()))
        }
        Value::String(text) => Json::String(text.clone()),
        Value::Sequence(items) => items.iter().map(|item| json(&item.value)).collect(),
        Value::Mapping(entries) => {
            let pair = |entry: &Entry| (entry.key.clone(), json(&entry.node.value));
            Json::Object(entries.iter().map(pair).collect::<Map<_, _>>())
        }
    }
}

/// Returns JSON as a value of YAML.
pub(super) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(number.to_string()),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => {
            Value::Sequence(items.iter().map(|item| Node::from(value(item))).collect())
        }
        Json::Object(fields) => Value::Mapping(
            fields
                .iter()
                .map(|(key, json)| Entry::from((key.as_str(), value(json))))
                .collect(),
        ),
    }
}
