//! What is read of what a declaration names, and what is said of what cannot be.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests make the files that are read"
)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use super::*;
use crate::declaration::Source;

const OBJECT: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: web}}\n";

struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.at(name).parent().unwrap()).unwrap();
        fs::write(self.at(name), text).unwrap();
    }

    /// Returns a cluster that is declared here with this list of manifests.
    fn declared(&self, manifests: &str) -> Cluster {
        let text = format!(
            "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: dev}}\nspec:\n  manifests: {manifests}\n"
        );
        let file = self.at("cluster.yaml").display().to_string();
        let source = Source {
            name: &file,
            text: &text,
            directory: None,
        };
        declaration::parse(&[source]).unwrap().remove(0)
    }

    /// Returns what is said of a path; this directory is left out of it.
    fn said(&self, path: &str) -> String {
        let mut clusters = [self.declared(&format!("[{{path: {path}}}]"))];
        let problems: Vec<String> = read(&mut clusters)
            .iter()
            .map(|problem| {
                problem
                    .to_string()
                    .replace(&format!("{}/", self.0.path().display()), "")
            })
            .collect();
        assert_eq!(problems.len(), 1, "{path}: {problems:?}");
        let place = "cluster.yaml:5:22: `spec.manifests`: ";
        problems[0]
            .strip_prefix(place)
            .unwrap_or(&problems[0])
            .to_owned()
    }

    fn read(&self, manifests: &str) -> Vec<Manifest> {
        let mut clusters = [self.declared(manifests)];
        assert_eq!(read(&mut clusters), []);
        let [cluster] = clusters;
        cluster.runtime.manifests
    }
}

fn file(path: &str, text: &str) -> Manifest {
    Manifest::File {
        path: path.to_owned(),
        sha256: digest(text.as_bytes()),
        text: text.to_owned(),
    }
}

#[test]
fn a_directory_stands_for_its_files_without_subdirectories() {
    let scratch = Scratch::new();
    let names = [
        "b.yml",
        "a.yaml",
        "c.json",
        "d.txt",
        ".e.yaml",
        "below/f.yaml",
    ];
    for name in names {
        scratch.write(&format!("deploy/{name}"), OBJECT);
    }
    scratch.write(
        "kept",
        "{apiVersion: v1, kind: Secret, metadata: {name: a}}",
    );
    symlink("../kept", scratch.at("deploy/g.yaml")).unwrap();
    let text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}";
    assert_eq!(
        scratch.read(&format!(
            "[{{path: deploy/}}, '{text}', {{path: deploy/b.yml}}]"
        )),
        [
            file("deploy/a.yaml", OBJECT),
            file("deploy/b.yml", OBJECT),
            file("deploy/c.json", OBJECT),
            file(
                "deploy/g.yaml",
                "{apiVersion: v1, kind: Secret, metadata: {name: a}}"
            ),
            Manifest::Text(text.to_owned()),
            file("deploy/b.yml", OBJECT),
        ]
    );
}

