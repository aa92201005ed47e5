//! The edge to Podman's own Quadlet generator: the last word on whether our files are right.
//!
//! It writes only to a temporary directory, and never runs the generator on the live one:
//! two generators at once corrupt each other's output (containers/podman#29004).

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::command::Program;
use crate::fileset::FileSet;
use crate::fs;
use crate::unit_files;

/// Where distributions put the generator; the first is where systemd itself finds it.
const PLACES: [&str; 3] = [
    "/usr/lib/systemd/user-generators/podman-user-generator",
    "/usr/libexec/podman/quadlet",
    "/usr/lib/podman/quadlet",
];

/// Checks rendered files with the generator of this host.
///
/// # Errors
/// With the generator's own words, when it refuses a file or makes no service of one.
pub fn check(files: &FileSet) -> Result<()> {
    let directory = tempfile::tempdir().context("making a directory to check the units in")?;
    for (name, file) in files.iter() {
        fs::write(&directory.path().join(name), &file.text, file.mode)?;
    }
    let output = Program::new(find()?)
        .args(["-dryrun", "-user"])
        .env("QUADLET_UNIT_DIRS", directory.path())
        .try_output()?;
    let services = unit_files::services(files.iter().map(|(name, _)| name));
    let missing: Vec<String> = services
        .into_iter()
        .filter(|service| !output.stdout.contains(&format!("---{service}---")))
        .collect();
    if !output.status.success() || !missing.is_empty() {
        let words: Vec<&str> = output
            .stderr
            .lines()
            .filter(|line| !line.contains("Loading source unit file"))
            .collect();
        bail!(
            "Podman's Quadlet generator does not accept the rendered units{}: {}",
            if missing.is_empty() {
                String::new()
            } else {
                format!(" (no {})", missing.join(", "))
            },
            words.join("\n")
        );
    }
    Ok(())
}

fn find() -> Result<PathBuf> {
    let places = PLACES.map(PathBuf::from);
    match places.iter().find(|place| fs::exists(place)) {
        Some(place) => Ok(place.clone()),
        None => bail!(
            "Podman's Quadlet generator is not installed (looked for {}); Podman 5.3 or newer brings it",
            PLACES.join(", ")
        ),
    }
}
