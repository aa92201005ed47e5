//! kipod's `ClusterConfig`.

use crate::declaration::convert::draft::Draft;
use crate::declaration::convert::{items, mount};
use crate::declaration::kubeadm::CLUSTER;
use crate::declaration::yaml::{self, Value};
use crate::model::problem::Span;

/// Programs of its own that kipod puts into a node, and where ours has them.
const PROGRAMS: [(&str, &str); 3] = [
    ("crioBinary", "/usr/bin/crio"),
    ("crunBinary", "/usr/bin/crun"),
    ("runcBinary", "/usr/bin/runc"),
];

/// Where the scheduler finds its configuration.
const SCHEDULER: &str = "/etc/kinc-scheduler.yaml";

pub(super) fn convert(config: &Value) -> Draft {
    let text = |node: &Value, key: &str| node.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = text(config, "name").unwrap_or_else(|| "kipod".to_owned());
    let mut draft = Draft::new(Value::String(name));
    let mut mounts = Vec::new();
    let nothing = Value::Null;
    let group = |key| config.get(key).unwrap_or(&nothing);
    if let Some(version) = text(group("versions"), "kubernetes") {
        draft.set("kubernetesVersion", Value::String(version));
    }
    draft.leave_others("versions.", group("versions"), &["kubernetes"]);
    for key in ["podSubnet", "serviceSubnet"] {
        let value = text(group("networking"), key).or_else(|| text(config, key));
        if let Some(subnet) = value {
            draft.set(&format!("networking.{key}"), Value::String(subnet));
        }
    }
    if let Some(domain) = text(group("networking"), "dnsDomain") {
        draft.set("networking.dnsDomain", Value::String(domain));
    }
    for (key, place) in PROGRAMS {
        mounts.extend(text(group("localBuilds"), key).map(|path| mount(&path, place)));
    }
    let known = PROGRAMS.map(|(key, _)| key);
    draft.leave_others("localBuilds.", group("localBuilds"), &known);
    if let Some(path) = text(config, "crioConfig") {
        mounts.push(mount(&path, "/etc/crio/crio.conf.d/99-user.conf"));
    }
    let of_workers = mounts.clone();
    read_scheduler(&mut draft, group("scheduler"), &mut mounts);
    set_nodes(&mut draft, group("nodes"), mounts, &of_workers);
    if config.get("image").is_some() {
        draft.leave_out(
            "image",
            "kipod's node images do not work here; `kinc image build` builds one",
        );
    }
    let known = [
        "apiVersion",
        "kind",
        "name",
        "nodes",
        "image",
        "versions",
        "networking",
        "podSubnet",
        "serviceSubnet",
        "localBuilds",
        "crioConfig",
        "scheduler",
    ];
    draft.leave_others("", config, &known);
    draft.with_default_span(Span::START)
}

/// Sets a control plane and as many workers as there are, each with its mounts.
fn set_nodes(draft: &mut Draft, nodes: &Value, mounts: Vec<Value>, of_workers: &[Value]) {
    let workers = match nodes.get("workers") {
        Some(Value::Number(number)) => number.parse::<u8>().map_err(|_| number.clone()),
        _ => Ok(0),
    };
    let count = workers.unwrap_or_else(|number| {
        draft.leave_out(
            "nodes.workers",
            &format!("{number} is not a number of nodes"),
        );
        0
    });
    let node = |role, mounts: Vec<Value>| {
        let mut node = Value::from([("role", Value::from(role))]);
        if !mounts.is_empty() {
            node.set("extraMounts", Value::from(mounts));
        }
        node
    };
    if count > 0 || !mounts.is_empty() {
        let workers = (0..count).map(|_| node("worker", of_workers.to_vec()));
        let all = std::iter::once(node("control-plane", mounts)).chain(workers);
        draft.set("nodes", Value::from(all.collect::<Vec<_>>()));
    }
}

/// Takes over a scheduler's own configuration, arguments and volumes, by operations: they come
/// beside what kinc sets there.
fn read_scheduler(draft: &mut Draft, scheduler: &Value, mounts: &mut Vec<Value>) {
    let add = |path: &str, value: Value| {
        Value::from([
            ("op", Value::from("add")),
            ("path", Value::from(path)),
            ("value", value),
        ])
    };
    let argument = |name: &str, value: Value| {
        let argument = Value::from([("name", Value::from(name)), ("value", value)]);
        add("/scheduler/extraArgs/-", argument)
    };
    let mut operations = Vec::new();
    let mut volumes: Vec<Value> = items(scheduler.get("extraVolumes"))
        .into_iter()
        .cloned()
        .collect();
    if let Some(path) = scheduler.get("configPath").and_then(Value::as_str) {
        mounts.push(mount(path, SCHEDULER));
        operations.push(argument("config", Value::from(SCHEDULER)));
        volumes.push(Value::from([
            ("name", Value::from("config")),
            ("hostPath", Value::from(SCHEDULER)),
            ("mountPath", Value::from(SCHEDULER)),
            ("readOnly", Value::Bool(true)),
            ("pathType", Value::from("File")),
        ]));
    }
    if let Some(Value::Mapping(arguments)) = scheduler.get("extraArgs") {
        for entry in arguments {
            operations.push(argument(&entry.key, entry.node.value.clone()));
        }
    }
    if !volumes.is_empty() {
        operations.push(add("/scheduler/extraVolumes", Value::from(volumes)));
    }
    if !operations.is_empty() {
        let patch = Value::from([
            ("kind", Value::from(CLUSTER)),
            (
                "patch",
                Value::String(yaml::to_string(&Value::from(operations))),
            ),
        ]);
        draft.set("kubeadmConfigPatchesJSON6902", Value::from(vec![patch]));
    }
    draft.leave_others(
        "scheduler.",
        scheduler,
        &["configPath", "extraArgs", "extraVolumes"],
    );
}
