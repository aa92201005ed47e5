//! What counts as a unit that is as it should be, and what is said of one that is not.

use super::*;

const SOURCE: &str = "/home/a/.config/containers/systemd/kinc-dev/kinc-dev.container";

fn said(state: &UnitState, facts: fn(Facts<'_>) -> Facts<'_>) -> Option<String> {
    let is_ours = state.source_path == SOURCE;
    let facts = facts(Facts {
        state,
        source: Path::new(SOURCE),
        is_ours,
        is_whole: true,
        unread: None,
    });
    let cluster = ClusterName::new("dev").unwrap();
    fault(&cluster, facts).map(|fault| match fault {
        Fault::NotLoaded(failure) => failure.to_string(),
        Fault::NotWhole(failure) => format!("warning: {failure}"),
    })
}

/// What a case has otherwise.
type Change = fn(Facts<'_>) -> Facts<'_>;

#[test]
fn a_unit_not_loaded_from_our_file_says_why() {
    let unit = |load: &str, source: &str| UnitState {
        name: "kinc-dev.service".to_owned(),
        load_state: load.to_owned(),
        fragment_path: "/f/kinc-dev.service".to_owned(),
        source_path: source.to_owned(),
        ..UnitState::default()
    };
    let as_it_is: Change = |facts| facts;
    let cases: [(UnitState, Change, Option<&str>); 7] = [
        (unit("loaded", SOURCE), as_it_is, None),
        (
            unit("loaded", SOURCE),
            |facts| Facts {
                is_whole: false,
                ..facts
            },
            Some(
                "warning: `/f/kinc-dev.service` differs from what Podman's generator makes of \
                 `/home/a/.config/containers/systemd/kinc-dev/kinc-dev.container`: something \
                 keeps reloading systemd, or changes the file",
            ),
        ),
        (
            unit("loaded", ""),
            as_it_is,
            Some("`/f/kinc-dev.service` shadows a unit of cluster `dev`; move it away"),
        ),
        (
            unit("loaded", "/other.container"),
            as_it_is,
            Some(
                "`kinc-dev.service` was loaded from `/other.container`, not from \
                 `/home/a/.config/containers/systemd/kinc-dev/kinc-dev.container`",
            ),
        ),
        (
            unit("not-found", ""),
            as_it_is,
            Some("systemd did not load `kinc-dev.service`: not-found"),
        ),
        (
            UnitState {
                load_error: "Unit has a bad unit file setting.".to_owned(),
                ..unit("bad-setting", "")
            },
            as_it_is,
            Some("systemd did not load `kinc-dev.service`: Unit has a bad unit file setting."),
        ),
        (
            unit("not-found", ""),
            |facts| Facts {
                unread: Some("it is a link"),
                ..facts
            },
            Some("systemd did not load `kinc-dev.service`: it is a link"),
        ),
    ];
    for (state, facts, expected) in cases {
        assert_eq!(said(&state, facts).as_deref(), expected, "{state:?}");
    }
}

#[test]
fn a_linked_directory_is_read_where_podman_follows_links_and_its_name_does_not_end_in_d() {
    let link = "`/units/kinc-dev` is a link, which Podman 5.2 does not follow (5.3 and newer do); \
                move `/git/kinc-dev` to its place";
    let ends_in_d = "`/units/kinc-dev` leads to `/git/kinc.d`, and Podman reads no directory whose \
                     name ends in `.d`; give it another name";
    let cases = [
        ("4.9", None, None),
        ("5.2", Some("/git/kinc-dev"), Some(link)),
        ("5.3", Some("/git/kinc-dev"), None),
        ("6.0", Some("/git/kinc.d"), Some(ends_in_d)),
    ];
    for (podman, target, expected) in cases {
        let directory = Path::new("/units/kinc-dev");
        let reason = unread(podman.parse().unwrap(), directory, target.map(Path::new));
        assert_eq!(reason.as_deref(), expected, "{podman}");
    }
}
