//! From a plan to the text of every file of the cluster.
//!
//! Same plan, same bytes: no clock, no randomness, no file system. Nothing is decided here.

pub mod encode;

use std::fmt;
use std::net::Ipv4Addr;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior, context};

use crate::cluster::{NODE_VOLUMES, NodeName, Resources, Role};
use crate::fileset::{DECLARATION, File, FileSet, MODE_PRIVATE, MODE_PUBLIC};
use crate::plan::{NodePlan, Plan};
use crate::{quantity, yaml};

/// Where the units say one can read more.
const DOCUMENTATION: &str = env!("CARGO_PKG_REPOSITORY");

macro_rules! embed {
    ($($path:literal),* $(,)?) => {
        /// Every template by its path in the repository, whose first part says who reads it.
        const TEMPLATES: &[(&str, &str)] =
            &[$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path)))),*];
    };
}

embed![
    "quadlet/cluster.network.j2",
    "quadlet/control-plane.container.j2",
    "quadlet/node-kubernetes.volume.j2",
    "quadlet/node-var.volume.j2",
    "systemd/cluster.slice.j2",
    "templates/cluster.yaml.j2",
    "templates/kubeadm.conf.j2",
];

/// Says which file could not be rendered, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderError {
    template: String,
    reason: String,
}

/// Returns every file of the cluster.
///
/// # Errors
/// When a value has characters that could change the meaning of a file.
pub fn render(plan: &Plan) -> Result<FileSet, RenderError> {
    let environment = environment()?;
    let file = |template: &str, node: Option<&NodePlan>, mode| {
        let text = environment
            .get_template(template)
            .and_then(|loaded| loaded.render(values(plan, node)))
            .map_err(|error| RenderError::new(template, &error))?;
        Ok(File { text, mode })
    };
    let mut files = FileSet::default();
    let network = format!("{}.network", plan.cluster.network());
    files.insert(
        network,
        file("quadlet/cluster.network.j2", None, MODE_PUBLIC)?,
    );
    let slice = file("systemd/cluster.slice.j2", None, MODE_PUBLIC)?;
    files.insert(plan.cluster.slice(), slice);
    for node in &plan.nodes {
        let (name, some) = (&node.name, Some(node));
        let unit = match node.role {
            Role::ControlPlane => "quadlet/control-plane.container.j2",
        };
        files.insert(format!("{name}.container"), file(unit, some, MODE_PUBLIC)?);
        for kind in NODE_VOLUMES {
            let template = format!("quadlet/node-{kind}.volume.j2");
            let path = format!("{}.volume", name.volume(kind));
            files.insert(path, file(&template, some, MODE_PUBLIC)?);
        }
        if node.role == Role::ControlPlane {
            let conf = file("templates/kubeadm.conf.j2", some, MODE_PRIVATE)?;
            files.insert("kubeadm.conf".to_owned(), conf);
        }
    }
    let declaration = file("templates/cluster.yaml.j2", None, MODE_PUBLIC)?;
    files.insert(DECLARATION.to_owned(), declaration);
    Ok(files)
}

/// Returns what templates may use; each value is whole, so that it can be escaped as one.
fn values(plan: &Plan, node: Option<&NodePlan>) -> Value {
    let name = |f: &dyn Fn(&NodeName) -> String| node.map(|node| f(&node.name));
    context! {
        version => env!("CARGO_PKG_VERSION"),
        documentation => DOCUMENTATION,
        cluster => plan.cluster.as_str(),
        prefix => plan.cluster.prefix(),
        network => plan.cluster.network(),
        // Its backslash is no escape where units are named, and could be nothing else.
        slice => Value::from_safe_string(plan.cluster.slice()),
        image => plan.image.as_str(),
        kubernetes_version => plan.kubernetes_version.as_str(),
        autostart => plan.autostart,
        api_server_address => plan.api_server_address.to_string(),
        api_server_port => plan.api_server_port,
        publish_port => format!("{}:{}:6443", plan.api_server_address, plan.api_server_port),
        pod_subnet => plan.pod_subnet.to_string(),
        pod_cidr => plan.pod_cidr.to_string(),
        service_subnet => plan.service_subnet.to_string(),
        node_subnet => plan.node_subnet.to_string(),
        gateway => plan.gateway.to_string(),
        cni => plan.cni.name(),
        storage => plan.storage.name(),
        node => name(&|node| node.as_str().to_owned()),
        var_volume => name(&|node| node.volume("var")),
        kubernetes_volume => name(&|node| node.volume("kubernetes")),
        node_address => node.map(|node| node.address.to_string()),
        control_plane_endpoint => node.map(|node| format!("{}:6443", node.address)),
        cert_sans => node.map(|node| cert_sans(plan, node)),
        ..limits(plan.resources)
    }
}

/// Returns each limit as its readers write it; nothing, or `none` for the node, where there is none.
fn limits(resources: Resources) -> Value {
    let or_none = |limit: Option<u64>| limit.map_or("none".to_owned(), |limit| limit.to_string());
    context! {
        memory => resources.memory_bytes.map(quantity::bytes),
        memory_bytes => resources.memory_bytes,
        memory_or_none => or_none(resources.memory_bytes),
        cpu => resources.cpu_millis.map(quantity::millis),
        cpu_percent => resources.cpu_millis.map(percent),
        cpu_millis_or_none => or_none(resources.cpu_millis),
        cpu_weight => resources.cpu_weight,
        tasks => resources.tasks,
        tasks_or_none => or_none(resources.tasks),
    }
}

/// Writes thousandths of a processor as hundredths: `150`, or `150.5`.
fn percent(millis: u64) -> String {
    match millis % 10 {
        0 => (millis / 10).to_string(),
        tenth => format!("{}.{tenth}", millis / 10),
    }
}

/// Returns the names of the API server beside those that kubeadm adds by itself.
fn cert_sans(plan: &Plan, node: &NodePlan) -> Vec<String> {
    let mut names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        node.name.to_string(),
    ];
    let address = plan.api_server_address;
    if !address.is_unspecified() && address != Ipv4Addr::LOCALHOST {
        names.push(address.to_string());
    }
    names
}

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
        }
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
