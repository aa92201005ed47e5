//! The table as a JSON Schema, for editors.

use serde_json::{Map, Value, json};

use crate::declaration::schema::fields::GROUPS;
use crate::declaration::schema::{
    API_VERSION, Description, FieldType, KIND, ObjectField, descriptions, key,
};

/// Returns the JSON Schema of a declaration, draft 2020-12.
///
/// It says less than the parser: not which subnets overlap, for example.
#[must_use]
pub fn json_schema() -> Value {
    let mut root = object(
        "A Kubernetes cluster, as `kinc apply -f FILE` takes it.",
        "",
    );
    if let Value::Object(fields) = &mut root {
        fields.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        fields.insert(
            "required".to_owned(),
            json!(["apiVersion", "kind", "metadata"]),
        );
        if let Some(Value::Object(properties)) = fields.get_mut("properties") {
            properties.insert("apiVersion".to_owned(), json!({"const": API_VERSION}));
            properties.insert("kind".to_owned(), json!({"const": KIND}));
        }
    }
    root
}

/// Returns the schema of all fields below a path.
fn object(meaning: &str, path: &str) -> Value {
    let mut properties = Map::new();
    let parent = |path: &'static str| path.rsplit_once('.').map_or("", |(parent, _)| parent);
    for group in GROUPS.iter().filter(|group| parent(group.path) == path) {
        let schema = object(group.meaning, group.path);
        let key = key(group.path);
        match key.strip_suffix("[]") {
            Some(key) => {
                let list = json!({"type": "array", "maxItems": 1, "items": schema});
                properties.insert(key.to_owned(), list);
            }
            None => {
                properties.insert(key.to_owned(), schema);
            }
        }
    }
    for field in descriptions().filter(|field| parent(field.path()) == path) {
        properties.insert(key(field.path()).to_owned(), value(field));
    }
    let mut schema = json!({
        "description": meaning,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    if path == "metadata" {
        schema["required"] = json!(["name"]);
    }
    schema
}

fn value(field: &Description) -> Value {
    let mut schema = field_type(field.field_type);
    schema["description"] = json!(field.meaning);
    if let Some(example) = example(field) {
        schema["examples"] = json!([example]);
    }
    schema
}

fn field_type(field_type: FieldType) -> Value {
    match field_type {
        FieldType::Text("") => json!({"type": "string"}),
        FieldType::Text(pattern) => json!({"type": "string", "pattern": pattern}),
        FieldType::Boolean => json!({"type": "boolean"}),
        FieldType::Integer(least, most) => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        FieldType::Choice(words) => json!({"enum": words}),
        FieldType::Map => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        FieldType::BoolMap => {
            json!({"type": "object", "additionalProperties": {"type": "boolean"}})
        }
        FieldType::List => json!({"type": "array", "items": {"type": "string"}}),
        FieldType::ObjectList(items) => json!({"type": "array", "items": of_items(items)}),
        FieldType::TextsOrObjects(items) => {
            json!({"type": "array", "items": {"anyOf": [{"type": "string"}, of_items(items)]}})
        }
        FieldType::Limit(pattern) => json!({"type": ["string", "number"], "pattern": pattern}),
    }
}

fn of_items(items: &[ObjectField]) -> Value {
    let mut properties = Map::new();
    for item in items {
        let mut schema = field_type(item.field_type);
        schema["description"] = json!(item.meaning);
        properties.insert(item.key.to_owned(), schema);
    }
    let required = items.iter().filter(|item| item.is_required);
    let required: Vec<&str> = required.map(|item| item.key).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "required": required,
    })
}

/// Returns the example as the type that YAML gives it, where JSON has that.
fn example(field: &Description) -> Option<Value> {
    match field.field_type {
        FieldType::Boolean | FieldType::Integer(..) => serde_json::from_str(field.example).ok(),
        FieldType::Limit(_) | FieldType::Text(_) | FieldType::Choice(_) => {
            Some(json!(field.example))
        }
        FieldType::Map
        | FieldType::BoolMap
        | FieldType::List
        | FieldType::ObjectList(_)
        | FieldType::TextsOrObjects(_) => None,
    }
}
