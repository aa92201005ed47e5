//! Patches of containerd's configuration: mirrors of registries have a counterpart, the rest has none
//! (<https://github.com/containerd/containerd/blob/main/docs/cri/registry.md>).

mod mirror;

use std::collections::BTreeSet;

use crate::declaration::convert::draft::Draft;
use crate::declaration::convert::kind::containerd::mirror::Mirror;
use crate::declaration::convert::kind::walk::{Fields, Walk};
use crate::declaration::read::without_userinfo;
use crate::declaration::toml;
use crate::declaration::yaml::{Entry, Node, Value};
use crate::model::problem::Span;

/// The plugins that have the settings of registries: that of containerd 2, of 1, and of its first format.
const PLUGINS: [&str; 3] = [
    "io.containerd.cri.v1.images",
    "io.containerd.grpc.v1.cri",
    "cri",
];

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

/// A patch that is read.
struct Patch<'w, 'a> {
    walk: &'w mut Walk<'a>,
    path: &'w str,
}

/// Takes over the mirrors of registries.
pub(super) fn read(walk: &mut Walk<'_>, config: &Fields<'_>, draft: &mut Draft) {
    let mut registries = Registries::default();
    let list = config.get("containerdConfigPatches");
    let span = list.as_ref().map(|list| list.node.span);
    for found in walk.items(list) {
        let Some(text) = walk.text(&found) else {
            continue;
        };
        let excerpt = walk.excerpt(&found, &text);
        match toml::parse(&text) {
            Ok(table) => {
                let path = &found.path;
                registries.take(&mut Patch { walk, path }, &excerpt.relocated(table));
            }
            Err(error) => {
                let message = format!("invalid TOML: {}", error.message);
                walk.refuse(excerpt.span(error.span), &found.path, message);
            }
        }
    }
    for found in walk.items(config.get("containerdConfigPatchesJSON6902")) {
        walk.warn(
            found.node.span,
            &found.path,
            format!("left out: {OF_CRI_O}"),
        );
    }
    let ours = registries.ours();
    if let (Some(span), false) = (span, ours.is_empty()) {
        let value = Value::from(ours);
        draft.set("registryMirrors", Node { value, span });
    }
}

impl Patch<'_, '_> {
    /// Notes what has no counterpart, where it is.
    fn leave_out(&mut self, span: Span, what: &str, why: &str) {
        let message = format!("`{}` is left out: {why}", what.escape_debug());
        self.walk.warn(span, self.path, message);
    }

    /// Notes the settings that nobody has looked at.
    fn leave_others(&mut self, path: &str, settings: &Value, known: &[&str]) {
        let others = entries(settings).iter();
        for other in others.filter(|entry| !known.contains(&entry.key.as_str())) {
            self.leave_out(other.span, &format!("{path}.{}", other.key), OF_CRI_O);
        }
    }
}

impl Registries {
    /// Takes over a patch, and notes what of it has no counterpart.
    fn take(&mut self, patch: &mut Patch<'_, '_>, table: &Node) {
        for Entry { key, span, node } in entries(&table.value) {
            match (key.as_str(), &node.value) {
                ("version", _) => {}
                ("plugins", Value::Mapping(plugins)) => {
                    for plugin in plugins {
                        self.take_plugin(patch, &plugin.key, &plugin.node);
                    }
                }
                (key, _) => patch.leave_out(*span, key, OF_CRI_O),
            }
        }
    }

    fn take_plugin(&mut self, patch: &mut Patch<'_, '_>, name: &str, settings: &Node) {
        for Entry { key, span, node } in entries(&settings.value) {
            match (key.as_str(), &node.value) {
                ("registry", Value::Mapping(registry)) if PLUGINS.contains(&name) => {
                    self.take_registry(patch, registry);
                }
                _ => patch.leave_out(*span, &format!("{name}.{key}"), OF_CRI_O),
            }
        }
    }

