//! Random texts against `parse`, `plan` and `render`: no panic, no long time, and no line in a
//! file that its template has not.
//!
//! `KINC_FUZZ_SECONDS` says how long, a moment without it; `KINC_FUZZ_SEED` repeats a run.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read the repository's files and their own switches, and stop at once"
)]
#![expect(clippy::print_stderr, reason = "a run says how it can be repeated")]

#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/template.rs"]
mod template;

use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, thread};

use kinc::declaration::Source;
use kinc::declaration::{convert, yaml};
use kinc::model::cluster::KubernetesSettings;
use kinc::model::problem::is_hidden;
use kinc::resolve::{InUse, ResolvedCluster, resolve, resolve_all};
use kinc::units::file_set::{DECLARATION, FileSet};
use kinc::units::render::render;
use kinc::units::unit_names;

use mutate::{Random, mutated, nasty};
use template::{Template, unexplained};

/// In a run of all tests a glance is enough; CI takes a minute.
const SECONDS: u64 = 2;

/// How long a text may be parsed. The machine may be busy, so the best of some tries counts.
const PARSE_LIMIT: Duration = Duration::from_secs(1);
const TRIES: usize = 3;

/// A text that takes so long is not waited for.
const HANG_LIMIT: Duration = Duration::from_mins(1);

/// How many plans of a text are rendered: a second one finds what the first does not share.
const RENDERED: usize = 2;

/// Returns the declarations that the repository has: of golden cases, of documents, and those for kind.
fn corpus() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = fs::read_dir(root.join("tests/golden")).unwrap();
    let mut paths: Vec<_> = cases
        .map(|case| case.unwrap().path())
        .flat_map(|case| {
            [
                case.join(DECLARATION),
                case.join("expected").join(DECLARATION),
            ]
        })
        .collect();
    paths.sort();
    let texts = paths
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok());
    let documents = ["README.md", "docs/resources.md"].map(|name| {
        let text = fs::read_to_string(root.join(name)).unwrap();
        let block = text.split("```yaml\n").nth(1).unwrap();
        block.split("```").next().unwrap().to_owned()
    });
    let kinds = fs::read_dir(root.join("tests/kind")).unwrap();
    let mut kinds: Vec<_> = kinds
        .map(|case| case.unwrap().path().join("kind.yaml"))
        .collect();
    kinds.sort();
    let kinds = kinds
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok());
    texts.chain(documents).chain(kinds).collect()
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is not a number: {text}")),
    )
}

/// Parses, and fails when that takes long each time.
fn parse(text: &str) -> Result<Vec<kinc::model::cluster::Cluster>, kinc::model::problem::Problems> {
    let source = Source {
        name: "c.yaml",
        text,
        directory: None,
    };
    let read = || {
        convert::read(&[source])
            .map(|read| read.clusters)
            .map_err(|refused| refused.problems)
    };
    for _ in 1..TRIES {
        let begun = Instant::now();
        let parsed = read();
        if begun.elapsed() < PARSE_LIMIT {
            return parsed;
        }
    }
    let begun = Instant::now();
    let parsed = read();
    assert!(
        begun.elapsed() < PARSE_LIMIT,
        "parsing took {:?}",
        begun.elapsed()
    );
    parsed
}

/// Does everything with a text that needs no host, and returns whether it is a declaration.
fn check(text: &str, hostile: &[String; 2], templates: &[Template]) -> bool {
    check_converted(text);
    let parsed = parse(text).and_then(|clusters| resolve_all(&clusters, InUse::default(), &[]));
    let plans = match parsed {
        Ok(plans) => plans,
        Err(problems) => {
            for problem in problems.iter() {
                let line = problem.to_string();
                assert!(!line.contains(is_hidden), "{line:?}");
            }
            return false;
        }
    };
    for plan in plans.into_iter().take(RENDERED) {
        // Patches may not fit, and what they make of the file has no template.
        let is_patched = plan.declaration.kubernetes
            != KubernetesSettings {
                patches: Vec::new(),
                json_patches: Vec::new(),
                ..plan.declaration.kubernetes.clone()
            };
        let files = match render(&plan) {
            Ok(files) => files,
            // Some problems show only when the files are rendered; the error names the field.
            Err(error) if error.blames(&plan.declaration).is_some() => continue,
            Err(error) => panic!("{error}"),
        };
        check_files(&files, templates, is_patched);
        check_resolved(&files, &plan);
        // What a declaration may not have today, it may have tomorrow.
        let mut hostile_plan = plan;
        let [image, kubernetes_version] = hostile.clone();
        hostile_plan.declaration.image = image;
        hostile_plan.declaration.kubernetes_version = kubernetes_version;
        if let Ok(files) = render(&hostile_plan) {
            check_files(&files, templates, is_patched);
        }
    }
    true
}

