//! Directories of clusters on a real file system.

#![expect(
    clippy::disallowed_methods,
    reason = "tests change their own directories"
)]

use super::*;

fn uid() -> Uid {
    Uid::parse("5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f").unwrap()
}

fn dev() -> (ClusterName, NodeName) {
    let name = ClusterName::new("dev").unwrap();
    let node = NodeName::of(&name, "kinc-dev-control-plane").unwrap();
    (name, node)
}

/// A base directory with a cluster that was made and never started.
fn made() -> (tempfile::TempDir, DataDir) {
    let place = tempfile::tempdir().unwrap();
    let base = DataDir::new(place.path().join("kinc").to_string_lossy());
    let (name, node) = dev();
    create(&base, &name, &[node], &uid()).unwrap();
    (place, base)
}

#[test]
fn creating_data_directories_twice_succeeds() {
    let (_place, base) = made();
    let (name, node) = dev();
    assert_eq!(state(&base, &name).unwrap(), State::Empty(uid()));
    assert_eq!(faults(&base, &name, &node, &uid()), [""; 0]);
    create(&base, &name, &[node], &uid()).unwrap();
    write_declaration(&base, &name, "a\n").unwrap();
    assert_eq!(state(&base, &name).unwrap(), State::Empty(uid()));
    assert_eq!(declaration(&base, &name).unwrap().as_deref(), Some("a\n"));
}

#[test]
fn any_file_of_a_node_counts_as_data() {
    for file in [
        "var/lib",
        "kubernetes/pki",
        "var/.kinc/initialised",
        "other",
    ] {
        let (_place, base) = made();
        let (name, node) = dev();
        fs::create_directory(&base.of_node(&name, &node).join(file)).unwrap();
        assert_eq!(state(&base, &name).unwrap(), State::Data(uid()), "{file}");
    }
}

#[test]
fn an_unmarked_directory_is_foreign_and_an_empty_one_is_absent() {
    let (_place, base) = made();
    let (name, _) = dev();
    let path = base.of_cluster(&name);
    fs::remove(&path.join(MARK)).unwrap();
    let what = format!("`{}` has no mark of kinc in it", path.display());
    assert_eq!(state(&base, &name).unwrap(), State::Foreign(what));
    let other = ClusterName::new("other").unwrap();
    assert_eq!(state(&base, &other).unwrap(), State::Absent);
    fs::create_directory(&base.of_cluster(&other)).unwrap();
    assert_eq!(state(&base, &other).unwrap(), State::Absent);
}

#[test]
fn a_link_in_place_of_the_directory_is_foreign() {
    let (place, base) = made();
    let (name, _) = dev();
    let other = ClusterName::new("other").unwrap();
    let link = base.of_cluster(&other);
    std::os::unix::fs::symlink(base.of_cluster(&name), &link).unwrap();
    let what = format!("`{}` is not a directory of kinc", link.display());
    assert_eq!(state(&base, &other).unwrap(), State::Foreign(what));
    drop(place);
}

#[test]
fn problems_of_a_nodes_data_are_reported_for_each_directory() {
    let (_place, base) = made();
    let (name, node) = dev();
    let of_node = base.of_node(&name, &node);
    let (kubernetes, var) = (of_node.join("kubernetes"), of_node.join("var"));
    fs::rename(&kubernetes, &of_node.join("away")).unwrap();
    fs::write(
        &var.join(MARK),
        "00000000-0000-0000-0000-000000000000\n",
        0o644,
    )
    .unwrap();
    assert_eq!(
        faults(&base, &name, &node, &uid()),
        [
            format!("`{}` is missing", kubernetes.display()),
            format!("`{}` belongs to another cluster", var.display()),
        ]
    );
    fs::remove(&var.join(MARK)).unwrap();
    let lost = format!("`{}` has lost its mark, and its data", var.display());
    assert_eq!(faults(&base, &name, &node, &uid())[1], lost);
}

#[test]
fn an_unreadable_directory_is_not_reported_as_missing() {
    let (_place, base) = made();
    let (name, node) = dev();
    let var = base.of_node(&name, &node).join("var");
    fs::rename(&var, &base.of_node(&name, &node).join("away")).unwrap();
    std::os::unix::fs::symlink("var", &var).unwrap();
    let found = faults(&base, &name, &node, &uid());
    let beginning = format!("looking at `{}`: ", var.display());
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with(&beginning), "{found:?}");
}

