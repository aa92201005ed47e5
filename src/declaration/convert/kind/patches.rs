//! Patches of kubeadm's documents, without what is said elsewhere here.

use crate::declaration::convert::draft::Draft;
use crate::declaration::convert::kind::walk::{Fields, Found, Walk};
use crate::declaration::convert::tree::{find, take};
use crate::declaration::convert::word;
use crate::declaration::kubeadm::{
    CLUSTER, FIXED, Fixed, INIT, KUBEADM_KINDS, KUBELET, KindMapping, PROXY, listed, wrong,
};
use crate::declaration::yaml::{self, Entry, Node, Value};
use crate::model::problem::Span;

const JOIN: &str = "JoinConfiguration";

const OF_THE_IMAGE: &str = "the node image brings the images of all parts";
const NO_MORE: &str = "kubeadm no longer has this field";
const NO_METADATA: &str = "kubeadm's documents have none";

/// Fields that are left out whatever their value, beside those that kinc decides itself: what each is
/// left out for.
const LEFT_OUT: [(&str, &str, &str); 8] = [
    (INIT, "metadata", NO_METADATA),
    (CLUSTER, "metadata", NO_METADATA),
    (KUBELET, "metadata", NO_METADATA),
    (PROXY, "metadata", NO_METADATA),
    (CLUSTER, "dns.imageRepository", OF_THE_IMAGE),
    (CLUSTER, "dns.type", NO_MORE),
    (CLUSTER, "useHyperKubeImage", NO_MORE),
    (
        CLUSTER,
        "apiServer.timeoutForControlPlane",
        "the node has limits of its own",
    ),
];

/// The groups of the formats of kubeadm's documents.
const GROUPS: [(&str, &str); 4] = [
    (INIT, "kubeadm.k8s.io/"),
    (CLUSTER, "kubeadm.k8s.io/"),
    (KUBELET, "kubelet.config.k8s.io/"),
    (PROXY, "kubeproxy.config.k8s.io/"),
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
                walk.refuse(found.node.span, &found.path, message);
                continue;
            }
        };
        let parts = walk.yaml(&found, text).unwrap_or_default().into_iter();
        ours.extend(parts.filter_map(|part| one(walk, &found, &part, text, draft)));
    }
}

/// Returns a patch as ours; `None` if nothing is left of it.
fn one(
    walk: &mut Walk<'_>,
    found: &Found<'_>,
    part: &Node,
    text: &str,
    draft: &mut Draft,
) -> Option<Node> {
    let kind = word(&part.value, "kind").to_owned();
    let excerpt = walk.excerpt(found, text);
    let span = excerpt.span(part.span);
    if !KUBEADM_KINDS.contains(&kind.as_str()) {
        walk.warn(span, &found.path, no_document(&kind));
        return None;
    }
    let mut part = excerpt.relocated(listed(&kind, part, text));
    if let Some((span, version)) = other_version(&kind, &part) {
        let shown = version.escape_debug();
        let message = format!("left out: `{shown}` is not an apiVersion of {kind}");
        walk.warn(span, &found.path, message);
        return None;
    }
    take_moved_fields(walk, &found.path, &kind, &mut part.value, draft);
    for (span, key) in unknown(&part.value, &kind) {
        take(&mut part.value, &key);
        let shown = key.escape_debug();
        let message = format!("`{shown}` of {kind} is left out: kubeadm has no such field");
        walk.warn(span, &found.path, message);
    }
    let wrong = wrong(&kind, &part);
    if !wrong.is_empty() {
        for (span, message) in wrong {
            walk.refuse(span, &found.path, message);
        }
        return None;
    }
    if kind == INIT || kind == CLUSTER {
        // A patch is for the document of its kind, which has the version that it has.
        take(&mut part.value, "apiVersion");
    }
    let Value::Mapping(entries) = &part.value else {
        return None;
    };
    let is_said = |key: &str| key != "kind" && key != "apiVersion";
    if !entries.iter().any(|entry| is_said(&entry.key)) {
        return None;
    }
    Some(Node {
        value: Value::String(yaml::to_string(&part.value)),
        span,
    })
}

