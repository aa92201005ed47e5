//! A declaration made again from the files of a cluster, for one whose own was lost.
//!
//! Text in, text out. What the files do not hold, such as annotations, stays unknown; whether the
//! outcome gives the same files again is for the caller to see.

mod placed;

use crate::cluster::{ClusterName, DEFAULT_DNS_DOMAIN, NodeName, Role};
use crate::fileset::{FileSet, KUBEADM_CONF};
use crate::quantity;
use crate::schema::{API_VERSION, KIND};
use crate::yaml::{self, Value};

/// What every node has by itself.
const OWN_SYSCTL: &str = "net.ipv4.ip_forward=";
const OWN_DEVICE: &str = "/dev/fuse";

/// The document of kubeadm that has most of what a declaration says.
const CLUSTER: &str = "ClusterConfiguration";

/// The port of the API server in the node.
const API_SERVER: &str = ":6443";

/// Returns the declaration that these files of a cluster were made from, as far as they tell.
///
/// # Errors
/// With the file, or the line in it, that it cannot be known without.
pub fn declaration(name: &ClusterName, files: &FileSet) -> Result<String, String> {
    let text = |path: &str| {
        let file = files.get(path);
        file.map(|file| file.text.as_str())
            .ok_or_else(|| format!("`{path}` is missing"))
    };
    let node = NodeName::new(name, Role::ControlPlane);
    let unit = text(&format!("{node}.container"))?;
    let network = text(&format!("{}.network", name.network()))?;
    let kubeadm =
        yaml::parse(text(KUBEADM_CONF)?).map_err(|error| format!("`{KUBEADM_CONF}`: {error}"))?;
    let cluster = kubeadm
        .iter()
        .map(|document| &document.value)
        .find(|document| document.get("kind").and_then(Value::as_str) == Some(CLUSTER))
        .ok_or_else(|| format!("`{KUBEADM_CONF}` has no {CLUSTER}"))?;
    let slice = text(&name.slice()).unwrap_or_default();

    let mut spec = Value::Mapping(Vec::new());
    let version =
        below(cluster, &["kubernetesVersion"]).ok_or("the version of Kubernetes is unknown")?;
    spec.set("kubernetesVersion", version.clone());
    spec.set("image", Value::from(one(unit, "Image")?.as_str()));
    spec.set("autostart", Value::Bool(!all(unit, "WantedBy").is_empty()));
    let mut node = node_of(unit);
    placed::set(&mut spec, &mut node, unit, files);
    spec.set("nodes", Value::from(vec![node]));
    spec.set("networking", networking(unit, network, cluster)?);
    spec.set(
        "storage",
        Value::from(environment(unit, "KINC_STORAGE")?.as_str()),
    );
    if let Some(gates) = flag(cluster, "feature-gates", |on| Value::Bool(on == "true")) {
        spec.set("featureGates", gates);
    }
    if let Some(config) = flag(cluster, "runtime-config", |on| Value::from(on)) {
        spec.set("runtimeConfig", config);
    }
    spec.set("resources", resources(unit, slice)?);
    let root = Value::from([
        ("apiVersion", Value::from(API_VERSION)),
        ("kind", Value::from(KIND)),
        (
            "metadata",
            Value::from([("name", Value::from(name.as_str()))]),
        ),
        ("spec", spec),
    ]);
    Ok(yaml::to_string(&root))
}

/// Returns the values of a key, in order, as they were before they were written into a unit.
fn all(unit: &str, key: &str) -> Vec<String> {
    let lines = unit.lines().filter_map(|line| line.split_once('='));
    lines
        .filter(|(found, _)| *found == key)
        .map(|(_, value)| value.replace("%%", "%").replace("$$", "$"))
        .collect()
}

fn one(unit: &str, key: &str) -> Result<String, String> {
    let last = all(unit, key).pop();
    last.ok_or_else(|| format!("the unit has no `{key}=`"))
}

fn environment(unit: &str, name: &str) -> Result<String, String> {
    let begin = format!("{name}=");
    let found = all(unit, "Environment")
        .into_iter()
        .find_map(|pair| pair.strip_prefix(&begin).map(str::to_owned));
    found.ok_or_else(|| format!("the unit has no `Environment={name}=`"))
}

/// Returns what is found by keys, one below the other.
fn below<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().try_fold(value, |value, key| value.get(key))
}

fn list(node: &mut Value, key: &str, items: Vec<Value>) {
    if !items.is_empty() {
        node.set(key, Value::from(items));
    }
}

fn node_of(unit: &str) -> Value {
    let mut node = Value::from([("role", Value::from("control-plane"))]);
    if let Ok(labels) = environment(unit, "KINC_LABELS") {
        node.set("labels", by_name(&labels, |text| Value::from(text)));
    }
    if let Ok(taints) = environment(unit, "KINC_TAINTS") {
        list(
            &mut node,
            "taints",
            taints.split(',').map(Value::from).collect(),
        );
    }
    list(
        &mut node,
        "extraMounts",
        all(unit, "Volume")
            .iter()
            .filter_map(|line| mount(line))
            .collect(),
    );
    let ports = all(unit, "PublishPort");
    list(
        &mut node,
        "extraPortMappings",
        ports.iter().filter_map(|line| port(line)).collect(),
    );
    let devices = all(unit, "AddDevice").into_iter();
    let devices = devices
        .filter(|device| device != OWN_DEVICE)
        .map(|device| Value::from(device.as_str()));
    list(&mut node, "devices", devices.collect());
    let mut sysctls = Value::Mapping(Vec::new());
    for line in all(unit, "Sysctl") {
        let line = line.trim_matches('"');
        if let Some((name, value)) = line.split_once('=')
            && !line.starts_with(OWN_SYSCTL)
        {
            sysctls.set(name, Value::from(value));
        }
    }
    if sysctls != Value::Mapping(Vec::new()) {
        node.set("sysctls", sysctls);
    }
    node
}

