//! What Podman says of images, containers and networks that are there.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::edge::command::{CommandError, Ending};
use crate::edge::podman::Podman;

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
struct ListedImage {
    /// Nothing for one that another has taken the name of.
    #[serde(default)]
    names: Option<Vec<String>>,
}

/// Returns the names in a list of images, sorted.
pub(super) fn image_names(json: &str) -> serde_json::Result<Vec<String>> {
    let images: Vec<ListedImage> = serde_json::from_str(json)?;
    let names = images.into_iter().filter_map(|image| image.names);
    let mut names: Vec<String> = names.flatten().collect();
    names.sort();
    Ok(names)
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

/// What `podman inspect` tells of a name, by its form.
#[derive(Deserialize)]
#[serde(untagged)]
enum Object {
    Container(MadeContainer),
    Image(ImageId),
    /// A volume that begins so, say: what was asked for is not there.
    Other(IgnoredAny),
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// Its subnets, as Podman writes them.
    pub subnets: Vec<String>,
    /// Whether containers of other networks that are so too cannot reach its own.
    pub is_isolated: bool,
}

#[derive(Deserialize)]
struct ListedNetwork {
    name: String,
    #[serde(default)]
    subnets: Option<Vec<NetworkSubnet>>,
    #[serde(default)]
    options: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct NetworkSubnet {
    subnet: String,
}

/// The option of a bridge that keeps other networks out, and its values that do
/// (podman-network-create(1)).
const ISOLATE: &str = "isolate";
const ISOLATED: [&str; 3] = ["true", "1", "strict"];

impl Podman {
    /// Returns an image's labels, or `None` if the image is not there.
    ///
    /// # Errors
    /// When Podman fails.
    pub async fn image_labels(&self, image: &str) -> Result<Option<BTreeMap<String, String>>> {
        let image: Option<Image> = self.inspect_if_there("image", image).await?;
        Ok(image.map(|image| image.labels.unwrap_or_default()))
    }

    /// Returns those of the containers that run, and the ids of those of the images that are there, each
    /// by the name that was asked for. One process tells both.
    ///
    /// # Errors
    /// When Podman fails.
    pub async fn running_and_images(
        &self,
        containers: &[String],
        images: &[String],
    ) -> Result<(BTreeMap<String, Running>, BTreeMap<String, String>)> {
        let names = [containers, images].concat();
        let (mut running, mut ids) = (BTreeMap::new(), BTreeMap::new());
        for object in self.inspect_those_there(&names).await? {
            match object {
                Object::Container(container) if container.state.running => {
                    let command = container.config.create_command.unwrap_or_default();
                    let image_id = container.image;
                    running.insert(container.name, Running { command, image_id });
                }
                Object::Image(image) => {
                    let names = [image.repo_tags, image.repo_digests].into_iter().flatten();
                    ids.extend(names.flatten().map(|name| (name, image.id.clone())));
                }
                Object::Container(_) | Object::Other(_) => {}
            }
        }
        running.retain(|name, _| containers.contains(name));
        ids.retain(|name, _| images.contains(name));
        // A name may be short of what it is stored by, such as one without a tag.
        for image in images {
            if ids.contains_key(image) {
                continue;
            }
            if let Some(ImageId { id, .. }) = self.inspect_if_there("image", image).await? {
                ids.insert(image.clone(), id);
            }
        }
        Ok((running, ids))
    }

    /// Returns all networks.
    ///
    /// # Errors
    /// When Podman fails.
    pub async fn networks(&self) -> Result<Vec<Network>> {
        let json = self
            .podman(["network", "ls", "--format", "json"])
            .output()
            .await?;
        networks(&json).context("reading the list of Podman networks")
    }

    /// Returns whether a container runs; one that is not there does not.
    ///
    /// # Errors
    /// When Podman fails.
    pub async fn is_running(&self, container: &str) -> Result<bool> {
        let container: Option<Container> = self.inspect_if_there("container", container).await?;
        Ok(container.is_some_and(|container| container.state.running))
    }

    /// Inspects those that are there: one that is not makes an error of the whole, and Podman
    /// answers for all others. A name is looked for among containers, then images, then all else.
    async fn inspect_those_there(&self, names: &[String]) -> Result<Vec<Object>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let output = self.podman(["inspect"]).args(names).try_output().await?;
        serde_json::from_str(&output.stdout).with_context(|| {
            let words = output.stderr.trim_end();
            format!(
                "reading Podman's answer about {}: {words}",
                names.join(", ")
            )
        })
    }

    /// Whether it is there is asked last: each question is a process, and most are there.
    async fn inspect_if_there<T: for<'de> Deserialize<'de>>(
        &self,
        kind: &str,
        name: &str,
    ) -> Result<Option<T>> {
        let error = match self.inspect(kind, name).await {
            Ok(found) => return Ok(Some(found)),
            Err(error) => error,
        };
        let refused = error
            .downcast_ref()
            .is_some_and(|CommandError { ending, .. }| matches!(ending, Ending::Status(_)));
        if refused && !self.exists(kind, name).await? {
            return Ok(None);
        }
        Err(error)
    }

    async fn inspect<T: for<'de> Deserialize<'de>>(&self, kind: &str, name: &str) -> Result<T> {
        let json = self.podman([kind, "inspect", name]).output().await?;
        let inspected: Vec<Inspected<T>> = serde_json::from_str(&json)
            .with_context(|| format!("reading Podman's answer about the {kind} `{name}`"))?;
        let mut inspected = inspected.into_iter();
        match inspected.next() {
            Some(first) => Ok(first.content),
            None => bail!("Podman does not report the {kind} `{name}`"),
        }
    }
}

/// Reads what `podman network ls` writes.
fn networks(json: &str) -> serde_json::Result<Vec<Network>> {
    let listed: Vec<ListedNetwork> = serde_json::from_str(json)?;
    let network = |listed: ListedNetwork| {
        let subnets = listed.subnets.unwrap_or_default().into_iter();
        let isolate = listed.options.unwrap_or_default().remove(ISOLATE);
        Network {
            name: listed.name,
            subnets: subnets.map(|subnet| subnet.subnet).collect(),
            is_isolated: isolate.is_some_and(|value| ISOLATED.contains(&value.as_str())),
        }
    };
    Ok(listed.into_iter().map(network).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_isolated_by_its_option_alone() {
        let network = |options: &str| {
            let json = format!(
                r#"[{{"name": "a", "driver": "bridge", "subnets": [{{"subnet": "10.200.0.0/24", "gateway": "10.200.0.1"}}],
                     "internal": false{options}}}]"#
            );
            networks(&json).unwrap().remove(0)
        };
        let found = network(r#", "options": {"isolate": "true"}"#);
        let expected = Network {
            name: "a".to_owned(),
            subnets: vec!["10.200.0.0/24".to_owned()],
            is_isolated: true,
        };
        assert_eq!(found, expected);
        let cases = [
            ("", false),
            (r#", "options": null"#, false),
            (r#", "options": {"mtu": "1400"}"#, false),
            (r#", "options": {"isolate": "false"}"#, false),
            (r#", "options": {"isolate": "strict"}"#, true),
        ];
        for (options, isolated) in cases {
            assert_eq!(network(options).is_isolated, isolated, "{options}");
        }
        // The network of all containers that name none may have no subnets.
        assert_eq!(
            networks(r#"[{"name": "host", "subnets": null}]"#).unwrap()[0].subnets,
            [""; 0]
        );
    }
}
