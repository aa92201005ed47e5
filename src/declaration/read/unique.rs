//! What a node has only once: each place in its files, each taint. One that is there again is reported where
//! it is, and names the first.

use std::collections::BTreeMap;

use crate::declaration::read::labels_taints::key_and_effect;
use crate::declaration::read::reader::Reader;
use crate::model::cluster::NodeSettings;
use crate::model::field::Field;
use crate::model::item::Item;
use crate::model::problem::Place;

/// Reports each taint that has key and effect of one before it.
pub(super) fn taints(reader: &mut Reader, taints: &[Item<String>]) {
    let mut seen: BTreeMap<(&str, &str), &Item<String>> = BTreeMap::new();
    for taint in taints {
        let Some(first) = seen.get(&key_and_effect(taint)) else {
            seen.insert(key_and_effect(taint), taint);
            continue;
        };
        let span = first.place.as_ref().map(|place| format!(" at {place}"));
        let message = format!(
            "a node has each key and effect once: `{}` has those of `{}`{}",
            taint.value,
            first.value,
            span.unwrap_or_default()
        );
        reader.problem_at(taint.place.clone(), Field::Taints.path(), message);
    }
}

/// Reports each mount, unit and file that is where another one is: Podman mounts each place once.
pub(super) fn places_of_node(reader: &mut Reader, node: &NodeSettings) {
    let mounts = node.mounts.iter().map(|mount| {
        let path = mount.container_path.clone();
        (Field::ExtraMounts, "containerPath", path, &mount.place)
    });
    let units = node
        .units
        .iter()
        .map(|unit| (Field::Units, "name", unit.path(), &unit.place));
    let files = node
        .files
        .iter()
        .map(|file| (Field::Files, "path", file.path.clone(), &file.place));
    let mut seen: BTreeMap<String, Option<&Place>> = BTreeMap::new();
    for (field, key, path, place) in mounts.chain(units).chain(files) {
        if let Some(first) = seen.get(&path) {
            let message = match first {
                Some(first) => format!("`{path}` is already given at {first}"),
                None => format!("`{path}` is given twice"),
            };
            let below = format!("{}[].{key}", field.path());
            reader.problem_at(place.clone(), &below, message);
        } else {
            seen.insert(path, place.as_ref());
        }
    }
}