/// Returns a mount of the host's files; nothing for a volume, and for kinc's own file.
fn mount(line: &str) -> Option<Value> {
    let mut parts = line.splitn(3, ':');
    let (host, container) = (parts.next()?, parts.next()?);
    let options: Vec<&str> = parts.next().unwrap_or_default().split(',').collect();
    if !host.starts_with('/') {
        return None;
    }
    let propagation = if options.contains(&"rshared") {
        "Bidirectional"
    } else if options.contains(&"rslave") {
        "HostToContainer"
    } else {
        "None"
    };
    Some(Value::from([
        ("hostPath", Value::from(host)),
        ("containerPath", Value::from(container)),
        ("readOnly", Value::Bool(options.contains(&"ro"))),
        ("propagation", Value::from(propagation)),
    ]))
}

/// Returns a further port; nothing for that of the API server, which has no protocol.
fn port(line: &str) -> Option<Value> {
    let (mapping, protocol) = line.split_once('/')?;
    let mut parts = mapping.splitn(3, ':');
    let (address, host, container) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Value::from([
        ("containerPort", Value::Number(container.to_owned())),
        ("hostPort", Value::Number(host.to_owned())),
        ("listenAddress", Value::from(address)),
        ("protocol", Value::String(protocol.to_ascii_uppercase())),
    ]))
}

fn networking(unit: &str, network: &str, cluster: &Value) -> Result<Value, String> {
    let published = all(unit, "PublishPort");
    let published = published
        .iter()
        .find_map(|line| line.strip_suffix(API_SERVER));
    let (address, port) = published
        .and_then(|published| published.split_once(':'))
        .ok_or("the unit publishes no API server")?;
    let subnet = |key: &str| {
        let found = below(cluster, &["networking", key]).cloned();
        found.ok_or_else(|| format!("`{KUBEADM_CONF}` has no `networking.{key}`"))
    };
    let domain = below(cluster, &["networking", "dnsDomain"]).cloned();
    let domain = domain.unwrap_or(Value::from(DEFAULT_DNS_DOMAIN));
    let mut networking = Value::from([
        ("apiServerAddress", Value::from(address)),
        ("apiServerPort", Value::Number(port.to_owned())),
        ("podSubnet", subnet("podSubnet")?),
        ("serviceSubnet", subnet("serviceSubnet")?),
        ("nodeSubnet", Value::from(one(network, "Subnet")?.as_str())),
        ("dnsDomain", domain),
        ("cni", Value::from(environment(unit, "KINC_CNI")?.as_str())),
    ]);
    if let Ok(mode) = environment(unit, "KINC_KUBE_PROXY") {
        networking.set("kubeProxyMode", Value::String(mode));
    }
    let search = all(unit, "DNSSearch").into_iter().map(Value::String);
    list(&mut networking, "dnsSearch", search.collect());
    let own = [
        "localhost",
        "127.0.0.1",
        address,
        &environment(unit, "KINC_NODE")?,
    ];
    if let Some(Value::Sequence(names)) = below(cluster, &["apiServer", "certSANs"]) {
        let is_own = |name: &Value| name.as_str().is_some_and(|name| own.contains(&name));
        let names = names.iter().map(|name| name.value.clone());
        list(
            &mut networking,
            "apiServerCertSANs",
            names.filter(|name| !is_own(name)).collect(),
        );
    }
    Ok(networking)
}

/// Returns the pairs of a flag of the API server, such as `A=true,B=false`, by their names.
fn flag(cluster: &Value, name: &str, value: impl Fn(&str) -> Value) -> Option<Value> {
    let Some(Value::Sequence(arguments)) = below(cluster, &["apiServer", "extraArgs"]) else {
        return None;
    };
    let is_it =
        |argument: &&yaml::Node| argument.value.get("name").and_then(Value::as_str) == Some(name);
    let pairs = arguments.iter().find(is_it)?.value.get("value")?.as_str()?;
    Some(by_name(pairs, value))
}

/// Returns pairs such as `a=b,c=d` by their names.
fn by_name(pairs: &str, value: impl Fn(&str) -> Value) -> Value {
    let mut found = Value::Mapping(Vec::new());
    for (name, text) in pairs.split(',').filter_map(|pair| pair.split_once('=')) {
        found.set(name, value(text));
    }
    found
}

fn resources(unit: &str, slice: &str) -> Result<Value, String> {
    let limit = |name: &str, write: fn(u64) -> String| {
        let found = environment(unit, name)?;
        let text = found.parse().map_or(found, write);
        Ok::<Value, String>(Value::String(text))
    };
    let weight = |key| {
        let found = all(slice, key).pop();
        Value::String(found.unwrap_or_else(|| "none".to_owned()))
    };
    Ok(Value::from([
        ("memory", limit("KINC_MEMORY", quantity::bytes)?),
        ("cpu", limit("KINC_CPU", quantity::millis)?),
        ("cpuWeight", weight("CPUWeight")),
        ("ioWeight", weight("IOWeight")),
        ("tasks", limit("KINC_TASKS", |number| number.to_string())?),
    ]))
}
