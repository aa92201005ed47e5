//! The layers of the crate, checked by reading its `crate::` paths.
//!
//! The table says which module may use which directly; what those use is open to it as well.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the sources, and stop at once"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Top to bottom; `lib.rs` only lists the modules.
const LAYERS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("cli", &["ops", "convert"]),
    // The use cases order pure steps and edges.
    (
        "ops",
        &[
            "unit_dir",
            "data_dir",
            "manifests",
            "systemd",
            "podman",
            "host",
            "image",
            "generator",
            "journal",
            "proposal",
            "render",
            "spec",
            "kubeconfig",
            "node_exit",
        ],
    ),
    // Edges: they do not know each other, and stand on three floors: files, programs, and the end of waits.
    ("unit_dir", &["unit_files", "fs", "fileset", "cluster"]),
    ("data_dir", &["fs", "cluster"]),
    ("manifests", &["fs", "spec", "unit_files"]),
    ("host", &["fs", "subnet"]),
    ("image", &["fs", "command"]),
    ("generator", &["fs", "command", "dialect"]),
    ("journal", &["command"]),
    ("podman", &["command"]),
    ("systemd", &["job", "cancel"]),
    ("fs", &[]),
    ("command", &["shell", "cancel"]),
    ("cancel", &[]),
    // Pure.
    ("proposal", &["plan", "drift"]),
    ("drift", &["effect", "job"]),
    ("effect", &["fileset", "schema", "unit_files"]),
    ("render", &["plan", "fileset", "spec", "unit_files"]),
    ("plan", &["spec", "shell"]),
    ("spec", &["cluster", "quantity", "schema", "yaml"]),
    ("convert", &["spec", "yaml", "schema", "shell"]),
    ("kubeconfig", &["cluster", "yaml"]),
    ("cluster", &["problem", "field", "subnet"]),
    ("dialect", &["fileset", "unit_files"]),
    ("field", &[]),
    ("fileset", &[]),
    ("job", &[]),
    ("node_exit", &[]),
    ("problem", &[]),
    ("quantity", &[]),
    ("schema", &["field"]),
    ("shell", &[]),
    ("subnet", &[]),
    ("unit_files", &[]),
    ("yaml", &[]),
];

/// What touches the world outside; only `ops` brings these together.
const EDGES: [&str; 9] = [
    "unit_dir",
    "data_dir",
    "manifests",
    "systemd",
    "podman",
    "host",
    "image",
    "generator",
    "journal",
];

/// Returns every module that `module` may use, itself included.
fn reachable(module: &str) -> BTreeSet<String> {
    let table: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    let mut found = BTreeSet::new();
    let mut open = vec![module];
    while let Some(next) = open.pop() {
        if found.insert(next.to_owned()) {
            open.extend(table.get(next).copied().unwrap_or_default());
        }
    }
    found
}

/// Returns the modules named behind `crate::` in a source text, comments left out.
fn used_modules(source: &str) -> BTreeSet<String> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    code.split("crate::")
        .skip(1)
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(group) => group_members(group),
            None => vec![rest],
        })
        .map(|path| {
            path.trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .filter(|name: &String| !name.is_empty())
        .collect()
}

/// Returns the members of `{a::b, c::{d, e}}`, from behind the first brace on.
fn group_members(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut members) = (1, 0, Vec::new());
    for (index, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && c == ',') {
            members.push(&group[start..index]);
            start = index + 1;
        }
        if depth == 0 {
            break;
        }
    }
    members
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_arrow_between_modules_is_in_the_table() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let known: BTreeSet<&str> = LAYERS.iter().map(|(module, _)| *module).collect();
    let mut wrong = Vec::new();
    for path in sources(&src) {
        let relative = path.strip_prefix(&src).unwrap();
        let first = relative
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap();
        let module = first.trim_end_matches(".rs");
        let text = fs::read_to_string(&path).unwrap();
        let file = relative.display();
        if text.contains("super::super") {
            wrong.push(format!(
                "{file}: `super::super` hides an arrow; use `crate::`"
            ));
        }
        if module == "lib" {
            continue;
        }
        if !known.contains(module) {
            wrong.push(format!(
                "{file}: module `{module}` is not in the table of layers"
            ));
        }
        let allowed = reachable(module);
        for used in used_modules(&text).difference(&allowed) {
            wrong.push(format!("{file}: `{module}` may not use `{used}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_arrow_goes_up() {
    let order: Vec<&str> = LAYERS.iter().map(|(module, _)| *module).collect();
    for (module, uses) in LAYERS {
        for used in *uses {
            assert!(order.contains(used), "`{used}` is not in the table");
            assert!(
                !reachable(used).contains(*module),
                "`{module}` and `{used}` use each other"
            );
        }
    }
}

#[test]
fn no_edge_knows_another_one_and_nothing_pure_knows_any() {
    let floors = ["fs", "command", "cancel"];
    let above = ["main", "cli", "ops"];
    for (module, _) in LAYERS.iter().filter(|(module, _)| !above.contains(module)) {
        let mut found = reachable(module);
        found.remove(*module);
        let outside = if EDGES.contains(module) || floors.contains(module) {
            &EDGES[..]
        } else {
            &[&EDGES[..], &floors].concat()
        };
        let known: Vec<&&str> = outside
            .iter()
            .filter(|edge| found.contains(**edge))
            .collect();
        assert!(known.is_empty(), "`{module}` knows {known:?}");
    }
}

#[test]
fn arrows_are_read_from_every_form_of_path() {
    let source = "
        use crate::spec::{parse, default_cluster};
        use crate::{fs, unit_dir::{load, write}, job};
        // use crate::comment::x;
        fn f() -> crate::plan::Plan { crate::render::render() }
    ";
    let expected = ["fs", "job", "plan", "render", "spec", "unit_dir"];
    assert_eq!(
        used_modules(source),
        expected.iter().map(|name| (*name).to_owned()).collect()
    );
}
