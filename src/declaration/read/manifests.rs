//! The objects that a declaration has the node apply: as texts, or as files and directories beside it.
//!
//! What is at a path is read by the edge `manifests`, and judged here.

use std::collections::BTreeMap;

use crate::declaration::read::reader::{Fields, Reader, kind};
use crate::declaration::read::values;
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
    check(text)?;
    Ok(text.clone())
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
    if path.starts_with("https://") || path.starts_with("http://") {
        return Err(format!(
            "`{shown}` is a URL; download it, and name the file"
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
        for key in ["apiVersion", "kind"] {
            if said(key).is_none() {
                let line = document.at.line;
                return Err(format!("line {line}: an object without `{key}`"));
            }
        }
    }
    Ok(())
}
