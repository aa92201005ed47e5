//! Which fields differ between two declarations of a cluster.

use crate::declaration::{self, yaml};
use crate::model::cluster::{Cluster, NodeId};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;

/// What is shown of a value that may be secret.
pub(crate) const CHANGED: &str = "(changed)";

/// A field with another value than before. A value that may be secret is [`CHANGED`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldChange {
    /// The field, with the node that it belongs to.
    pub field: FieldRef,
    /// Its value before, on one line; `None` if it had none.
    pub old: Option<String>,
    /// Its value from now on.
    pub new: Option<String>,
}

/// Returns the fields whose values differ, in the order of a declaration.
///
/// Nodes are compared by what they are, wherever they are in the list; of one that comes or goes, its
/// role.
#[must_use]
pub(crate) fn changes(old: &Cluster, new: &Cluster) -> Vec<FieldChange> {
    let nodes = nodes(old, new);
    let mut fields: Vec<FieldRef> = Vec::new();
    for field in Field::all() {
        if field.path_in_node().is_none() {
            fields.push(field.into());
        } else if field == Field::Role {
            // The first field of a node, so all of them are in the place of their list.
            fields.extend(nodes.iter().flat_map(|id| of_node(old, new, *id)));
        }
    }
    let changes = fields.into_iter();
    changes
        .filter_map(|field| change(old, new, field))
        .collect()
}

/// Returns the fields of a node to compare; of one that comes or goes, its role.
fn of_node(old: &Cluster, new: &Cluster, id: NodeId) -> impl Iterator<Item = FieldRef> + use<> {
    let is_in_both = [old, new].iter().all(|cluster| cluster.node(id).is_some());
    let fields = Field::all().filter(move |field| match field {
        Field::Role => true,
        // It follows from the name of the cluster.
        Field::NodeName => false,
        field => is_in_both && field.path_in_node().is_some(),
    });
    fields.map(move |field| FieldRef::of_node(field, id))
}

/// Returns the nodes of either declaration, those of the new one first.
fn nodes(old: &Cluster, new: &Cluster) -> Vec<NodeId> {
    let gone = old.nodes.iter().filter(|node| new.node(node.id).is_none());
    let all = new.nodes.iter().chain(gone);
    all.map(|node| node.id).collect()
}

fn change(old: &Cluster, new: &Cluster, field: FieldRef) -> Option<FieldChange> {
    let [old, new] = [old, new].map(|cluster| declaration::value(cluster, field));
    let text = |value: yaml::Value| {
        if field.field.is_sensitive() {
            CHANGED.to_owned()
        } else {
            yaml::on_one_line(&value)
        }
    };
    (old != new).then(|| FieldChange {
        field,
        old: old.map(text),
        new: new.map(text),
    })
}
