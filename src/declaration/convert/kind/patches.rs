//! Patches of kubeadm's documents, without what is said elsewhere here.

use crate::declaration::convert::draft::Draft;
use crate::declaration::convert::kind::networking::without_host_bits;
use crate::declaration::convert::kind::scope::{Patches, Scope};
use crate::declaration::convert::kind::walk::{Fields, Walk};
use crate::declaration::convert::tree::{find, take};
use crate::declaration::convert::{shown, word};
use crate::declaration::kubeadm::{
    CLUSTER, Fixed, INIT, JOIN, KUBELET, KindMapping, PROXY, fixed_fields, listed, take_unknown,
    wrong,
};
use crate::declaration::yaml::{self, Node, Value};
use crate::model::problem::Span;

const OF_THE_IMAGE: &str = "the node image brings the images of all parts";
const NO_MORE: &str = "kubeadm no longer has this field";
const NO_METADATA: &str = "kubeadm's documents have none";
const NO_KUBEADM: &str = "the control plane admits workers without `kubeadm join`";

/// Fields that are left out whatever their value, beside those that kinc decides itself: what each is
/// left out for.
const LEFT_OUT: [(&str, &str, &str); 18] = [
    (INIT, "metadata", NO_METADATA),
    (JOIN, "metadata", NO_METADATA),
    (JOIN, "caCertPath", NO_KUBEADM),
    (JOIN, "controlPlane", NO_KUBEADM),
    (JOIN, "discovery", NO_KUBEADM),
    (JOIN, "dryRun", NO_KUBEADM),
    (JOIN, "skipPhases", NO_KUBEADM),
    (JOIN, "timeouts", NO_KUBEADM),
    (JOIN, "nodeRegistration.ignorePreflightErrors", NO_KUBEADM),
    (JOIN, "nodeRegistration.imagePullPolicy", NO_KUBEADM),
    (JOIN, "nodeRegistration.imagePullSerial", NO_KUBEADM),
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
const GROUPS: [(&str, &str); 5] = [
    (INIT, "kubeadm.k8s.io/"),
    (JOIN, "kubeadm.k8s.io/"),
    (CLUSTER, "kubeadm.k8s.io/"),
    (KUBELET, "kubelet.config.k8s.io/"),
    (PROXY, "kubeproxy.config.k8s.io/"),
];

/// Takes over patches.
pub(super) fn read(
    walk: &mut Walk<'_>,
    fields: &Fields<'_>,
    draft: &mut Draft,
    scope: Scope,
    all: &mut Patches,
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
        for part in walk.yaml(&found, text).unwrap_or_default() {
            let kind = word(&part.value, "kind").to_owned();
            let excerpt = walk.excerpt(&found, text);
            let span = excerpt.span(part.span);
            if let Some(why) = scope.leaves_out(&kind) {
                walk.warn(span, &found.path, why);
                continue;
            }
            let part = excerpt.relocated(listed(&kind, &part, text));
            if let Some(part) = left(walk, &found.path, &kind, part, draft, all) {
                all.merged.push(Node {
                    value: Value::String(yaml::to_string(&part)),
                    span,
                });
            }
        }
    }
}

/// Returns what is left of a patch as ours; `None` if nothing is.
fn left(
    walk: &mut Walk<'_>,
    path: &str,
    kind: &str,
    mut part: Node,
    draft: &mut Draft,
    all: &mut Patches,
) -> Option<Value> {
    if let Some((span, version)) = other_version(kind, &part) {
        let shown = version.escape_debug();
        let message = format!("left out: `{shown}` is not an apiVersion of {kind}");
        walk.warn(span, path, message);
        return None;
    }
    take_moved_fields(walk, path, kind, &mut part.value, draft);
    leave_out_unknown(walk, path, kind, &mut part.value);
    if !is_right(walk, path, kind, &part) {
        return None;
    }
    all.take_registration(walk, path, kind, &mut part);
    if kind == INIT || kind == CLUSTER {
        // A patch is for the document of its kind, which has the version that it has.
        take(&mut part.value, "apiVersion");
    }
    let Value::Mapping(entries) = &part.value else {
        return None;
    };
    let is_said = |key: &str| key != "kind" && key != "apiVersion";
    let is_left = kind != JOIN && entries.iter().any(|entry| is_said(&entry.key));
    is_left.then_some(part.value)
}

/// Leaves out the fields that kubeadm does not have.
pub(super) fn leave_out_unknown(walk: &mut Walk<'_>, path: &str, kind: &str, part: &mut Value) {
    for (span, field) in take_unknown(kind, part) {
        let shown = field.escape_debug();
        let message = format!("`{shown}` of {kind} is left out: kubeadm has no such field");
        walk.warn(span, path, message);
    }
}

/// Refuses what the strict readers of kubeadm and kubelet would.
pub(super) fn is_right(walk: &mut Walk<'_>, path: &str, kind: &str, part: &Node) -> bool {
    let wrong = wrong(kind, part);
    let is_right = wrong.is_empty();
    for (span, message) in wrong {
        walk.refuse(span, path, message);
    }
    is_right
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
    for fixed in fixed_fields(kind) {
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
    let value = if is_subnet {
        without_host_bits(walk, span, patch, value)
    } else {
        value
    };
    draft.set(
        field,
        Node {
            value: Value::String(value),
            span,
        },
    );
}
