//! What a declaration asks of Kubernetes itself: feature gates, versions of APIs, patches.

use std::collections::BTreeMap;

use crate::declaration::kubeadm::{KUBEADM_KINDS, wrong};
use crate::declaration::read::document::Flaw;
use crate::declaration::read::reader::{Fields, Reader};
use crate::declaration::read::{contents, values};
use crate::declaration::yaml::{self, Node, Value};
use crate::model::cluster::{JsonPatch, KubernetesSettings, Patch};
use crate::model::field::Field;
use crate::model::problem::{Lines, Place, Span};

/// Without it kubelet does not start in a user namespace.
const NEEDED_GATE: &str = "KubeletInUserNamespace";

/// Reads what is directly in `spec`.
pub(super) fn read(
    reader: &mut Reader,
    spec: &Fields,
    settings: &mut KubernetesSettings,
    places: &mut BTreeMap<Field, Place>,
) {
    settings.feature_gates = reader.map(spec, Field::FeatureGates, places, is_gate, gate);
    settings.runtime_config = reader.texts(spec, Field::RuntimeConfig, places, is_api, is_served);
    let field = Field::SchedulerConfig;
    reader.note(spec, field, places);
    settings.scheduler_config = spec
        .get(field.key())
        .and_then(|entry| reader.document(&entry.node, field.path(), contents::is_of_scheduler));
    settings.patches = patches(reader, spec, places);
    let field = Field::KubeadmConfigPatchesJson6902;
    reader.note(spec, field, places);
    settings.json_patches = json_patches(reader, spec, field.path());
}

fn is_gate(name: &str) -> Result<(), String> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        let shown = name.escape_debug();
        return Err(format!("`{shown}` is not a valid feature gate name"));
    }
    Ok(())
}

fn gate(name: &str, value: &Value) -> Result<bool, String> {
    let on = values::boolean(value).map_err(|why| values::of_name(name, &why))?;
    if name == NEEDED_GATE && !on {
        return Err(format!("`{name}` is what a node needs to run at all"));
    }
    Ok(on)
}

fn is_api(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "./-_".contains(c);
    if name.is_empty() || !name.chars().all(allowed) {
        let shown = name.escape_debug();
        return Err(format!("`{shown}` is not a valid API version"));
    }
    Ok(())
}

fn is_served(name: &str, setting: &str) -> Result<(), String> {
    if ["true", "false", ""].contains(&setting) {
        return Ok(());
    }
    let shown = setting.escape_debug();
    let why = format!("expected `true` or `false`, found `{shown}`");
    Err(values::of_name(name, &why))
}

/// Reads parts of documents.
fn patches(reader: &mut Reader, spec: &Fields, places: &mut BTreeMap<Field, Place>) -> Vec<Patch> {
    let field = Field::KubeadmConfigPatches;
    reader.note(spec, field, places);
    let Some(entry) = spec.get(field.key()) else {
        return Vec::new();
    };
    let items = reader.sequence(entry, field.path()).iter();
    items.filter_map(|item| patch(reader, item)).collect()
}

/// Reads a part of a document, which says by its kind of which one.
fn patch(reader: &mut Reader, item: &Node) -> Option<Patch> {
    let path = Field::KubeadmConfigPatches.path();
    let mut refuse = |span, message| reader.problem(Some(span), path, message);
    let text = values::text(&item.value).map_err(|message| refuse(item.span, message));
    let text = text.ok()?;
    let excerpt = reader.excerpt(item.span, text);
    let mut refuse = |span, message| reader.problem(Some(span), path, message);
    let mut documents = yaml::parse_as_kubernetes(text)
        .map_err(|error| {
            refuse(
                excerpt.span(error.span.unwrap_or(Span::START)),
                error.message,
            );
        })
        .ok()?;
    let (Some(document), true) = (documents.pop(), documents.is_empty()) else {
        refuse(item.span, "expected one document".to_owned());
        return None;
    };
    let document = excerpt.relocated(document);
    let named = document.value.get("kind").and_then(Value::as_str);
    let kind = named
        .ok_or_else(|| "the `kind` of the document to change is missing".to_owned())
        .and_then(known_kind)
        .map_err(|message| refuse(document.span, message))
        .ok()?;
    for (span, message) in wrong(&kind, &document) {
        refuse(span, message);
    }
    Some(Patch {
        kind,
        text: text.to_owned(),
        lines: Lines::new(excerpt.lines().map(|span| reader.place(span))),
    })
}

fn known_kind(named: &str) -> Result<String, String> {
    values::choice(&Value::from(named), &KUBEADM_KINDS, |kind| kind).map(str::to_owned)
}

fn json_patches(reader: &mut Reader, spec: &Fields, path: &str) -> Vec<JsonPatch> {
    let mut found = Vec::new();
    for item in reader.items(spec.get(Field::KubeadmConfigPatchesJson6902.key()), path) {
        let kind = reader.required(&item, "kind", &format!("{path}[].kind"), |value| {
            known_kind(values::text(value)?)
        });
        let below = format!("{path}[].patch");
        reader.required(&item, "patch", &below, |_| Ok(()));
        let Some(entry) = item.get("patch") else {
            continue;
        };
        let operations = reader.document(&entry.node, &below, is_yaml);
        if let (Some(kind), Some(patch)) = (kind, operations) {
            let excerpt = reader.excerpt(entry.node.span, &patch);
            let lines = Lines::new(excerpt.lines().map(|span| reader.place(span)));
            found.push(JsonPatch { kind, patch, lines });
        }
    }
    found
}

fn is_yaml(text: &str) -> Result<(), Flaw> {
    yaml::parse(text)?;
    Ok(())
}
