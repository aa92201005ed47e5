//! Patches of kubeadm's documents, without what is said elsewhere here.

use crate::declaration::convert::draft::Draft;
use crate::declaration::convert::kind::networking::NFTABLES;
use crate::declaration::convert::kind::walk::{Fields, Found, Walk};
use crate::declaration::convert::kubeadm;
use crate::declaration::convert::tree::{find, take};
use crate::declaration::convert::word;
use crate::declaration::read::{CLUSTER, INIT, KUBEADM_KINDS, KUBELET, PROXY};
use crate::declaration::yaml::{self, Node, Value};

const JOIN: &str = "JoinConfiguration";

/// A field that is left out because it changes nothing here. With another value it stays, and is refused
/// where the patch is applied.
struct LeftOut {
    kind: &'static str,
    path: &'static str,
    /// The values that change nothing; with none, all of them.
    values: &'static [&'static str],
    why: &'static str,
}

const fn any(kind: &'static str, path: &'static str, why: &'static str) -> LeftOut {
    one_of(kind, path, &[], why)
}

const fn one_of(
    kind: &'static str,
    path: &'static str,
    values: &'static [&'static str],
    why: &'static str,
) -> LeftOut {
    LeftOut {
        kind,
        path,
        values,
        why,
    }
}

const OF_THE_IMAGE: &str = "left out: the node image brings the images of all parts";
const OF_THE_NODE: &str = "left out: the node has it in a place of its own";
const NO_MORE: &str = "left out: kubeadm has this field no more";
const NO_METADATA: &str = "left out: kubeadm's documents have none";
const CRI_O: &str = "left out: the node runs CRI-O";

const LEFT_OUT: [LeftOut; 20] = [
    any(INIT, "metadata", NO_METADATA),
    any(CLUSTER, "metadata", NO_METADATA),
    any(KUBELET, "metadata", NO_METADATA),
    any(PROXY, "metadata", NO_METADATA),
    any(INIT, "nodeRegistration.criSocket", CRI_O),
    any(
        INIT,
        "nodeRegistration.kubeletExtraArgs.container-runtime",
        CRI_O,
    ),
    any(
        INIT,
        "nodeRegistration.kubeletExtraArgs.container-runtime-endpoint",
        CRI_O,
    ),
    any(KUBELET, "containerRuntimeEndpoint", CRI_O),
    one_of(
        INIT,
        "localAPIEndpoint.bindPort",
        &["6443"],
        "left out: it is that anyway",
    ),
    any(
        CLUSTER,
        "clusterName",
        "left out: the cluster has the name that the file gives",
    ),
    any(CLUSTER, "etcd.local.dataDir", OF_THE_NODE),
    one_of(
        CLUSTER,
        "certificatesDir",
        &["/etc/kubernetes/pki"],
        "left out: it is that anyway",
    ),
    any(CLUSTER, "imageRepository", OF_THE_IMAGE),
    any(CLUSTER, "dns.imageRepository", OF_THE_IMAGE),
    any(CLUSTER, "dns.type", NO_MORE),
    one_of(
        CLUSTER,
        "controlPlaneEndpoint",
        &["", "null"],
        "left out: it is that of the cluster anyway",
    ),
    any(CLUSTER, "useHyperKubeImage", NO_MORE),
    any(
        CLUSTER,
        "apiServer.timeoutForControlPlane",
        "left out: the node has limits of its own",
    ),
    any(CLUSTER, "etcd.local.imageRepository", OF_THE_IMAGE),
    one_of(PROXY, "mode", &["", "iptables", "ipvs"], NFTABLES),
];

/// Fields of [`CLUSTER`] that are our own fields.
const MOVED: [&str; 4] = [
    "kubernetesVersion",
    "networking.podSubnet",
    "networking.serviceSubnet",
    "networking.dnsDomain",
];

/// What kubeadm's own documents have; it passes over anything else with a warning, and we would not
/// (<https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/>).
const FIELDS: [(&str, &[&str]); 2] = [
    (
        INIT,
        &[
            "apiVersion",
            "kind",
            "bootstrapTokens",
            "dryRun",
            "nodeRegistration",
            "localAPIEndpoint",
            "certificateKey",
            "skipPhases",
            "patches",
            "timeouts",
        ],
    ),
    (
        CLUSTER,
        &[
            "apiVersion",
            "kind",
            "etcd",
            "networking",
            "kubernetesVersion",
            "controlPlaneEndpoint",
            "apiServer",
            "controllerManager",
            "scheduler",
            "dns",
            "proxy",
            "certificatesDir",
            "imageRepository",
            "featureGates",
            "clusterName",
            "encryptionAlgorithm",
            "certificateValidityPeriod",
            "caCertificateValidityPeriod",
        ],
    ),
];

