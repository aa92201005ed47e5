//! The edge to Podman, by its command line and JSON.
//!
//! It knows containers, volumes, networks and images, and no cluster rules.

pub(crate) mod environment;
mod follow;
mod inspect;

use crate::edge::podman::inspect::image_names;
pub use crate::edge::podman::inspect::{Network, Running};

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::edge::cancel::Cancel;
use crate::edge::command::{ANSWER_LIMIT, Output, Program, Variable};

/// Exit status of `podman ... exists` for something that is not there (podman-image-exists(1)).
const ABSENT: i32 = 1;

/// Exit status of `podman run` when it is not the program's own (podman-run(1)).
const NOT_RUN: RangeInclusive<i32> = 125..=127;

/// A volume or a network, as Podman lists it.
#[derive(Deserialize)]
struct Labelled {
    #[serde(alias = "Name")]
    name: String,
    #[serde(alias = "Labels")]
    labels: Option<BTreeMap<String, String>>,
}

/// Podman, by the program of that name.
#[derive(Debug, Clone)]
pub struct Podman {
    program: String,
    limit: Duration,
    environment: Vec<Variable>,
    cancel: Cancel,
}

impl Default for Podman {
    fn default() -> Self {
        Self {
            program: "podman".to_owned(),
            limit: ANSWER_LIMIT,
            environment: environment::of_this_host(),
            cancel: Cancel::default(),
        }
    }
}

/// A program in a running container.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exec<'a> {
    /// The container.
    pub container: &'a str,
    /// The program and its arguments.
    pub command: &'a [&'a str],
}

/// A program of an image, with a file to read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The image.
    pub image: &'a str,
    /// The program and its arguments.
    pub command: &'a [&'a str],
    /// The file on the host.
    pub file: &'a Path,
    /// Where the program finds it.
    pub target: &'a str,
    /// What holds in place of what the user has set for all containers (containers.conf(5)).
    pub podman_conf: &'a Path,
}

impl Podman {
    /// Uses another program, for tests.
    #[must_use]
    pub fn new(program: &str) -> Self {
        Self {
            program: program.to_owned(),
            ..Self::default()
        }
    }

    /// Ends it when an answer takes longer, in place of `ANSWER_LIMIT`.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Ends it when the user interrupts it.
    #[must_use]
    pub(crate) fn cancelled_by(mut self, cancel: &Cancel) -> Self {
        self.cancel = cancel.clone();
        self
    }

    /// Has it run with changes to our environment, such as those of [`environment::as_in_units`].
    #[must_use]
    pub(crate) fn with_environment(mut self, environment: Vec<Variable>) -> Self {
        self.environment = environment;
        self
    }

    /// Returns the names of the volumes or networks with a label, such as `io.kinc.cluster=dev`.
    ///
    /// # Errors
    /// When Podman fails.
    pub async fn labelled(&self, kind: &str, label: &str) -> Result<Vec<String>> {
        let filter = format!("label={label}");
        let names = self
            .podman([kind, "ls", "--quiet", "--filter", &filter])
            .output()
            .await?;
        Ok(names.lines().map(str::to_owned).collect())
    }

    /// Returns the names of the volumes or networks that have a label, such as `io.kinc.cluster`, each with its
    /// value there.
    ///
    /// # Errors
    /// When Podman fails.
    pub(crate) async fn values(&self, kind: &str, label: &str) -> Result<Vec<(String, String)>> {
        let filter = format!("label={label}");
        let json = self
            .podman([kind, "ls", "--format", "json", "--filter", &filter])
            .output()
            .await?;
        // None of them may be `null`.
        let listed: Option<Vec<Labelled>> = serde_json::from_str(&json)
            .with_context(|| format!("reading the list of Podman {kind}s"))?;
        let value = |one: Labelled| Some((one.name, one.labels?.remove(label)?));
        Ok(listed.into_iter().flatten().filter_map(value).collect())
    }