    fn take_registry(&mut self, patch: &mut Patch<'_, '_>, registry: &[Entry]) {
        for Entry { key, span, node } in registry {
            match (key.as_str(), &node.value) {
                ("mirrors", Value::Mapping(mirrors)) => self.take_mirrors(patch, mirrors),
                ("configs", Value::Mapping(configs)) => self.take_configs(patch, configs),
                ("config_path", _) => patch.leave_out(
                    *span,
                    "config_path",
                    "CRI-O does not read hosts.toml; use `spec.registryMirrors`",
                ),
                (key, _) => patch.leave_out(*span, &format!("registry.{key}"), OF_CRI_O),
            }
        }
    }

    fn take_mirrors(&mut self, patch: &mut Patch<'_, '_>, mirrors: &[Entry]) {
        for Entry { key, span, node } in mirrors {
            if key == "*" {
                let why = "CRI-O has no mirror for all registries; name one for each in `spec.registryMirrors`";
                patch.leave_out(*span, "mirrors.*", why);
                continue;
            }
            // A later patch replaces the list of an earlier one.
            self.mirrors.retain(|mirror| mirror.registry != *key);
            let mirror = format!("mirrors.{key}");
            let endpoints = match node.value.get("endpoint") {
                Some(Value::Sequence(endpoints)) => endpoints.as_slice(),
                _ => &[],
            };
            let is_text = |endpoint: &Node| endpoint.value.as_str().is_some();
            if endpoints.is_empty() || !endpoints.iter().all(is_text) {
                let span = node.value.node("endpoint").map_or(*span, |list| list.span);
                patch.leave_out(
                    span,
                    &mirror,
                    "expected a list of addresses as its `endpoint`",
                );
            }
            for endpoint in endpoints {
                self.take_endpoint(patch, key, endpoint);
            }
            patch.leave_others(&mirror, &node.value, &["endpoint"]);
        }
    }

    fn take_endpoint(&mut self, patch: &mut Patch<'_, '_>, registry: &str, endpoint: &Node) {
        let Some(address) = endpoint.value.as_str() else {
            return;
        };
        match Mirror::of(registry, address) {
            Ok(mirror) => {
                if let Some(message) = mirror.unreachable_reason() {
                    patch.walk.warn(endpoint.span, patch.path, message);
                }
                self.mirrors.push(mirror);
            }
            Err(why) => patch.leave_out(endpoint.span, &without_userinfo(address), &why),
        }
    }

    fn take_configs(&mut self, patch: &mut Patch<'_, '_>, configs: &[Entry]) {
        for Entry { key, node, .. } in configs {
            let config = format!("configs.{key}");
            for Entry {
                key: field,
                span,
                node,
            } in entries(&node.value)
            {
                match field.as_str() {
                    "tls" => self.take_tls(patch, key, *span, &node.value),
                    "auth" => patch.leave_out(*span, &format!("{config}.auth"), OF_PASSWORDS),
                    _ => {}
                }
            }
            patch.leave_others(&config, &node.value, &["tls", "auth"]);
        }
    }

    fn take_tls(&mut self, patch: &mut Patch<'_, '_>, host: &str, span: Span, tls: &Value) {
        if let Some(verify) = tls.node("insecure_skip_verify") {
            match verify.value {
                Value::Bool(true) => drop(self.insecure.insert(host.to_owned())),
                Value::Bool(false) => {}
                _ => {
                    let what = format!("configs.{host}.tls.insecure_skip_verify");
                    patch.leave_out(verify.span, &what, "expected true or false");
                }
            }
        }
        if let Some(file) = tls.node("ca_file") {
            let why = "`spec.caCertificates` are trusted by every node";
            patch.leave_out(file.span, &format!("configs.{host}.tls"), why);
        } else if !matches!(tls, Value::Mapping(_)) {
            patch.leave_out(span, &format!("configs.{host}.tls"), OF_CRI_O);
        }
    }

    /// Returns what there is as our mirrors.
    fn ours(&self) -> Vec<Value> {
        let mut ours = Vec::new();
        for mirror in &self.mirrors {
            let is_insecure = mirror.is_insecure || self.insecure.contains(mirror.host());
            // The registry itself comes last anyway.
            if is_insecure || !mirror.is_itself() {
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

/// Returns the entries of a table; none of anything else.
fn entries(value: &Value) -> &[Entry] {
    match value {
        Value::Mapping(entries) => entries,
        _ => &[],
    }
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