#[test]
fn an_unreadable_manifest_is_reported_at_its_line() {
    let scratch = Scratch::new();
    scratch.write("empty.yaml", "");
    scratch.write("comment.yaml", "# nothing\n---\n");
    scratch.write("binary.yaml", [0xff, 0xfe]);
    scratch.write("broken.yaml", "a: [");
    scratch.write("helm/Chart.yaml", "apiVersion: v2\nname: a\n");
    scratch.write("kustom/kustomization.yaml", "resources: [a.yaml]\n");
    scratch.write("kustom/a.yaml", OBJECT);
    scratch.write("other/notes.txt", "");
    scratch.write("mixed/a.yaml", OBJECT);
    scratch.write("mixed/b.yaml", "kind: Namespace\n");
    let size = usize::try_from(FILE_MAX_BYTES).unwrap() + 1;
    scratch.write("large.yaml", "#".repeat(size));
    symlink("nowhere", scratch.at("link.yaml")).unwrap();
    symlink("circle.yaml", scratch.at("circle.yaml")).unwrap();
    fs::create_dir(scratch.at("linked")).unwrap();
    symlink("nowhere", scratch.at("linked/a.yaml")).unwrap();
    let kustomization = "`kustom` is a kustomization, which must be rendered first: \
                         kubectl kustomize kustom > FILE";
    for (path, message) in [
        (
            "absent.yaml",
            "there is no file and no directory `absent.yaml`",
        ),
        ("empty.yaml", "`empty.yaml`: there is no object in it"),
        ("comment.yaml", "`comment.yaml`: there is no object in it"),
        ("binary.yaml", "`binary.yaml` is not UTF-8 text"),
        (
            "mixed",
            "`mixed/b.yaml`: line 1, column 1: an object without `apiVersion`",
        ),
        ("kustom", kustomization),
        ("kustom/kustomization.yaml", kustomization),
        (
            "helm",
            "`helm` is a Helm chart, which must be rendered first: helm template helm > FILE",
        ),
        (
            "other",
            "there is no *.yaml, no *.yml and no *.json in `other`",
        ),
        ("large.yaml", "`large.yaml` is larger than 16 MiB"),
        ("link.yaml", "the link `link.yaml` leads nowhere"),
        ("linked", "the link `linked/a.yaml` leads nowhere"),
        ("/dev/null", "`/dev/null` is not a regular file"),
        (
            "circle.yaml",
            "looking at `circle.yaml`: Too many levels of symbolic links (os error 40)",
        ),
    ] {
        assert_eq!(scratch.said(path), message, "{path}");
    }
    let broken = scratch.said("broken.yaml");
    assert!(
        broken.starts_with("`broken.yaml`: line 1, column "),
        "{broken}"
    );
}

#[test]
fn a_file_with_another_checksum_is_rejected() {
    let scratch = Scratch::new();
    scratch.write("a.yaml", OBJECT);
    let sum = digest(OBJECT.as_bytes());
    let pinned = |sum: &str| format!("[{{path: a.yaml, sha256: '{sum}'}}]");
    assert_eq!(scratch.read(&pinned(&sum)), [file("a.yaml", OBJECT)]);
    let other = "0".repeat(64);
    let problems = read(&mut [scratch.declared(&pinned(&other))]);
    assert_eq!(
        problems[0].message,
        format!(
            "`{}` has the SHA-256 {sum}, not the declared one",
            scratch.at("a.yaml").display()
        )
    );
}

#[test]
fn a_recorded_declaration_uses_its_copies_instead_of_the_sources() {
    let scratch = Scratch::new();
    let sum = digest(OBJECT.as_bytes());
    let recorded = format!(
        "['{{apiVersion: v1, kind: Secret, metadata: {{name: a}}}}', {{path: gone/a.yaml, sha256: '{sum}'}}]"
    );
    let copy = "kinc-dev-control-plane.manifest-1.file";
    let recalled = || {
        let mut cluster = scratch.declared(&recorded);
        recall(&mut cluster, scratch.0.path());
        cluster.runtime.manifests.remove(1)
    };
    scratch.write(copy, OBJECT);
    assert_eq!(recalled(), file("gone/a.yaml", OBJECT));
    assert_eq!(scratch.read(&recorded)[1], file("gone/a.yaml", OBJECT));
    scratch.write(copy, "{apiVersion: v1, kind: Secret, metadata: {name: a}}");
    for is_there in [true, false] {
        if !is_there {
            fs::remove_file(scratch.at(copy)).unwrap();
        }
        assert!(matches!(recalled(), Manifest::Unread { sha256: Some(found), .. } if found == sum));
    }
}

#[test]
fn too_many_manifest_files_are_rejected() {
    let scratch = Scratch::new();
    scratch.write("a.yaml", OBJECT);
    let many = vec!["{path: a.yaml}"; FILES_MAX + 1].join(", ");
    let problems = read(&mut [scratch.declared(&format!("[{many}]"))]);
    let messages: Vec<&str> = problems.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(messages, ["there are more than 500 files"]);
}
