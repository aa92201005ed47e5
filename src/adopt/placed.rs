//! What was laid into the node, read back from the files that are mounted there.

use crate::adopt::{all, list};
use crate::fileset::{FileSet, MODE_PROGRAM};
use crate::unit_files;
use crate::yaml::Value;

/// Where units are.
const UNITS: &str = "/etc/systemd/system/";

/// A file of the cluster's directory, and where it is in the node.
struct Placed {
    /// The declared thing it is made from, such as `crio` or `file`.
    kind: String,
    path: String,
    text: String,
    is_program: bool,
}

/// Sets what the files hold, in the node and in `spec`.
pub(super) fn set(spec: &mut Value, node: &mut Value, unit: &str, files: &FileSet) {
    let placed = placed(unit, files);
    let of = |kind: &str| {
        let found = placed.iter().filter(|one| one.kind == kind);
        found.collect::<Vec<_>>()
    };
    let texts = |kind: &str| {
        let found = of(kind).into_iter();
        found.map(|one| Value::from(one.text.as_str())).collect()
    };
    if let [environment] = of("environment").as_slice() {
        let mut map = Value::Mapping(Vec::new());
        for (name, value) in environment.text.lines().filter_map(variable) {
            map.set(&name, Value::String(value));
        }
        node.set("environment", map);
    }
    let laid = of("file").into_iter().map(|one| {
        Value::from([
            ("path", Value::from(one.path.as_str())),
            ("content", Value::from(one.text.as_str())),
            ("executable", Value::Bool(one.is_program)),
        ])
    });
    list(node, "files", laid.collect());
    let units = of("unit").into_iter().map(|one| {
        let name = one.path.strip_prefix(UNITS).unwrap_or(&one.path);
        Value::from([
            ("name", Value::from(name)),
            ("content", Value::from(one.text.as_str())),
        ])
    });
    list(node, "units", units.collect());
    if let [scheduler] = of("scheduler").as_slice() {
        spec.set("schedulerConfig", Value::from(scheduler.text.as_str()));
    }
    list(spec, "crioDropIns", texts("crio"));
    if let [registries] = of("registries").as_slice() {
        list(spec, "registryMirrors", mirrors(&registries.text));
    }
    list(spec, "caCertificates", texts("ca"));
    list(spec, "manifests", texts("manifest"));
}

/// Returns the files that are mounted into the node, in the order of the unit.
fn placed(unit: &str, files: &FileSet) -> Vec<Placed> {
    let one = |line: String| {
        let (name, path) = line
            .strip_prefix("./")?
            .strip_suffix(":ro")?
            .split_once(':')?;
        let file = files.get(name).filter(|_| unit_files::is_node_file(name))?;
        let kind = name.split(['-', '.']).next()?;
        Some(Placed {
            kind: kind.to_owned(),
            path: path.to_owned(),
            text: file.text.clone(),
            is_program: file.mode == MODE_PROGRAM,
        })
    };
    all(unit, "Volume").into_iter().filter_map(one).collect()
}

/// Reads a line as `render::encode::variable` wrote it.
fn variable(line: &str) -> Option<(String, String)> {
    let (name, quoted) = line.split_once('=')?;
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = String::new();
    let mut is_escaped = false;
    for c in inner.chars() {
        is_escaped = c == '\\' && !is_escaped;
        if !is_escaped {
            value.push(c);
        }
    }
    Some((name.to_owned(), value))
}

/// Reads mirrors as they were written: each line is a heading, or a key with its value.
fn mirrors(text: &str) -> Vec<Value> {
    let mut mirrors: Vec<Value> = Vec::new();
    let (mut registry, mut of_mirror) = (String::new(), false);
    for line in text.lines() {
        let location = line.strip_prefix("location = ");
        match (line, location.map(|quoted| quoted.trim_matches('"'))) {
            ("[[registry]]", _) => of_mirror = false,
            ("[[registry.mirror]]", _) => of_mirror = true,
            ("insecure = true", _) => {
                if let Some(last) = mirrors.last_mut() {
                    last.set("insecure", Value::Bool(true));
                }
            }
            (_, Some(mirror)) if of_mirror => mirrors.push(Value::from([
                ("registry", Value::from(registry.as_str())),
                ("mirror", Value::from(mirror)),
            ])),
            (_, Some(found)) => found.clone_into(&mut registry),
            _ => {}
        }
    }
    mirrors
}
