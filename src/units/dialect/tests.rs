//! The table against the templates, and how one file becomes another; whole clusters are in
//! `tests/golden`, and what generators say in `tests/quadlet.rs`.

use std::collections::BTreeSet;

use super::*;

fn version(text: &str) -> PodmanVersion {
    text.parse().unwrap()
}

/// A file with all that can happen to one.
const NEWEST: &str = "\
# Generated.
[Unit]
Description=a

[Container]
Image=a
# How long.
StopTimeout=30

[Quadlet]
# Why not.
DefaultDependencies=false

[Service]
# Quadlet would have it stay.
RemainAfterExit=no
Restart=always

[Install]
WantedBy=default.target
";

#[test]
fn a_podman_with_every_key_gets_the_file_unchanged() {
    for text in ["5.3", "5.4", "5.8", "6.0", "7.1"] {
        assert_eq!(rewrite(NEWEST, version(text)), NEWEST, "{text}");
    }
}

#[test]
fn an_omitted_key_goes_with_its_comment_and_an_empty_group_with_its_heading() {
    let expected = "\
# Generated.
[Unit]
Description=a

[Container]
Image=a
# How long.
StopTimeout=30

[Service]
Restart=always

[Install]
WantedBy=default.target
";
    for text in ["5.0", "5.2"] {
        assert_eq!(rewrite(NEWEST, version(text)), expected, "{text}");
    }
}

#[test]
fn a_key_with_an_option_of_podman_becomes_that_option_and_keeps_its_comment() {
    let text = "[Container]\n# How long.\nStopTimeout=30\nImage=a\n";
    let expected = "[Container]\n# How long.\nPodmanArgs=--stop-timeout=30\nImage=a\n";
    assert_eq!(rewrite(text, version("4.9")), expected);
}

#[test]
fn a_last_group_that_is_gone_leaves_no_empty_line() {
    let text = "[Volume]\nLabel=a=b\n\n[Quadlet]\n# Why.\nDefaultDependencies=false\n";
    assert_eq!(rewrite(text, version("5.2")), "[Volume]\nLabel=a=b\n");
}

#[test]
fn the_same_name_in_another_group_is_another_key() {
    let text = "[Unit]\nDefaultDependencies=false\n\n[Service]\nStopTimeout=1\n";
    assert_eq!(rewrite(text, version("4.9")), text);
}

#[test]
fn only_files_that_quadlet_reads_are_translated() {
    let file = |mode| File {
        text: "[Container]\nStopTimeout=30\n".to_owned(),
        mode,
    };
    let files = FileSet::from_iter([
        ("a.container".to_owned(), file(0o644)),
        ("a.slice".to_owned(), file(0o644)),
        ("a.kubeadm.conf".to_owned(), file(0o600)),
    ]);
    let mut expected = files.clone();
    let text = "[Container]\nPodmanArgs=--stop-timeout=30\n".to_owned();
    expected.insert("a.container".to_owned(), File { text, mode: 0o644 });
    assert_eq!(translate(&files, version("4.9")), expected);
    assert_eq!(translate(&files, PodmanVersion::NEWEST), files);
}

#[test]
fn exactly_the_keys_missing_in_the_oldest_podman_have_a_replacement() {
    let wrong: Vec<&Key> = KEYS
        .iter()
        .filter(|key| (key.since > PodmanVersion::OLDEST) != key.fallback.is_some())
        .collect();
    assert_eq!(wrong, Vec::<&Key>::new());
}

#[test]
fn no_key_is_newer_than_the_newest_podman() {
    assert!(KEYS.iter().all(|key| key.since <= PodmanVersion::NEWEST));
}

/// Returns group and name of every setting in the templates that Quadlet reads.
#[expect(
    clippy::disallowed_methods,
    reason = "the test compares the table with the folder"
)]
fn settings_of_templates() -> BTreeSet<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/quadlet");
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let mut group = String::new();
        for line in text.lines().filter(|line| !line.starts_with(['#', '{'])) {
            if let Some(name) = heading(line) {
                name.clone_into(&mut group);
            } else if let Some((name, _)) = line.split_once('=') {
                found.insert((group.clone(), name.to_owned()));
            }
        }
    }
    found
}

#[test]
fn the_table_has_every_key_of_the_templates_and_no_other() {
    let used = settings_of_templates();
    let table: BTreeSet<(String, String)> = KEYS
        .iter()
        .map(|key| (key.group.to_owned(), key.name.to_owned()))
        .collect();
    let unused: Vec<_> = table.difference(&used).collect();
    assert!(unused.is_empty(), "no template has {unused:?}");
    // The other groups are systemd's own, and Quadlet hands them on.
    let of_systemd = ["Unit", "Service", "Install"];
    let missing: Vec<_> = used
        .difference(&table)
        .filter(|(group, _)| !of_systemd.contains(&group.as_str()))
        .collect();
    assert!(missing.is_empty(), "not in the table: {missing:?}");
}

#[test]
fn the_table_is_in_order() {
    assert!(KEYS.is_sorted_by_key(|key| (key.group, key.name)));
}
