//! What is ours in a directory of one's own, and which drop-ins count.

#![expect(
    clippy::disallowed_methods,
    reason = "tests read and write their own directories"
)]

use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::units::file_set::diff;

/// Returns an empty unit directory, which goes with the first value, and a cluster for it.
fn scratch() -> (TempDir, UnitDir, ClusterName) {
    let scratch = tempfile::tempdir().unwrap();
    let unit_dir = UnitDir::new(scratch.path().to_owned());
    (scratch, unit_dir, ClusterName::new("dev").unwrap())
}

fn files(names: &[&str]) -> FileSet {
    let file = |name: &&str| {
        let text = format!("{HEADER} 0.1.0\n");
        ((*name).to_owned(), File { text, mode: 0o644 })
    };
    names.iter().map(file).collect()
}

fn names(directory: &Path) -> Vec<String> {
    fs::files(directory).unwrap()
}

#[test]
fn foreign_files_are_left_alone_whatever_their_content() {
    let (_scratch, unit_dir, dev) = scratch();
    let directory = unit_dir.directory(&dev);
    let ours = files(&["a.container", DECLARATION]);
    write_all(&directory, &ours).unwrap();
    std::fs::write(directory.join("picture"), [0xff, 0xd8]).unwrap();
    assert_eq!(unit_dir.load(&dev).unwrap(), ours);
    unit_dir
        .write(&dev, &diff(&ours, &FileSet::default()))
        .unwrap();
    assert_eq!(names(&directory), ["picture"]);
}

#[test]
fn a_file_named_after_a_node_is_ours_whatever_its_content() {
    let (_scratch, unit_dir, dev) = scratch();
    let directory = unit_dir.directory(&dev);
    std::fs::create_dir_all(&directory).unwrap();
    let all = [
        "file-0.file",
        "kinc-dev-control-plane.file-0.file",
        "kinc-dev-control-plane.notes.file",
        "kinc-dev-control-plane1.file-0.file",
        "kinc-dev-control-plane2.file-0.file",
        "kinc-dev-cook.file-0.file",
        "kinc-dev-worker10.file-0.file",
        "kinc-other-worker.file-0.file",
    ];
    for name in all {
        std::fs::write(directory.join(name), "x\n").unwrap();
    }
    let files = unit_dir.load(&dev).unwrap();
    let ours: Vec<&str> = files.iter().map(|(name, _)| name).collect();
    assert_eq!(
        ours,
        [
            "kinc-dev-control-plane.file-0.file",
            "kinc-dev-control-plane2.file-0.file",
            "kinc-dev-worker10.file-0.file"
        ]
    );
}

#[test]
fn a_damaged_declaration_is_ours_and_is_renamed_behind_links_too() {
    let (scratch, unit_dir, dev) = scratch();
    let directory = unit_dir.directory(&dev);
    std::fs::create_dir_all(&directory).unwrap();
    let real = scratch.path().join("kept.yaml");
    std::os::unix::fs::symlink(&real, directory.join(DECLARATION)).unwrap();
    for (number, text) in [(1, "{\u{fffd}"), (2, "")] {
        let bytes: &[u8] = if text.is_empty() { b"" } else { b"{\xff" };
        std::fs::write(&real, bytes).unwrap();
        let files = unit_dir.load(&dev).unwrap();
        assert_eq!(files.get(DECLARATION).unwrap().text, text);
        assert_eq!(unit_dir.declaration(&dev).unwrap().as_deref(), Some(text));
        let aside = unit_dir.set_aside(&dev, DECLARATION).unwrap();
        assert_eq!(
            aside,
            scratch.path().join(format!("kept.yaml.old-{number}"))
        );
        assert_eq!(std::fs::read(aside).unwrap(), bytes);
    }
    assert!(fs::is_dangling(&directory.join(DECLARATION)));
}

#[test]
fn drop_ins_are_files_and_links_to_files_that_podman_reads() {
    let (scratch, unit_dir, dev) = scratch();
    let own = unit_dir.directory(&dev).join("a.container.d");
    let all = scratch.path().join("container.d");
    for directory in [&own, &all] {
        std::fs::create_dir_all(directory.join("c.conf")).unwrap();
        std::fs::write(directory.join("b.conf.off"), "").unwrap();
    }
    std::fs::write(own.join("b.conf"), "").unwrap();
    std::os::unix::fs::symlink(own.join("b.conf"), all.join("a.conf")).unwrap();
    assert_eq!(
        unit_dir.drop_ins(&dev, "a.container").unwrap(),
        [own.join("b.conf"), all.join("a.conf")]
    );
}

#[test]
fn an_added_or_removed_drop_in_changes_its_directory_time() {
    let (scratch, unit_dir, dev) = scratch();
    let own = unit_dir.directory(&dev);
    let of_own = own.join("a.container.d");
    let of_all = scratch.path().join("container.d");
    let others = scratch.path().join("kinc-other/a.container.d");
    let all = [scratch.path(), &own, &of_own, &of_all, &others];
    let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
    let changed = |directory: &Path, seconds| {
        for directory in all {
            std::fs::create_dir_all(directory).unwrap();
        }
        for one in all {
            let seconds = if one == directory { seconds } else { 10 };
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            std::fs::File::open(one).unwrap().set_modified(at).unwrap();
        }
        unit_dir
            .drop_ins_changed(&dev, "a.container", moment)
            .unwrap()
    };
    for directory in [scratch.path(), &own, &of_own, &of_all] {
        assert!(changed(directory, 1000), "{}", directory.display());
        assert!(!changed(directory, 999), "{}", directory.display());
    }
    assert!(!changed(&others, 1000));
}

