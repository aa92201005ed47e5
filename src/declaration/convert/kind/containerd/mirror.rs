//! A mirror of a registry, from an endpoint of containerd's.

use crate::declaration::convert::kind::containerd::OF_PASSWORDS;
use crate::declaration::read::{registry as is_registry, without_userinfo};
use crate::declaration::yaml::Value;

/// What Docker Hub is reached by.
const DOCKER_HUB: (&str, [&str; 3]) = (
    "docker.io",
    ["registry-1.docker.io", "index.docker.io", "docker.io"],
);

pub(super) struct Mirror {
    pub(super) registry: String,
    /// Where it is, as CRI-O has it: a host, and what comes before the names of images.
    pub(super) place: String,
    pub(super) is_insecure: bool,
}

impl Mirror {
    /// Returns an endpoint of containerd as a mirror, or says why it cannot be one.
    pub(super) fn of(registry: &str, endpoint: &str) -> Result<Self, String> {
        let (scheme, place) = endpoint.split_once("://").unwrap_or(("https", endpoint));
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "http" && scheme != "https" {
            return Err("expected http or https".to_owned());
        }
        if without_userinfo(endpoint) != endpoint {
            return Err(OF_PASSWORDS.to_owned());
        }
        let place = place.trim_end_matches('/');
        let (host, path) = place.split_once('/').unwrap_or((place, "v2"));
        let host = host.to_ascii_lowercase();
        // A path of an endpoint is the whole path; CRI-O asks below /v2.
        let path = match path.strip_prefix("v2") {
            Some("") => "",
            Some(path) if path.starts_with('/') => path,
            _ => return Err("CRI-O requests only paths below /v2".to_owned()),
        };
        let place = format!("{host}{path}");
        for place in [registry, place.as_str()] {
            is_registry(&Value::from(place))?;
        }
        Ok(Self {
            registry: registry.to_owned(),
            place,
            is_insecure: scheme == "http",
        })
    }

    pub(super) fn host(&self) -> &str {
        self.place.split('/').next().unwrap_or(&self.place)
    }

    /// Says so when a node does not reach its host by this name as with kind, whose recipe has a container.
    pub(super) fn unreachable_reason(&self) -> Option<String> {
        let name = self.host().split(':').next().unwrap_or_default();
        if name == "localhost" || name.starts_with("127.") {
            Some(format!(
                "`{name}` is the node itself there; a registry on the host has an address of the host"
            ))
        } else if !name.contains('.') {
            Some(format!(
                "a node does not know `{name}`, unless DNS of the host does; a registry on the host has an \
                 address of the host"
            ))
        } else {
            None
        }
    }

    /// Returns whether it is the registry itself.
    pub(super) fn is_itself(&self) -> bool {
        let (hub, names) = DOCKER_HUB;
        self.registry == self.place
            || (self.registry == hub && names.contains(&self.place.as_str()))
    }
}
