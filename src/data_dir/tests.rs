//! Directories of clusters on a real file system.

use super::*;

fn uid() -> Uid {
    Uid::parse("5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f").unwrap()
}

fn dev() -> (ClusterName, NodeName) {
    let name = ClusterName::new("dev").unwrap();
    let node = NodeName::new(&name, crate::cluster::Role::ControlPlane);
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
fn new_directories_are_empty_and_whole_and_may_be_made_again() {
    let (_place, base) = made();
    let (name, node) = dev();
    assert_eq!(state(&base, &name).unwrap(), State::Empty(uid()));
    assert_eq!(faults(&base, &name, &node, &uid()).unwrap(), [""; 0]);
    create(&base, &name, &[node], &uid()).unwrap();
    write_declaration(&base, &name, "a\n").unwrap();
    assert_eq!(state(&base, &name).unwrap(), State::Empty(uid()));
    assert_eq!(declaration(&base, &name).unwrap().as_deref(), Some("a\n"));
}

#[test]
fn whatever_a_node_wrote_makes_it_data() {
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
fn a_directory_without_our_mark_is_foreign_and_one_without_anything_is_absent() {
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
fn what_is_wrong_with_a_node_is_said_directory_by_directory() {
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
        faults(&base, &name, &node, &uid()).unwrap(),
        [
            format!("`{}` is missing", kubernetes.display()),
            format!("`{}` is marked as another cluster's", var.display()),
        ]
    );
    fs::remove(&var.join(MARK)).unwrap();
    let lost = format!("`{}` has lost its mark, and its data", var.display());
    assert_eq!(faults(&base, &name, &node, &uid()).unwrap()[1], lost);
}

#[test]
fn removal_leaves_nothing_and_what_is_not_ours_stops_it() {
    let (_place, base) = made();
    let (name, node) = dev();
    let of_node = base.of_node(&name, &node);
    assert_eq!(nodes(&base, &name).unwrap(), std::slice::from_ref(&of_node));
    let error = remove(&base, &name).unwrap_err().to_string();
    let path = base.of_cluster(&name);
    assert_eq!(
        error,
        format!("`{}` has files that are not of kinc in it", path.display())
    );
    for name in NODE_DIRECTORIES {
        let mounted = of_node.join(name);
        fs::remove(&mounted.join(MARK)).unwrap();
        fs::remove_directory_if_empty(&mounted.join(mark_directory())).unwrap();
        fs::remove_directory_if_empty(&mounted).unwrap();
    }
    fs::remove_directory_if_empty(&of_node).unwrap();
    remove(&base, &name).unwrap();
    assert!(!fs::exists(&path).unwrap());
}