/// Takes over the patches of the cluster, or of its control plane.
pub(super) fn read(
    walk: &mut Walk<'_>,
    fields: &Fields<'_>,
    draft: &mut Draft,
    ours: &mut Vec<Node>,
) {
    for found in walk.items(fields.get("kubeadmConfigPatches")) {
        let text = match &found.node.value {
            Value::String(text) => text,
            Value::Null => continue,
            _ => {
                let message = "expected the text of a patch, such as one behind `|`";
                walk.refuse(found.node.at, &found.path, message);
                continue;
            }
        };
        match yaml::parse_as_kubernetes(text) {
            Ok(parts) => {
                let parts = parts.into_iter();
                ours.extend(parts.filter_map(|part| one(walk, &found, part.value, draft)));
            }
            Err(error) => {
                let message = format!("a patch that is no YAML: {error}");
                walk.refuse(found.node.at, &found.path, message);
            }
        }
    }
}

/// Returns a patch as ours; nothing when nothing is left of it.
fn one(walk: &mut Walk<'_>, found: &Found<'_>, mut part: Value, draft: &mut Draft) -> Option<Node> {
    let at = found.node.at;
    let kind = word(&part, "kind").to_owned();
    if !KUBEADM_KINDS.contains(&kind.as_str()) {
        walk.warn(at, &found.path, no_document(&kind));
        return None;
    }
    leave_out(walk, found, &kind, &mut part);
    for key in unknown(&part, &kind) {
        take(&mut part, &key);
        let shown = key.escape_debug();
        let message = format!("`{shown}` of {kind} is left out: kubeadm has no such field");
        walk.warn(at, &found.path, message);
    }
    take_moved(walk, found, &kind, &mut part, draft);
    let Value::Mapping(entries) = &part else {
        return None;
    };
    let is_said = |key: &str| key != "kind" && key != "apiVersion";
    if !entries.iter().any(|entry| is_said(&entry.key)) {
        return None;
    }
    let text = yaml::to_string(&kubeadm::patch(&kind, &part));
    Some(Node {
        value: Value::String(text),
        at,
    })
}

/// Takes out of a part of a document what changes nothing here, with a word on each.
pub(super) fn leave_out(walk: &mut Walk<'_>, found: &Found<'_>, kind: &str, part: &mut Value) {
    for LeftOut {
        path, values, why, ..
    } in LEFT_OUT.iter().filter(|field| field.kind == kind)
    {
        let is_left_out =
            |value: &Value| values.is_empty() || values.contains(&shown(value).as_str());
        if find(part, path).is_some_and(is_left_out) {
            take(part, path);
            let message = format!("`{path}` of {kind} is {why}");
            walk.warn(found.node.at, &found.path, message);
        }
    }
}

/// Takes out of a part of a document what is a field of ours, and sets that.
pub(super) fn take_moved(
    walk: &mut Walk<'_>,
    found: &Found<'_>,
    kind: &str,
    part: &mut Value,
    draft: &mut Draft,
) {
    for path in MOVED.iter().filter(|_| kind == CLUSTER) {
        if let Some(node) = take(part, path) {
            moved(walk, found, path, &node.value, draft);
        }
    }
}

/// Returns the fields that kubeadm does not know in a document of its own.
fn unknown(part: &Value, kind: &str) -> Vec<String> {
    let fields = FIELDS.iter().find(|(known, _)| *known == kind);
    let (Some((_, fields)), Value::Mapping(entries)) = (fields, part) else {
        return Vec::new();
    };
    let keys = entries.iter().map(|entry| entry.key.clone());
    keys.filter(|key| !fields.contains(&key.as_str()) && !key.contains('.'))
        .collect()
}

/// Says why a patch changes nothing.
pub(super) fn no_document(kind: &str) -> String {
    match kind {
        JOIN => "left out: nothing joins a cluster of one node".to_owned(),
        "" => "left out: without the `kind` of a document it is for none".to_owned(),
        kind => format!(
            "left out: kubeadm has no document of kind `{}`",
            kind.escape_debug()
        ),
    }
}

/// Sets one of our own fields from a patch.
fn moved(walk: &mut Walk<'_>, found: &Found<'_>, path: &str, value: &Value, draft: &mut Draft) {
    let at = found.node.at;
    let text = shown(value);
    // Nothing is the default.
    if *value == Value::Null || text.is_empty() {
        return;
    }
    // Of two families the one that there is.
    let mut parts = text.split(',').map(str::trim);
    let value = match parts.find(|part| !part.contains(':')) {
        Some(part) if path.ends_with("Subnet") => part.to_owned(),
        _ => text.clone(),
    };
    if path.ends_with("Subnet") && text.contains(':') {
        let message =
            format!("`{path}`: addresses are those of IPv4 so far; the other family is left out");
        walk.lose(at, &found.path, message);
        if value.contains(':') {
            return;
        }
    }
    draft.set(
        path,
        Node {
            value: Value::String(value),
            at,
        },
    );
}

/// Returns a scalar as it is written.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) | Value::Number(text) => text.clone(),
        other => yaml::on_one_line(other),
    }
}
