//! The edge to Podman, by its command line and JSON.
//!
//! It knows containers, volumes, networks and images, and no cluster rules.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::command::{Output, Program};

/// Exit status of `podman ... exists` for something that is not there (podman-image-exists(1)).
const ABSENT: i32 = 1;

/// Exit status of `podman run` when it is not the program's own (podman-run(1)).
const NOT_RUN: RangeInclusive<i32> = 125..=127;

/// Podman, by the program of that name.
#[derive(Debug, Clone)]
pub struct Podman {
    program: String,
}

impl Default for Podman {
    fn default() -> Self {
        Self {
            program: "podman".to_owned(),
        }
    }
}

/// A program in a running container.
#[derive(Debug, Clone, Copy)]
pub struct Exec<'a> {
    /// The container.
    pub container: &'a str,
    /// The program and its arguments.
    pub command: &'a [&'a str],
}

#[derive(Deserialize)]
struct Inspected<T> {
    #[serde(flatten)]
    content: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    state: ContainerState,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerState {
    running: bool,
}

/// A container that runs, and how it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The command that made it.
    pub command: Vec<String>,
    /// The id of its image.
    pub image_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MadeContainer {
    name: String,
    image: String,
    config: ContainerConfig,
    state: ContainerState,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerConfig {
    #[serde(default)]
    create_command: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ImageId {
    id: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    repo_digests: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Volume {
    mountpoint: PathBuf,
}

#[derive(Deserialize)]
struct Network {
    #[serde(default)]
    subnets: Option<Vec<NetworkSubnet>>,
    name: String,
}

#[derive(Deserialize)]
struct NetworkSubnet {
    subnet: String,
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
}

impl Podman {
    /// Uses another program, for tests.
    #[must_use]
    pub fn new(program: &str) -> Self {
        Self {
            program: program.to_owned(),
        }
    }

    /// Returns an image's labels, or nothing when the image is not there.
    ///
    /// # Errors
    /// When Podman fails.
    pub fn image_labels(&self, image: &str) -> Result<Option<BTreeMap<String, String>>> {
        if !self.exists("image", image)? {
            return Ok(None);
        }
        let image: Image = self.inspect("image", image)?;
        Ok(Some(image.labels.unwrap_or_default()))
    }

    /// Returns the ids of those of the images that are there, by the names they were asked for.
    ///
    /// # Errors
    /// When Podman fails.
    pub fn image_ids(&self, images: &[String]) -> Result<BTreeMap<String, String>> {
        let mut ids = BTreeMap::new();
        for image in self.inspect_those_there::<ImageId>("image", images)? {
            let names = [image.repo_tags, image.repo_digests];
            ids.extend(
                names
                    .into_iter()
                    .flatten()
                    .flatten()
                    .map(|name| (name, image.id.clone())),
            );
        }
        ids.retain(|name, _| images.contains(name));
        Ok(ids)
    }

    /// Returns those of the containers that run, by name.
    ///
    /// # Errors
    /// When Podman fails.
    pub fn running(&self, names: &[String]) -> Result<BTreeMap<String, Running>> {
        let inspected: Vec<MadeContainer> = self.inspect_those_there("container", names)?;
        let made = |container: MadeContainer| {
            let running = Running {
                command: container.config.create_command.unwrap_or_default(),
                image_id: container.image,
            };
            (container.name, running)
        };
        let running = inspected
            .into_iter()
            .filter(|container| container.state.running);
        Ok(running.map(made).collect())
    }

    /// Returns where a volume's files are on the host, or nothing when it is not there.
    ///
    /// # Errors
    /// When Podman fails.
    pub fn volume_path(&self, volume: &str) -> Result<Option<PathBuf>> {
        if !self.exists("volume", volume)? {
            return Ok(None);
        }
        let volume: Volume = self.inspect("volume", volume)?;
        Ok(Some(volume.mountpoint))
    }

    /// Returns the subnets of all networks, by the network's name.
    ///
    /// # Errors
    /// When Podman fails.
    pub fn subnets(&self) -> Result<Vec<(String, String)>> {
        let json = self
            .podman(["network", "ls", "--format", "json"])
            .output()?;
        let networks: Vec<Network> =
            serde_json::from_str(&json).context("reading the list of Podman networks")?;
        let subnets = |network: Network| {
            let name = network.name;
            let subnets = network.subnets.unwrap_or_default().into_iter();
            subnets.map(move |subnet| (name.clone(), subnet.subnet))
        };
        Ok(networks.into_iter().flat_map(subnets).collect())
    }

    /// Returns the names of the volumes or networks with a label, such as `io.kinc.cluster=dev`.
    ///
    /// # Errors
    /// When Podman fails.
    pub fn labelled(&self, kind: &str, label: &str) -> Result<Vec<String>> {
        let filter = format!("label={label}");
        let names = self
            .podman([kind, "ls", "--quiet", "--filter", &filter])
            .output()?;
        Ok(names.lines().map(str::to_owned).collect())
    }

    /// Removes a container, which is stopped when it runs; one that is not there is as wanted.
    ///
    /// # Errors
    /// When Podman fails.
    pub fn remove_container(&self, name: &str) -> Result<()> {
        if self.exists("container", name)? {
            self.podman(["container", "rm", "--force", name]).output()?;
        }
        Ok(())
    }

    /// Removes a volume or network; one that is not there is as wanted.
    ///
    /// Not by force: that would take along every container that uses it.
    ///
    /// # Errors
    /// When it is in use, or Podman fails.
    pub fn remove(&self, kind: &str, name: &str) -> Result<()> {
        if self.exists(kind, name)? {
            self.podman([kind, "rm", name]).output()?;
        }
        Ok(())
    }

    /// Tells whether a container runs; one that is not there does not.
    ///
    /// # Errors
    /// When Podman fails.
    pub fn is_running(&self, container: &str) -> Result<bool> {
        if !self.exists("container", container)? {
            return Ok(false);
        }
        let container: Container = self.inspect("container", container)?;
        Ok(container.state.running)
    }

    /// Tells whether a container, image, network or volume is there.
    ///
    /// # Errors
    /// When Podman fails.
    pub fn exists(&self, kind: &str, name: &str) -> Result<bool> {
        let output = self.podman([kind, "exists", name]).try_output()?;
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
    pub fn exec(&self, exec: Exec<'_>) -> Result<String> {
        let podman = self.podman(["exec", exec.container]);
        Ok(podman.args(exec.command).output()?)
    }

    /// Runs a program in a container on our own standard streams.
    ///
    /// # Errors
    /// When Podman does not start.
    pub fn exec_inherit(&self, exec: Exec<'_>) -> Result<ExitStatus> {
        let podman = self.podman(["exec", exec.container]);
        Ok(podman.args(exec.command).inherit()?)
    }

    /// Runs a program of an image in a container of its own, and returns whatever came of it.
    ///
    /// It has no network, writes nothing, and leaves nothing behind.
    ///
    /// # Errors
    /// When Podman does not start, or finds no such image or program.
    pub fn try_reading(&self, reading: Reading<'_>) -> Result<Output> {
        let Some((program, arguments)) = reading.command.split_first() else {
            bail!("no program to run in `{}`", reading.image);
        };
        let volume = format!("{}:{}:ro", reading.file.display(), reading.target);
        let confined = ["--network=none", "--read-only", "--log-driver=none"];
        let podman = self
            .podman(["run", "--rm", "--pull=never"])
            .args(confined)
            // A label for the container would be put on the user's own file.
            .args(["--security-opt", "label=disable"])
            .args(["--volume", &volume, "--entrypoint", program, reading.image])
            .args(arguments);
        let output = podman.try_output()?;
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
    pub fn unshare_inherit(&self, command: &[&str]) -> Result<ExitStatus> {
        Ok(self.podman(["unshare"]).args(command).inherit()?)
    }

    /// Returns a Podman command line to go on with.
    #[must_use]
    pub fn podman<const N: usize>(&self, arguments: [&str; N]) -> Program {
        Program::new(&self.program).args(arguments)
    }

    /// Inspects those that are there: one that is not makes an error of the whole, and Podman
    /// answers for all others.
    fn inspect_those_there<T: for<'de> Deserialize<'de>>(
        &self,
        kind: &str,
        names: &[String],
    ) -> Result<Vec<T>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let podman = self.podman([kind, "inspect"]).args(names);
        let output = podman.try_output()?;
        serde_json::from_str(&output.stdout).with_context(|| {
            let words = output.stderr.trim_end();
            format!(
                "reading what Podman says of the {kind}s {}: {words}",
                names.join(", ")
            )
        })
    }

    fn inspect<T: for<'de> Deserialize<'de>>(&self, kind: &str, name: &str) -> Result<T> {
        let json = self.podman([kind, "inspect", name]).output()?;
        let inspected: Vec<Inspected<T>> = serde_json::from_str(&json)
            .with_context(|| format!("reading what Podman says of the {kind} `{name}`"))?;
        let mut inspected = inspected.into_iter();
        match inspected.next() {
            Some(first) => Ok(first.content),
            None => bail!("Podman says nothing of the {kind} `{name}`"),
        }
    }
}
