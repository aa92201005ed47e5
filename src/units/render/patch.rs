//! Declared changes of kubeadm's configuration: pure, tree in, tree out.
//!
//! What kinc itself counts on cannot be changed; that the rest means something to kubeadm is for
//! kubeadm to say, which is asked before anything is written.

use serde_json::Value as Json;

use crate::declaration;
use crate::declaration::yaml::{self, At, Node, Value};
use crate::model::cluster::{JsonPatch, KubernetesSettings, Patch};
use crate::model::field::Field;
use crate::model::problem::Place;
use crate::units::render::fixed::{kept, unchanged};
use crate::units::render::json::{json, value};
use crate::units::render::merge::merge;
use crate::units::render::operation::operate;

/// What is wrong with a patch: its field, where it stands when that is known, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) field: Field,
    pub(super) place: Option<Place>,
    pub(super) reason: String,
}

/// Returns kubeadm's configuration with all patches; without any, as it was, comments and all.
///
/// # Errors
/// When a patch does not fit, or changes what is fixed.
pub(super) fn patched(text: &str, settings: &KubernetesSettings) -> Result<String, Refused> {
    if settings.patches.is_empty() && settings.json_patches.is_empty() {
        return Ok(text.to_owned());
    }
    let original = documents(text).map_err(|reason| Refused {
        field: Field::KubeadmConfigPatches,
        place: None,
        reason,
    })?;
    let merged = merged(&original, &settings.patches)?;
    let mut documents = merged;
    for patch in &settings.json_patches {
        operated(&original, &mut documents, patch)?;
    }
    kept(&original, &mut documents).map_err(|reason| Refused {
        field: Field::KubeadmConfigPatchesJson6902,
        place: None,
        reason,
    })?;
    documents.iter_mut().for_each(texts);
    // The first lines say whose file it is.
    let mut out: String = text.lines().take_while(|line| line.starts_with('#')).fold(
        String::new(),
        |mut header, line| {
            header.push_str(line);
            header.push('\n');
            header
        },
    );
    let written: Vec<String> = documents
        .iter()
        .map(|json| yaml::to_string(&value(json)))
        .collect();
    out.push_str(&written.join("---\n"));
    Ok(out)
}

fn merged(original: &[Json], patches: &[Patch]) -> Result<Vec<Json>, Refused> {
    let mut documents = original.to_vec();
    for patch in patches {
        let refused = |place, reason| Refused {
            field: Field::KubeadmConfigPatches,
            place,
            reason,
        };
        let start = patch.lines.place(1, 1, 0);
        let parts = yaml::parse_as_kubernetes(&patch.text)
            .map_err(|error| refused(start.clone(), error.to_string()))?;
        for part in &parts {
            let document = of_kind(&mut documents, &patch.kind)
                .map_err(|reason| refused(start.clone(), reason))?;
            let listed = declaration::listed(&patch.kind, part, &patch.text);
            merge(document, &json(&listed.value));
            unchanged(original, &documents)
                .map_err(|changed| refused(place(patch, &listed, changed.path), changed.reason))?;
        }
    }
    Ok(documents)
}

/// Returns where a part says something of a field, or of what the field is in.
fn place(patch: &Patch, part: &Node, field: &str) -> Option<Place> {
    let mut node = part;
    for name in field.split('.') {
        let below = match &node.value {
            Value::Sequence(items) => items.iter().rfind(|item| {
                let named = item.value.get("name").and_then(Value::as_str);
                named == Some(name)
            }),
            value => value.node(name),
        };
        node = below.unwrap_or(node);
    }
    patch
        .lines
        .place(node.at.line, node.at.column, node.at.length)
}

/// Makes texts of all arguments, which an operation may have set to numbers.
fn texts(document: &mut Json) {
    let Json::Object(fields) = document else {
        return;
    };
    for (key, value) in fields {
        match value {
            Json::Array(items) if declaration::ARGUMENTS.contains(&key.as_str()) => {
                let values = items.iter_mut().filter_map(|item| item.get_mut("value"));
                for value in values.filter(|value| value.is_number() || value.is_boolean()) {
                    *value = Json::String(value.to_string());
                }
            }
            value => texts(value),
        }
    }
}

/// Does the operations of a patch, each of which is refused where it stands.
fn operated(
    original: &[Json],
    documents: &mut [Json],
    JsonPatch { kind, patch, lines }: &JsonPatch,
) -> Result<(), Refused> {
    let refused = |at: At, reason| Refused {
        field: Field::KubeadmConfigPatchesJson6902,
        place: lines
            .place(at.line, at.column, at.length)
            .or_else(|| lines.place(1, 1, 0)),
        reason,
    };
    let parsed = yaml::parse_as_kubernetes(patch)
        .map_err(|error| refused(error.at.unwrap_or(At::START), error.to_string()))?;
    let Some(Value::Sequence(operations)) = parsed.last().map(|node| &node.value) else {
        let reason = format!("the operations on {kind} are not a list");
        return Err(refused(At::START, reason));
    };
    for (index, operation) in operations.iter().enumerate() {
        let document = of_kind(documents, kind).map_err(|reason| refused(operation.at, reason))?;
        operate(document, json(&operation.value)).map_err(|error| {
            let reason = format!("operation {} on {kind} {error}", index + 1);
            refused(operation.at, reason)
        })?;
        unchanged(original, documents).map_err(|changed| refused(operation.at, changed.reason))?;
    }
    Ok(())
}

fn documents(text: &str) -> Result<Vec<Json>, String> {
    let nodes = yaml::parse_as_kubernetes(text).map_err(|error| error.to_string())?;
    Ok(nodes.iter().map(|node| json(&node.value)).collect())
}

fn of_kind<'a>(documents: &'a mut [Json], kind: &str) -> Result<&'a mut Json, String> {
    documents
        .iter_mut()
        .find(|document| document.get("kind").and_then(Json::as_str) == Some(kind))
        .ok_or_else(|| format!("there is no {kind} to change"))
}

#[cfg(test)]
mod tests;
