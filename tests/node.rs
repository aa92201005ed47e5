//! Rules of the node's scripts that need no node: which last words of etcd and of the other parts another start
//! cannot repair, what is recreated for its age, what a node is marked with, and how objects are applied.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests run the repository's scripts, and stop at once"
)]

#[path = "node/admission.rs"]
mod admission;
#[path = "node/certificates.rs"]
mod certificates;
#[path = "node/ids.rs"]
mod ids;
#[path = "node/joining.rs"]
mod joining;
#[path = "node/manifests.rs"]
mod manifests;
#[path = "node/marks.rs"]
mod marks;
#[path = "node/mounted.rs"]
mod mounted;
#[path = "node/scripts.rs"]
mod scripts;
#[path = "node/serving.rs"]
mod serving;
#[path = "node/tree.rs"]
mod tree;
#[path = "node/watching.rs"]
mod watching;
#[path = "node/words.rs"]
mod words;

use std::fs::File;
use std::path::Path;
use std::process::Command;

/// Returns what the node makes of a log that etcd 3.6.16 wrote, as CRI-O keeps it: the place and the words.
fn verdict(log: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = root.join("images/node/files/usr/libexec/kinc/damage");
    let output = Command::new("bash")
        .args(["-uc", ". \"$0\"; verdict"])
        .arg(script)
        .stdin(File::open(root.join(format!("tests/node/etcd/{log}.log"))).unwrap())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{log}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn data_that_etcd_cannot_open_is_reported_with_its_message() {
    let newer = "/var/lib/etcd/member, written by another version of etcd";
    let rows = [
        (
            "wal-garbage",
            "/var/lib/etcd/member/wal/0000000000000000-0000000000000000.wal",
            "walpb: crc mismatch: expected: 3837a8e7 computed: 3ae69385: in file \
             '0000000000000000-0000000000000000.wal' at position: 640",
        ),
        (
            "wal-empty",
            "/var/lib/etcd/member/wal",
            "panic: cannot use none as id",
        ),
        (
            "wal-cut",
            "/var/lib/etcd/member/wal",
            "the log ends with entry 5, and the database has 161",
        ),
        (
            "db-empty",
            "/var/lib/etcd/member/snap/db",
            "failed to recover v3 backend from snapshot: failed to find database snapshot file \
             (snap: snapshot file doesn't exist)",
        ),
        (
            "db-cut",
            "/var/lib/etcd/member/snap/db",
            "fatal error: fault",
        ),
        (
            "db-no-meta-page",
            "/var/lib/etcd/member/snap/db",
            "failed to open database: invalid database",
        ),
        (
            "db-garbage",
            "/var/lib/etcd/member/snap/db",
            "panic: assertion failed: Page expected to be: 2, but self identifies as 309412347456151894",
        ),
        ("newer-storage", newer, "version \"3.7.0\" is not supported"),
        (
            "newer-cluster",
            newer,
            "invalid downgrade; server version is lower than determined cluster version",
        ),
        (
            "newer-major",
            newer,
            "changing major storage version is not supported",
        ),
    ];
    for (log, place, words) in rows {
        assert_eq!(verdict(log), format!("{place}\n{words}\n"), "{log}");
    }
}

#[test]
fn errors_that_etcd_recovers_from_are_not_damage() {
    let logs = [
        "mended-wal-torn",
        "mended-snapshots-empty",
        "full-at-first",
        "full-later",
    ];
    for log in logs {
        assert_eq!(verdict(log), "", "{log}");
    }
}
