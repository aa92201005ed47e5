//! The edge to Podman's own Quadlet generator: the last word on whether our files are right.
//!
//! It writes only to a temporary directory, and never runs the generator on the live one:
//! two generators at once corrupt each other's output (containers/podman#29004).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::edge::cancel::Cancel;
use crate::edge::command::{Output, Program};
use crate::edge::fs::{self, Stat};
use crate::units::dialect::PodmanVersion;
use crate::units::file_set::FileSet;
use crate::units::unit_names;

/// Where systemd looks for the generators of user managers, the first first (systemd.generator(7)).
const PLACES: [&str; 4] = [
    "/run/systemd/user-generators",
    "/etc/systemd/user-generators",
    "/usr/local/lib/systemd/user-generators",
    "/usr/lib/systemd/user-generators",
];

/// The name of Podman's generator there.
const NAME: &str = "podman-user-generator";

/// Podman's Quadlet generator.
#[derive(Debug, Clone, Default)]
pub struct Generator {
    /// Where it is; `None` for the one that systemd runs.
    program: Option<PathBuf>,
    cancel: Cancel,
}

impl Generator {
    /// Uses another program, for tests.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        Self {
            program: Some(program),
            cancel: Cancel::default(),
        }
    }

    /// Ends it when the user interrupts it.
    #[must_use]
    pub(crate) fn cancelled_by(mut self, cancel: &Cancel) -> Self {
        self.cancel = cancel.clone();
        self
    }

    /// Returns the version of this host's Podman, as its generator tells it.
    ///
    /// The generator reads the files: `podman --version` may be that of another installation.
    ///
    /// # Errors
    /// When there is no generator, or one too old to render for.
    pub(crate) async fn version(&self) -> Result<PodmanVersion> {
        let program = self.program()?;
        let output = Program::new(&program, &self.cancel)
            .args(["-version"])
            .try_output()
            .await?;
        parse_version(&output)
            .with_context(|| format!("asking `{}` for its version", program.display()))
    }

    /// Checks the rendered files of some clusters with the generator of this host.
    ///
    /// # Errors
    /// With the generator's own words, when it refuses a file or makes no service of one.
    pub async fn check(&self, clusters: &[&FileSet]) -> Result<()> {
        let directory = tempfile::tempdir().context("making a directory to check the units in")?;
        // Each name is that of a cluster. In a directory for each of them, it would look for drop-ins of every file in all.
        let files = clusters.iter().flat_map(|files| files.iter());
        let read: Vec<_> = files
            .filter(|(name, _)| unit_names::is_quadlet(name))
            .collect();
        for (name, file) in &read {
            fs::write_unsynced(&directory.path().join(name), &file.text, file.mode)?;
        }
        let output = Program::new(self.program()?, &self.cancel)
            .args(["-dryrun", "-user"])
            .env("QUADLET_UNIT_DIRS", directory.path())
            .try_output()
            .await?;
        let services = unit_names::services(read.iter().map(|(name, _)| *name));
        let made: BTreeSet<&str> = output.stdout.lines().collect();
        let missing: Vec<String> = services
            .into_iter()
            .filter(|service| !made.contains(format!("---{service}---").as_str()))
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

    /// Returns what the generator would make of the user's Quadlet files as they are now, drop-ins
    /// included: the lines of each unit, by its name, in a form that can be compared.
    ///
    /// # Errors
    /// When there is no generator, or it does not run. A file of somebody else that it refuses is not an error.
    pub(crate) async fn units(&self) -> Result<BTreeMap<String, Vec<String>>> {
        let output = Program::new(self.program()?, &self.cancel)
            .args(["-dryrun", "-user"])
            .try_output()
            .await?;
        let mut units: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut unit = None;
        for line in output.stdout.lines() {
            let name = line
                .strip_prefix("---")
                .and_then(|rest| rest.strip_suffix("---"));
            if let Some(name) = name {
                unit = Some(units.entry(name.to_owned()).or_default());
            } else if let Some(lines) = unit.as_mut().filter(|_| says_something(line)) {
                lines.push(comparable(line));
            }
        }
        Ok(units)
    }

    fn program(&self) -> Result<PathBuf> {
        self.program.clone().map_or_else(find, Ok)
    }
}

