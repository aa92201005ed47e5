//! What a declaration lays into its node: files, units, settings of CRI-O, objects.

use std::collections::BTreeMap;

use crate::declaration::read::document::{Flaw, is_toml};
use crate::declaration::read::manifests;
use crate::declaration::read::mounts::path_of_node;
use crate::declaration::read::reader::{Fields, Reader};
use crate::declaration::read::values;
use crate::declaration::yaml::{self, Value};
use crate::model::cluster::{NodeFile, NodeUnit, RegistryMirror, RuntimeSettings};
use crate::model::field::Field;
use crate::model::item::Item;
use crate::model::problem::Place;

/// The kinds of units that can be given.
const UNIT_KINDS: [&str; 6] = ["service", "socket", "timer", "path", "mount", "target"];

/// Units that the node itself lives by, and the beginning of kinc's own.
const OWN_UNITS: [&str; 3] = ["crio.service", "kubelet.service", "multi-user.target"];
const OWN_UNIT_PREFIX: &str = "kinc-";

/// The beginning of what the unit tells the node.
const OWN_VARIABLE_PREFIX: &str = "KINC_";

/// The kind of a scheduler's configuration.
const SCHEDULER_KIND: &str = "KubeSchedulerConfiguration";

/// How a certificate begins and ends (RFC 7468).
const CERTIFICATE: (&str, &str) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");

/// Reads what is directly in `spec`.
pub(super) fn read(
    reader: &mut Reader,
    spec: &Fields,
    runtime: &mut RuntimeSettings,
    places: &mut BTreeMap<Field, Place>,
) {
    runtime.crio_drop_ins = reader.documents(spec, Field::CrioDropIns, places, is_toml);
    runtime.ca_certificates = reader.documents(spec, Field::CaCertificates, places, is_certificate);
    runtime.manifests = manifests::read(reader, spec, places);
    reader.note(spec, Field::RegistryMirrors, places);
    runtime.registry_mirrors = mirrors(reader, spec);
}

pub(super) fn files(reader: &mut Reader, node: &Fields) -> Vec<Item<NodeFile>> {
    let path = Field::Files.path();
    let mut files = Vec::new();
    for item in reader.items(node.get(Field::Files.key()), path) {
        let below = |key: &str| format!("{path}[].{key}");
        let place = reader.required(&item, "path", &below("path"), path_of_node);
        let content = reader.required(&item, "content", &below("content"), text);
        let executable = reader.of_item(&item, path, "executable", values::boolean);
        let executable = executable.unwrap_or(false);
        let mode = reader.of_item(&item, path, "mode", mode);
        if let Some(mode) = mode.filter(|mode| executable && mode & 0o100 == 0) {
            let message = format!("an executable file cannot have mode {mode:04o}");
            reader.problem(Some(item.span()), &below("mode"), message);
        }
        if let (Some(path), Some(content)) = (place, content) {
            let file = NodeFile {
                path,
                content,
                executable,
                mode,
            };
            files.push(Item::at(reader.place(item.span()), file));
        }
    }
    files
}

pub(super) fn units(reader: &mut Reader, node: &Fields) -> Vec<Item<NodeUnit>> {
    let path = Field::Units.path();
    let mut units = Vec::new();
    for item in reader.items(node.get(Field::Units.key()), path) {
        let below = |key: &str| format!("{path}[].{key}");
        let name = reader.required(&item, "name", &below("name"), unit_name);
        let content = reader.required(&item, "content", &below("content"), text);
        if let (Some(name), Some(content)) = (name, content) {
            units.push(Item::at(
                reader.place(item.span()),
                NodeUnit { name, content },
            ));
        }
    }
    units
}

fn mirrors(reader: &mut Reader, spec: &Fields) -> Vec<RegistryMirror> {
    let path = Field::RegistryMirrors.path();
    let mut mirrors = Vec::new();
    for item in reader.items(spec.get(Field::RegistryMirrors.key()), path) {
        let below = |key: &str| format!("{path}[].{key}");
        let registry = reader.required(&item, "registry", &below("registry"), registry);
        let mirror = reader.required(&item, "mirror", &below("mirror"), self::registry);
        let insecure = reader.of_item(&item, path, "insecure", values::boolean);
        if let (Some(registry), Some(mirror)) = (registry, mirror) {
            mirrors.push(RegistryMirror {
                registry,
                mirror,
                insecure: insecure.unwrap_or(false),
            });
        }
    }
    mirrors
}