#[test]
fn leftovers_of_a_killed_write_go_with_the_next_one() {
    let (_scratch, unit_dir, dev) = scratch();
    let directory = unit_dir.directory(&dev);
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join(".kinc-a1b2c3.new"), "# Generated by kinc").unwrap();
    let ours = files(&[DECLARATION]);
    unit_dir
        .write(&dev, &diff(&FileSet::default(), &ours))
        .unwrap();
    assert_eq!(names(&directory), [DECLARATION]);
}

/// How people link what they keep elsewhere.
#[derive(Debug, Clone, Copy)]
enum Linked {
    UnitDir,
    Cluster,
    Files,
}

#[test]
fn a_linked_cluster_directory_is_read_written_and_removed() {
    use std::os::unix::fs::symlink;
    for how in [Linked::UnitDir, Linked::Cluster, Linked::Files] {
        let scratch = tempfile::tempdir().unwrap();
        let (kept, at) = (scratch.path().join("kept"), scratch.path().join("units"));
        let dev = ClusterName::new("dev").unwrap();
        let ours = files(&["a.container", DECLARATION]);
        let (target, link) = match how {
            Linked::UnitDir => (kept.join("kinc-dev"), at.clone()),
            Linked::Cluster => (kept.clone(), at.join("kinc-dev")),
            Linked::Files => (kept.clone(), at.join("kinc-dev/a.container")),
        };
        write_all(&target, &ours).unwrap();
        match how {
            Linked::UnitDir => symlink(&kept, &at).unwrap(),
            Linked::Cluster => {
                std::fs::create_dir(&at).unwrap();
                symlink(&kept, &link).unwrap();
            }
            Linked::Files => {
                std::fs::create_dir_all(at.join("kinc-dev")).unwrap();
                for name in ["a.container", DECLARATION] {
                    symlink(kept.join(name), at.join("kinc-dev").join(name)).unwrap();
                }
            }
        }
        let unit_dir = UnitDir::new(at);
        assert_eq!(
            unit_dir.clusters().unwrap(),
            std::slice::from_ref(&dev),
            "{how:?}"
        );
        assert_eq!(unit_dir.load(&dev).unwrap(), ours, "{how:?}");
        assert_eq!(
            unit_dir.same_names(&dev, &ours).unwrap(),
            Vec::<PathBuf>::new(),
            "{how:?}"
        );

        let changed =
            crate::units::file_set::changed("a.container", "", "# Generated by kinc, anew\n");
        std::fs::write(target.join(".kinc-a1b2c3.new"), "").unwrap();
        unit_dir.write(&dev, &[changed]).unwrap();
        let text = std::fs::read_to_string(target.join("a.container")).unwrap();
        assert_eq!(text, "# Generated by kinc, anew\n", "{how:?}");
        assert!(link.is_symlink(), "{how:?}");
        assert_eq!(names(&target), ["a.container", DECLARATION], "{how:?}");

        let there = unit_dir.load(&dev).unwrap();
        unit_dir
            .write(&dev, &diff(&there, &FileSet::default()))
            .unwrap();
        assert_eq!(names(&target), [""; 0], "{how:?}");
        assert!(!unit_dir.directory(&dev).is_symlink(), "{how:?}");
        assert!(!unit_dir.directory(&dev).exists(), "{how:?}");
    }
}

#[test]
fn a_dangling_link_is_an_unreadable_cluster() {
    let (scratch, unit_dir, dev) = scratch();
    let link = scratch.path().join("kinc-dev");
    std::os::unix::fs::symlink("/nonexistent/kinc-dev", &link).unwrap();
    assert_eq!(unit_dir.clusters().unwrap(), std::slice::from_ref(&dev));
    let expected = format!(
        "reading the declaration of cluster `dev`: the link `{}` leads nowhere",
        link.display()
    );
    let error = unit_dir.declaration(&dev).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn circular_links_do_not_list_a_file_twice() {
    use std::os::unix::fs::symlink;
    let (scratch, unit_dir, dev) = scratch();
    let ours = files(&["a.container", DECLARATION]);
    write_all(&unit_dir.directory(&dev), &ours).unwrap();
    let other = scratch.path().join("other");
    write_all(&other, &files(&["a.container"])).unwrap();
    write_all(&scratch.path().join("off.d"), &files(&["a.container"])).unwrap();
    symlink(scratch.path(), other.join("back")).unwrap();
    symlink("kinc-dev", scratch.path().join("kinc-again")).unwrap();
    symlink("other", scratch.path().join("same")).unwrap();
    let found = unit_dir.same_names(&dev, &ours).unwrap();
    let found: Vec<_> = found.iter().map(|path| fs::resolve(path)).collect();
    assert_eq!(found, [fs::resolve(&other).join("a.container")]);
}