#[test]
fn nodes_are_removed_completely_and_then_the_cluster() {
    let (_place, base) = made();
    let (name, node) = dev();
    let path = base.of_cluster(&name);
    fs::create_directory(&base.of_node(&name, &node).join("var/lib")).unwrap();
    assert_eq!(taken_out(&base, &name).unwrap(), [""; 0].map(PathBuf::from));
    let removed = path.join(".kinc/removed");
    assert_eq!(
        take_out(&base, &name, |_| true).unwrap(),
        std::slice::from_ref(&removed)
    );
    assert_eq!(fs::entries(&path).unwrap(), [".kinc"]);
    assert_eq!(fs::entries(&removed).unwrap(), [node.as_str()]);
    // What is left is known by its mark, and none of it is anybody's data.
    assert_eq!(state(&base, &name).unwrap(), State::Empty(uid()));
    assert_eq!(foreign(&base, &name, &uid()).unwrap(), [""; 0]);
    assert_eq!(
        take_out(&base, &name, |_| true).unwrap(),
        std::slice::from_ref(&removed)
    );
    assert_eq!(
        taken_out(&base, &name).unwrap(),
        [removed.join(node.as_str())]
    );
    let error = remove(&base, &name).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "`{}` contains files that do not belong to kinc",
            path.display()
        )
    );
    std::fs::remove_dir_all(&removed).unwrap();
    remove(&base, &name).unwrap();
    assert!(!fs::exists(&path).unwrap());
}

#[test]
fn a_node_that_cannot_be_renamed_is_removed_in_place_and_does_not_start_again() {
    let (_place, base) = made();
    let (name, node) = dev();
    let (path, own) = (base.of_cluster(&name), base.of_node(&name, &node));
    fs::create_directory(&own.join("var/lib")).unwrap();
    fs::write(&own.join("var/lib/file"), "", 0o644).unwrap();
    // Another file system, for the rename alone.
    let shared = tempfile::tempdir_in("/dev/shm").unwrap();
    let removed = path.join(".kinc/removed");
    std::os::unix::fs::symlink(shared.path(), &removed).unwrap();
    let taken_out = take_out(&base, &name, |_| true).unwrap();
    assert_eq!(taken_out, [own.clone(), removed.clone()]);
    let lost = |name: &str| {
        let directory = own.join(name);
        format!("`{}` has lost its mark, and its data", directory.display())
    };
    let faults = faults(&base, &name, &node, &uid());
    assert_eq!(faults, NODE_DIRECTORIES.map(lost));
    // It can be repeated as long as it is not done, and nobody else's files are in the way.
    assert_eq!(foreign(&base, &name, &uid()).unwrap(), [""; 0]);
    assert_eq!(take_out(&base, &name, |_| true).unwrap(), taken_out);
    std::fs::remove_file(&removed).unwrap();
    let why = format!("`{}` has files and no mark", own.join("var").display());
    assert_eq!(foreign(&base, &name, &uid()).unwrap(), [why]);
}

#[test]
fn only_marked_or_empty_directories_belong_to_the_cluster() {
    let other = "00000000-0000-0000-0000-000000000000\n";
    let node = "kinc-dev-control-plane";
    let cases: &[(&str, Option<&str>, &str)] = &[
        ("kinc-dev-worker2/var/lib", None, ""),
        (
            "kinc-dev-worker2/var/lib/file",
            Some(""),
            "`{}/kinc-dev-worker2/var` has files and no mark",
        ),
        (
            "kinc-dev-worker2/var/.kinc/uid",
            Some(other),
            "`{}/kinc-dev-worker2/var` belongs to another cluster",
        ),
        (
            "kinc-dev-worker2/var/.kinc/uid",
            Some("dev\n"),
            "the mark of `{}/kinc-dev-worker2/var` is damaged",
        ),
        (
            "kinc-dev-worker2/var",
            Some(""),
            "`{}/kinc-dev-worker2/var` does not belong to kinc",
        ),
        (
            "kinc-dev-control-plane.bak/var",
            None,
            "`{}/kinc-dev-control-plane.bak` does not belong to kinc",
        ),
        (
            "kinc-dev-worker2",
            Some(""),
            "`{}/kinc-dev-worker2` does not belong to kinc",
        ),
        (
            "kinc-dev-control-plane/away",
            None,
            "`{}/kinc-dev-control-plane/away` does not belong to kinc",
        ),
        (
            ".kinc/notes",
            Some(""),
            "`{}/.kinc/notes` does not belong to kinc",
        ),
        ("cluster.yaml", Some(""), ""),
        ("notes", Some(""), "`{}/notes` does not belong to kinc"),
    ];
    for (entry, text, expected) in cases {
        let (_place, base) = made();
        let (name, _) = dev();
        let path = base.of_cluster(&name);
        match text {
            None => fs::create_directory(&path.join(entry)).unwrap(),
            Some(text) => fs::write(&path.join(entry), text, 0o644).unwrap(),
        }
        let expected = expected.replace("{}", &path.display().to_string());
        let expected: Vec<String> = [expected]
            .into_iter()
            .filter(|one| !one.is_empty())
            .collect();
        assert_eq!(foreign(&base, &name, &uid()).unwrap(), expected, "{entry}");
    }
    // A link would go, and not what it leads to.
    let (place, base) = made();
    let (name, _) = dev();
    let var = base.of_cluster(&name).join(node).join("var");
    let elsewhere = place.path().join("var");
    fs::rename(&var, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &var).unwrap();
    let expected = format!("`{}` does not belong to kinc", var.display());
    assert_eq!(foreign(&base, &name, &uid()).unwrap(), [expected]);
}