    /// Returns the names of the images with a label, such as `io.kinc.contract=8`, sorted.
    ///
    /// # Errors
    /// When Podman fails.
    pub(crate) async fn images_labelled(&self, label: &str) -> Result<Vec<String>> {
        let filter = format!("label={label}");
        let json = self
            .podman(["image", "ls", "--format", "json", "--filter", &filter])
            .output()
            .await?;
        image_names(&json).context("reading the list of Podman images")
    }

    /// Removes a container, which is stopped when it runs; one that is not there is as wanted.
    ///
    /// # Errors
    /// When Podman fails.
    pub(crate) async fn remove_container(&self, name: &str) -> Result<()> {
        if self.exists("container", name).await? {
            self.podman(["container", "rm", "--force", name])
                .output()
                .await?;
        }
        Ok(())
    }

    /// Removes a volume or network; one that is not there is as wanted.
    ///
    /// Not by force: that would take along every container that uses it.
    ///
    /// # Errors
    /// When it is in use, or Podman fails.
    pub(crate) async fn remove(&self, kind: &str, name: &str) -> Result<()> {
        if self.exists(kind, name).await? {
            self.podman([kind, "rm", name]).output().await?;
        }
        Ok(())
    }

    /// Returns whether a container, image, network or volume is there.
    ///
    /// # Errors
    /// When Podman fails.
    pub(crate) async fn exists(&self, kind: &str, name: &str) -> Result<bool> {
        let output = self.podman([kind, "exists", name]).try_output().await?;
        match output.status.code() {
            Some(0) => Ok(true),
            Some(ABSENT) => Ok(false),
            _ => bail!(
                "looking for the {kind} `{name}`: podman ended with {}: {}",
                output.status,
                output.stderr.trim_end()
            ),
        }
    }

    /// Runs a program in a container and returns its output.
    ///
    /// # Errors
    /// When the container does not run, or the program fails.
    pub(crate) async fn exec(&self, exec: Exec<'_>) -> Result<String> {
        let podman = self.podman(["exec", exec.container]);
        Ok(podman.args(exec.command).output().await?)
    }

    /// Runs a program in a container on our own standard streams.
    ///
    /// # Errors
    /// When Podman does not start.
    pub(crate) async fn exec_inherit(&self, exec: Exec<'_>) -> Result<ExitStatus> {
        let podman = self.podman(["exec", exec.container]);
        Ok(podman.args(exec.command).inherit().await?)
    }

    /// Runs a program of an image in a container of its own, and returns whatever came of it.
    ///
    /// It has no network, writes nothing, and leaves nothing behind.
    ///
    /// # Errors
    /// When Podman does not start, or finds no such image or program.
    pub(crate) async fn try_reading(&self, reading: Reading<'_>) -> Result<Output> {
        let Some((program, arguments)) = reading.command.split_first() else {
            bail!("no program to run in `{}`", reading.image);
        };
        let volume = format!("{}:{}:ro", reading.file.display(), reading.target);
        let confined = ["--network=none", "--read-only", "--log-driver=none"];
        let podman = self
            .podman(["run", "--rm", "--pull=never", "--userns=host"])
            .env("CONTAINERS_CONF_OVERRIDE", reading.podman_conf)
            .args(confined)
            // A label for the container would be put on the user's own file.
            .args(["--security-opt", "label=disable"])
            .args(["--volume", &volume, "--entrypoint", program, reading.image])
            .args(arguments);
        let output = podman.try_output().await?;
        match output.status.code() {
            Some(code) if !NOT_RUN.contains(&code) => Ok(output),
            _ => bail!(
                "`{podman}` ended with {}: {}",
                output.status,
                output.stderr.trim_end()
            ),
        }
    }

    /// Runs a program of the host in Podman's user namespace, on our own standard streams.
    ///
    /// # Errors
    /// When Podman does not start.
    pub(crate) async fn unshare_inherit(&self, command: &[&str]) -> Result<ExitStatus> {
        Ok(self.podman(["unshare"]).args(command).inherit().await?)
    }

    /// Returns a Podman command line to continue with.
    #[must_use]
    pub(crate) fn podman<const N: usize>(&self, arguments: [&str; N]) -> Program {
        Program::new(&self.program, &self.cancel)
            .environment(&self.environment)
            .args(arguments)
            .limit(self.limit)
    }
}
