//! The other documents held against the code: the node's contract (`contract`), the map of the
//! modules, and the pages on limits, on versions of Podman and on hosts without cgroup controllers.
//!
//! What a sentence claims is not checked; names, codes and copied files are.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read the repository's files, and stop at once"
)]

#[path = "docs/contract.rs"]
mod contract;
mod markdown;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use kinc::declaration::{self, Source};
use kinc::model::field::Field;
use kinc::units::dialect::{Fallback, KEYS, PodmanVersion};

/// Returns the regular files of a directory of the repository, by name.
fn files(directory: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
    let mut files: Vec<(String, String)> = entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Returns the first column of a table, backticks taken off.
fn names(document: &str, first_heading: &str) -> BTreeSet<String> {
    let rows = markdown::table(&markdown::read(document), first_heading);
    rows.iter()
        .flat_map(|row| markdown::code_spans(&row[0]))
        .collect()
}

#[test]
fn the_map_has_every_room() {
    let source = markdown::read("src/lib.rs");
    let rooms: BTreeSet<String> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect();
    assert_eq!(names("docs/architecture.md", "room"), rooms);
}

#[test]
fn the_map_names_only_existing_modules() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let file = |module: &String| src.join(module.replace("::", "/")).with_extension("rs");
    let named = names("docs/architecture.md", "module");
    let missing: Vec<String> = named
        .into_iter()
        .filter(|name| !file(name).exists())
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_map_has_every_test() {
    let text = markdown::read("docs/architecture.md");
    let named = markdown::code_spans(&text);
    let missing: Vec<String> = files("tests")
        .into_iter()
        .map(|(name, _)| format!("tests/{name}"))
        .filter(|path| !named.contains(path))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_page_on_hosts_without_controllers_shows_the_files_that_the_lab_uses() {
    let text = markdown::read("docs/no-cgroup-controllers.md");
    let shown: Vec<&str> = text
        .split("```")
        .skip(1)
        .step_by(2)
        .map(|block| block.split_once('\n').unwrap().1)
        .collect();
    let home = "tests/lab/files/home/.config";
    let used = [
        "containers/systemd/kinc-.container.d/50-no-controllers.conf",
        "kinc-lab/crio.conf",
        "kinc-lab/crun-no-cgroup",
        "kinc-lab/kubelet.conf",
    ];
    assert_eq!(
        shown,
        used.map(|path| markdown::read(&format!("{home}/{path}")))
    );
}

#[test]
fn the_page_on_limits_has_every_limit() {
    let text = markdown::read("docs/resources.md");
    let declaration = text.split("```yaml\n").nth(1).unwrap();
    let source = Source {
        name: "docs/resources.md",
        text: declaration.split("```").next().unwrap(),
        directory: None,
    };
    let cluster = declaration::parse(&[source]).unwrap().remove(0);
    let fields = [
        Field::Memory,
        Field::Cpu,
        Field::CpuWeight,
        Field::IoWeight,
        Field::Tasks,
    ];
    let shown = |field| cluster.explicit.has(field);
    assert!(fields.into_iter().all(shown), "{:?}", cluster.explicit);
    let rows = names("docs/resources.md", "field");
    let path = |field: Field| field.path().rsplit('.').next().unwrap().to_owned();
    assert_eq!(rows, fields.map(path).into());
}

#[test]
fn the_reference_is_that_of_the_table_of_fields() {
    let expected = kinc::declaration::schema::reference();
    let path = "docs/declaration.md";
    let marker = "<!-- from here on generated -->\n\n";
    let text = markdown::read(path);
    let (head, found) = text.split_once(marker).unwrap();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        fs::write(full, format!("{head}{marker}{expected}")).unwrap();
        return;
    }
    assert_eq!(found, expected, "UPDATE_GOLDEN=1 writes it anew");
}

#[test]
fn the_page_on_podman_has_every_key_missing_in_older_versions() {
    let newer = KEYS.iter().filter_map(|key| Some((key, key.fallback?)));
    let expected: Vec<Vec<String>> = newer
        .map(|(key, fallback)| {
            let before = match fallback {
                Fallback::PodmanArgs(option) => format!("`PodmanArgs={option}=`"),
                Fallback::LeftOut => "left out".to_owned(),
            };
            let name = format!("`[{}] {}=`", key.group, key.name);
            vec![name, key.since.to_string(), before]
        })
        .collect();
    let page = markdown::read("docs/podman.md");
    assert_eq!(markdown::table(&page, "key"), expected);
}

#[test]
fn the_page_on_podman_has_every_supported_and_tested_version() {
    let page = markdown::read("docs/podman.md");
    let rows = markdown::table(&page, "Podman");
    let versions: Vec<PodmanVersion> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
    assert!(versions.is_sorted());
    assert_eq!(versions.first(), Some(&PodmanVersion::OLDEST));
    assert_eq!(versions.last(), Some(&PodmanVersion::NEWEST));
    let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/files");
    let entries = fs::read_dir(lab).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let built: BTreeSet<String> = names
        .filter_map(|name| name.strip_prefix("quadlet-").map(str::to_owned))
        .collect();
    // What the lab does not build is that of its hosts.
    let hosts = ["5.4", "5.8"];
    let mut documented: BTreeSet<String> = versions.iter().map(ToString::to_string).collect();
    documented.retain(|version| !hosts.contains(&version.as_str()));
    assert_eq!(built, documented);
}

#[test]
fn the_page_on_changes_has_every_impact_step_and_layer() {
    use kinc::declaration::schema::Impact;
    use kinc::plan::Step;
    use kinc::plan::drift::Layer;
    let page = "docs/changes.md";
    let effects = [
        Impact::NoRestart,
        Impact::InPlace,
        Impact::Restart,
        Impact::Immutable,
    ];
    let expected: Vec<Vec<String>> = effects
        .iter()
        .map(|impact| vec![format!("`{}`", impact.name()), impact.meaning().to_owned()])
        .collect();
    assert_eq!(markdown::table(&markdown::read(page), "impact"), expected);
    let json = |value: serde_json::Value| value.as_str().unwrap().to_owned();
    let steps = [
        Step::Nothing,
        Step::Create,
        Step::Start,
        Step::Change,
        Step::Restart,
        Step::Delete,
    ];
    let steps = steps.map(|step| json(serde_json::to_value(step).unwrap()));
    assert_eq!(names(page, "`step` in JSON"), steps.into());
    let layers = [
        Layer::Files,
        Layer::Loaded,
        Layer::Running,
        Layer::Podman,
        Layer::Data,
    ];
    let layers = layers.map(|layer| json(serde_json::to_value(layer).unwrap()));
    assert_eq!(names(page, "`layer` in JSON"), layers.into());
}
