//! A node's directories below a temporary one, with scripts whose paths lead there.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::scripts;

/// The directories of a node, and what they are called below the temporary one.
const PLACES: [(&str, &str); 11] = [
    ("/usr/libexec/kinc", "kinc"),
    ("/etc/kubernetes", "kubernetes"),
    ("/etc/kinc/manifests", "manifests"),
    ("/var/lib/kubelet", "kubelet"),
    ("/run/kinc", "run"),
    ("/var/lib/half-done", "half-done"),
    ("/var/lib/etcd", "etcd"),
    ("/var/.kinc", "var-mark"),
    ("/proc/net", "net"),
    ("/proc/self", "self"),
    ("/etc/kinc", "etc"),
];

pub(crate) struct Tree(TempDir);

impl Tree {
    /// Makes the directories; a status line is only printed.
    pub(crate) fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for (_, here) in PLACES {
            fs::create_dir(tree.path().join(here)).unwrap();
        }
        fs::create_dir(tree.path().join("bin")).unwrap();
        for (name, mut text) in scripts::scripts() {
            for (place, here) in PLACES {
                let here = tree.path().join(here);
                text = text.replace(place, here.to_str().unwrap());
            }
            fs::write(tree.path().join("kinc").join(name), text).unwrap();
        }
        // Nothing is mounted.
        fs::write(tree.path().join("self/mountinfo"), "").unwrap();
        tree.program("kinc/status", "echo \"status: $*\"");
        tree
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a program in place of another one; those in `bin` are found first.
    pub(crate) fn program(&self, path: &str, lines: &str) -> PathBuf {
        let path = self.path().join(path);
        fs::write(&path, format!("#!/bin/bash\n{lines}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Runs lines of bash, and returns what they print; `$root` is the temporary directory.
    #[track_caller]
    pub(crate) fn run(&self, lines: &str) -> String {
        let output = Command::new("bash")
            .args(["-uc", &format!("root=$0 PATH=$0/bin:$PATH\n{lines}")])
            .arg(self.path())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{lines}");
        String::from_utf8(output.stdout).unwrap()
    }
}
