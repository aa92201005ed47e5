//! From YAML text to a tree with places, by way of serde.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Error, Location, Spanned};

use crate::declaration::yaml::limits::{self, Limits};
use crate::declaration::yaml::{Entry, InvalidYaml, Node, Value, kubernetes};
use crate::model::problem::Span;

/// What is made of a scalar without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalars {
    /// What YAML 1.2 says; a number stays as it was written.
    OfYaml12,
    /// What the programs of Kubernetes make of it.
    OfKubernetes,
}

pub(super) fn parse(text: &str, scalars: Scalars) -> Result<Vec<Node>, InvalidYaml> {
    let trees: Vec<Spanned<Tree>> = documents(text, limits::DECLARATIONS)?;
    Ok(trees
        .into_iter()
        .map(|tree| tree_to_node(text, scalars, tree))
        .collect())
}

/// Reads every document of a text that has no more than these limits allow.
pub(super) fn documents<T: for<'de> Deserialize<'de>>(
    text: &str,
    limits: Limits,
) -> Result<Vec<T>, InvalidYaml> {
    // A lone `.inf` or `.nan` must not stop the reader from finding the other problems.
    let options = serde_saphyr::options! {
        budget: limits.budget(),
        alias_limits: limits.aliases(),
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| InvalidYaml {
        // Of an alias it is the alias itself that stands out.
        span: error
            .locations()
            .map(|locations| span(locations.reference_location))
            .filter(|span| span.line > 0),
        message: message(innermost(&error), limits),
    })
}

/// What serde hands over, before numbers are replaced by their source text.
enum Tree {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Sequence(Vec<Spanned<Tree>>),
    Mapping(Vec<(Spanned<String>, Spanned<Tree>)>),
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Tree::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Mapping(entries))
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

fn tree_to_node(text: &str, scalars: Scalars, tree: Spanned<Tree>) -> Node {
    let written = |value: &str| {
        let written = source_text(text, tree.defined)?;
        (scalars == Scalars::OfKubernetes && written == value).then_some(())
    };
    let value = match tree.value {
        Tree::Null => Value::Null,
        Tree::Bool(value) => Value::Bool(value),
        Tree::Number(value) => {
            let written = source_text(text, tree.defined).unwrap_or(value);
            match scalars {
                Scalars::OfYaml12 => Value::Number(written),
                Scalars::OfKubernetes => kubernetes::scalar(&written),
            }
        }
        // With quotes it would not be written as it reads.
        Tree::String(value) => match written(&value) {
            Some(()) => kubernetes::scalar(&value),
            None => Value::String(value),
        },
        Tree::Sequence(items) => Value::Sequence(
            items
                .into_iter()
                .map(|item| tree_to_node(text, scalars, item))
                .collect(),
        ),
        Tree::Mapping(entries) => Value::Mapping(
            entries
                .into_iter()
                .map(|(key, node)| Entry {
                    key: key.value,
                    span: span(key.referenced),
                    node: tree_to_node(text, scalars, node),
                })
                .collect(),
        ),
    };
    Node {
        value,
        span: span(tree.referenced),
    }
}

/// Returns a number as it was written, so that `0x1F` and `1.10` survive a round trip.
fn source_text(text: &str, location: Location) -> Option<String> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let end = start.checked_add(usize::try_from(span.byte_len()?).ok()?)?;
    let source = text.get(start..end)?;
    (!source.is_empty()).then(|| source.to_owned())
}

pub(super) fn span(location: Location) -> Span {
    Span::new(location.line(), location.column(), location.span().len())
}

/// Returns the error without what was added to it: where else something is.
fn innermost(mut error: &Error) -> &Error {
    while let Error::AliasError { error: inner, .. } | Error::WithSnippet { error: inner, .. } =
        error
    {
        error = inner;
    }
    error
}

fn message(error: &Error, limits: Limits) -> String {
    if let Error::DuplicateMappingKey { key: Some(key), .. } = error {
        return format!("the key `{key}` is given twice");
    }
    limits.reached(error).unwrap_or_else(|| first_line(error))
}

fn first_line(error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or("not YAML");
    // The place is reported separately.
    line.split(" at line ").next().unwrap_or(line).to_owned()
}
