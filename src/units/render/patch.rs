//! Declared changes of kubeadm's configuration: pure, tree in, tree out.
//!
//! What kinc itself counts on cannot be changed; that the rest means something to kubeadm is for
//! kubeadm to say, which is asked before anything is written.

use serde_json::Value as Json;

use crate::declaration;
use crate::declaration::yaml::{self, Node, Value};
use crate::model::cluster::{JsonPatch, KubernetesSettings, Patch};
use crate::model::field::Field;
use crate::model::problem::{Place, Span};
use crate::units::render::fixed::{Changed, changed, kept};
use crate::units::render::json::{json, value};
use crate::units::render::merge::merge;
use crate::units::render::operation::operate;

/// What is wrong with a patch: its field, where it is when that is known, and the reason.
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
    let mut patching = Patching {
        documents: original.clone(),
        original: &original,
        broken: Vec::new(),
    };
    for patch in &settings.patches {
        patching.merge(patch)?;
    }
    for patch in &settings.json_patches {
        patching.operate(patch)?;
    }
    let mut documents = patching.end()?;
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

/// Documents that are patched, step by step.
struct Patching<'a> {
    original: &'a [Json],
    documents: Vec<Json>,
    /// What has been changed or added by a step that may not be, as far as no later one has put it back.
    broken: Vec<(Changed, Refused)>,
}

impl Patching<'_> {
    /// Merges the parts of a patch.
    fn merge(&mut self, patch: &Patch) -> Result<(), Refused> {
        let refused = |place, reason| Refused {
            field: Field::KubeadmConfigPatches,
            place,
            reason,
        };
        let start = patch.lines.place(Span::START);
        let parts = yaml::parse_as_kubernetes(&patch.text)
            .map_err(|error| refused(start.clone(), error.to_string()))?;
        for part in &parts {
            let listed = declaration::listed(&patch.kind, part, &patch.text);
            let document = self
                .document(&patch.kind)
                .map_err(|reason| refused(start.clone(), reason))?;
            merge(document, &json(&listed.value));
            self.look(|changed| {
                refused(place(patch, &listed, &changed.path), changed.reason.clone())
            });
        }
        Ok(())
    }

    /// Does the operations of a patch, each of which is refused where it is.
    fn operate(&mut self, JsonPatch { kind, patch, lines }: &JsonPatch) -> Result<(), Refused> {
        let refused = |span: Span, reason| Refused {
            field: Field::KubeadmConfigPatchesJson6902,
            place: lines.place(span).or_else(|| lines.place(Span::START)),
            reason,
        };
        let parsed = yaml::parse_as_kubernetes(patch)
            .map_err(|error| refused(error.span.unwrap_or(Span::START), error.to_string()))?;
        let Some(Value::Sequence(operations)) = parsed.last().map(|node| &node.value) else {
            let reason = format!("the operations on {kind} are not a list");
            return Err(refused(Span::START, reason));
        };
        for (index, operation) in operations.iter().enumerate() {
            let document = self
                .document(kind)
                .map_err(|reason| refused(operation.span, reason))?;
            operate(document, json(&operation.value)).map_err(|error| {
                let reason = format!("operation {} on {kind} {error}", index + 1);
                refused(operation.span, reason)
            })?;
            self.look(|changed| refused(span_of(operation, &changed.path), changed.reason.clone()));
        }
        Ok(())
    }

    /// Notes what a step has changed of the fixed, or added to what there is. It may be put back by another one.
    fn look(&mut self, refused: impl Fn(&Changed) -> Refused) {
        let changed = changed(self.original, &self.documents);
        self.broken.retain(|(broken, _)| changed.contains(broken));
        for one in changed {
            if !self.broken.iter().any(|(broken, _)| *broken == one) {
                let refused = refused(&one);
                self.broken.push((one, refused));
            }
        }
    }

    /// Returns the documents after the last step.
    fn end(self) -> Result<Vec<Json>, Refused> {
        match self.broken.into_iter().next() {
            Some((_, refused)) => Err(refused),
            None => Ok(self.documents),
        }
    }

    /// Returns the document that was of a kind at first.
    fn document(&mut self, kind: &str) -> Result<&mut Json, String> {
        let is_of_kind =
            |document: &Json| document.get("kind").and_then(Json::as_str) == Some(kind);
        let index = self.original.iter().position(is_of_kind);
        index
            .and_then(|index| self.documents.get_mut(index))
            .ok_or_else(|| format!("there is no {kind} to change"))
    }
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
    patch.lines.place(node.span)
}

/// Returns where an operation says something of a field: in its value, if the field is below its path.
fn span_of(operation: &Node, field: &str) -> Span {
    let path = operation.value.get("path").and_then(Value::as_str);
    let field = field.replace('[', ".").replace(']', "");
    let mut names = field.split('.');
    for token in path.unwrap_or_default().split('/').skip(1) {
        // Where a list has an item, a path may have `-` or the item's name.
        let is_same = |name: &str| name == token || name.parse::<usize>().is_ok();
        if !names.next().is_some_and(is_same) {
            return operation.span;
        }
    }
    let mut span = operation.span;
    let mut value = operation.value.get("value");
    for name in names {
        let below = match value {
            Some(Value::Mapping(entries)) => entries
                .iter()
                .find(|entry| entry.key == name)
                .map(|entry| (entry.span, &entry.node.value)),
            Some(Value::Sequence(items)) => name
                .parse()
                .ok()
                .and_then(|index: usize| items.get(index))
                .map(|item| (item.span, &item.value)),
            _ => None,
        };
        let Some((at, found)) = below else {
            break;
        };
        (span, value) = (at, Some(found));
    }
    span
}

/// Makes texts of all arguments, which an operation may have set to numbers, each behind its name: that is how
/// the node finds one.
fn texts(document: &mut Json) {
    let Json::Object(fields) = document else {
        return;
    };
    for (key, value) in fields {
        match value {
            Json::Array(items) if declaration::ARGUMENTS.contains(&key.as_str()) => {
                items.iter_mut().for_each(argument);
            }
            value => texts(value),
        }
    }
}

fn argument(item: &mut Json) {
    let Json::Object(fields) = item else {
        return;
    };
    if let Some(value) = fields.shift_remove("value") {
        let value = if value.is_number() || value.is_boolean() {
            Json::String(value.to_string())
        } else {
            value
        };
        fields.insert("value".to_owned(), value);
    }
}

fn documents(text: &str) -> Result<Vec<Json>, String> {
    let nodes = yaml::parse_as_kubernetes(text).map_err(|error| error.to_string())?;
    Ok(nodes.iter().map(|node| json(&node.value)).collect())
}

#[cfg(test)]
mod tests;
