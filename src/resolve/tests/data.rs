//! Where data lies, and whose it is.

use super::*;

const UID: &str = "5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f";

#[test]
fn uids_are_unique_and_kept() {
    let with_uid = |cluster: Cluster| {
        let uid = Uid::parse(UID);
        giving(Cluster { uid, ..cluster }, &[Field::Uid])
    };
    let first = with_uid(resolved("first", 6443, "10.200.0.0/24"));
    let in_use = InUse {
        clusters: vec![ClusterInUse::of(&first).unwrap()],
        ..InUse::default()
    };
    let second = with_uid(named("second"));
    let refused = format!(
        "c.yaml:1:9: `metadata.uid`: `{UID}` is the uid of cluster `first`; omit it, and kinc generates \
         another one"
    );
    assert_eq!(problems(&second, &in_use, None), refused);
    let both = [with_uid(named("first")), second.clone()];
    let found = resolve_all(&both, InUse::default(), &[]).unwrap_err();
    assert_eq!(found.to_string(), refused);
    // What is there already cannot be told apart any more, and has to be reached all the same.
    let there = with_uid(resolved("second", 6444, "10.200.1.0/24"));
    assert!(resolve(&there, &in_use, Some(&there)).is_ok());
    assert!(resolve(&second, &InUse::default(), None).is_ok());
}

#[test]
fn a_data_directory_that_podman_cannot_mount_is_rejected() {
    for base in ["/a:b/kinc", "/a\nb/kinc"] {
        let in_use = InUse {
            data: DataFacts {
                base: DataDir::new(base),
                ..DataFacts::default()
            },
            ..InUse::default()
        };
        let refused = format!(
            "`spec.dataDir`: `{base}` cannot be mounted, because a colon or a line break ends a path for \
             Podman; choose another directory"
        );
        let refused = crate::model::problem::printable(&refused, " ");
        assert_eq!(problems(&named("dev"), &in_use, None), refused);
        let there = Cluster {
            data_dir: Some(DataDir::new(base)),
            ..resolved("dev", 6443, "10.200.0.0/24")
        };
        assert!(resolve_again(&there).is_err());
        let elsewhere = Cluster {
            data_dir: Some(DataDir::new("/big")),
            ..named("dev")
        };
        assert!(resolve(&elsewhere, &in_use, None).is_ok());
    }
}

#[test]
fn a_changed_data_directory_is_rejected_with_the_move_command() {
    let previous = Cluster {
        data_dir: Some(DataDir::new("/srv/my data")),
        ..resolved("dev", 6443, "10.200.0.0/24")
    };
    let moved = Cluster {
        data_dir: Some(DataDir::new("/mnt/it's")),
        ..named("dev")
    };
    let moved = giving(moved, &[Field::DataDir]);
    assert_eq!(
        problems(&moved, &InUse::default(), Some(&previous)),
        "c.yaml:1:9: `spec.dataDir`: cannot change from `/srv/my data` to `/mnt/it's` while the data is in \
         `/srv/my data`; move it first: kinc stop dev && mkdir -p -m 700 '/mnt/it'\\''s/clusters' && \
         podman unshare mv '/srv/my data/clusters/dev' '/mnt/it'\\''s/clusters'/"
    );
    let mut in_use = InUse::default();
    in_use.data.moved.insert(moved.name.clone());
    assert!(resolve(&moved, &in_use, Some(&previous)).is_ok());
}
