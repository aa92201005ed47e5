//! What the program shows of itself with `-v` and `-vv`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::run::{Ran, Sandbox};

/// A Podman whose only container runs and has a journal of one line.
const PODMAN: &str = r#"#!/bin/sh
case $1 in
container) echo '[{"State": {"Running": true}}]' ;;
exec) echo 'a line of the journal' ;;
esac
"#;

/// Runs kinc where a cluster `other` runs.
fn kinc(arguments: &[&str]) -> Ran {
    let sandbox = Sandbox::with_runtime_directory();
    let other = sandbox.golden("05-reapply-keeps-allocation/disk/kinc-other/cluster.yaml");
    sandbox.write(".config/containers/systemd/kinc-other/cluster.yaml", &other);
    sandbox.write("podman", PODMAN);
    let mode = Permissions::from_mode(0o755);
    fs::set_permissions(sandbox.home().join("podman"), mode).unwrap();
    sandbox.kinc(arguments)
}

/// Returns the lines with `S` for the seconds since the start, and `T` for how long something took.
fn lines(stderr: &str) -> Vec<String> {
    let line = |line: &str| {
        let (since, rest) = line.trim_start().split_once("s ").unwrap();
        since.parse::<f64>().unwrap();
        match rest.rsplit_once(", ") {
            Some((what, took)) if took.ends_with('s') && took.contains('.') => {
                format!("S {what}, T")
            }
            _ => format!("S {rest}"),
        }
    };
    stderr.lines().map(line).collect()
}

const INSPECT: &str = "`podman container inspect kinc-other-control-plane`";
const EXEC: &str =
    "`podman exec kinc-other-control-plane journalctl --no-pager --boot '--unit=a b'`";

#[test]
fn verbose_shows_each_program_and_leaves_stdout_alone() {
    let logs = ["logs", "other", "--unit", "a b"];
    let quiet = kinc(&logs);
    assert_eq!(
        quiet,
        Ran {
            stdout: "a line of the journal\n".to_owned(),
            ..Ran::default()
        }
    );
    let ran = |what: &str| format!("S ran {what}: exit status: 0, T");
    let verbose = kinc(&[&["-v"], &logs[..]].concat());
    assert_eq!((verbose.code, &verbose.stdout), (0, &quiet.stdout));
    assert_eq!(lines(&verbose.stderr), [ran(INSPECT), ran(EXEC)]);
    let more = kinc(&[&logs[..], &["-vv"]].concat());
    assert_eq!((more.code, &more.stdout), (0, &quiet.stdout));
    assert_eq!(
        lines(&more.stderr),
        [
            format!("S running {INSPECT}"),
            ran(INSPECT),
            format!("S {INSPECT} wrote 31 bytes to standard output, 0 to standard error"),
            format!("S running {EXEC}"),
            ran(EXEC),
        ]
    );
}
