//! What becomes of data, as tables over literal values.

use super::*;

const OWN: &str = "5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f";
const OTHER: &str = "00000000-0000-0000-0000-000000000000";

fn uid(text: &str) -> Uid {
    Uid::parse(text).unwrap()
}

/// Data where its declaration says.
fn recorded() -> Data {
    Data {
        record: Record::Kept(DataDir::new("/srv"), uid(OWN)),
        base: DataDir::new("/srv"),
        is_explicit: false,
        elsewhere: None,
        unreadable: None,
        state: State::Data(uid(OWN)),
        has_directory: true,
        copied: None,
        foreign: Vec::new(),
        mounted: None,
    }
}

/// Data that only its own copy of the declaration tells of.
fn lost() -> Data {
    Data {
        record: Record::Lost,
        copied: Some(uid(OWN)),
        ..recorded()
    }
}

fn absent(data: Data) -> Data {
    Data {
        state: State::Absent,
        has_directory: false,
        ..data
    }
}

/// What becomes of the data: that it goes, that there is none, or the reason.
fn fate(data: &Data, ignores_missing: bool) -> String {
    let dev = ClusterName::new("dev").unwrap();
    match data.goes(&dev, ignores_missing) {
        Ok(true) => "goes".to_owned(),
        Ok(false) => "none".to_owned(),
        Err(failure) => failure.to_string(),
    }
}

#[test]
fn only_data_known_to_be_the_clusters_is_removed() {
    let cases = [
        ("recorded", recorded(), "goes"),
        ("its copy says whose it is", lost(), "goes"),
        (
            "made and never started",
            Data {
                state: State::Empty(uid(OWN)),
                copied: None,
                ..lost()
            },
            "goes",
        ),
        (
            "an attempt that came not as far as its mark",
            Data {
                state: State::Absent,
                ..lost()
            },
            "goes",
        ),
        ("nothing recorded and nothing there", absent(lost()), "none"),
        (
            "an older kinc had none",
            Data {
                record: Record::InVolumes,
                ..lost()
            },
            "none",
        ),
        (
            "the place of what cannot be read is given",
            Data {
                record: Record::Unreadable,
                is_explicit: true,
                ..lost()
            },
            "goes",
        ),
        (
            "nothing says whose it is, and somebody names it",
            Data {
                copied: None,
                is_explicit: true,
                ..lost()
            },
            "goes",
        ),
    ];
    for (case, data, expected) in cases {
        assert_eq!(fate(&data, false), expected, "{case}");
    }
}

#[test]
fn missing_data_is_an_error_unless_the_user_ignores_it() {
    let not_there = "the data of cluster `dev` is not in `/srv/clusters/dev`; mount its disk, pass its \
                     directory, or delete everything else";
    let of_another = format!(
        "`/srv/clusters/dev` is marked with {OTHER}, and belongs to another cluster; it stays"
    );
    let given = Data {
        is_explicit: true,
        ..absent(lost())
    };
    let unreadable = Data {
        record: Record::Unreadable,
        ..lost()
    };
    let foreign = Data {
        state: State::Foreign("`/srv/clusters/dev` is not a directory of kinc".to_owned()),
        ..recorded()
    };
    let other = |data: Data| Data {
        state: State::Data(uid(OTHER)),
        ..data
    };
    let unknown = Data {
        copied: None,
        ..lost()
    };
    let broken = Data {
        unreadable: Some("Input/output error".to_owned()),
        ..absent(recorded())
    };
    let cases = [
        (absent(recorded()), not_there),
        (
            broken,
            "cannot tell what is in `/srv/clusters/dev`: Input/output error; repair its disk, pass the \
             directory of the data, or delete everything else",
        ),
        (given, not_there),
        (
            unreadable,
            "the `cluster.yaml` of cluster `dev` cannot be read, so the place of its data is unknown; \
             pass the directory, or delete everything else",
        ),
        (
            foreign,
            "`/srv/clusters/dev` is not a directory of kinc; it stays",
        ),
        (other(recorded()), &of_another),
        (other(lost()), &of_another),
        (
            unknown,
            "`/srv/clusters/dev` has no copy of its declaration, so its owner is unknown; it stays",
        ),
    ];
    for (data, expected) in cases {
        assert_eq!(fate(&data, false), expected);
        assert_eq!(fate(&data, true), "none", "{expected}");
    }
}

#[test]
fn foreign_files_in_the_data_and_a_second_copy_prevent_removal() {
    let mounted = |point: &str, is_whole, is_of_host| Data {
        mounted: Some(Mounted {
            point: point.into(),
            is_whole,
            is_of_host,
        }),
        ..recorded()
    };
    let elsewhere = Data {
        is_explicit: true,
        elsewhere: Some(DataDir::new("/big")),
        ..recorded()
    };
    let stranger = Data {
        foreign: vec!["`/srv/clusters/dev/backup` does not belong to kinc".to_owned()],
        ..recorded()
    };
    let cases: [(Data, &str, &[&str]); 4] = [
        (
            elsewhere,
            "the data of cluster `dev` is in `/big/clusters/dev` as well, which its declaration names; \
             move one of them away",
            &["kinc delete dev"],
        ),
        (
            stranger,
            "`/srv/clusters/dev/backup` does not belong to kinc, and would be removed with the data of cluster `dev`; \
             move it away",
            &["kinc delete dev"],
        ),
        (
            mounted("/srv/clusters/dev/a b", false, false),
            "`/srv/clusters/dev/a b` is mounted in the data of cluster `dev`; unmount it first",
            &["podman unshare umount '/srv/clusters/dev/a b'"],
        ),
        (
            mounted("/srv/clusters/dev", true, true),
            "`/srv/clusters/dev` is a mount point, and kinc removes no mounted data; unmount it, and \
             delete everything else",
            &[
                "sudo umount /srv/clusters/dev",
                "kinc delete dev --ignore-missing-data",
            ],
        ),
    ];
    let dev = ClusterName::new("dev").unwrap();
    for (data, message, hints) in cases {
        // It is not missing, so nobody can have meant to leave it.
        for ignores_missing in [false, true] {
            let failure = data.goes(&dev, ignores_missing).unwrap_err();
            assert_eq!(
                (failure.to_string().as_str(), failure.hints()),
                (
                    message,
                    &hints
                        .iter()
                        .map(|&hint| hint.to_owned())
                        .collect::<Vec<_>>()[..]
                )
            );
        }
    }
}
