//! Whole cases as directories: a declaration and the clusters on disk in, every file out.
//!
//! Runs the pure part only; see `golden/README.md`.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read and write their own directories, and stop at once"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kinc::declaration::{self, Source};
use kinc::edge::manifests;
use kinc::model::cluster::{Cluster, DataDir, Protocol};
use kinc::model::problem::Problems;
use kinc::model::subnet::Subnet;
use kinc::resolve::{
    ClusterInUse, DataFacts, HostPort, InUse, ResolvedCluster, resolve, resolve_all,
};
use kinc::units::dialect::{self, PodmanVersion};
use kinc::units::file_set::{DECLARATION, FileSet};
use kinc::units::render::render;
use similar::TextDiff;

/// File texts by their path below a case's `expected/`.
type Texts = BTreeMap<String, String>;

fn read(text: &str) -> Result<Vec<Cluster>, Problems> {
    declaration::parse(&[Source {
        name: DECLARATION,
        text,
        directory: None,
    }])
}

/// Reads the declaration of a case, with the files that it names.
fn declared(case: &Path) -> Result<Vec<Cluster>, Problems> {
    let file = case.join(DECLARATION);
    let mut clusters = declaration::parse(&[Source {
        name: &file.to_string_lossy(),
        text: &fs::read_to_string(&file).unwrap(),
        directory: None,
    }])?;
    Problems::or(manifests::read(&mut clusters), clusters)
}

fn cases() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut cases: Vec<PathBuf> = fs::read_dir(golden)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

/// The resolved declarations below `disk/`, as they would lie in the Quadlet directory.
fn disk(case: &Path) -> Vec<Cluster> {
    let Ok(entries) = fs::read_dir(case.join("disk")) else {
        return Vec::new();
    };
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path().join(DECLARATION);
            read(&fs::read_to_string(path).unwrap()).unwrap()
        })
        .collect()
}

