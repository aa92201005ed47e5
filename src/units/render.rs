//! From a resolved cluster to the text of every file of the cluster.
//!
//! Same values, same bytes: no clock, no randomness, no file system. Nothing is decided here.

pub mod encode;
mod error;
mod fixed;
mod join_conf;
mod json;
mod merge;
mod mounted_files;
mod operation;
mod patch;
mod settings;
mod values;

use std::borrow::Cow;
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior};

use crate::declaration::{self, yaml};
use crate::model::cluster::{Cluster, KubernetesSettings, NODE_VOLUMES, Node, Role};
use crate::resolve::{ResolvedCluster, ResolvedNode};
use crate::units::file_set::{
    CONTAINERS_CONF, DECLARATION, File, FileSet, MODE_PRIVATE, MODE_PUBLIC,
};
pub use crate::units::render::error::RenderError;
use crate::units::render::join_conf::join_conf;
use crate::units::render::values::{NodeValues, values};
use crate::units::unit_names::{balancer, balancer_conf, kubeadm_conf, node_file};

macro_rules! embed {
    ($($path:literal),* $(,)?) => {
        /// Every template by its path in the repository, whose first part says who reads it.
        const TEMPLATES: &[(&str, &str)] =
            &[$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path)))),*];
    };
}

embed![
    "haproxy/balancer.cfg.j2",
    "quadlet/balancer.container.j2",
    "quadlet/cluster.network.j2",
    "quadlet/node-containers.volume.j2",
    "quadlet/node.container.j2",
    "systemd/cluster.slice.j2",
    "systemd/join.service.j2",
    "systemd/join.socket.j2",
    "systemd/resolver.timer.j2",
    "systemd/resolver.service.j2",
    "systemd/uplink.service.j2",
    "templates/containers.conf.j2",
    "templates/kubeadm.conf.j2",
    "templates/kubelet.conf.j2",
    "templates/worker.kubeadm.conf.j2",
];

/// The templates of the units of a cluster that systemd reads itself, in the order of their names.
const LINKED: [&str; 4] = [
    "systemd/cluster.slice.j2",
    "systemd/resolver.timer.j2",
    "systemd/resolver.service.j2",
    "systemd/uplink.service.j2",
];

/// Returns what kubeadm reads on a node of a role, when it is new and after each change.
fn kubeadm_template(role: Role) -> &'static str {
    match role {
        Role::ControlPlane => "templates/kubeadm.conf.j2",
        Role::Worker => "templates/worker.kubeadm.conf.j2",
    }
}

/// The kind of the document that is kubelet's, which every node has.
const KUBELET: &str = "KubeletConfiguration";

/// Returns every file of the cluster.
///
/// # Errors
/// When a value has characters that could change the meaning of a file.
pub fn render(resolved: &ResolvedCluster) -> Result<FileSet, RenderError> {
    let environment = ENVIRONMENT.as_ref().map_err(Clone::clone)?;
    let file = |template: &str, node: Option<&NodeValues>, mode: u32| {
        let text = environment
            .get_template(template)
            .and_then(|loaded| loaded.render(values(resolved, node)))
            .map_err(|error| RenderError::new(template, &error))?;
        Ok(File { text, mode })
    };
    let mut files = FileSet::default();
    let network = format!("{}.network", resolved.cluster.network());
    files.insert(
        network,
        file("quadlet/cluster.network.j2", None, MODE_PUBLIC)?,
    );
    for (unit, template) in resolved.cluster.linked_units().into_iter().zip(LINKED) {
        files.insert(unit, file(template, None, MODE_PUBLIC)?);
    }
    let conf = file("templates/containers.conf.j2", None, MODE_PUBLIC)?;
    files.insert(CONTAINERS_CONF.to_owned(), conf);
    if resolved.declaration.is_balanced() {
        let unit = balancer(&resolved.cluster);
        files.insert(
            unit,
            file("quadlet/balancer.container.j2", None, MODE_PUBLIC)?,
        );
        let conf = file("haproxy/balancer.cfg.j2", None, MODE_PUBLIC)?;
        files.insert(balancer_conf(&resolved.cluster), conf);
    }
    for (node, declared) in resolved.nodes() {
        of_node(&mut files, resolved, node, declared, &file)?;
    }
    files.insert(DECLARATION.to_owned(), declaration(resolved));
    Ok(files)
}

/// Makes a file of a template: its path, the node that it is of, and its permission bits.
type Render<'a> = dyn Fn(&str, Option<&NodeValues<'_>>, u32) -> Result<File, RenderError> + 'a;

