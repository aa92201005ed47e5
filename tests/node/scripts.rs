//! The scripts themselves: how long they may be, and what they read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the scripts lie in the node.
const PLACE: &str = "/usr/libexec/kinc/";

/// The longest script that a reader takes in at once.
const LINES_MAX: usize = 50;

pub(crate) fn directory() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("images/node/files/usr/libexec/kinc")
}

/// Returns the name and the text of each script.
pub(crate) fn scripts() -> Vec<(String, String)> {
    let entries = fs::read_dir(directory()).unwrap();
    let mut scripts: Vec<(String, String)> = entries
        .map(|entry| {
            let entry = entry.unwrap();
            let text = fs::read_to_string(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), text)
        })
        .collect();
    scripts.sort();
    scripts
}

#[test]
fn no_script_exceeds_fifty_lines() {
    let long: Vec<(String, usize)> = scripts()
        .into_iter()
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .collect();
    assert_eq!(long, Vec::new());
}

#[test]
fn each_script_is_valid_shell() {
    for (name, _) in scripts() {
        let shell = Command::new("bash")
            .arg("-n")
            .arg(directory().join(&name))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(shell.stderr).unwrap(), "", "{name}");
    }
}

#[test]
fn each_referenced_script_exists() {
    let scripts = scripts();
    let is_there = |name: &str| scripts.iter().any(|(other, _)| other == name);
    let mut missing = Vec::new();
    for (name, text) in &scripts {
        for rest in text.split(PLACE).skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-');
            let other = &rest[..end.unwrap_or(rest.len())];
            if !is_there(other) {
                missing.push(format!("{name}: {other}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}
