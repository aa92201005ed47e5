//! The generators that can be had here, and runs of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kinc::declaration::{self, Source};
use kinc::edge::manifests;
use kinc::resolve::{InUse, resolve};
use kinc::units::dialect::{self, PodmanVersion};
use kinc::units::render::render;
use tempfile::TempDir;

use crate::skip::skip;

/// A generator, and the Podman that it is of.
pub(crate) struct Generator {
    pub(crate) path: PathBuf,
    pub(crate) version: PodmanVersion,
}

/// What a generator says of a directory.
pub(crate) struct Answer {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Returns the generators that are named, or the one that is installed.
pub(crate) fn generators() -> Vec<Generator> {
    paths().into_iter().map(Generator::at).collect()
}

fn paths() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os("KINC_QUADLET") {
        return std::env::split_paths(&named).collect();
    }
    if let Ok(installed) = kinc::edge::generator::find() {
        return vec![installed];
    }
    skip("no Quadlet generator is installed, and `KINC_QUADLET` names none");
    Vec::new()
}

impl Generator {
    fn at(path: PathBuf) -> Self {
        let output = Command::new(&path).arg("-version").output().unwrap();
        let version = String::from_utf8(output.stdout).unwrap();
        let version = version.trim().parse().unwrap();
        Self { path, version }
    }

    /// Returns the files of a golden case as this generator's Podman gets them.
    pub(crate) fn files_of(&self, case: &Path) -> TempDir {
        // The resolved declaration gives the same plan on an empty host.
        let text = &fs::read_to_string(case.join("expected/cluster.yaml")).unwrap();
        let name = "cluster.yaml";
        let mut clusters = declaration::parse(&[Source {
            name,
            text,
            directory: None,
        }])
        .unwrap();
        manifests::recall(&mut clusters[0], &case.join("expected"));
        let plan = resolve(&clusters[0], &InUse::default(), None).unwrap();
        let directory = tempfile::tempdir().unwrap();
        for (name, file) in dialect::translate(&render(&plan).unwrap(), self.version).iter() {
            fs::write(directory.path().join(name), &file.text).unwrap();
        }
        directory
    }

    /// Has it say what it would make of the files of a directory.
    pub(crate) fn dry_run(&self, directory: &Path) -> Answer {
        let output = Command::new(&self.path)
            .args(["--dryrun", "--user"])
            .env("QUADLET_UNIT_DIRS", directory)
            .output()
            .unwrap();
        Answer {
            success: output.status.success(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Returns whether it is of that Podman, or a newer one.
    pub(crate) fn is_since(&self, version: &str) -> bool {
        self.version >= version.parse().unwrap()
    }
}

impl Answer {
    /// Returns the names of the units that it makes.
    pub(crate) fn units(&self) -> Vec<String> {
        let names = self.stdout.lines().filter_map(unit_name);
        let mut units: Vec<String> = names.map(str::to_owned).collect();
        units.sort();
        units
    }

    /// Returns the text of one of the units; empty when it makes no such unit.
    pub(crate) fn unit(&self, name: &str) -> String {
        let lines = self.stdout.lines();
        let lines = lines.skip_while(|line| unit_name(line) != Some(name));
        let lines = lines.skip(1).take_while(|line| unit_name(line).is_none());
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

fn unit_name(line: &str) -> Option<&str> {
    line.strip_prefix("---")?.strip_suffix("---")
}
