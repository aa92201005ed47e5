//! A field of one declaration: the field, and the node that it belongs to; and where each is declared.

use std::collections::BTreeMap;

use crate::model::field::Field;
use crate::model::node_id::NodeId;
use crate::model::problem::Place;

/// A field of a cluster, or of one of its nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldRef {
    /// The field.
    pub field: Field,
    /// The node; `None` for a field of the cluster.
    pub node: Option<NodeId>,
}

impl FieldRef {
    /// Returns a field of a node, or of the cluster if the cluster has it once.
    #[must_use]
    pub fn of_node(field: Field, node: NodeId) -> Self {
        let node = field.path_in_node().map(|_| node);
        Self { field, node }
    }
}

impl From<Field> for FieldRef {
    fn from(field: Field) -> Self {
        Self { field, node: None }
    }
}

/// The places of the fields that are declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<FieldRef, Place>);

impl Places {
    /// Returns where a field is declared; of a field of nodes without a node, where the first one is.
    #[must_use]
    pub(crate) fn get(&self, field: impl Into<FieldRef>) -> Option<&Place> {
        let field = field.into();
        let first = || {
            let mut all = self.0.iter();
            let found = all.find(|(one, _)| field.node.is_none() && one.field == field.field)?;
            Some(found.1)
        };
        self.0.get(&field).or_else(first)
    }

    /// Returns whether a field is declared; a field of nodes without a node, whether any node has it.
    #[must_use]
    pub fn has(&self, field: impl Into<FieldRef>) -> bool {
        self.get(field).is_some()
    }
}

impl FromIterator<(FieldRef, Place)> for Places {
    fn from_iter<T: IntoIterator<Item = (FieldRef, Place)>>(places: T) -> Self {
        Self(places.into_iter().collect())
    }
}

impl Extend<(FieldRef, Place)> for Places {
    fn extend<T: IntoIterator<Item = (FieldRef, Place)>>(&mut self, places: T) {
        self.0.extend(places);
    }
}
