//! kind's `v1alpha4` (<https://kind.sigs.k8s.io/docs/user/configuration/>).

use crate::convert::{Converted, Draft, items, kubeadm};
use crate::spec::KUBEADM_KINDS;
use crate::yaml::{self, Value};

pub(super) fn convert(config: &Value) -> Converted {
    // kind's own default.
    let name = config.get("name").and_then(Value::as_str).unwrap_or("kind");
    let mut draft = Draft::new(name);
    let nodes = items(config.get("nodes"));
    let mut patches = items(config.get("kubeadmConfigPatches"));
    let mut json_patches = items(config.get("kubeadmConfigPatchesJSON6902"));
    let is_control_plane = |node: &&Value| {
        let role = node.get("role").and_then(Value::as_str);
        role.is_none_or(|role| role == "control-plane")
    };
    let first = nodes.iter().position(is_control_plane).unwrap_or(0);
    if let Some(node) = nodes.get(first) {
        read_node(&mut draft, node);
        patches.extend(items(node.get("kubeadmConfigPatches")));
        json_patches.extend(items(node.get("kubeadmConfigPatchesJSON6902")));
    }
    for index in (0..nodes.len()).filter(|index| *index != first) {
        draft.leave_out(&format!("nodes[{index}]"), "one node is supported so far");
    }
    if let Some(networking) = config.get("networking") {
        read_networking(&mut draft, networking);
    }
    for key in ["featureGates", "runtimeConfig"] {
        if let Some(value) = config.get(key) {
            draft.set(key, value.clone());
        }
    }
    set_patches(&mut draft, &patches, &json_patches);
    let known = [
        "apiVersion",
        "kind",
        "name",
        "nodes",
        "networking",
        "featureGates",
        "runtimeConfig",
        "kubeadmConfigPatches",
        "kubeadmConfigPatchesJSON6902",
    ];
    draft.leave_others("", config, &known);
    draft.finish()
}

fn read_node(draft: &mut Draft, node: &Value) {
    if node.get("image").is_some() {
        draft.leave_out(
            "nodes[0].image",
            "kind's node images do not fit; `kinc image build` makes ours",
        );
    }
    let mut mounts = Vec::new();
    for mount in items(node.get("extraMounts")) {
        let known = ["hostPath", "containerPath", "readOnly", "propagation"];
        draft.leave_others("nodes[0].extraMounts[].", mount, &known);
        mounts.push(only(mount, &known));
    }
    let mut ports = Vec::new();
    for port in items(node.get("extraPortMappings")) {
        let known = ["containerPort", "hostPort", "listenAddress", "protocol"];
        let mut ours = only(port, &known);
        // kind listens on all addresses by default, and we do not.
        if port.get("listenAddress").is_none() {
            ours.set("listenAddress", Value::from("0.0.0.0"));
        }
        ports.push(ours);
    }
    if let Some(labels) = node.get("labels") {
        draft.set_of_node("labels", labels.clone());
    }
    draft.set_node([("extraMounts", mounts), ("extraPortMappings", ports)]);
    let known = [
        "role",
        "image",
        "labels",
        "extraMounts",
        "extraPortMappings",
        "kubeadmConfigPatches",
        "kubeadmConfigPatchesJSON6902",
    ];
    draft.leave_others("nodes[0].", node, &known);
}

/// Returns those of these keys that a mapping has, in this order.
fn only(mapping: &Value, keys: &[&str]) -> Value {
    let mut only = Value::Mapping(Vec::new());
    for key in keys {
        if let Some(value) = mapping.get(key) {
            only.set(key, value.clone());
        }
    }
    only
}

fn read_networking(draft: &mut Draft, networking: &Value) {
    for key in [
        "apiServerAddress",
        "podSubnet",
        "serviceSubnet",
        "dnsSearch",
    ] {
        if let Some(value) = networking.get(key) {
            draft.set(&format!("networking.{key}"), value.clone());
        }
    }
    match networking.get("apiServerPort") {
        Some(Value::Number(port)) if port.parse::<u16>().is_ok_and(|port| port > 0) => {
            draft.set("networking.apiServerPort", Value::Number(port.clone()));
        }
        // One that is left out is chosen once.
        _ => {}
    }
    if networking.get("disableDefaultCNI") == Some(&Value::Bool(true)) {
        draft.set("networking.cni", Value::from("none"));
    }
    let is_default = |key: &str, default: &str| {
        let value = networking.get(key).and_then(Value::as_str);
        value.is_none_or(|value| value == default)
    };
    if !is_default("ipFamily", "ipv4") {
        draft.leave_out("networking.ipFamily", "only IPv4 is supported so far");
    }
    if networking.get("kubeProxyMode").and_then(Value::as_str) == Some("none") {
        draft.set("networking.kubeProxyMode", Value::from("none"));
    } else if !is_default("kubeProxyMode", "nftables") {
        draft.leave_out(
            "networking.kubeProxyMode",
            "kube-proxy works with nftables here",
        );
    }
    let known = [
        "apiServerAddress",
        "apiServerPort",
        "podSubnet",
        "serviceSubnet",
        "disableDefaultCNI",
        "dnsSearch",
        "ipFamily",
        "kubeProxyMode",
    ];
    draft.leave_others("networking.", networking, &known);
}

/// Takes over the patches of documents that our one node has.
fn set_patches(draft: &mut Draft, patches: &[&Value], json_patches: &[&Value]) {
    let mut ours = Vec::new();
    for patch in patches {
        let Some(Ok(parts)) = patch.as_str().map(yaml::parse) else {
            draft.leave_out("kubeadmConfigPatches", "a patch is no YAML text");
            continue;
        };
        for part in parts {
            let kind = part
                .value
                .get("kind")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if KUBEADM_KINDS.contains(&kind) {
                let patch = kubeadm::patch(kind, &part.value);
                ours.push(Value::String(yaml::to_string(&patch)));
            } else {
                let why = format!("there is no document of kind `{}`", kind.escape_debug());
                draft.leave_out("kubeadmConfigPatches", &why);
            }
        }
    }
    if !ours.is_empty() {
        draft.set("kubeadmConfigPatches", Value::from(ours));
    }
    let mut operations = Vec::new();
    for patch in json_patches {
        let kind = patch
            .get("kind")
            .and_then(Value::as_str)
            .unwrap_or_default();
        match patch.get("patch") {
            Some(text) if KUBEADM_KINDS.contains(&kind) => operations.push(Value::from([
                ("kind", Value::from(kind)),
                ("patch", text.clone()),
            ])),
            _ => {
                let why = format!("there is no document of kind `{}`", kind.escape_debug());
                draft.leave_out("kubeadmConfigPatchesJSON6902", &why);
            }
        }
    }
    if !operations.is_empty() {
        draft.set("kubeadmConfigPatchesJSON6902", Value::from(operations));
    }
}
