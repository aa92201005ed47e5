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
    let fields =
        |in_node: bool| Field::all().filter(move |field| field.path_in_node().is_some() == in_node);
    let before = |field: &Field| *field < Field::Role;
    let (first, last): (Vec<Field>, Vec<Field>) = fields(false).partition(before);
    let of_nodes = nodes(old, new).into_iter().flat_map(|id| {
        let is_there = |cluster: &Cluster| cluster.node(id).is_some();
        let is_in_both = is_there(old) && is_there(new);
        // Its name follows from that of the cluster.
        let fields = fields(true).filter(|field| *field != Field::NodeName);
        let fields = fields.filter(move |field| is_in_both || *field == Field::Role);
        fields.map(move |field| FieldRef::of_node(field, id))
    });
    let first = first.into_iter().map(FieldRef::from);
    let last = last.into_iter().map(FieldRef::from);
    let all = first.chain(of_nodes).chain(last);
    all.filter_map(|field| change(old, new, field)).collect()
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
