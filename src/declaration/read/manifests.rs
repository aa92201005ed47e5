//! The objects that a declaration has the node apply: as texts, or as files and directories beside it.
//!
//! What is at a path is read by the edge `manifests`, and judged here.

use std::collections::BTreeMap;

use crate::declaration::read::mounts::not_of_a_shell;
use crate::declaration::read::reader::{Fields, Reader, kind};
use crate::declaration::read::values::{self, without_userinfo};
use crate::declaration::yaml::{self, Node, Value};
use crate::model::cluster::Manifest;
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
        match text(&item.value) {
            Ok(text) => manifests.push(Manifest::Text(text)),
            Err(message) => reader.problem(Some(item.at), field.path(), message),
        }
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
        place: reader.place(item.get("path")?.node.at),
    })
}

fn text(value: &Value) -> Result<String, String> {
    let Value::String(text) = value else {
        let found = kind(value);
        return Err(format!(
            "expected a text with objects or a path to them, found {found}"
        ));
    };
    if is_path(text) {
        return Err(format!(
            "expected a text with objects; a file is given as `- path: {}`",
            text.trim().escape_debug()
        ));
    }
    check(text)?;
    Ok(text.clone())
}

/// Tells whether somebody means a file by a text, which has no object in it.
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
    not_of_a_shell(path)?;
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
/// its kind is for the API server to say.
///
/// # Errors
/// With the reason.
pub fn check(text: &str) -> Result<(), String> {
    let documents = yaml::uppermost(text).map_err(|error| error.to_string())?;
    if documents.is_empty() {
        return Err("there is no object in it".to_owned());
    }
    for document in documents {
        let said = |key: &str| document.value.get(key).and_then(Value::as_str);
        // A file of kustomize's need not say what it is.
        if said("apiVersion").is_some_and(|version| version.starts_with(KUSTOMIZE)) {
            return Err("it is for kustomize, and nothing that can be applied".to_owned());
        }
        let line = document.at.line;
        for key in ["apiVersion", "kind"] {
            if said(key).is_none() {
                return Err(format!("line {line}: an object without `{key}`"));
            }
        }
        let metadata = document.value.get("metadata");
        let names = |key| {
            metadata
                .is_some_and(|metadata| metadata.get(key).is_some_and(|name| *name != Value::Null))
        };
        let is_list = said("kind").is_some_and(|kind| kind.ends_with("List"));
        if !is_list && !names("name") && !names("generateName") {
            return Err(format!("line {line}: an object without `metadata.name`"));
        }
    }
    Ok(())
}
