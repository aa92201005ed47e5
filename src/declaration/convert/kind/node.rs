//! Nodes: the first control plane, and those that join it.

use crate::declaration::convert::kind::items::{mount, port};
use crate::declaration::convert::kind::registration::Registration;
use crate::declaration::convert::kind::walk::{Fields, Found, Walk};
use crate::declaration::read::MOST_CONTROL_PLANES;
use crate::declaration::yaml::{Node, Value};
use crate::model::problem::Span;

const KNOWN: [&str; 7] = [
    "role",
    "image",
    "labels",
    "extraMounts",
    "extraPortMappings",
    "kubeadmConfigPatches",
    "kubeadmConfigPatchesJSON6902",
];

const CONTROL_PLANE: &str = "control-plane";
const ROLES: [&str; 2] = [CONTROL_PLANE, "worker"];

/// A node as ours.
pub(super) struct Declared<'a> {
    /// Its own fields, for its patches.
    pub(super) fields: Fields<'a>,
    role: &'static str,
    /// Whether it makes the cluster; all others join.
    is_first: bool,
    span: Span,
    labels: Option<Node>,
    mounts: Option<Node>,
    ports: Option<Node>,
}

/// Reads all nodes; those that there cannot be are noted, and checked as well.
pub(super) fn read<'a>(walk: &mut Walk<'_>, config: &Fields<'a>) -> Vec<Declared<'a>> {
    let list = config.get("nodes");
    let span = list.as_ref().map(|list| list.node.span);
    let mut nodes: Vec<Declared<'a>> = Vec::new();
    let found = walk.items(list);
    // A role that there is not may be meant to be any.
    let mut has_first = found.is_empty();
    let mut images = Vec::new();
    for found in found {
        let noted = walk.notes.len();
        let fields = walk.fields(found.node, &found.path, &KNOWN);
        let role = fields.get("role");
        let Some(role) = role.map_or(Some(CONTROL_PLANE), |role| walk.word(&role, &ROLES)) else {
            one(walk, fields, CONTROL_PLANE, found.node.span, &mut images);
            has_first = true;
            continue;
        };
        let mut node = one(walk, fields, role, found.node.span, &mut images);
        let others = nodes.iter().filter(|node| node.is_control_plane()).count();
        node.is_first = role == CONTROL_PLANE && others == 0;
        has_first |= node.is_first;
        if role == CONTROL_PLANE && others == MOST_CONTROL_PLANES {
            walk.notes.truncate(noted);
            lose(walk, &found, &node.fields);
        } else {
            nodes.push(node);
        }
    }
    if let (Some(span), false) = (span, has_first) {
        walk.refuse(
            span,
            "nodes",
            "there must be a node of role `control-plane`",
        );
    }
    nodes
}

impl Declared<'_> {
    fn is_control_plane(&self) -> bool {
        self.role == CONTROL_PLANE
    }

    pub(super) fn is_first(&self) -> bool {
        self.is_first
    }

    /// Returns what the declaration has of it, with what patches say of it.
    pub(super) fn ours(&self, registration: &Registration) -> Node {
        let says_taints = |taints: &&Node| {
            // An empty list matters to a control plane only.
            self.is_control_plane() || taints.value != Value::Sequence(Vec::new())
        };
        let fields = [
            ("labels", registration.labels(self.labels.as_ref())),
            ("taints", registration.taints().filter(says_taints).cloned()),
            ("environment", registration.environment()),
            ("extraMounts", self.mounts.clone()),
            ("extraPortMappings", self.ports.clone()),
        ];
        let mut value = Value::from([("role", Value::from(self.role))]);
        for (key, node) in fields {
            if let Some(node) = node {
                value.set(key, node);
            }
        }
        let span = self.span;
        Node { value, span }
    }
}

/// Notes a node that there cannot be, with what goes with it.
fn lose(walk: &mut Walk<'_>, found: &Found<'_>, fields: &Fields<'_>) {
    let with = [
        "labels",
        "extraMounts",
        "extraPortMappings",
        "kubeadmConfigPatches",
        "kubeadmConfigPatchesJSON6902",
    ];
    let with: Vec<&str> = with
        .into_iter()
        .filter(|key| fields.get(key).is_some())
        .collect();
    let with = match with.as_slice() {
        [] => String::new(),
        with => format!(", nor are its {}", with.join(", ")),
    };
    let message = format!(
        "a cluster has at most {MOST_CONTROL_PLANES} control planes: this one is not supported{with}"
    );
    walk.lose(found.node.span, &found.path, message);
}

fn one<'a>(
    walk: &mut Walk<'_>,
    fields: Fields<'a>,
    role: &'static str,
    span: Span,
    images: &mut Vec<String>,
) -> Declared<'a> {
    image(walk, &fields, images);
    let labels = fields.get("labels");
    let labels = labels.and_then(|found| walk.texts(&found));
    let mounts = list(walk, &fields, "extraMounts", mount);
    let ports = list(walk, &fields, "extraPortMappings", port);
    Declared {
        fields,
        role,
        is_first: false,
        span,
        labels,
        mounts,
        ports,
    }
}

/// Notes an image of kind's, once, and each of another version.
fn image(walk: &mut Walk<'_>, fields: &Fields<'_>, images: &mut Vec<String>) {
    let Some(found) = fields.get("image") else {
        return;
    };
    let Some(image) = walk.text(&found) else {
        return;
    };
    let version = version(&image).to_owned();
    let message = match images.as_slice() {
        [] => {
            "kind's node images do not work here; `kinc image build` builds one, and `spec.image` names it"
        }
        known if known.contains(&version) => return,
        _ => "left out: all nodes of a cluster run one version, that of `spec.image`",
    };
    walk.warn(found.node.span, &found.path, message);
    images.push(version);
}

/// Returns the tag of an image, or the whole of one without.
fn version(image: &str) -> &str {
    let (name, _) = image.split_once('@').unwrap_or((image, ""));
    match name.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => tag,
        _ => name,
    }
}

/// Returns a list with each of its items as ours; `None` if none is left.
fn list(
    walk: &mut Walk<'_>,
    fields: &Fields<'_>,
    key: &str,
    read: fn(&mut Walk<'_>, &Found<'_>) -> Option<Node>,
) -> Option<Node> {
    let list = fields.get(key)?;
    let span = list.node.span;
    let items = walk.items(Some(list));
    let items: Vec<Node> = items.iter().filter_map(|found| read(walk, found)).collect();
    (!items.is_empty()).then_some(Node {
        value: Value::Sequence(items),
        span,
    })
}
