//! Files for kind as directories: the file in; a declaration with what was left out, or the refusal, out.
//!
//! `UPDATE_GOLDEN=1` writes what comes out now. A line of `notes.txt` that begins with `lost` is one for
//! which an apply of the file itself refuses.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read and write their own directories, and stop at once"
)]

use std::fs;
use std::path::{Path, PathBuf};

use kinc::declaration::Source;
use kinc::declaration::convert::{self, Converted, Refused};
use kinc::model::cluster::{Cluster, DataDir};
use kinc::model::problem::{Problem, Problems};
use kinc::ops::render::render;
use kinc::units::dialect::PodmanVersion;

const FILE: &str = "kind.yaml";

/// What may come out, and the file that it is in.
const OUTPUTS: [&str; 3] = ["declaration.yaml", "notes.txt", "refused.txt"];

/// What comes out of a file: the declaration with what is left out, or why it is refused, with the same.
type Outcome = Result<Converted, Refused>;

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kind");
    let entries = fs::read_dir(root).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    cases.sort();
    assert!(cases.len() > 40);
    cases
}

fn source(text: &str) -> Source<'_> {
    Source {
        name: FILE,
        text,
        directory: Some("/home/ops/project"),
    }
}

/// Says what is wrong with the clusters beyond what each value is, as `kinc convert` does.
fn rendered(clusters: &[Cluster]) -> Result<(), Problems> {
    let base = DataDir::new("/home/ops/.local/share/kinc");
    match render(clusters, base, PodmanVersion::NEWEST) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.downcast::<Problems>().unwrap()),
    }
}

fn converted(text: &str) -> Outcome {
    let converted = convert::convert(source(text))?;
    match rendered(&converted.clusters) {
        Ok(()) => Ok(converted),
        Err(problems) => Err(Refused {
            problems,
            warnings: converted.left_out,
        }),
    }
}

/// Returns what is left out, a line each; what an apply refuses for is marked.
fn notes(text: &str, left_out: &[Problem]) -> String {
    let refused = match convert::read(&[source(text)]) {
        Ok(_) => Vec::new(),
        Err(refused) => refused.problems.into_iter().collect(),
    };
    let line = |note: &Problem| {
        let mark = if refused.contains(note) { "lost: " } else { "" };
        format!("{mark}{note}\n")
    };
    left_out.iter().map(line).collect()
}

fn outputs(text: &str) -> [String; 3] {
    match converted(text) {
        Ok(found) => [found.text, notes(text, &found.left_out), String::new()],
        Err(refused) => {
            let notes = notes(text, &refused.warnings);
            [String::new(), notes, format!("{}\n", refused.problems)]
        }
    }
}

#[test]
fn a_kind_file_is_converted_or_rejected_as_by_kind() {
    let updates = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let text = fs::read_to_string(case.join(FILE)).unwrap();
        for (name, found) in OUTPUTS.into_iter().zip(outputs(&text)) {
            let path = case.join(name);
            let expected = fs::read_to_string(&path).unwrap_or_default();
            if updates && found.is_empty() && path.exists() {
                fs::remove_file(&path).unwrap();
            } else if updates && !found.is_empty() {
                fs::write(&path, &found).unwrap();
            } else if !updates && found != expected {
                let diff = similar::TextDiff::from_lines(&expected, &found);
                wrong.push(format!("{}\n{}", path.display(), diff.unified_diff()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_output_of_convert_can_be_applied_and_converted_again() {
    for case in cases() {
        let text = fs::read_to_string(case.join(FILE)).unwrap();
        if let Ok(first) = converted(&text) {
            let read = convert::read(&[source(&first.text)]).unwrap();
            assert_eq!(read.warnings, [], "{}", case.display());
            rendered(&read.clusters).unwrap();
            let second = converted(&first.text).unwrap();
            assert_eq!(second.text, first.text, "{}", case.display());
        }
    }
}

#[test]
fn what_kind_rejects_is_rejected() {
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap();
        let number: u32 = name.split('-').next().unwrap().parse().unwrap();
        let refused = case.join("refused.txt").exists();
        assert_eq!(refused, (50..100).contains(&number), "{name}");
    }
}
