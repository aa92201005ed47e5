//! Podman's own generators as the judges of every golden case, each of what is rendered for it, and
//! of nasty values.
//!
//! `KINC_QUADLET` names one, or several as in `PATH`: each of them has to agree.
//! Skipped where there is none, unless `CI` is set.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests run the generator on their own directories, and stop at once"
)]

#[path = "quadlet/encode.rs"]
mod encode;
#[path = "quadlet/generator.rs"]
mod generator;
#[path = "quadlet/keys.rs"]
mod keys;
#[path = "quadlet/nasty.rs"]
mod nasty;
#[path = "quadlet/podman.rs"]
mod podman;
#[path = "skip/mod.rs"]
mod skip;
#[path = "quadlet/systemd.rs"]
mod systemd;
#[path = "quadlet/values.rs"]
mod values;

use std::fs;
use std::path::{Path, PathBuf};

use generator::{Answer, Generator, generators};
use kinc::units::unit_names;

fn golden(case: &str) -> PathBuf {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    golden.join(case)
}

/// Cases that render files for any Podman.
fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(golden(""))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|case| case.join("expected/cluster.yaml").exists())
        .filter(|case| !case.join("podman-version").exists())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

/// Has a generator judge a case as it is rendered for its Podman.
fn judge(generator: &Generator, case: &Path) -> Answer {
    generator.dry_run(generator.files_of(case).path())
}

/// The units that Podman makes of the files of a directory, by its own naming rule.
fn expected_units(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut units = unit_names::services(names.iter().map(String::as_str));
    units.sort();
    units
}

/// Where the data of the node is.
const DATA: &str = "/home/ops/.local/share/kinc/clusters/dev/kinc-dev-control-plane";

#[test]
fn the_generator_accepts_every_unit_of_every_case() {
    for generator in generators() {
        for case in cases() {
            makes_every_unit(&generator, &case);
        }
    }
}

fn makes_every_unit(generator: &Generator, case: &Path) {
    let answer = judge(generator, case);
    let what = format!("{} of {}", generator.path.display(), case.display());
    let stderr = &answer.stderr;
    assert!(answer.success, "{what}\n{stderr}");
    assert!(!stderr.contains("Warning"), "{what}:\n{stderr}");
    let expected = expected_units(&case.join("expected"));
    assert_eq!(answer.units(), expected, "{what}\n{stderr}");
}

#[test]
fn the_backslash_in_a_slice_name_is_kept() {
    let case = golden("03-second-cluster-beside-first");
    for generator in generators() {
        let answer = judge(&generator, &case);
        let lines = answer.stdout.lines();
        let mut slices: Vec<&str> = lines.filter(|line| line.starts_with("Slice=")).collect();
        // The node's and the network's.
        slices.dedup();
        let generator = generator.path.display();
        assert_eq!(slices, [r"Slice=kinc-dev\x2d2.slice"], "{generator}");
    }
}

#[test]
fn the_generated_unit_has_the_expected_command() {
    for generator in generators() {
        let directory = generator.files_of(&golden("01-default"));
        let answer = generator.dry_run(directory.path());
        let unit = answer.unit("kinc-dev-control-plane.service");
        starts_the_container_as_proven(&unit, directory.path());
        is_a_service_as_proven(&unit);
    }
}

fn starts_the_container_as_proven(unit: &str, directory: &Path) {
    let line = |start: &str| {
        unit.lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_default()
    };
    let conf = fs::canonicalize(directory.join("kinc-dev-control-plane.kubeadm.conf")).unwrap();
    let options = [
        "--name kinc-dev-control-plane",
        "--replace --rm",
        "--cgroups=split",
        "--network kinc-dev",
        "--ip 10.200.0.2",
        "--publish 127.0.0.1:6443:6443",
        "--sdnotify=container -d",
        "--stop-timeout 30",
        "--read-only-tmpfs=false",
        "--read-only",
        "--cap-add all",
        "--pull never",
        &format!("-v {DATA}/kubernetes:/etc/kubernetes:exec,suid,dev"),
        &format!("-v {DATA}/var:/var:exec,suid,dev"),
        "-v kinc-dev-control-plane-containers:/var/lib/containers:exec,suid,dev,nocopy",
        &format!("-v {}:/etc/kinc/kubeadm.conf:ro", conf.display()),
        "--env KINC_POD_CIDR=10.244.0.0/24",
        "--label io.kinc.cluster=dev",
    ];
    let start = line("ExecStart=");
    // Whole words; what is between an option and its value differs from Podman to Podman.
    let plain = |text: &str| format!(" {} ", text.replace('=', " "));
    let missing: Vec<&&str> = options
        .iter()
        .filter(|option| !plain(start).contains(&plain(option)))
        .collect();
    assert!(missing.is_empty(), "{missing:?} not in\n{start}");
    assert!(start.ends_with(" localhost/kinc/node:v1.36.3"), "{start}");
}

fn is_a_service_as_proven(unit: &str) {
    let settings = [
        "Restart=always",
        "RestartPreventExitStatus=70 74 78",
        "TimeoutStartSec=660",
        "TimeoutStopSec=45",
        "KillMode=mixed",
        "Delegate=yes",
        "Type=notify",
        "WantedBy=default.target",
        "Slice=kinc-dev.slice",
    ];
    for setting in settings {
        assert!(
            unit.lines().any(|line| line == setting),
            "{setting} not in\n{unit}"
        );
    }
}

#[test]
fn no_unit_waits_for_the_network_of_the_host() {
    for generator in generators() {
        let answer = judge(&generator, &golden("01-default"));
        let lines = answer.stdout.lines();
        let waits: Vec<&str> = lines
            .filter(|line| !line.starts_with('#') && line.contains("network-online"))
            .collect();
        // A user's systemd has no such target: there is nothing to wait for.
        let expected: &[&str] = match generator.version.to_string().as_str() {
            "5.2" => &["Wants=network-online.target", "After=network-online.target"],
            _ => &[],
        };
        assert_eq!(waits, expected, "{}", generator.path.display());
    }
}
