//! Podman's own generator as the judge of every golden case, and of nasty values.
//!
//! `KINC_QUADLET` names one, or several as in `PATH`: each of them has to agree.
//! Skipped, with the reason, where the tool is missing; `KINC_REQUIRE_QUADLET` forbids that.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests run the generator on their own directories, and stop at once"
)]
#![expect(clippy::print_stderr, reason = "a skipped test says why")]

#[path = "quadlet/encode.rs"]
mod encode;
#[path = "quadlet/nasty.rs"]
mod nasty;
#[path = "quadlet/podman.rs"]
mod podman;
#[path = "quadlet/systemd.rs"]
mod systemd;
#[path = "quadlet/values.rs"]
mod values;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where distributions install the generator.
const PLACES: [&str; 3] = [
    "/usr/lib/systemd/user-generators/podman-user-generator",
    "/usr/libexec/podman/quadlet",
    "/usr/lib/podman/quadlet",
];

fn generators() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os("KINC_QUADLET") {
        return std::env::split_paths(&named).collect();
    }
    let installed = PLACES
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.exists());
    if installed.is_none() {
        let required = std::env::var_os("KINC_REQUIRE_QUADLET").is_some();
        assert!(
            !required,
            "KINC_REQUIRE_QUADLET is set, but none of {PLACES:?} exists"
        );
        eprintln!("skipped: none of {PLACES:?} exists, and KINC_QUADLET is not set");
    }
    installed.into_iter().collect()
}

fn dry_run(generator: &Path, directory: &Path) -> Output {
    Command::new(generator)
        .args(["--dryrun", "--user"])
        .env("QUADLET_UNIT_DIRS", directory)
        .output()
        .unwrap()
}

/// Cases that render files: directories whose `expected/` has a declaration.
fn expected_directories() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut directories: Vec<PathBuf> = fs::read_dir(golden)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("expected"))
        .filter(|path| path.join("cluster.yaml").exists())
        .collect();
    directories.sort();
    assert!(!directories.is_empty());
    directories
}

/// The units that Podman makes of the files of a directory, by its own naming rule.
fn expected_units(directory: &Path) -> Vec<String> {
    let mut units: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let (stem, extension) = name.rsplit_once('.')?;
            match extension {
                "container" => Some(format!("{stem}.service")),
                "volume" | "network" => Some(format!("{stem}-{extension}.service")),
                _ => None,
            }
        })
        .collect();
    units.sort();
    units
}

fn generated_units(output: &str) -> Vec<String> {
    let mut units: Vec<String> = output
        .lines()
        .filter_map(|line| line.strip_prefix("---")?.strip_suffix("---"))
        .map(str::to_owned)
        .collect();
    units.sort();
    units
}

#[test]
fn the_generator_makes_every_unit_of_every_case() {
    for generator in generators() {
        for directory in expected_directories() {
            makes_every_unit(&generator, &directory);
        }
    }
}

fn makes_every_unit(generator: &Path, directory: &Path) {
    let output = dry_run(generator, directory);
    let (stdout, stderr) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    let case = format!("{} of {}", generator.display(), directory.display());
    assert!(
        output.status.success(),
        "{case}: {}\n{stderr}",
        output.status
    );
    assert!(!stderr.contains("Warning"), "{case}:\n{stderr}");
    assert_eq!(
        generated_units(&stdout),
        expected_units(directory),
        "{case}\n{stderr}"
    );
}

#[test]
fn the_backslash_in_the_name_of_a_slice_stays_as_it_is() {
    let case = "tests/golden/03-second-cluster-beside-first/expected";
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(case);
    for generator in generators() {
        let output = String::from_utf8(dry_run(&generator, &directory).stdout).unwrap();
        let slices: Vec<&str> = output
            .lines()
            .filter(|line| line.starts_with("Slice="))
            .collect();
        let generator = generator.display();
        assert_eq!(slices, [r"Slice=kinc-dev\x2d2.slice"], "{generator}");
    }
}

#[test]
fn the_generated_unit_runs_the_node_as_proven() {
    for generator in generators() {
        runs_the_node_as_proven(&generator);
    }
}

fn starts_the_container_as_proven(unit: &str, directory: &Path) {
    let line = |start: &str| {
        unit.lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_default()
    };
    let conf = fs::canonicalize(directory.join("kubeadm.conf")).unwrap();
    let options = [
        "--name kinc-dev-control-plane",
        "--replace --rm",
        "--cgroups=split",
        "--network kinc-dev",
        "--ip 10.200.0.2",
        "--publish 127.0.0.1:6443:6443",
        "--sdnotify=container -d",
        "--read-only-tmpfs=false",
        "--read-only -v",
        "--cap-add all",
        "--pull never",
        "-v kinc-dev-control-plane-var:/var:exec,suid,dev,nocopy",
        "-v kinc-dev-control-plane-kubernetes:/etc/kubernetes:nocopy",
        &format!("-v {}:/etc/kinc/kubeadm.conf:ro", conf.display()),
        "--env KINC_POD_CIDR=10.244.0.0/24",
        "--label io.kinc.cluster=dev",
    ];
    let start = line("ExecStart=");
    let missing: Vec<&&str> = options
        .iter()
        .filter(|option| !start.contains(**option))
        .collect();
    assert!(missing.is_empty(), "{missing:?} not in\n{start}");
    assert!(start.ends_with(" localhost/kinc/node:v1.36.3"), "{start}");
}

fn runs_the_node_as_proven(generator: &Path) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/01-default/expected");
    let output = String::from_utf8(dry_run(generator, &directory).stdout).unwrap();
    let unit = output
        .split("---kinc-dev-control-plane.service---\n")
        .nth(1)
        .and_then(|rest| rest.split("\n---").next())
        .unwrap();
    starts_the_container_as_proven(unit, &directory);
    let settings = [
        "Restart=always",
        "RestartPreventExitStatus=70 74 78",
        "TimeoutStartSec=600",
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
    let waits = |line: &&str| !line.starts_with('#') && line.contains("network-online");
    assert_eq!(unit.lines().find(waits), None);
}
