//! Runs the program in a home of its own, and looks at what it printed and wrote.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Stdio};

use assert_cmd::Command;
use tempfile::TempDir;

/// What came of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error, with `HOME` and `RUNTIME` for the directories of the test.
    pub(crate) stderr: String,
}

/// A home directory, and beside it a place for a runtime directory.
#[derive(Debug)]
pub(crate) struct Sandbox(TempDir);

impl Sandbox {
    /// Makes an empty home; the runtime directory is not there, as without a session.
    pub(crate) fn new() -> Self {
        let sandbox = Self(tempfile::tempdir().unwrap());
        fs::create_dir(sandbox.home()).unwrap();
        sandbox
    }

    /// Makes an empty home, and an empty runtime directory.
    pub(crate) fn with_runtime_directory() -> Self {
        let sandbox = Self::new();
        fs::create_dir(sandbox.runtime()).unwrap();
        sandbox
    }

    /// Runs kinc in the home.
    pub(crate) fn kinc(&self, arguments: &[&str]) -> Ran {
        self.kinc_with_input(arguments, "")
    }

    /// Runs kinc in the home, with a standard input.
    pub(crate) fn kinc_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        self.ran(self.command(arguments), input)
    }

    /// Runs kinc in the home, with a `KUBECONFIG`.
    pub(crate) fn kinc_with_kubeconfig(&self, list: &str, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        command.env("KUBECONFIG", list);
        self.ran(command, "")
    }

    fn ran(&self, command: process::Command, input: &str) -> Ran {
        let output = Command::from_std(command)
            .write_stdin(input)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let name = |path: PathBuf| path.display().to_string();
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: stderr
                .replace(&name(self.home()), "HOME")
                .replace(&name(self.runtime()), "RUNTIME"),
        }
    }

    /// Starts kinc in the home; what it prints goes to the caller.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let kinc = self.command(arguments);
        // Whoever runs the tests below nohup(1) has children ignore the end of the terminal.
        let mut command = process::Command::new("/usr/bin/env");
        command.arg("--default-signal").arg(kinc.get_program());
        command.args(kinc.get_args()).env_clear();
        command.current_dir(self.home());
        let variables = kinc.get_envs();
        command.envs(variables.filter_map(|(name, value)| Some((name, value?))));
        command.stdin(Stdio::null());
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> process::Command {
        let mut command = process::Command::new(env!("CARGO_BIN_EXE_kinc"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home())
            .env("XDG_RUNTIME_DIR", self.runtime())
            // Where rendered files say that data is; nothing was written there.
            .env("XDG_DATA_HOME", "/home/ops/.local/share")
            // Neither Podman nor Go of this machine.
            .env("PATH", self.home())
            .current_dir(self.home());
        command
    }

    /// Writes a file below the home.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.home().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Returns the paths of all files below the home.
    pub(crate) fn files(&self) -> Vec<String> {
        self.texts().into_keys().collect()
    }

    /// Returns all files below the home by path, without the program's version.
    pub(crate) fn texts(&self) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        let mut pending = vec![self.home()];
        while let Some(directory) = pending.pop() {
            for path in entries(&directory) {
                if path.is_dir() {
                    pending.push(path);
                } else {
                    let text = fs::read_to_string(&path).unwrap();
                    let version = concat!("kinc ", env!("CARGO_PKG_VERSION"));
                    let name = path
                        .strip_prefix(self.home())
                        .unwrap()
                        .display()
                        .to_string();
                    texts.insert(name, text.replace(version, "kinc VERSION"));
                }
            }
        }
        texts
    }

    /// Returns the permission bits of a file below the home.
    pub(crate) fn mode(&self, path: &str) -> u32 {
        let metadata = fs::metadata(self.home().join(path)).unwrap();
        metadata.permissions().mode() & 0o7777
    }

    /// Returns a file of the golden cases.
    #[expect(clippy::unused_self, reason = "reads well beside the others")]
    pub(crate) fn golden(&self, path: &str) -> String {
        fs::read_to_string(golden().join(path)).unwrap()
    }

    /// Returns all files of a directory of the golden cases, by their path below another one.
    #[expect(clippy::unused_self, reason = "reads well beside the others")]
    pub(crate) fn golden_files(&self, directory: &str, below: &str) -> BTreeMap<String, String> {
        let files = entries(&golden().join(directory)).into_iter();
        files
            .map(|path| {
                let name = path.file_name().unwrap().to_str().unwrap();
                (
                    format!("{below}/{name}"),
                    fs::read_to_string(&path).unwrap(),
                )
            })
            .collect()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.0.path().join("home")
    }

    pub(crate) fn runtime(&self) -> PathBuf {
        self.0.path().join("runtime")
    }
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}
