//! Which fields differ between two declarations of a cluster.

use crate::declaration::{self, yaml};
use crate::model::cluster::Cluster;
use crate::model::field::Field;

/// What is shown of a value that may be secret.
pub const CHANGED: &str = "(changed)";

/// A field with another value than before. A value that may be secret is [`CHANGED`].
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
    let values = Field::all().map(|field| {
        (
            field,
            declaration::value(old, field),
            declaration::value(new, field),
        )
    });
    let text = |field: Field, value: yaml::Value| {
        if field.is_sensitive() {
            CHANGED.to_owned()
        } else {
            yaml::on_one_line(&value)
        }
    };
    values
        .filter(|(_, old, new)| old != new)
        .map(|(field, old, new)| FieldChange {
            field,
            old: old.map(|old| text(field, old)),
            new: new.map(|new| text(field, new)),
        })
        .collect()
}
