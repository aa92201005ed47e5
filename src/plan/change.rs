//! Which fields differ between two declarations of a cluster.

use crate::cluster::Cluster;
use crate::schema::Field;
use crate::spec;
use crate::yaml;

/// A field with another value than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The field.
    pub field: Field,
    /// Its value before, on one line; nothing when it had none.
    pub old: Option<String>,
    /// Its value from now on.
    pub new: Option<String>,
}

/// Returns the fields whose values differ, in the order of a declaration.
#[must_use]
pub fn changes(old: &Cluster, new: &Cluster) -> Vec<FieldChange> {
    let values =
        Field::all().map(|field| (field, spec::value(old, field), spec::value(new, field)));
    let text = |value: yaml::Value| yaml::on_one_line(&value);
    values
        .filter(|(_, old, new)| old != new)
        .map(|(field, old, new)| FieldChange {
            field,
            old: old.map(text),
            new: new.map(text),
        })
        .collect()
}
