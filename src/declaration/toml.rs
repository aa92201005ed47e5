//! TOML as a tree with places, in the form of [`yaml`](crate::declaration::yaml). The only module that knows
//! the TOML crate.
//!
//! Tables and arrays of it are mappings and lists; a date is a string. Keys come in the order of their names.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::declaration::yaml::{Entry, Node, Value};
use crate::model::problem::Span;

/// Says why a text is not TOML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InvalidToml {
    /// Where.
    pub(super) span: Span,
    /// What is wrong.
    pub(super) message: String,
}

/// Reads a text.
///
/// # Errors
/// When it is not TOML.
pub(super) fn parse(text: &str) -> Result<Node, InvalidToml> {
    match DeTable::parse(text) {
        Ok(table) => Ok(Node {
            value: mapping(text, table.get_ref()),
            span: Span::START,
        }),
        Err(error) => Err(InvalidToml {
            span: span(text, error.span().unwrap_or_default()),
            message: error.message().to_owned(),
        }),
    }
}

fn mapping(text: &str, table: &DeTable<'_>) -> Value {
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| Entry {
        key: AsRef::<str>::as_ref(key.get_ref()).to_owned(),
        span: span(text, key.span()),
        node: node(text, value),
    };
    Value::Mapping(table.iter().map(entry).collect())
}

fn node(text: &str, value: &Spanned<DeValue<'_>>) -> Node {
    let span = span(text, value.span());
    let value = match value.get_ref() {
        DeValue::String(string) => Value::from(string.as_ref()),
        DeValue::Integer(number) => Value::Number(number.as_str().to_owned()),
        DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
        DeValue::Boolean(is_true) => Value::Bool(*is_true),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(items) => {
            Value::Sequence(items.iter().map(|item| node(text, item)).collect())
        }
        DeValue::Table(table) => mapping(text, table),
    };
    Node { value, span }
}

/// Returns where the bytes of a span are; what ends in another line has no length.
fn span(text: &str, span: Range<usize>) -> Span {
    let before = text.get(..span.start).unwrap_or_default();
    let (_, line) = before.rsplit_once('\n').unwrap_or(("", before));
    let inside = text.get(span).unwrap_or_default();
    let length = if inside.contains('\n') {
        0
    } else {
        inside.chars().count() as u64
    };
    let number = before.matches('\n').count() as u64 + 1;
    Span::new(number, line.chars().count() as u64 + 1, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_have_their_spans() {
        let tree = parse("['é'.\"b.c\"]\nd = ['x', 1]\n").unwrap();
        let below = |node: &Node, key: &str| match &node.value {
            Value::Mapping(entries) => entries.iter().find(|one| one.key == key).cloned(),
            _ => None,
        };
        let inner = below(&below(&tree, "é").unwrap().node, "b.c").unwrap();
        let place = |span: Span| (span.line, span.column, span.length);
        assert_eq!(place(inner.span), (1, 6, 5));
        let d = below(&inner.node, "d").unwrap();
        assert_eq!(place(d.span), (2, 1, 1));
        let Value::Sequence(items) = d.node.value else {
            panic!("no list");
        };
        assert_eq!(place(items[0].span), (2, 6, 3));
        assert_eq!(items[0].value, Value::from("x"));
        assert_eq!(items[1].value, Value::Number("1".to_owned()));
    }

    #[test]
    fn invalid_toml_says_where() {
        let error = parse("a = 1\nb = = 2\n").unwrap_err();
        assert_eq!((error.span.line, error.span.column), (2, 5));
    }
}
