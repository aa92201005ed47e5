//! Texts of a declaration that are documents themselves: what is wrong with one is said at its line.

use std::collections::BTreeMap;

use crate::declaration::read::reader::{Fields, Reader};
use crate::declaration::read::values;
use crate::declaration::toml::{self, InvalidToml};
use crate::declaration::yaml::{At, InvalidYaml, Node};
use crate::model::field::Field;
use crate::model::problem::Place;

/// What is wrong with a document: where in it, when that is known, and why.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) at: Option<At>,
    pub(super) message: String,
}

impl From<String> for Flaw {
    fn from(message: String) -> Self {
        Self { at: None, message }
    }
}

impl From<InvalidYaml> for Flaw {
    fn from(InvalidYaml { at, message }: InvalidYaml) -> Self {
        Self { at, message }
    }
}

impl From<InvalidToml> for Flaw {
    fn from(InvalidToml { at, message }: InvalidToml) -> Self {
        let (at, message) = (Some(at), format!("invalid TOML: {message}"));
        Self { at, message }
    }
}

impl Reader<'_> {
    /// Reads a text that is a document.
    pub(super) fn document(
        &mut self,
        node: &Node,
        path: &str,
        check: impl Fn(&str) -> Result<(), Flaw>,
    ) -> Option<String> {
        let text = values::text(&node.value)
            .map_err(|message| self.problem(Some(node.at), path, message))
            .ok()?;
        match check(text) {
            Ok(()) => Some(text.to_owned()),
            Err(flaw) => {
                self.flaw(node, path, text, flaw);
                None
            }
        }
    }

    fn flaw(&mut self, node: &Node, path: &str, text: &str, Flaw { at, message }: Flaw) {
        let inner = at.unwrap_or(At::START);
        let at = self.excerpt(node.at, text).at(inner);
        // A line that is not to be found, as within quotes, is named.
        let message = if at == node.at && inner.line > 1 {
            format!("line {}: {message}", inner.line)
        } else {
            message
        };
        self.problem(Some(at), path, message);
    }

    /// Reads a list of documents that may be left out, and notes where it is.
    pub(super) fn documents(
        &mut self,
        fields: &Fields,
        field: Field,
        places: &mut BTreeMap<Field, Place>,
        check: fn(&str) -> Result<(), Flaw>,
    ) -> Vec<String> {
        self.note(fields, field, places);
        let Some(entry) = fields.get(field.key()) else {
            return Vec::new();
        };
        let items = self.sequence(entry, field.path()).iter();
        let read = |item| self.document(item, field.path(), check);
        items.filter_map(read).collect()
    }
}

pub(super) fn is_toml(text: &str) -> Result<(), Flaw> {
    toml::parse(text)?;
    Ok(())
}
