//! Texts of a declaration that are documents themselves: what is wrong with one is said at its line.

use std::collections::BTreeMap;

use crate::declaration::read::reader::{Fields, Reader};
use crate::declaration::read::values;
use crate::declaration::toml::{self, InvalidToml};
use crate::declaration::yaml::{InvalidYaml, Node};
use crate::model::field::Field;
use crate::model::problem::{Place, Span};

/// What is wrong with a document: where in it, when that is known, and why.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) span: Option<Span>,
    pub(super) message: String,
}

impl From<String> for Flaw {
    fn from(message: String) -> Self {
        Self {
            span: None,
            message,
        }
    }
}

impl From<InvalidYaml> for Flaw {
    fn from(InvalidYaml { span, message }: InvalidYaml) -> Self {
        Self { span, message }
    }
}

impl From<InvalidToml> for Flaw {
    fn from(InvalidToml { span, message }: InvalidToml) -> Self {
        let (span, message) = (Some(span), format!("invalid TOML: {message}"));
        Self { span, message }
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
            .map_err(|message| self.problem(Some(node.span), path, message))
            .ok()?;
        match check(text) {
            Ok(()) => Some(text.to_owned()),
            Err(flaw) => {
                self.flaw(node, path, text, flaw);
                None
            }
        }
    }

    fn flaw(&mut self, node: &Node, path: &str, text: &str, Flaw { span, message }: Flaw) {
        let inner = span.unwrap_or(Span::START);
        let span = self.excerpt(node.span, text).span(inner);
        // A line that is not to be found, as within quotes, is named.
        let message = if span == node.span && inner.line > 1 {
            format!("line {}: {message}", inner.line)
        } else {
            message
        };
        self.problem(Some(span), path, message);
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
