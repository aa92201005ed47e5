//! A part of a document merged into it: RFC 7386, but that items with names are merged by them, as
//! Kubernetes' strategic merge does.

use serde_json::{Map, Value as Json};

/// Merges a part into a document; `null` takes a field away.
///
/// A list replaces a list. Only where the items of both have names, as arguments and volumes have, do
/// those of the part take the place of those of the same names, and the others stay. An item that has
/// nothing but its name, or no value to it, takes those of its name away.
pub(super) fn merge(document: &mut Json, part: &Json) {
    match part {
        Json::Object(fields) => {
            if !document.is_object() {
                *document = Json::Object(Map::new());
            }
            let Json::Object(document) = document else {
                return;
            };
            for (key, value) in fields {
                if value.is_null() {
                    document.shift_remove(key);
                } else {
                    merge(document.entry(key).or_insert(Json::Null), value);
                }
            }
        }
        Json::Array(items) if !items.is_empty() && are_named(items) => match document {
            Json::Array(there) if are_named(there) => merge_named(there, items),
            _ => *document = part.clone(),
        },
        _ => *document = part.clone(),
    }
}

fn merge_named(there: &mut Vec<Json>, items: &[Json]) {
    // A name may be there several times, as an argument may be given more than once: all of them
    // go for all of the part's.
    let is_first = |(at, item): &(usize, &Json)| {
        let same = |other: &&Json| other["name"] == item["name"];
        items[..*at].iter().find(same).is_none()
    };
    for (_, first) in items.iter().enumerate().filter(is_first) {
        let has_name = |other: &&Json| other["name"] == first["name"];
        let place = there.iter().position(|other| has_name(&other));
        there.retain(|other| !has_name(&other));
        let place = place.unwrap_or(there.len());
        let new = items
            .iter()
            .filter(has_name)
            .filter(|item| !is_removal(item));
        there.splice(place..place, new.cloned());
    }
}

/// Returns whether an item takes away those of its name.
fn is_removal(item: &Json) -> bool {
    let fields = item.as_object();
    fields.is_some_and(|fields| {
        fields
            .iter()
            .all(|(key, value)| key == "name" || (key == "value" && value.is_null()))
    })
}

/// Returns whether each of the items has a name.
pub(super) fn are_named(items: &[Json]) -> bool {
    let has_name = |item: &Json| item.get("name").is_some_and(Json::is_string);
    items.iter().all(has_name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_merge_lists_replace_lists_and_named_items_merge_by_name() {
        let cases = [
            (
                json!({"a": {"b": 1}}),
                json!({"a": {"c": 2}}),
                json!({"a": {"b": 1, "c": 2}}),
            ),
            (json!({"a": 1, "b": 2}), json!({"a": null}), json!({"b": 2})),
            (json!({"a": [1, 2]}), json!({"a": [3]}), json!({"a": [3]})),
            (json!({"a": 1}), json!({"a": {"b": null}}), json!({"a": {}})),
            (
                json!([{"name": "a", "value": "1"}, {"name": "b"}]),
                json!([{"name": "c", "value": "3"}, {"name": "a", "value": "2"}]),
                json!([{"name": "a", "value": "2"}, {"name": "b"}, {"name": "c", "value": "3"}]),
            ),
            (
                json!([{"name": "a", "value": "1"}]),
                json!([{"name": "b", "value": "1"}, {"name": "b", "value": "2"}]),
                json!([
                    {"name": "a", "value": "1"},
                    {"name": "b", "value": "1"},
                    {"name": "b", "value": "2"}
                ]),
            ),
            (
                json!([{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]),
                json!([{"name": "a", "value": null}, {"name": "b"}, {"name": "c"}]),
                json!([]),
            ),
            (json!([{"name": "a"}]), json!([]), json!([])),
            (
                json!([{"key": "a"}]),
                json!([{"key": "b"}]),
                json!([{"key": "b"}]),
            ),
            (
                Json::Null,
                json!([{"name": "a", "value": "1"}]),
                json!([{"name": "a", "value": "1"}]),
            ),
        ];
        for (mut document, part, expected) in cases {
            merge(&mut document, &part);
            assert_eq!(document, expected, "{part}");
        }
    }
}
