//! The fields of a declaration as data: where each is, its form, its meaning, its default, and
//! what a change of it takes.
//!
//! Reading (`read`), deciding (`resolve`), the JSON Schema, `kinc explain` and the reference in `docs/`
//! all go by this one table. It holds no value of a cluster.

mod explain;
mod fields;
mod items;
mod json;
mod reference;

use serde::Serialize;

use crate::declaration::schema::fields::{FIELDS, GROUPS};
use crate::model::field::Field;

pub use crate::declaration::schema::explain::{explain, explained};
pub use crate::declaration::schema::json::json_schema;
pub use crate::declaration::schema::reference::reference;

/// The `apiVersion` of a declaration.
pub const API_VERSION: &str = "kinc.dev/v1alpha1";

/// The `kind` of a declaration.
pub const KIND: &str = "Cluster";

/// What a change of a field takes when the cluster is there already, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Impact {
    /// Nothing runs differently until its time comes, such as the next boot of the host.
    NoRestart,
    /// It takes effect in the running cluster.
    InPlace,
    /// The node is restarted; its data stays.
    Restart,
    /// It cannot change while the cluster exists.
    Immutable,
}

impl Impact {
    /// Returns the word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoRestart => "noRestart",
            Self::InPlace => "inPlace",
            Self::Restart => "restart",
            Self::Immutable => "immutable",
        }
    }

    /// Returns what it means, in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::NoRestart => "nothing is restarted",
            Self::InPlace => "takes effect in the running cluster",
            Self::Restart => "restarts the node; its data stays",
            Self::Immutable => "refused while the cluster exists",
        }
    }
}

/// What a field stands for that a declaration of an existing cluster leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenOmitted {
    /// Its default.
    Default,
    /// What was decided when the cluster was made: it is built in, or others rely on it.
    KeepCurrent,
}

/// The form of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldType {
    /// A text, of this regular expression.
    Text(&'static str),
    /// True or false.
    Boolean,
    /// A whole number from the one to the other.
    Integer(i64, i64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Texts by their names.
    Map,
    /// True or false by names.
    BoolMap,
    /// Texts.
    List,
    /// Groups of these fields.
    ObjectList(&'static [ObjectField]),
    /// Texts, and groups of these fields.
    TextsOrObjects(&'static [ObjectField]),
    /// A number or a quantity of this regular expression, or `none`.
    Limit(&'static str),
}

/// A field of an item of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ObjectField {
    pub(crate) key: &'static str,
    pub(crate) field_type: FieldType,
    pub(crate) is_required: bool,
    pub(crate) meaning: &'static str,
}

/// All that is known of a field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Description {
    pub(crate) field: Field,
    pub(crate) field_type: FieldType,
    /// Sentences on what it is.
    pub(crate) meaning: &'static str,
    /// The default, as a value or in words; empty where there is none.
    pub(crate) default: &'static str,
    /// A value as it is written in YAML.
    pub(crate) example: &'static str,
    pub(crate) impact: Impact,
    pub(crate) when_omitted: WhenOmitted,
    /// Whether its value may hold a secret: it is not shown, and others on the host cannot read it.
    pub(crate) is_sensitive: bool,
}

/// Fields that are together below a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    pub(crate) path: &'static str,
    pub(crate) meaning: &'static str,
}

impl Description {
    fn path(&self) -> &'static str {
        self.field.path()
    }
}

/// What the table says of a field.
impl Field {
    /// Returns its default, as a value or in words; empty where there is none.
    #[must_use]
    pub fn default_text(self) -> &'static str {
        self.description().default
    }

    /// Returns a value for it, as it is written in YAML.
    #[must_use]
    pub fn example(self) -> &'static str {
        self.description().example
    }

    /// Returns what a change of it takes.
    #[must_use]
    pub fn impact(self) -> Impact {
        self.description().impact
    }

    /// Returns what it stands for when it is left out of the declaration of an existing cluster.
    #[cfg(test)]
    pub(crate) fn when_omitted(self) -> WhenOmitted {
        self.description().when_omitted
    }

    /// Returns whether its value may hold a secret, such as the password of a proxy.
    #[must_use]
    pub(crate) fn is_sensitive(self) -> bool {
        self.description().is_sensitive
    }

    fn description(self) -> &'static Description {
        let mut all = FIELDS.into_iter().flatten();
        let found = all.find(|description| description.field == self);
        // A test sees that each has one.
        found.unwrap_or(&FIELDS[0][0])
    }
}

/// Returns what is known of each field, in the order of the document.
fn descriptions() -> impl Iterator<Item = &'static Description> {
    Field::all().map(Field::description)
}

/// Returns the keys that may be directly below a path, which is empty for the document.
#[must_use]
pub(crate) fn keys(path: &str) -> Vec<&'static str> {
    let items = descriptions().find(|field| path.strip_suffix("[]") == Some(field.path()));
    if let Some(FieldType::ObjectList(items) | FieldType::TextsOrObjects(items)) =
        items.map(|field| field.field_type)
    {
        return items.iter().map(|item| item.key).collect();
    }
    let mut keys = Vec::new();
    let paths = ["apiVersion", "kind"].into_iter().chain(paths());
    for full in paths {
        let below = if path.is_empty() {
            Some(full)
        } else {
            full.strip_prefix(path)
                .and_then(|rest| rest.strip_prefix('.'))
        };
        let first = below.and_then(|rest| rest.split('.').next());
        let first = first.map(|key| key.trim_end_matches("[]"));
        if let Some(key) = first.filter(|key| !keys.contains(key)) {
            keys.push(key);
        }
    }
    keys
}

/// Returns the path of every field and of every group, in order.
pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
    Field::all().map(Field::path)
}

/// Returns whether what is at a path, or below it, may be a secret.
#[must_use]
pub(crate) fn is_sensitive(path: &str) -> bool {
    let is_at_or_below = |field: &str| {
        path.strip_prefix(field)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let mut fields = descriptions();
    is_at_or_below(OF_CONTAINERD)
        || fields.any(|field| field.is_sensitive && is_at_or_below(field.path()))
}

/// The field of kind's that may have passwords of registries in it.
const OF_CONTAINERD: &str = "containerdConfigPatches";

/// Returns the last part of a path.
fn key(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn group(path: &str) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.path == path)
}

#[cfg(test)]
mod tests;