/// Adds every file of a node.
fn of_node(
    files: &mut FileSet,
    resolved: &ResolvedCluster,
    node: &ResolvedNode,
    declared: &Node,
    file: &Render<'_>,
) -> Result<(), RenderError> {
    let mut values = NodeValues {
        node,
        declared,
        mounted_files: &[],
    };
    let (name, role) = (&node.name, declared.id.role());
    let template = kubeadm_template(role);
    let conf = file(template, Some(&values), MODE_PRIVATE)?;
    let conf = patched(template, conf, &settings_of(&resolved.declaration, role))?;
    let joins = resolved.declaration.joins(declared.id);
    let join_conf = (joins && role == Role::ControlPlane).then(|| join_conf(&conf.text));
    let join_conf = join_conf.transpose().map_err(|reason| RenderError {
        template: template.to_owned(),
        reason,
        field: None,
        place: None,
    })?;
    files.insert(kubeadm_conf(name.as_str()), conf);
    let blame = RenderError::blaming("a file of the node", declared.id);
    let mounted_files = mounted_files::mounted_files(resolved, declared, join_conf.as_deref());
    let mounted_files = mounted_files.map_err(blame)?;
    values.mounted_files = &mounted_files;
    let some = Some(&values);
    let unit = file("quadlet/node.container.j2", some, MODE_PUBLIC)?;
    files.insert(format!("{name}.container"), unit);
    if joins {
        let [socket, service] = name.join_units();
        files.insert(socket, file("systemd/join.socket.j2", some, MODE_PUBLIC)?);
        files.insert(service, file("systemd/join.service.j2", some, MODE_PUBLIC)?);
    }
    for kind in NODE_VOLUMES {
        let template = format!("quadlet/node-{kind}.volume.j2");
        let path = format!("{}.volume", name.volume(kind));
        files.insert(path, file(&template, some, MODE_PUBLIC)?);
    }
    for one in &mounted_files {
        files.insert(node_file(name.as_str(), &one.what), one.file.clone());
    }
    Ok(())
}

/// Returns kubeadm's configuration with the declared changes.
fn patched(
    template: &str,
    mut conf: File,
    settings: &KubernetesSettings,
) -> Result<File, RenderError> {
    conf.text = patch::patched(&conf.text, settings).map_err(|refused| RenderError {
        template: template.to_owned(),
        reason: refused.reason,
        field: Some(refused.field.into()),
        place: refused.place,
    })?;
    Ok(conf)
}

/// Returns what is declared for nodes of a role: of the patches, a worker has those for kubelet.
fn settings_of(cluster: &Cluster, role: Role) -> Cow<'_, KubernetesSettings> {
    if role == Role::ControlPlane {
        return Cow::Borrowed(&cluster.kubernetes);
    }
    let mut settings = cluster.kubernetes.clone();
    settings.patches.retain(|patch| patch.kind == KUBELET);
    settings.json_patches.retain(|patch| patch.kind == KUBELET);
    Cow::Owned(settings)
}

/// Returns the resolved declaration, with all that a private file has.
fn declaration(resolved: &ResolvedCluster) -> File {
    let version = env!("CARGO_PKG_VERSION");
    let document = yaml::to_string(&declaration::document(&resolved.declaration));
    File {
        text: format!(
            "# Generated by kinc {version}: the declaration, every value decided.\n{document}"
        ),
        mode: MODE_PRIVATE,
    }
}

/// The templates, parsed once for all clusters.
static ENVIRONMENT: LazyLock<Result<Environment<'static>, RenderError>> =
    LazyLock::new(environment);

fn environment() -> Result<Environment<'static>, RenderError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // A line with nothing but a block tag leaves no trace, and the last newline stays.
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .map_err(|error| RenderError::new("syntax", &error))?,
    );
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(write_value);
    encode::add_filters(&mut environment);
    for (path, text) in TEMPLATES {
        environment
            .add_template(path, text)
            .map_err(|error| RenderError::new(path, &error))?;
    }
    Ok(environment)
}

/// Writes a value as its reader needs it, which the template's folder tells.
fn write_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    let refuse = |what: String| Err(minijinja::Error::new(ErrorKind::InvalidOperation, what));
    let text = match (value.kind(), value.as_str()) {
        (ValueKind::String, Some(text)) if value.is_safe() => Ok(text.to_owned()),
        (ValueKind::String, Some(text)) => {
            if state.name().starts_with("templates/") {
                document(text)
            } else {
                unit(text)
            }
        }
        (ValueKind::Number | ValueKind::Bool, _) => Ok(if value.kind() == ValueKind::Bool {
            value.is_true().to_string()
        } else {
            value.to_string()
        }),
        (kind, _) => return refuse(format!("a value is {kind}, not a text")),
    };
    match text {
        Ok(text) => out.write_str(&text).map_err(minijinja::Error::from),
        Err(reason) => refuse(reason),
    }
}

/// Encodes a value for a unit or Quadlet file, so that it means itself in every key.
///
/// Quadlet splits some keys into words and strips quotes from others, and has no escape that
/// holds for all of them: such characters are refused, unless the template names the encoder of
/// the key ([`encode`]). systemd expands `%` and `$` later.
fn unit(text: &str) -> Result<String, String> {
    let special = |c: char| c.is_control() || c.is_whitespace() || "\"'\\".contains(c);
    let is_argument = encode::is_argument(text).is_ok();
    if !is_argument || text.contains(special) || text.starts_with(['#', ';']) {
        return Err(format!(
            "`{}` cannot be written into a unit",
            text.escape_debug()
        ));
    }
    Ok(text.replace('%', "%%").replace('$', "$$"))
}

/// Encodes a value for a YAML document.
fn document(text: &str) -> Result<String, String> {
    if text.contains(char::is_control) {
        return Err(format!("`{}` has control characters", text.escape_debug()));
    }
    Ok(yaml::quote(text))
}

#[cfg(test)]
mod tests;
