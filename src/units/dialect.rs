//! What each Podman's Quadlet understands: files for the newest one become files for an older one.
//!
//! Pure. Templates are written for the newest Podman, and know nothing of older ones.

mod keys;
mod version;

pub use crate::units::dialect::keys::{Fallback, KEYS, Key};
pub use crate::units::dialect::version::{PodmanVersion, VersionError};

use crate::units::file_set::{File, FileSet};
use crate::units::unit_names;

/// Returns the files as the Quadlet of that Podman has to have them.
#[must_use]
pub fn translate(files: &FileSet, version: PodmanVersion) -> FileSet {
    let translated = files.iter().map(|(path, file)| {
        let text = if unit_names::is_quadlet(path) {
            rewrite(&file.text, version)
        } else {
            file.text.clone()
        };
        let mode = file.mode;
        (path.to_owned(), File { text, mode })
    });
    translated.collect()
}

fn rewrite(text: &str, version: PodmanVersion) -> String {
    let lines: Vec<&str> = text.lines().collect();
    // What is before the first heading is a part of its own.
    let groups = lines.chunk_by(|_, next| heading(next).is_none());
    let kept: Vec<String> = groups.flat_map(|lines| group(lines, version)).collect();
    // A last group that is gone leaves the empty line before it.
    format!("{}\n", kept.join("\n").trim_end())
}

fn heading(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

/// Returns the lines of one group; empty if all of its keys are left out.
fn group(lines: &[&str], version: PodmanVersion) -> Vec<String> {
    let name = lines.first().and_then(|line| heading(line));
    let mut kept: Vec<String> = Vec::new();
    let mut left_out = false;
    for line in lines {
        match fallback(name.unwrap_or_default(), line, version) {
            None => kept.push((*line).to_owned()),
            Some((Fallback::PodmanArgs(flag), value)) => {
                // No quotes: a value is one word without any, see `render`.
                kept.push(format!("PodmanArgs={flag}={value}"));
            }
            Some((Fallback::LeftOut, _)) => {
                left_out = true;
                // The comment above a key is about that key.
                while kept.last().is_some_and(|line| line.starts_with('#')) {
                    kept.pop();
                }
            }
        }
    }
    let is_setting = |line: &String| !line.starts_with('#') && line.contains('=');
    if left_out && !kept.iter().any(is_setting) {
        kept.clear();
    }
    kept
}

/// Returns what stands in for a line's key, and the line's value, when the key is too new.
fn fallback<'line>(
    group: &str,
    line: &'line str,
    version: PodmanVersion,
) -> Option<(Fallback, &'line str)> {
    let (name, value) = line.split_once('=')?;
    let is_it = |key: &&Key| key.group == group && key.name == name;
    let key = KEYS.iter().find(is_it)?;
    (version < key.since)
        .then_some(key.fallback)
        .flatten()
        .map(|fallback| (fallback, value))
}

#[cfg(test)]
mod tests;
