//! Patches of containerd's configuration: mirrors of registries have a counterpart, the rest has none
//! (<https://github.com/containerd/containerd/blob/main/docs/cri/registry.md>).

use std::collections::BTreeSet;

use toml::{Table, Value as Toml};

use crate::convert::draft::Draft;
use crate::convert::kind::walk::{Fields, Found, Walk};
use crate::yaml::{Node, Value};

/// The plugins that have the settings of registries: that of containerd 2, of 1, and of its first format.
const PLUGINS: [&str; 3] = [
    "io.containerd.cri.v1.images",
    "io.containerd.grpc.v1.cri",
    "cri",
];

/// What Docker Hub is reached by.
const DOCKER_HUB: (&str, [&str; 3]) = (
    "docker.io",
    ["registry-1.docker.io", "index.docker.io", "docker.io"],
);

const OF_CRI_O: &str = "nodes run CRI-O, whose settings are `spec.crioDropIns`";

/// What containerd is told of registries.
#[derive(Default)]
struct Registries {
    mirrors: Vec<Mirror>,
    /// Hosts whose certificates are not verified.
    insecure: BTreeSet<String>,
}

struct Mirror {
    registry: String,
    endpoint: String,
}

/// Takes over the mirrors of registries.
pub(super) fn read(walk: &mut Walk<'_>, config: &Fields<'_>, draft: &mut Draft) {
    let mut registries = Registries::default();
    let list = config.get("containerdConfigPatches");
    let at = list.as_ref().map(|list| list.node.at);
    for found in walk.items(list) {
        let Some(text) = walk.text(&found) else {
            continue;
        };
        match text.parse::<Table>() {
            Ok(table) => registries.take(walk, &found, &table),
            Err(error) => {
                let message = format!("a patch that is no TOML: {}", error.message());
                walk.refuse(found.node.at, &found.path, message);
            }
        }
    }
    for found in walk.items(config.get("containerdConfigPatchesJSON6902")) {
        walk.warn(found.node.at, &found.path, format!("left out: {OF_CRI_O}"));
    }
    let ours = registries.ours();
    if let (Some(at), false) = (at, ours.is_empty()) {
        let value = Value::from(ours);
        draft.set("registryMirrors", Node { value, at });
    }
}

impl Registries {
    /// Takes over a patch, and notes what of it has no counterpart.
    fn take(&mut self, walk: &mut Walk<'_>, found: &Found<'_>, patch: &Table) {
        for (key, value) in patch {
            match (key.as_str(), value) {
                ("version", _) => {}
                ("plugins", Toml::Table(plugins)) => {
                    for (name, settings) in plugins {
                        self.take_plugin(walk, found, name, settings);
                    }
                }
                (key, _) => leave_out(walk, found, key, OF_CRI_O),
            }
        }
    }

    fn take_plugin(&mut self, walk: &mut Walk<'_>, found: &Found<'_>, name: &str, settings: &Toml) {
        let Toml::Table(settings) = settings else {
            return;
        };
        for (key, value) in settings {
            match (key.as_str(), value) {
                ("registry", Toml::Table(registry)) if PLUGINS.contains(&name) => {
                    self.take_registry(walk, found, registry);
                }
                _ => leave_out(walk, found, &format!("{name}.{key}"), OF_CRI_O),
            }
        }
    }

    fn take_registry(&mut self, walk: &mut Walk<'_>, found: &Found<'_>, registry: &Table) {
        for (key, value) in registry {
            match (key.as_str(), value) {
                ("mirrors", Toml::Table(mirrors)) => self.take_mirrors(walk, found, mirrors),
                ("configs", Toml::Table(configs)) => self.take_configs(walk, found, configs),
                ("config_path", _) => leave_out(
                    walk,
                    found,
                    "config_path",
                    "CRI-O reads no hosts.toml; `spec.registryMirrors` says which mirrors there are",
                ),
                (key, _) => leave_out(walk, found, &format!("registry.{key}"), OF_CRI_O),
            }
        }
    }

    fn take_mirrors(&mut self, walk: &mut Walk<'_>, found: &Found<'_>, mirrors: &Table) {
        for (registry, settings) in mirrors {
            if registry == "*" {
                let why =
                    "CRI-O has no mirror of all registries; `spec.registryMirrors` has one of each";
                leave_out(walk, found, "mirrors.*", why);
                continue;
            }
            let endpoints = settings.get("endpoint").and_then(Toml::as_array);
            for endpoint in endpoints.into_iter().flatten().filter_map(Toml::as_str) {
                self.mirrors.push(Mirror {
                    registry: registry.clone(),
                    endpoint: endpoint.to_owned(),
                });
            }
        }
    }

    fn take_configs(&mut self, walk: &mut Walk<'_>, found: &Found<'_>, configs: &Table) {
        for (host, settings) in configs {
            let tls = settings.get("tls");
            let skips = tls.and_then(|tls| tls.get("insecure_skip_verify"));
            if skips.and_then(Toml::as_bool) == Some(true) {
                self.insecure.insert(host.clone());
            }
            if tls.is_some_and(|tls| tls.get("ca_file").is_some()) {
                let why = "`spec.caCertificates` are trusted by every node";
                leave_out(walk, found, &format!("configs.{host}.tls"), why);
            }
            if settings.get("auth").is_some() {
                let why = "registries' passwords belong into a file that is mounted at \
                           /var/lib/kubelet/config.json";
                leave_out(walk, found, &format!("configs.{host}.auth"), why);
            }
        }
    }

    /// Returns what there is as our mirrors.
    fn ours(&self) -> Vec<Value> {
        let mut ours = Vec::new();
        for Mirror { registry, endpoint } in &self.mirrors {
            let (scheme, place) = endpoint.split_once("://").unwrap_or(("https", endpoint));
            let place = place.trim_end_matches('/');
            let place = place.strip_suffix("/v2").unwrap_or(place);
            let host = place.split('/').next().unwrap_or(place);
            let is_insecure = scheme == "http" || self.insecure.contains(host);
            // The registry itself comes last anyway.
            if is_insecure || !is_same(registry, place) {
                ours.push(mirror(registry, place, is_insecure));
            }
        }
        let has_mirror = |host: &&String| {
            self.mirrors
                .iter()
                .any(|one| one.endpoint.contains(host.as_str()))
        };
        for host in self.insecure.iter().filter(|host| !has_mirror(host)) {
            ours.push(mirror(host, host, true));
        }
        ours
    }
}

fn leave_out(walk: &mut Walk<'_>, found: &Found<'_>, what: &str, why: &str) {
    let message = format!("`{}` is left out: {why}", what.escape_debug());
    walk.warn(found.node.at, &found.path, message);
}

fn is_same(registry: &str, place: &str) -> bool {
    let (hub, names) = DOCKER_HUB;
    registry == place || (registry == hub && names.contains(&place))
}

fn mirror(registry: &str, mirror: &str, insecure: bool) -> Value {
    let mut value = Value::from([
        ("registry", Value::from(registry)),
        ("mirror", Value::from(mirror)),
    ]);
    if insecure {
        value.set("insecure", Value::Bool(true));
    }
    value
}
