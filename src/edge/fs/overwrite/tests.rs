//! Overwriting files: what stays of them, and what a killed process leaves.

use std::fs;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

/// A directory with a file of mode 0660.
fn scratch() -> (TempDir, std::path::PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("config");
    fs::write(&path, "a former text").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o660)).unwrap();
    (scratch, path)
}

fn found(path: &Path) -> (String, u32) {
    let mode = fs::metadata(path).unwrap().mode() & 0o7777;
    (fs::read_to_string(path).unwrap(), mode)
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_keeps_its_mode_and_a_new_one_gets_the_requested_mode() {
    let (scratch, path) = scratch();
    overwrite(&path, "new", 0o600, scratch.path()).unwrap();
    assert_eq!(found(&path), ("new".to_owned(), 0o660));
    let other = scratch.path().join("a/b/other");
    overwrite(&other, "new", 0o600, scratch.path()).unwrap();
    assert_eq!(found(&other), ("new".to_owned(), 0o600));
    assert_eq!(names(scratch.path()), ["a", "config"]);
}

#[test]
fn leftovers_of_a_killed_write_are_removed_by_the_next_write() {
    let (scratch, path) = scratch();
    for name in [".kinc-config.new", ".kinc-other.new", ".kinc-ab12cd.new"] {
        fs::write(scratch.path().join(name), "left").unwrap();
    }
    overwrite(&path, "new", 0o600, scratch.path()).unwrap();
    assert_eq!(found(&path), ("new".to_owned(), 0o660));
    assert_eq!(
        names(scratch.path()),
        [".kinc-ab12cd.new", ".kinc-other.new", "config"]
    );
}

#[test]
fn a_file_is_replaced_unless_it_has_hard_links() {
    let (scratch, path) = scratch();
    let number = |path: &Path| fs::metadata(path).unwrap().ino();
    let before = number(&path);
    overwrite(&path, "new", 0o600, scratch.path()).unwrap();
    assert_ne!(number(&path), before);
    let other = scratch.path().join("other");
    fs::hard_link(&path, &other).unwrap();
    let before = number(&path);
    for text in ["a much longer text", "shorter", ""] {
        overwrite(&path, text, 0o600, scratch.path()).unwrap();
        assert_eq!(number(&path), before);
        assert_eq!(found(&other), (text.to_owned(), 0o660));
    }
    assert_eq!(names(scratch.path()), ["config", "other"]);
}

#[test]
fn writing_through_a_dangling_link_creates_the_file_only() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    symlink("elsewhere/config", at("b")).unwrap();
    symlink("b", at("a")).unwrap();
    let error = overwrite(&at("a"), "new", 0o600, scratch.path()).unwrap_err();
    let expected = format!(
        "writing `{0}/a`: it is a link to `{0}/elsewhere/config`, and the directory `{0}/elsewhere` is not \
         there",
        scratch.path().display()
    );
    assert_eq!(format!("{error:#}"), expected);
    assert_eq!(names(scratch.path()), ["a", "b"]);
    fs::create_dir(at("elsewhere")).unwrap();
    overwrite(&at("a"), "new", 0o600, scratch.path()).unwrap();
    assert_eq!(found(&at("elsewhere/config")), ("new".to_owned(), 0o600));
    assert_eq!(link_target(&at("a")), Some("b".into()));
}

#[test]
fn a_backup_exists_while_a_file_is_overwritten_in_place() {
    let (scratch, path) = scratch();
    let kept = keep(&path, b"a former text", scratch.path()).unwrap();
    let names = names(scratch.path());
    assert!(
        names[1].starts_with("config.") && names[1].ends_with(".kinc-old"),
        "{names:?}"
    );
    assert_eq!(found(kept.path()), ("a former text".to_owned(), 0o600));
    // Where the directory takes no file, it is the other one.
    let spare = tempfile::tempdir().unwrap();
    let absent = scratch.path().join("absent/config");
    let kept = keep(&absent, b"", spare.path()).unwrap();
    assert_eq!(kept.path().parent(), Some(spare.path()));
}

#[test]
fn an_unwritable_directory_is_named() {
    let scratch = tempfile::tempdir().unwrap();
    let absent = scratch.path().join("absent");
    let error = beside(&absent.join("config"), "", 0o600).unwrap_err();
    let expected = format!(
        "no file can be made in the directory `{}`: entity not found",
        absent.display()
    );
    assert_eq!(format!("{error:#}"), expected);
}

#[test]
fn a_file_of_another_user_is_reported_with_its_mode_and_owner() {
    let (_scratch, path) = scratch();
    let owner = fs::metadata(&path).unwrap().uid();
    let error = refusal(&path, ErrorKind::PermissionDenied.into());
    let expected =
        format!("you may not read and write it: its mode is 0660, and its owner the user {owner}");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn only_regular_files_are_overwritten() {
    let error = overwrite(Path::new("/dev/null"), "", 0o600, Path::new("/")).unwrap_err();
    let expected = "writing `/dev/null`: it is not a regular file";
    assert_eq!(format!("{error:#}"), expected);
}
