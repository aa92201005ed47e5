//! From a resolved cluster to the text of every file of the cluster.
//!
//! Same values, same bytes: no clock, no randomness, no file system. Nothing is decided here.

pub mod encode;
mod fixed;
mod json;
mod merge;
mod mounted_files;
mod operation;
mod patch;
mod settings;
mod values;

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior};

use crate::declaration::{self, yaml};
use crate::model::cluster::{Cluster, KubernetesSettings, NODE_VOLUMES, NodeId, Role};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
use crate::model::problem::{Place, Problem};
use crate::resolve::ResolvedCluster;
use crate::units::file_set::{
    CONTAINERS_CONF, DECLARATION, File, FileSet, MODE_PRIVATE, MODE_PUBLIC,
};
use crate::units::render::values::{NodeValues, values};
use crate::units::unit_names::{kubeadm_conf, node_file};

macro_rules! embed {
    ($($path:literal),* $(,)?) => {
        /// Every template by its path in the repository, whose first part says who reads it.
        const TEMPLATES: &[(&str, &str)] =
            &[$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path)))),*];
    };
}

embed![
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

/// Says which file could not be rendered, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderError {
    template: String,
    reason: String,
    /// The field that is to blame, where it is one.
    field: Option<FieldRef>,
    /// Where in it that is, when it is known.
    place: Option<Place>,
}

/// Returns every file of the cluster.
///
/// # Errors
/// When a value has characters that could change the meaning of a file.
pub fn render(resolved: &ResolvedCluster) -> Result<FileSet, RenderError> {
    let environment = ENVIRONMENT.as_ref().map_err(Clone::clone)?;
    let file = |template: &str, node: Option<&NodeValues>, mode| {
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
    for (node, declared) in resolved.nodes() {
        let blame = RenderError::blaming("a file of the node", declared.id);
        let mounted_files = mounted_files::mounted_files(resolved, declared).map_err(blame)?;
        let values = NodeValues {
            node,
            declared,
            mounted_files: &mounted_files,
        };
        let (name, some) = (&node.name, Some(&values));
        let unit = file("quadlet/node.container.j2", some, MODE_PUBLIC)?;
        files.insert(format!("{name}.container"), unit);
        if let Some([socket, service]) = name.join_units() {
            files.insert(socket, file("systemd/join.socket.j2", some, MODE_PUBLIC)?);
            files.insert(service, file("systemd/join.service.j2", some, MODE_PUBLIC)?);
        }
        for kind in NODE_VOLUMES {
            let template = format!("quadlet/node-{kind}.volume.j2");
            let path = format!("{}.volume", name.volume(kind));
            files.insert(path, file(&template, some, MODE_PUBLIC)?);
        }
        let template = kubeadm_template(declared.id.role());
        let conf = file(template, some, MODE_PRIVATE)?;
        let settings = settings_of(&resolved.declaration, declared.id.role());
        let conf = patched(template, conf, &settings)?;
        files.insert(kubeadm_conf(name.as_str()), conf);
        for one in mounted_files {
            files.insert(node_file(name.as_str(), &one.what), one.file);
        }
    }
    files.insert(DECLARATION.to_owned(), declaration(resolved));
    Ok(files)
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

impl RenderError {
    fn new(template: &str, error: &minijinja::Error) -> Self {
        let reason = error
            .detail()
            .map_or_else(|| error.to_string(), str::to_owned);
        Self {
            template: template.to_owned(),
            reason,
            field: None,
            place: None,
        }
    }

    /// Returns what makes an error of a field that is to blame, and why.
    fn blaming(template: &str, node: NodeId) -> impl Fn((Field, Option<Place>, String)) -> Self {
        move |(field, place, reason)| Self {
            template: template.to_owned(),
            reason,
            field: Some(FieldRef::of_node(field, node)),
            place,
        }
    }

    /// Returns what is wrong with a declaration that is to blame; `None` if it is none.
    #[must_use]
    pub fn blames(&self, declared: &Cluster) -> Option<Problem> {
        let problem = declared.problem(self.field?, self.reason.clone());
        let place = self.place.clone().or(problem.place);
        Some(Problem { place, ..problem })
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rendering `{}`: {}", self.template, self.reason)
    }
}

impl std::error::Error for RenderError {}

#[cfg(test)]
mod tests;