/// Returns a version that no document of this kind has, and where it is.
fn other_version(kind: &str, part: &Node) -> Option<(Span, String)> {
    let (_, group) = GROUPS.iter().find(|(known, _)| *known == kind)?;
    let named = part.value.node("apiVersion")?;
    let version = shown(&named.value);
    let is_said = named.value != Value::Null && !version.is_empty();
    (is_said && !version.starts_with(group)).then_some((named.span, version))
}

/// Takes out of a part of a document what is a field of ours, and sets that; what changes nothing here;
/// and what there cannot be; with a word on each of the latter two.
pub(super) fn take_moved_fields(
    walk: &mut Walk<'_>,
    path: &str,
    kind: &str,
    part: &mut Value,
    draft: &mut Draft,
) {
    for (_, field, why) in LEFT_OUT.iter().filter(|(known, ..)| *known == kind) {
        if let Some(node) = take(part, field) {
            let message = format!("`{field}` of {kind} is left out: {why}");
            walk.warn(node.span, path, message);
        }
    }
    for fixed in FIXED.iter().filter(|fixed| fixed.kind == kind) {
        let Some(node) = find(part, fixed.path)
            .is_some_and(|value| !fixed.allows(value))
            .then(|| take(part, fixed.path))
            .flatten()
        else {
            continue;
        };
        let Fixed {
            path: field,
            instead,
            ..
        } = fixed;
        let text = shown(&node.value);
        let is_default = node.value == Value::Null || text.is_empty();
        let is_same = match fixed.in_kind {
            KindMapping::Moves(ours) => {
                if !is_default {
                    moved(walk, node.span, path, ours, &text, draft);
                }
                continue;
            }
            KindMapping::MeansNothing => true,
            KindMapping::Same(values) => is_default || values.contains(&text.as_str()),
        };
        if is_same {
            let message = format!("`{field}` of {kind} is left out: {instead}");
            walk.warn(node.span, path, message);
        } else {
            walk.lose(node.span, path, fixed.refusal());
        }
    }
}

/// Returns the fields that kubeadm does not know in a document of its own.
fn unknown(part: &Value, kind: &str) -> Vec<(Span, String)> {
    let fields = FIELDS.iter().find(|(known, _)| *known == kind);
    let (Some((_, fields)), Value::Mapping(entries)) = (fields, part) else {
        return Vec::new();
    };
    let is_unknown =
        |entry: &&Entry| !fields.contains(&entry.key.as_str()) && !entry.key.contains('.');
    let unknown = entries.iter().filter(is_unknown);
    unknown
        .map(|entry| (entry.span, entry.key.clone()))
        .collect()
}

/// Says why a patch changes nothing.
pub(super) fn no_document(kind: &str) -> String {
    match kind {
        JOIN => "left out: nothing joins a cluster of one node".to_owned(),
        "" => "left out: it does not name the `kind` of a document".to_owned(),
        kind => format!(
            "left out: kubeadm has no document of kind `{}`",
            kind.escape_debug()
        ),
    }
}

/// Sets one of our own fields from a patch.
fn moved(walk: &mut Walk<'_>, span: Span, patch: &str, field: &str, text: &str, draft: &mut Draft) {
    // Of two families the one that there is.
    let mut parts = text.split(',').map(str::trim);
    let is_subnet = field.ends_with("Subnet");
    let value = match parts.find(|part| !part.contains(':')) {
        Some(part) if is_subnet => part.to_owned(),
        _ => text.to_owned(),
    };
    if is_subnet && text.contains(':') {
        let message = format!("`{field}`: only IPv4 addresses are supported so far");
        walk.lose(span, patch, message);
        if value.contains(':') {
            return;
        }
    }
    draft.set(
        field,
        Node {
            value: Value::String(value),
            span,
        },
    );
}

/// Returns a scalar as it is written.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) | Value::Number(text) => text.clone(),
        other => yaml::on_one_line(other),
    }
}