/// What the host reaches, a subnet a line.
fn routes(case: &Path) -> Vec<Subnet> {
    let text = fs::read_to_string(case.join("routes")).unwrap_or_default();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

fn plans(case: &Path) -> Result<Vec<ResolvedCluster>, Problems> {
    let disk = disk(case);
    let in_use = InUse {
        clusters: disk.iter().filter_map(ClusterInUse::of).collect(),
        routes: routes(case),
        data: DataFacts {
            base: DataDir::new("/home/ops/.local/share/kinc"),
            ..DataFacts::default()
        },
        ..InUse::default()
    };
    resolve_all(&declared(case)?, in_use, &disk)
}

/// The Podman that the case is for.
fn podman(case: &Path) -> PodmanVersion {
    let named = fs::read_to_string(case.join("podman-version"));
    named.map_or(PodmanVersion::NEWEST, |text| text.trim().parse().unwrap())
}

fn render_case(case: &Path) -> Texts {
    let plans = match plans(case) {
        Ok(plans) => plans,
        Err(problems) => {
            let problems = format!("{problems}\n").replace(&format!("{}/", case.display()), "");
            return Texts::from([("problems.txt".to_owned(), problems)]);
        }
    };
    let podman = podman(case);
    let files: Vec<FileSet> = plans
        .iter()
        .map(|plan| dialect::translate(&render(plan).unwrap(), podman))
        .collect();
    files
        .iter()
        .flat_map(FileSet::iter)
        .map(|(path, file)| (path.to_owned(), without_version(&file.text)))
        .collect()
}

/// Hides the version, so that a release changes no expected file.
fn without_version(text: &str) -> String {
    text.replace(concat!("kinc ", env!("CARGO_PKG_VERSION")), "kinc VERSION")
}

fn read_expected(directory: &Path) -> Texts {
    let Ok(entries) = fs::read_dir(directory) else {
        return Texts::new();
    };
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

fn write_expected(directory: &Path, texts: &Texts) {
    if directory.exists() {
        fs::remove_dir_all(directory).unwrap();
    }
    fs::create_dir_all(directory).unwrap();
    for (name, text) in texts {
        fs::write(directory.join(name), text).unwrap();
    }
}

/// Returns a unified diff of all files; empty when there is no difference.
fn difference(expected: &Texts, found: &Texts) -> String {
    let names: std::collections::BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    names
        .into_iter()
        .map(|name| {
            let text = |texts: &Texts| texts.get(name).cloned().unwrap_or_default();
            let (expected, found) = (text(expected), text(found));
            let headers = (format!("expected/{name}"), format!("rendered/{name}"));
            TextDiff::from_lines(&expected, &found)
                .unified_diff()
                .header(&headers.0, &headers.1)
                .to_string()
        })
        .collect()
}

#[test]
fn every_case_renders_the_expected_files() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut failures = Vec::new();
    for case in cases() {
        let found = render_case(&case);
        let directory = case.join("expected");
        if update {
            write_expected(&directory, &found);
        }
        let difference = difference(&read_expected(&directory), &found);
        if !difference.is_empty() {
            failures.push(format!("{}\n{difference}", case.display()));
        }
    }
    assert!(
        failures.is_empty(),
        "UPDATE_GOLDEN=1 rewrites what is expected\n{}",
        failures.join("\n")
    );
}

/// Returns a plan without the places of what is declared.
fn anywhere(mut plan: ResolvedCluster) -> ResolvedCluster {
    plan.declaration.explicit = kinc::model::field_ref::Places::default();
    plan
}

#[test]
fn files_outside_quadlet_are_the_same_for_every_podman() {
    let expected = |case: &str| {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        read_expected(&golden.join(case).join("expected"))
    };
    let newest = expected("14-podman-6.0");
    let differs = |case: &str| -> Vec<String> {
        let texts = expected(case);
        assert!(texts.keys().eq(newest.keys()), "{case}");
        let differs = texts.iter().filter(|(name, text)| newest[*name] != **text);
        differs.map(|(name, _)| name.clone()).collect()
    };
    let of_quadlet = [
        "kinc-dev-control-plane-containers.volume",
        "kinc-dev-control-plane.container",
        "kinc-dev.network",
    ];
    for old in ["10-podman-4.9", "11-podman-5.0"] {
        assert_eq!(differs(old), of_quadlet, "{old}");
    }
    for new in ["01-default", "12-podman-5.4", "13-podman-5.8"] {
        assert_eq!(differs(new), [""; 0], "{new}");
    }
}

#[test]
fn a_resolved_declaration_gives_the_same_plan_on_an_empty_host() {
    for case in cases() {
        let Ok(plans) = plans(&case) else { continue };
        for expected in plans {
            let files = render(&expected).unwrap();
            let text = &files.get(DECLARATION).unwrap().text;
            let mut resolved = read(text).unwrap().remove(0);
            manifests::recall(&mut resolved, &case.join("expected"));
            let again = resolve(&resolved, &InUse::default(), None).unwrap();
            assert_eq!(
                anywhere(again),
                anywhere(expected.clone()),
                "{}",
                case.display()
            );
            // Applied once more, with itself on disk and all its values in use, it stays.
            let in_use = InUse {
                clusters: ClusterInUse::of(&resolved).into_iter().collect(),
                listening: [HostPort {
                    address: resolved.api_server_address,
                    port: expected.api_server_port,
                    protocol: Protocol::Tcp,
                }]
                .into(),
                routes: vec![expected.node_subnet],
                ..InUse::default()
            };
            let reapplied = resolve(&resolved, &in_use, Some(&resolved)).unwrap();
            assert_eq!(render(&reapplied).unwrap(), files, "{}", case.display());
        }
    }
}

#[test]
fn a_hundred_clusters_share_no_port_subnet_or_name() {
    let mut in_use = InUse::default();
    let mut paths = Vec::new();
    for number in 0..100 {
        let name = kinc::model::cluster::ClusterName::new(&format!("c-{number}")).unwrap();
        let plan = resolve(&declaration::default_cluster(name), &in_use, None).unwrap();
        let files = render(&plan).unwrap();
        let text = &files.get(DECLARATION).unwrap().text;
        let resolved = read(text).unwrap().remove(0);
        in_use.clusters.extend(ClusterInUse::of(&resolved));
        // Podman looks at base names only: the first file of a name hides all later ones.
        let quadlet = |path: &&str| {
            [".container", ".volume", ".network"]
                .iter()
                .any(|end| path.ends_with(end))
        };
        paths.extend(
            files
                .iter()
                .map(|(path, _)| path)
                .filter(quadlet)
                .map(str::to_owned),
        );
    }
    let distinct = |mut values: Vec<String>| {
        values.sort();
        values.dedup();
        values.len()
    };
    let all = |value: fn(&ClusterInUse) -> String| in_use.clusters.iter().map(value).collect();
    assert_eq!(
        distinct(all(|cluster| cluster.api_server_port.to_string())),
        100
    );
    assert_eq!(
        distinct(all(|cluster| cluster.node_subnet.to_string())),
        100
    );
    assert_eq!(distinct(paths), 300);
}
