//! The edge to Podman's own Quadlet generator: the last word on whether our files are right.
//!
//! It writes only to a temporary directory, and never runs the generator on the live one:
//! two generators at once corrupt each other's output (containers/podman#29004).

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::command::{Output, Program};
use crate::dialect::PodmanVersion;
use crate::fileset::FileSet;
use crate::fs;
use crate::unit_files;

/// Where distributions put the generator; the first is where systemd itself finds it.
const PLACES: [&str; 3] = [
    "/usr/lib/systemd/user-generators/podman-user-generator",
    "/usr/libexec/podman/quadlet",
    "/usr/lib/podman/quadlet",
];

/// Returns the version of this host's Podman, as its generator tells it.
///
/// The generator reads the files: `podman --version` may be that of another installation.
///
/// # Errors
/// When there is no generator, or one too old to render for.
pub fn version() -> Result<PodmanVersion> {
    let generator = find()?;
    let output = Program::new(&generator).args(["-version"]).try_output()?;
    told(&output).with_context(|| format!("asking `{}` for its version", generator.display()))
}

/// Reads the answer to `-version`.
fn told(output: &Output) -> Result<PodmanVersion> {
    if output.status.success() {
        return Ok(output.stdout.trim().parse()?);
    }
    if output.stderr.contains("not defined: -version") {
        bail!(
            "it has no such option, so Podman is older than 4.5: kinc needs {} or newer",
            PodmanVersion::OLDEST
        );
    }
    bail!("{}: {}", output.status, output.stderr.trim())
}

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
            "Podman's Quadlet generator is not installed (looked for {}); Podman {} or newer brings it",
            PLACES.join(", "),
            PodmanVersion::OLDEST
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::*;

    /// What comes of a generator that ends so.
    fn ended(code: i32, stdout: &str, stderr: &str) -> Result<String, String> {
        let version = told(&Output {
            status: ExitStatus::from_raw(code << 8),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        });
        version
            .map(|version| version.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_generator_tells_its_version_or_that_it_is_too_old() {
        let ok = |version: &str| Ok(version.to_owned());
        assert_eq!(ended(0, "5.4.2\n", ""), ok("5.4"));
        assert_eq!(ended(0, "4.9.4-rhel\n", ""), ok("4.9"));
        let refused = |reason: &str| Err(reason.to_owned());
        let expected = refused("Podman 4.6.1 is too old: kinc needs 4.9 or newer");
        assert_eq!(ended(0, "4.6.1\n", ""), expected);
        let usage = "flag provided but not defined: -version\nUsage of quadlet:\n";
        let expected =
            refused("it has no such option, so Podman is older than 4.5: kinc needs 4.9 or newer");
        assert_eq!(ended(2, "", usage), expected);
        let expected = refused("exit status: 127: libc.so.6: not found");
        assert_eq!(ended(127, "", "libc.so.6: not found\n"), expected);
    }
}