/// Fails for a name that no variable of the node's services can have, see environ(7).
pub(super) fn is_variable(name: &str) -> Result<(), String> {
    let shown = name.escape_debug();
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.chars().all(allowed)
        || name.is_empty()
        || name.starts_with(|c: char| c.is_ascii_digit())
    {
        return Err(format!("`{shown}` is not a valid variable name"));
    }
    if name.starts_with(OWN_VARIABLE_PREFIX) || name == "PATH" {
        return Err(format!("`{shown}` is reserved for the node itself"));
    }
    Ok(())
}

/// Fails for a value that no variable of the node's services can have.
pub(super) fn is_value_of_variable(name: &str, value: &str) -> Result<(), String> {
    if value.contains(values::breaks_line) {
        let shown = name.escape_debug();
        return Err(format!(
            "`{shown}` contains control characters in its value"
        ));
    }
    Ok(())
}

/// Fails for what is not the scheduler's configuration.
pub(super) fn is_of_scheduler(text: &str) -> Result<(), Flaw> {
    let mut documents = yaml::parse_as_kubernetes(text)?;
    let (Some(document), true) = (documents.pop(), documents.is_empty()) else {
        return Err(Flaw::from("expected one document".to_owned()));
    };
    let kind = document.value.node("kind");
    match kind.and_then(|kind| kind.value.as_str()) {
        Some(SCHEDULER_KIND) => Ok(()),
        _ => Err(Flaw {
            span: Some(kind.map_or(document.span, |kind| kind.span)),
            message: format!("expected a document of kind `{SCHEDULER_KIND}`"),
        }),
    }
}

/// Reads permission bits in octal; without quotes YAML calls them a number, and keeps how it is written.
fn mode(value: &Value) -> Result<u32, String> {
    let (Value::String(digits) | Value::Number(digits)) = value else {
        return Err("expected a mode such as \"0644\"".to_owned());
    };
    let is_octal = digits.len() <= 4 && digits.chars().all(|c| c.is_digit(8));
    let bits = u32::from_str_radix(digits, 8).ok().filter(|_| is_octal);
    match bits {
        // Podman, which mounts it, is its owner.
        Some(bits) if bits <= 0o777 && bits & 0o400 != 0 => Ok(bits),
        _ => Err(format!(
            "`{}` is not a mode such as \"0644\" that lets the owner read the file",
            digits.escape_debug()
        )),
    }
}

fn text(value: &Value) -> Result<String, String> {
    values::text(value).map(str::to_owned)
}

fn unit_name(value: &Value) -> Result<String, String> {
    let name = values::text(value)?;
    let shown = name.escape_debug();
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":_.@-".contains(c);
    let (stem, kind) = name.rsplit_once('.').unwrap_or_default();
    if stem.is_empty() || !name.chars().all(allowed) || !UNIT_KINDS.contains(&kind) {
        let kinds = UNIT_KINDS.join(", ");
        return Err(format!(
            "`{shown}` is not a valid unit name, which ends with one of {kinds}"
        ));
    }
    if OWN_UNITS.contains(&name) || name.starts_with(OWN_UNIT_PREFIX) {
        return Err(format!("`{shown}` is a unit of the node itself"));
    }
    Ok(name.to_owned())
}

/// Reads a registry, or a part of it: containers-registries.conf(5), `location`.
pub(crate) fn registry(value: &Value) -> Result<String, String> {
    let found = values::text(value)?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/:".contains(c);
    let is_part = |part: &str| part.starts_with(|c: char| c.is_ascii_alphanumeric());
    let parts: Vec<&str> = found.split('/').collect();
    let (host, path) = parts
        .split_first()
        .map_or(("", &[][..]), |(host, path)| (*host, path));
    let (name, port) = host.split_once(':').unwrap_or((host, "1"));
    let has_port = port.parse::<u16>().is_ok_and(|port| port > 0);
    let is_path = path.iter().all(|part| is_part(part) && !part.contains(':'));
    if found.chars().all(allowed) && is_part(name) && has_port && is_path {
        return Ok(found.to_owned());
    }
    Err(format!(
        "`{}` is not a registry such as docker.io or mirror.example.org:5000/docker",
        values::without_userinfo(found).escape_debug()
    ))
}

fn is_certificate(text: &str) -> Result<(), Flaw> {
    let (begin, end) = CERTIFICATE;
    let text = text.trim();
    if text.starts_with(begin) && text.ends_with(end) {
        return Ok(());
    }
    let message = format!("expected certificates in PEM, from `{begin}` to `{end}`");
    Err(Flaw::from(message))
}
