//! The table held against the enum, and what is made of it.

use super::*;

#[test]
fn each_field_is_described_once_and_has_a_unique_path() {
    for field in Field::all() {
        let all = FIELDS.into_iter().flatten();
        let count = all.filter(|description| description.field == field).count();
        assert_eq!(count, 1, "{}", field.path());
    }
    let mut all: Vec<&str> = explained();
    all.sort_unstable();
    let count = all.len();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn keys_are_those_directly_below_a_path() {
    assert_eq!(keys(""), ["apiVersion", "kind", "metadata", "spec"]);
    assert_eq!(keys("metadata"), ["name", "uid", "annotations"]);
    assert_eq!(
        keys("spec.resources"),
        ["memory", "cpu", "cpuWeight", "ioWeight", "tasks"]
    );
    assert_eq!(keys("spec.resources.memory"), Vec::<&str>::new());
}

#[test]
fn sensitive_fields_can_change_and_include_the_paths_below_them() {
    for field in Field::all().filter(|field| field.is_sensitive()) {
        // A refusal says both values.
        assert_ne!(field.impact(), Impact::Immutable, "{}", field.path());
    }
    let environment = Field::Environment.path();
    assert!(is_sensitive("containerdConfigPatches[0]"));
    for path in [
        environment,
        &format!("{environment}.A"),
        "spec.manifests[0]",
    ] {
        assert!(is_sensitive(path), "{path}");
    }
    for path in [
        "",
        "spec",
        "spec.nodes[]",
        "spec.manifestsLike",
        "spec.caCertificates",
    ] {
        assert!(!is_sensitive(path), "{path}");
    }
}

#[test]
fn every_group_is_described_and_has_fields() {
    for field in descriptions() {
        let (parent, _) = field.path().rsplit_once('.').unwrap();
        assert!(group(parent).is_some(), "{parent}");
    }
    for group in GROUPS {
        assert!(!keys(group.path).is_empty(), "{}", group.path);
    }
}