/// What is printed of a text can be read.
fn check_converted(text: &str) {
    let name = "c.yaml";
    if let Ok(converted) = convert::convert(Source {
        name,
        text,
        directory: None,
    }) {
        let text = converted.text.as_str();
        let read = convert::read(&[Source {
            name,
            text,
            directory: None,
        }]);
        assert_eq!(
            read.map(|read| read.clusters.len()).ok(),
            Some(converted.clusters.len()),
            "{text}"
        );
    }
}

fn check_files(files: &FileSet, templates: &[Template], is_patched: bool) {
    // The declaration has no template: it is read back instead. What is laid into the node is what was
    // declared, or has an encoder of its own.
    let has_template = |path: &str| {
        let is_patched = is_patched && unit_names::is_kubeadm_conf(path);
        !is_patched && path != DECLARATION && unit_names::node_and_file(path).is_none()
    };
    for (path, file) in files.iter().filter(|(path, _)| has_template(path)) {
        assert_eq!(unexplained(templates, path, &file.text), None);
    }
    let is_yaml = |path: &str| path == DECLARATION || unit_names::is_kubeadm_conf(path);
    let documents: Vec<&str> = files
        .iter()
        .filter(|(path, _)| is_yaml(path))
        .map(|(_, file)| file.text.as_str())
        .collect();
    let nodes = files
        .iter()
        // The balancer is none.
        .filter(|(path, _)| path.ends_with(".container") && !path.ends_with("-api.container"));
    assert_eq!(documents.len(), 1 + nodes.count());
    for text in documents {
        assert!(yaml::parse(text).is_ok(), "{text}");
    }
}

/// The declaration on disk stands for the plan that it was made of.
fn check_resolved(files: &FileSet, expected: &ResolvedCluster) {
    let text = &files.get(DECLARATION).unwrap().text;
    let clusters = parse(text).unwrap();
    let mut again = resolve(&clusters[0], &InUse::default(), None).unwrap();
    again
        .declaration
        .explicit
        .clone_from(&expected.declaration.explicit);
    assert_eq!(again, *expected, "{text}");
}

#[test]
fn no_text_breaks_parsing_planning_and_rendering() {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let seed =
        number("KINC_FUZZ_SEED").unwrap_or((now.as_secs() << 20) | u64::from(now.subsec_micros()));
    let seconds = number("KINC_FUZZ_SECONDS").unwrap_or(SECONDS);
    eprintln!("fuzzing for {seconds} s; KINC_FUZZ_SEED={seed} repeats this run");
    let current = Arc::new(Mutex::new(String::new()));
    let (tell, told) = mpsc::channel();
    let worker = thread::spawn({
        let current = Arc::clone(&current);
        move || {
            let (texts, templates) = (corpus(), template::all());
            let mut random = Random(seed);
            let end = Instant::now() + Duration::from_secs(seconds);
            while Instant::now() < end {
                let text = mutated(&mut random, &texts);
                current.lock().unwrap().clone_from(&text);
                let hostile = [nasty(&mut random), nasty(&mut random)];
                tell.send(check(&text, &hostile, &templates)).unwrap();
            }
        }
    });
    let (mut texts, mut declarations) = (0, 0);
    let hangs = loop {
        match told.recv_timeout(HANG_LIMIT) {
            Ok(is_declaration) => {
                texts += 1;
                declarations += u64::from(is_declaration);
            }
            Err(error) => break error == RecvTimeoutError::Timeout,
        }
    };
    let failed = hangs || worker.join().is_err();
    let current = current.lock().unwrap();
    assert!(
        !failed,
        "KINC_FUZZ_SEED={seed} failed at text {texts}: {current:?}"
    );
    eprintln!("{texts} texts, {declarations} of them declarations");
}
