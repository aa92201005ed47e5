//! Nodes: the first control plane becomes the one node.

use crate::declaration::convert::draft::Draft;
use crate::declaration::convert::kind::items::{mount, port};
use crate::declaration::convert::kind::walk::{Fields, Found, Walk};
use crate::declaration::yaml::{Node, Value};

const KNOWN: [&str; 7] = [
    "role",
    "image",
    "labels",
    "extraMounts",
    "extraPortMappings",
    "kubeadmConfigPatches",
    "kubeadmConfigPatchesJSON6902",
];

const ROLES: [&str; 2] = ["control-plane", "worker"];
/// What the control plane becomes.
pub(super) struct ControlPlane<'a> {
    /// Its own fields, for its patches.
    pub(super) fields: Fields<'a>,
    labels: Option<Node>,
    mounts: Option<Node>,
    ports: Option<Node>,
}

/// Reads all nodes; those that there cannot be are noted, and checked as well.
pub(super) fn read<'a>(walk: &mut Walk<'_>, config: &Fields<'a>) -> Option<ControlPlane<'a>> {
    let list = config.get("nodes");
    let span = list.as_ref().map(|list| list.node.span);
    let nodes = walk.items(list);
    let mut control_plane = None;
    let is_empty = nodes.is_empty();
    for found in nodes {
        let noted = walk.notes.len();
        let fields = walk.fields(found.node, &found.path, &KNOWN);
        let role = fields.get("role");
        let role = role.map_or(Some(ROLES[0]), |role| walk.word(&role, &ROLES));
        let node = one(walk, fields);
        if control_plane.is_none() && role == Some(ROLES[0]) {
            control_plane = Some(node);
        } else if let Some(role) = role {
            walk.notes.truncate(noted);
            lose(walk, &found, role, &node.fields);
        }
    }
    if let (Some(span), None, false) = (span, &control_plane, is_empty) {
        walk.refuse(
            span,
            "nodes",
            "there must be a node of role `control-plane`",
        );
    }
    control_plane
}

impl ControlPlane<'_> {
    /// Sets what the declaration has of it.
    pub(super) fn set(&self, draft: &mut Draft) {
        let lists = [
            ("labels", &self.labels),
            ("extraMounts", &self.mounts),
            ("extraPortMappings", &self.ports),
        ];
        for (key, list) in lists {
            if let Some(list) = list {
                draft.set_of_node(key, list.clone());
            }
        }
    }
}

/// Notes a node that there cannot be, with what goes with it.
fn lose(walk: &mut Walk<'_>, found: &Found<'_>, role: &str, fields: &Fields<'_>) {
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
    let message = format!("a cluster has one node so far: this {role} is not supported{with}");
    walk.lose(found.node.span, &found.path, message);
}

fn one<'a>(walk: &mut Walk<'_>, fields: Fields<'a>) -> ControlPlane<'a> {
    if let Some(image) = fields.get("image")
        && walk.text(&image).is_some()
    {
        let message = "kind's node images do not work here; `kinc image build` builds one, \
                       and `spec.image` names it";
        walk.warn(image.node.span, &image.path, message);
    }
    let labels = fields.get("labels");
    let labels = labels.and_then(|found| walk.texts(&found));
    let mounts = list(walk, &fields, "extraMounts", mount);
    let ports = list(walk, &fields, "extraPortMappings", port);
    ControlPlane {
        fields,
        labels,
        mounts,
        ports,
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
