//! The JSON Schema held against the parser: what it says of a value is so. Each value that it allows is read,
//! is for later, or needs others; each that it does not allow is refused.

#![expect(clippy::unwrap_used, reason = "tests stop at once")]

use kinc::declaration::schema::{API_VERSION, KIND, json_schema};
use kinc::declaration::yaml::{self, Value};
use kinc::declaration::{self, Source};
use kinc::model::field::Field;
use serde_json::Value as Json;

/// What is said of a value that there will be one day, or that needs others beside it.
const NOT_ALONE: [&str; 2] = ["not supported yet", "has at least one node of role"];

/// Returns a value as YAML reads it.
fn value(text: &str) -> Value {
    let documents = yaml::parse(&format!("value: {text}\n")).unwrap();
    documents[0].value.get("value").unwrap().clone()
}

/// Says why a field with this value is refused; nothing when it is read, is for later, or needs others.
fn refusal(field: Field, given: Value) -> Option<String> {
    let mut root = Value::from([
        ("apiVersion", Value::from(API_VERSION)),
        ("kind", Value::from(KIND)),
    ]);
    root.set_path(Field::Name.path(), Value::from("dev"));
    root.set_path(field.path(), given);
    let text = yaml::to_string(&root);
    let source = Source {
        name: "cluster.yaml",
        text: &text,
        directory: None,
    };
    let refused = declaration::parse(&[source]).err()?.to_string();
    let is_allowed = NOT_ALONE.iter().any(|words| refused.contains(words));
    (!is_allowed).then_some(refused)
}

/// Returns what the schema says of the value at a path.
fn schema_of(field: Field) -> Json {
    let mut schema = json_schema();
    for key in field.path().split('.') {
        let name = key.trim_end_matches("[]");
        schema = schema["properties"][name].clone();
        if name != key {
            schema = schema["items"].clone();
        }
    }
    schema
}

/// A value, and whether the schema allows it.
type Probe = (String, bool);

/// Returns values at the edges of what a schema allows.
fn probes(schema: &Json) -> Vec<Probe> {
    let texts = |values: &[(&str, bool)]| -> Vec<Probe> {
        let owned = |(text, is_allowed): &(&str, bool)| ((*text).to_owned(), *is_allowed);
        values.iter().map(owned).collect()
    };
    if let Some(words) = schema["enum"].as_array() {
        let words = words.iter().map(|word| (word.to_string(), true));
        return words
            .chain(texts(&[("nonsense", false), ("[]", false)]))
            .collect();
    }
    if let (Some(least), Some(most)) = (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
        let numbers = [
            (least, true),
            (most, true),
            (least - 1, false),
            (most + 1, false),
        ];
        let numbers = numbers.map(|(number, is_allowed)| (number.to_string(), is_allowed));
        return numbers
            .into_iter()
            .chain(texts(&[("'1'", false)]))
            .collect();
    }
    match schema["type"].as_str() {
        Some("boolean") => texts(&[
            ("true", true),
            ("false", true),
            ("'yes'", false),
            ("1", false),
        ]),
        Some("string") => texts(&[("[a]", false), ("{a: b}", false), ("1", false)]),
        Some("array") => texts(&[("[]", true), ("a", false), ("{a: b}", false)]),
        Some("object") => texts(&[("{}", true), ("a", false), ("[a]", false)]),
        // A limit is a text or a number.
        None => texts(&[
            ("none", true),
            ("[1]", false),
            ("true", false),
            ("-1", false),
        ]),
        Some(other) => panic!("{other} is tested by nobody"),
    }
}

#[track_caller]
fn check(field: Field, path: &str, given: Value, is_allowed: bool) {
    let shown = yaml::on_one_line(&given);
    let refused = refusal(field, given);
    assert_eq!(
        refused.is_none(),
        is_allowed,
        "{path}: {shown}: {refused:?}"
    );
}

#[test]
fn bounds_choices_and_types_of_the_schema_are_those_of_the_parser() {
    let mut count = 0;
    for field in Field::all() {
        for (text, is_allowed) in probes(&schema_of(field)) {
            check(field, field.path(), value(&text), is_allowed);
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

/// An item of the one list whose example has texts.
const MANIFEST: &str = "[{path: deploy}]";

/// The lists of groups, with the schema of an item and an item that is read.
fn items() -> Vec<(Field, Json, Value)> {
    let item = |field: Field| {
        let items = &schema_of(field)["items"];
        let any = items["anyOf"].as_array();
        let schema = any.map_or(items, |any| any.last().unwrap());
        let example = match field {
            Field::Manifests => MANIFEST,
            field => field.example(),
        };
        let Value::Sequence(examples) = value(example) else {
            return None;
        };
        let is_group = |item: &&yaml::Node| matches!(item.value, Value::Mapping(_));
        let example = examples.iter().find(is_group)?.value.clone();
        schema["properties"]
            .is_object()
            .then(|| (field, schema.clone(), example))
    };
    Field::all().filter_map(item).collect()
}

fn list(item: Value) -> Value {
    Value::from(vec![item])
}

/// Returns an item without one of its fields.
fn without(item: &Value, key: &str) -> Value {
    let Value::Mapping(entries) = item else {
        panic!("no group");
    };
    Value::Mapping(
        entries
            .iter()
            .filter(|entry| entry.key != key)
            .cloned()
            .collect(),
    )
}

#[test]
fn items_of_lists_have_the_fields_bounds_and_choices_of_the_schema() {
    let groups = items();
    let fields: Vec<&str> = groups.iter().map(|(field, ..)| field.key()).collect();
    let expected = [
        "extraMounts",
        "extraPortMappings",
        "files",
        "units",
        "kubeadmConfigPatchesJSON6902",
        "registryMirrors",
        "manifests",
    ];
    assert_eq!(fields, expected);
    for (field, schema, example) in groups {
        check(field, field.path(), list(example.clone()), true);
        let mut unknown = example.clone();
        unknown.set("nonsense", Value::from("a"));
        check(field, field.path(), list(unknown), false);
        let required: Vec<&str> = schema["required"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Json::as_str)
            .collect();
        for (key, schema) in schema["properties"].as_object().unwrap() {
            let path = format!("{}[].{key}", field.path());
            let left_out = list(without(&example, key));
            check(field, &path, left_out, !required.contains(&key.as_str()));
            for (text, is_allowed) in probes(schema) {
                // Digits without quotes are a number, which a mode may be.
                if key == "mode" && text == "1" {
                    continue;
                }
                let mut item = example.clone();
                item.set(key, value(&text));
                check(field, &path, list(item), is_allowed);
            }
        }
    }
}
