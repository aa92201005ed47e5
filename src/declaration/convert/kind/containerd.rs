//! Patches of containerd's configuration: mirrors of registries have a counterpart, the rest has none
//! (<https://github.com/containerd/containerd/blob/main/docs/cri/registry.md>).

use std::collections::BTreeSet;
use std::ops::Range;

use toml::{Table, Value as Toml};

use crate::declaration::convert::draft::Draft;
use crate::declaration::convert::kind::walk::{Fields, Found, Walk};
use crate::declaration::read::{registry as is_registry, without_userinfo};
use crate::declaration::yaml::{At, Node, Value};

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

const OF_PASSWORDS: &str =
    "put passwords of registries into a file that is mounted at /var/lib/kubelet/config.json";

const OF_CRI_O: &str = "nodes run CRI-O, whose settings are `spec.crioDropIns`";

/// The registries of containerd's configuration.
#[derive(Default)]
struct Registries {
    mirrors: Vec<Mirror>,
    /// Hosts whose certificates are not verified.
    insecure: BTreeSet<String>,
}

struct Mirror {
    registry: String,
    /// Where it is, as CRI-O has it: a host, and what comes before the names of images.
    place: String,
    is_insecure: bool,
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
                let message = format!("invalid TOML: {}", error.message());
                let at = place(&text, error.span());
                let at = walk.excerpt(&found, &text).at(at);
                walk.refuse(at, &found.path, message);
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

/// Returns where the bytes of a span begin.
fn place(text: &str, span: Option<Range<usize>>) -> At {
    let before = span.and_then(|span| text.get(..span.start));
    let before = before.unwrap_or_default();
    let (_, line) = before.rsplit_once('\n').unwrap_or(("", before));
    At {
        line: before.matches('\n').count() as u64 + 1,
        column: line.chars().count() as u64 + 1,
        length: 0,
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
                    "CRI-O does not read hosts.toml; use `spec.registryMirrors`",
                ),
                (key, _) => leave_out(walk, found, &format!("registry.{key}"), OF_CRI_O),
            }
        }
    }

    fn take_mirrors(&mut self, walk: &mut Walk<'_>, found: &Found<'_>, mirrors: &Table) {
        for (registry, settings) in mirrors {
            if registry == "*" {
                let why = "CRI-O has no mirror for all registries; name one for each in `spec.registryMirrors`";
                leave_out(walk, found, "mirrors.*", why);
                continue;
            }
            // A later patch replaces the list of an earlier one.
            self.mirrors.retain(|mirror| mirror.registry != *registry);
            let endpoints = match settings.get("endpoint") {
                Some(Toml::Array(endpoints)) => endpoints.as_slice(),
                _ => &[],
            };
            if endpoints.is_empty() || !endpoints.iter().all(Toml::is_str) {
                let why = "expected a list of addresses as its `endpoint`";
                leave_out(walk, found, &format!("mirrors.{registry}"), why);
            }
            for endpoint in endpoints.iter().filter_map(Toml::as_str) {
                match Mirror::of(registry, endpoint) {
                    Ok(mirror) => {
                        mirror.look_at_host(walk, found);
                        self.mirrors.push(mirror);
                    }
                    Err(why) => leave_out(walk, found, &without_userinfo(endpoint), &why),
                }
            }
            others(
                walk,
                found,
                &format!("mirrors.{registry}"),
                settings,
                &["endpoint"],
            );
        }
    }

    fn take_configs(&mut self, walk: &mut Walk<'_>, found: &Found<'_>, configs: &Table) {
        for (host, settings) in configs {
            let tls = settings.get("tls");
            match tls.and_then(|tls| tls.get("insecure_skip_verify")) {
                Some(Toml::Boolean(true)) => drop(self.insecure.insert(host.clone())),
                Some(Toml::Boolean(false)) | None => {}
                Some(_) => {
                    let what = format!("configs.{host}.tls.insecure_skip_verify");
                    leave_out(walk, found, &what, "expected true or false");
                }
            }
            if tls.is_some_and(|tls| tls.get("ca_file").is_some()) {
                let why = "`spec.caCertificates` are trusted by every node";
                leave_out(walk, found, &format!("configs.{host}.tls"), why);
            }
            if settings.get("auth").is_some() {
                leave_out(walk, found, &format!("configs.{host}.auth"), OF_PASSWORDS);
            }
            others(
                walk,
                found,
                &format!("configs.{host}"),
                settings,
                &["tls", "auth"],
            );
        }
    }

    /// Returns what there is as our mirrors.
    fn ours(&self) -> Vec<Value> {
        let mut ours = Vec::new();
        for mirror in &self.mirrors {
            let is_insecure = mirror.is_insecure || self.insecure.contains(mirror.host());
            // The registry itself comes last anyway.
            if is_insecure || !is_same(&mirror.registry, &mirror.place) {
                ours.push(value(&mirror.registry, &mirror.place, is_insecure));
            }
        }
        let is_mirror = |host: &&String| self.mirrors.iter().any(|one| one.host() == **host);
        for host in self.insecure.iter().filter(|host| !is_mirror(host)) {
            ours.push(value(host, host, true));
        }
        ours
    }
}

impl Mirror {
    /// Returns an endpoint of containerd as a mirror, or says why it cannot be one.
    fn of(registry: &str, endpoint: &str) -> Result<Self, String> {
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

    fn host(&self) -> &str {
        self.place.split('/').next().unwrap_or(&self.place)
    }

    /// Says so when a node does not reach a host by this name as with kind, whose recipe has a container.
    fn look_at_host(&self, walk: &mut Walk<'_>, found: &Found<'_>) {
        let name = self.host().split(':').next().unwrap_or_default();
        let message = if name == "localhost" || name.starts_with("127.") {
            format!(
                "`{name}` is the node itself there; a registry on the host has an address of the host"
            )
        } else if !name.contains('.') {
            format!(
                "a node does not know `{name}`, unless DNS of the host does; a registry on the host has an \
                 address of the host"
            )
        } else {
            return;
        };
        walk.warn(found.node.at, &found.path, message);
    }
}

/// Notes the settings that nobody has looked at.
fn others(walk: &mut Walk<'_>, found: &Found<'_>, path: &str, settings: &Toml, known: &[&str]) {
    let keys = settings.as_table().into_iter().flat_map(Table::keys);
    for key in keys.filter(|key| !known.contains(&key.as_str())) {
        leave_out(walk, found, &format!("{path}.{key}"), OF_CRI_O);
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

fn value(registry: &str, mirror: &str, insecure: bool) -> Value {
    let mut value = Value::from([
        ("registry", Value::from(registry)),
        ("mirror", Value::from(mirror)),
    ]);
    if insecure {
        value.set("insecure", Value::Bool(true));
    }
    value
}
