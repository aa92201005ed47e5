//! The objects that a declaration has the node apply: as texts, or as files and directories beside it.
//!
//! What is at a path is read by the edge `manifests`, and judged here.

use std::collections::BTreeMap;

use crate::declaration::read::document::Flaw;
use crate::declaration::read::mounts::check_no_shell_syntax;
use crate::declaration::read::reader::{Fields, Reader, kind};
use crate::declaration::read::values::{self, without_userinfo};
use crate::declaration::yaml::{self, InvalidYaml, Node, Value};
use crate::model::cluster::{Cluster, Manifest};
use crate::model::field::Field;
use crate::model::problem::Place;

/// How many digits a SHA-256 has.
const SHA256_DIGITS: usize = 64;

/// The API groups of what kustomize reads, and no API server knows.
const KUSTOMIZE: &str = "kustomize.config.k8s.io/";

pub(super) fn read(
    reader: &mut Reader,
    spec: &Fields,
    places: &mut BTreeMap<Field, Place>,
) -> Vec<Manifest> {
    let field = Field::Manifests;
    reader.note(spec, field, places);
    let Some(entry) = spec.get(field.key()) else {
        return Vec::new();
    };
    let mut manifests = Vec::new();
    for item in reader.sequence(entry, field.path()) {
        if matches!(item.value, Value::Mapping(_)) {
            manifests.extend(file(reader, item));
            continue;
        }
        if !matches!(item.value, Value::String(_)) {
            let found = kind(&item.value);
            let message = format!("expected a text with objects or a path to them, found {found}");
            reader.problem(Some(item.span), field.path(), message);
            continue;
        }
        let has_names = !reader.is_recorded;
        let read = reader.document(item, field.path(), |text| is_manifest(text, has_names));
        manifests.extend(read.map(Manifest::Text));
    }
    manifests
}

/// Reads an item that names a file or a directory.
fn file(reader: &mut Reader, item: &Node) -> Option<Manifest> {
    let field = Field::Manifests.path();
    let item = reader.fields(item, &format!("{field}[]"))?;
    let path = reader.required(&item, "path", &format!("{field}[].path"), path);
    let sha256 = reader.of_item(&item, field, "sha256", sha256);
    Some(Manifest::Unread {
        path: path?,
        sha256,
        place: reader.place(item.get("path")?.node.span),
    })
}

fn is_manifest(text: &str, has_names: bool) -> Result<(), Flaw> {
    if is_path(text) {
        let shown = text.trim().escape_debug();
        let message = format!("expected a text with objects; a file is given as `- path: {shown}`");
        return Err(Flaw::from(message));
    }
    Ok(are_objects(text, has_names)?)
}

/// Returns whether somebody means a file by a text, which has no object in it.
fn is_path(text: &str) -> bool {
    let text = text.trim();
    let is_word = !text.is_empty() && !text.contains([' ', '\n', '{', '[']) && !text.ends_with(':');
    let is_file = [".yaml", ".yml", ".json"]
        .iter()
        .any(|end| text.ends_with(end));
    is_word && (is_file || text.contains('/') || text.starts_with('.'))
}

fn path(value: &Value) -> Result<String, String> {
    let path = values::text(value)?;
    let shown = path.escape_debug();
    if path.is_empty() {
        return Err("is empty".to_owned());
    }
    if path.contains(values::breaks_line) {
        return Err(format!("`{shown}` contains control characters"));
    }
    check_no_shell_syntax(path)?;
    if path.starts_with("https://") || path.starts_with("http://") {
        return Err(format!(
            "`{}` is a URL; download it, and name the file",
            without_userinfo(path).escape_debug()
        ));
    }
    Ok(path.to_owned())
}

fn sha256(value: &Value) -> Result<String, String> {
    let found = values::text(value)?;
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if found.len() == SHA256_DIGITS && found.chars().all(is_digit) {
        return Ok(found.to_owned());
    }
    Err(format!("`{}` is not a SHA-256", found.escape_debug()))
}

/// Tells why a text is not one of objects of Kubernetes, in YAML or JSON. What an object must have beyond
/// its kind and its name is for the API server to say.
///
/// # Errors
/// With the reason.
pub fn check(text: &str) -> Result<(), InvalidYaml> {
    are_objects(text, true)
}

/// Says which texts of a recorded declaration have objects without a name. An older kinc has let them in,
/// and the API server takes none.
#[must_use]
pub fn unnamed(cluster: &Cluster) -> Vec<String> {
    let texts = cluster.runtime.manifests.iter().enumerate();
    let wrong = texts.filter_map(|(index, manifest)| match manifest {
        Manifest::Text(text) => Some((index, check(text).err()?)),
        Manifest::Unread { .. } | Manifest::File { .. } => None,
    });
    let field = Field::Manifests.path();
    wrong
        .map(|(index, why)| format!("`{field}`: item {}: {why}", index + 1))
        .collect()
}

fn are_objects(text: &str, has_names: bool) -> Result<(), InvalidYaml> {
    let documents = yaml::top_level(text)?;
    if documents.is_empty() {
        return Err(InvalidYaml {
            span: None,
            message: "there is no object in it".to_owned(),
        });
    }
    for document in documents {
        is_object(&document.value, has_names).map_err(|message| InvalidYaml {
            span: Some(document.span),
            message,
        })?;
    }
    Ok(())
}

fn is_object(document: &Value, has_name: bool) -> Result<(), String> {
    let said = |key: &str| document.get(key).and_then(Value::as_str);
    // A file of kustomize's need not say what it is.
    if said("apiVersion").is_some_and(|version| version.starts_with(KUSTOMIZE)) {
        return Err("it is for kustomize, and nothing that can be applied".to_owned());
    }
    for key in ["apiVersion", "kind"] {
        if said(key).is_none() {
            return Err(format!("an object without `{key}`"));
        }
    }
    let metadata = document.get("metadata");
    let names = |key| {
        metadata.is_some_and(|metadata| metadata.get(key).is_some_and(|name| *name != Value::Null))
    };
    let is_list = said("kind").is_some_and(|kind| kind.ends_with("List"));
    if has_name && !is_list && !names("name") && !names("generateName") {
        return Err("an object without `metadata.name`".to_owned());
    }
    Ok(())
}
