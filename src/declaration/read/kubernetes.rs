//! What a declaration asks of Kubernetes itself: feature gates, versions of APIs, patches.

use std::collections::BTreeMap;

use crate::declaration::kubeadm::{KUBEADM_KINDS, wrong};
use crate::declaration::read::reader::{Fields, Reader, kind};
use crate::declaration::read::{contents, values};
use crate::declaration::yaml::{self, At, Node, Value};
use crate::model::cluster::{JsonPatch, KubernetesSettings, Patch};
use crate::model::field::Field;
use crate::model::problem::{Lines, Place};

/// Without it kubelet does not start in a user namespace.
const NEEDED_GATE: &str = "KubeletInUserNamespace";

/// Reads what stands directly in `spec`.
pub(super) fn read(
    reader: &mut Reader,
    spec: &Fields,
    settings: &mut KubernetesSettings,
    places: &mut BTreeMap<Field, Place>,
) {
    let gates = reader.optional(spec, Field::FeatureGates, places, gates);
    settings.feature_gates = gates.unwrap_or_default();
    let apis = reader.optional(spec, Field::RuntimeConfig, places, apis);
    settings.runtime_config = apis.unwrap_or_default();
    settings.scheduler_config =
        reader.optional(spec, Field::SchedulerConfig, places, contents::scheduler);
    settings.patches = patches(reader, spec, places);
    let field = Field::KubeadmConfigPatchesJson6902;
    reader.note(spec, field, places);
    settings.json_patches = json_patches(reader, spec, field.path());
}

fn gates(value: &Value) -> Result<BTreeMap<String, bool>, String> {
    let Value::Mapping(entries) = value else {
        return Err(format!(
            "expected true or false by name, found {}",
            kind(value)
        ));
    };
    let mut gates = BTreeMap::new();
    for entry in entries {
        let name = &entry.key;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(format!(
                "`{}` is not a valid feature gate name",
                name.escape_debug()
            ));
        }
        let on = values::boolean(&entry.node.value).map_err(|why| format!("`{name}`: {why}"))?;
        if name == NEEDED_GATE && !on {
            return Err(format!("`{name}` is what a node needs to run at all"));
        }
        gates.insert(name.clone(), on);
    }
    Ok(gates)
}

fn apis(value: &Value) -> Result<BTreeMap<String, String>, String> {
    let apis = values::texts(value)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "./-_".contains(c);
    for (name, setting) in &apis {
        if name.is_empty() || !name.chars().all(allowed) {
            return Err(format!(
                "`{}` is not a valid API version",
                name.escape_debug()
            ));
        }
        if !["true", "false", ""].contains(&setting.as_str()) {
            let shown = setting.escape_debug();
            return Err(format!(
                "`{name}`: expected `true` or `false`, found `{shown}`"
            ));
        }
    }
    Ok(apis)
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
    let mut refuse = |at, message| reader.problem(Some(at), path, message);
    let text = values::text(&item.value).map_err(|message| refuse(item.at, message));
    let text = text.ok()?;
    let excerpt = reader.excerpt(item.at, text);
    let mut refuse = |at, message| reader.problem(Some(at), path, message);
    let mut documents = yaml::parse_as_kubernetes(text)
        .map_err(|error| refuse(excerpt.at(error.at.unwrap_or(At::START)), error.message))
        .ok()?;
    let (Some(document), true) = (documents.pop(), documents.is_empty()) else {
        refuse(item.at, "expected one document".to_owned());
        return None;
    };
    let document = excerpt.placed(document);
    let named = document.value.get("kind").and_then(Value::as_str);
    let kind = named
        .ok_or_else(|| "the `kind` of the document to change is missing".to_owned())
        .and_then(known_kind)
        .map_err(|message| refuse(document.at, message))
        .ok()?;
    for (at, message) in wrong(&kind, &document) {
        refuse(at, message);
    }
    Some(Patch {
        kind,
        text: text.to_owned(),
        lines: Lines::new(excerpt.lines().map(|at| reader.place(at))),
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
        let operations = reader.required(&item, "patch", &format!("{path}[].patch"), |value| {
            let text = values::text(value)?;
            yaml::parse(text).map_err(|error| error.to_string())?;
            Ok(text.to_owned())
        });
        if let (Some(kind), Some(patch), Some(entry)) = (kind, operations, item.get("patch")) {
            let excerpt = reader.excerpt(entry.node.at, &patch);
            let lines = Lines::new(excerpt.lines().map(|at| reader.place(at)));
            found.push(JsonPatch { kind, patch, lines });
        }
    }
    found
}
