//! The rooms of the crate and what they may use, checked by reading the `crate::` paths of its sources.
//!
//! A module may use its parents and children freely. Between siblings arrows go one way.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the sources, and stops at the first that it cannot read"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from top to bottom; one may use those below it. `lib.rs` only lists them.
const ROOMS: [&str; 11] = [
    "main",
    "cli",
    // The use cases order pure steps and edges.
    "ops",
    "edge",
    // Pure from here on: values in, values out.
    "plan",
    "units",
    "resolve",
    "kubeconfig",
    "declaration",
    "job",
    "model",
];

/// What the edges are built on: files, programs, and the end of waits.
const FLOORS: [&str; 3] = ["fs", "command", "cancel"];

/// A module as its path: `["units", "render", "encode"]`.
type Module = Vec<String>;

/// Returns the modules that each module uses, among them those that only its tests use.
fn uses() -> BTreeMap<Module, BTreeSet<Module>> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut texts = BTreeMap::new();
    for path in sources(&src) {
        let relative = path.strip_prefix(&src).unwrap().with_extension("");
        let parts = relative.components();
        let module: Module = parts
            .map(|part| part.as_os_str().to_str().unwrap().to_owned())
            .collect();
        texts.insert(module, fs::read_to_string(&path).unwrap());
    }
    let of_text = |text: &String| {
        used_paths(text)
            .iter()
            .map(|path| file_of(path, &texts))
            .collect()
    };
    texts
        .iter()
        .map(|(module, text)| (module.clone(), of_text(text)))
        .collect()
}

/// Returns the module with a file of its own that a path leads into.
fn file_of(path: &[String], texts: &BTreeMap<Module, String>) -> Module {
    let is_file = |length: &usize| texts.contains_key(&path[..*length]);
    let length = (1..=path.len()).rev().find(is_file).unwrap_or(1);
    path[..length].to_vec()
}

/// Returns the paths behind `crate::` in a source text, comments left out.
fn used_paths(source: &str) -> Vec<Vec<String>> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        read_paths(rest, &mut Vec::new(), &mut found);
    }
    found
}

/// Reads `a::b`, or `a::{b, c::d}` as `a::b` and `a::c::d`; returns what is behind it.
fn read_paths<'a>(
    text: &'a str,
    before: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = read_paths(rest, &mut before.clone(), found).trim_start();
            match rest.strip_prefix(',') {
                Some(next) if !next.trim_start().starts_with('}') => rest = next,
                Some(next) => return next.trim_start().strip_prefix('}').unwrap_or(next),
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    if name != "self" {
        before.push(name.to_owned());
    }
    if let Some(rest) = rest.strip_prefix("::") {
        return read_paths(rest, before, found);
    }
    found.push(before.clone());
    // What is behind `as` is a name of the file's own.
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let alias = rest.strip_prefix(" as ");
    alias.map_or(rest, |alias| alias.trim_start_matches(is_name))
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

/// Returns the arrows between siblings: the modules that a use leads from and to, below what both are in.
fn arrows() -> BTreeMap<Module, BTreeSet<Module>> {
    let mut arrows: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (from, used) in uses() {
        for to in used {
            let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            // One of them is in the other one.
            if shared < from.len() && shared < to.len() {
                let (from, to) = (from[..=shared].to_vec(), to[..=shared].to_vec());
                arrows.entry(from).or_default().insert(to);
            }
        }
    }
    arrows
}

fn reachable(start: &Module, arrows: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let (mut found, mut open) = (BTreeSet::new(), vec![start]);
    while let Some(next) = open.pop() {
        for used in arrows.get(next).into_iter().flatten() {
            if found.insert(used.clone()) {
                open.push(used);
            }
        }
    }
    found
}

#[test]
fn every_room_uses_only_those_below_it() {
    let floor = |module: &Module| {
        let floor = ROOMS.iter().position(|room| *room == module[0]);
        floor.unwrap_or_else(|| panic!("`{}` is not a room", module[0]))
    };
    let mut wrong = Vec::new();
    for (from, used) in arrows() {
        let up = used
            .iter()
            .filter(|to| from.len() == 1 && from[0] != "lib" && floor(to) < floor(&from));
        wrong.extend(up.map(|to| format!("`{}` uses `{}`", from[0], to[0])));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_siblings_use_each_other() {
    let arrows = arrows();
    let circles: Vec<String> = arrows
        .keys()
        .filter(|module| reachable(module, &arrows).contains(*module))
        .map(|module| module.join("::"))
        .collect();
    assert_eq!(circles, Vec::<String>::new());
}

#[test]
fn no_edge_uses_another_one() {
    let mut wrong = Vec::new();
    for (from, used) in arrows() {
        let others = used.iter().filter(|to| from[0] == "edge" && to.len() == 2);
        let others = others.filter(|to| !FLOORS.contains(&&*to[1]));
        wrong.extend(others.map(|to| format!("`{}` uses `{}`", from[1], to[1])));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_path_uses_super_super() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let hides = |path: &PathBuf| fs::read_to_string(path).unwrap().contains("super::super");
    let found: Vec<PathBuf> = sources(&src).into_iter().filter(hides).collect();
    assert_eq!(found, Vec::<PathBuf>::new());
}

#[test]
fn paths_are_read_in_every_form() {
    let source = "
        use crate::model::{field::{Field, self}, problem as wrong, subnet::Subnet,};
        use crate::{edge::fs, job};
        // use crate::comment::x;
        fn f() -> crate::plan::Plan { crate::units::render::render() }
    ";
    let paths: Vec<String> = used_paths(source)
        .iter()
        .map(|path| path.join("::"))
        .collect();
    let expected = [
        "model::field::Field",
        "model::field",
        "model::problem",
        "model::subnet::Subnet",
        "edge::fs",
        "job",
        "plan::Plan",
        "units::render::render",
    ];
    assert_eq!(paths, expected);
}