/// Reads the answer to `-version`.
fn parse_version(output: &Output) -> Result<PodmanVersion> {
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

/// Returns the lines of a unit that the generator has written for systemd; empty if there is none.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn written(path: &Path) -> Result<Vec<String>> {
    let text = fs::read(path)?.map(|entry| entry.text).unwrap_or_default();
    let lines = text.lines().filter(|line| says_something(line));
    Ok(lines.map(comparable).collect())
}

/// Sorts the words of a line: the generator writes options in another order each time.
fn comparable(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    words.sort_unstable();
    words.join(" ")
}

/// What the generator writes has a comment about itself that what it prints has not.
fn says_something(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

/// Returns the generator that systemd runs.
///
/// # Errors
/// When there is none, or it is masked.
pub fn find() -> Result<PathBuf> {
    let place = |place: &str| Path::new(place).join(NAME);
    let places: Vec<_> = PLACES.map(place).into();
    let there = places.into_iter().map(|path| {
        let stat = fs::stat(&path)?;
        Ok((path, stat))
    });
    chosen(there)
}

/// Returns the first program, unless something before it masks the name: an empty file, or a device.
fn chosen(places: impl Iterator<Item = Result<(PathBuf, Option<Stat>)>>) -> Result<PathBuf> {
    for place in places {
        let (path, stat) = place?;
        match stat {
            Some(stat) if stat.is_mask() => bail!(
                "`{}` masks Podman's Quadlet generator, so systemd generates no units; remove it",
                path.display()
            ),
            Some(stat) if stat.is_program() => return Ok(path),
            _ => {}
        }
    }
    bail!(
        "Podman's Quadlet generator is not installed (looked for `{NAME}` in {}); \
         Podman {} or newer brings it",
        PLACES.join(", "),
        PodmanVersion::OLDEST
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::*;

    /// What comes of a generator that ends so.
    fn ended(code: i32, stdout: &str, stderr: &str) -> Result<String, String> {
        let version = parse_version(&Output {
            status: ExitStatus::from_raw(code << 8),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        });
        version
            .map(|version| version.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_first_program_in_systemds_order_is_the_generator_unless_it_is_masked() {
        let stat = |is_file, size, mode| {
            Some(Stat {
                is_file,
                is_directory: false,
                size,
                mode,
            })
        };
        let program = stat(true, 9, 0o755);
        let masked =
            "`b` masks Podman's Quadlet generator, so systemd generates no units; remove it";
        let none = "Podman's Quadlet generator is not installed (looked for \
                    `podman-user-generator` in /run/systemd/user-generators, \
                    /etc/systemd/user-generators, /usr/local/lib/systemd/user-generators, \
                    /usr/lib/systemd/user-generators); Podman 4.9 or newer brings it";
        let cases = [
            ([None, program, program], Ok("b")),
            ([None, None, program], Ok("c")),
            ([None, stat(true, 9, 0o644), program], Ok("c")),
            ([program, stat(true, 0, 0o644), program], Ok("a")),
            ([None, stat(true, 0, 0o644), program], Err(masked)),
            ([None, stat(false, 0, 0o666), program], Err(masked)),
            ([None, None, None], Err(none)),
        ];
        for (stats, expected) in cases {
            let places = ["a", "b", "c"].map(PathBuf::from).into_iter().zip(stats);
            let found = chosen(places.map(Ok)).map_err(|error| error.to_string());
            let expected = expected.map(PathBuf::from).map_err(str::to_owned);
            assert_eq!(found, expected, "{stats:?}");
        }
    }

    #[test]
    fn the_version_of_the_generator_is_read_and_an_old_one_rejected() {
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
