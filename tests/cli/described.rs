//! What `kinc schema` and `kinc explain` print, as files in `cli/described/`, so that a change of it is read
//! before it is made.
//!
//! `UPDATE_GOLDEN=1 cargo test --test cli` rewrites them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use kinc::declaration::schema::explained;

use crate::run::Sandbox;

/// A field of each form, whose page shows how such a one is explained.
const FORMS: [&str; 11] = [
    "metadata.name",
    "spec.autostart",
    "spec.networking.apiServerPort",
    "spec.networking.cni",
    "spec.nodes[].labels",
    "spec.featureGates",
    "spec.nodes[].devices",
    "spec.nodes[].environment",
    "spec.nodes[].extraMounts",
    "spec.manifests",
    "spec.resources.memory",
];

#[track_caller]
fn is_as_before(name: &str, found: &str) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/described");
    let path = directory.join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(directory).unwrap();
        fs::write(path, found).unwrap();
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    let diff = similar::TextDiff::from_lines(expected.as_str(), found);
    assert!(expected == found, "{name}\n{}", diff.unified_diff());
}

fn printed(arguments: &[&str]) -> String {
    let ran = Sandbox::new().kinc(arguments);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    ran.stdout
}

#[test]
fn the_schema_matches_its_snapshot() {
    is_as_before("schema.json", &printed(&["schema"]));
}

#[test]
fn explain_matches_its_snapshots() {
    let groups = explained().into_iter().filter(|path| {
        let below = format!("{path}.");
        explained().iter().any(|other| other.starts_with(&below))
    });
    let mut pages = format!("$ kinc explain\n{}", printed(&["explain"]));
    for path in groups.chain(FORMS) {
        let page = printed(&["explain", path]);
        let _ = write!(pages, "\n$ kinc explain {path}\n{page}");
    }
    is_as_before("explain.txt", &pages);
}

#[test]
fn every_listed_path_can_be_explained() {
    for line in printed(&["explain"]).lines() {
        let path = line.split(' ').next().unwrap();
        let page = printed(&["explain", path]);
        assert!(page.starts_with(&format!("{path}  ")), "{page}");
    }
}
