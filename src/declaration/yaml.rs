//! YAML as a tree with places: read, write, quote. The only module that knows the YAML crate.
//!
//! Knows no document format. Keeps the order of keys; comments and anchors are not kept.

mod excerpt;
mod kubernetes;
mod limits;
mod reader;
mod top_level;
mod write;

pub(crate) use crate::declaration::yaml::excerpt::Excerpt;
pub use crate::declaration::yaml::write::{on_one_line, quote, to_string};

use std::fmt;

use crate::model::problem::Span;

/// A value and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it is.
    pub span: Span,
}

/// A key, where it is, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is.
    pub span: Span,
    /// The value.
    pub node: Node,
}

/// A YAML value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A text.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values, in their order.
    Mapping(Vec<Entry>),
}

impl Value {
    /// Returns the text of a string.
    #[must_use]
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value of a key, when this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        Some(&self.node(key)?.value)
    }

    /// Returns the value of a key as [`Value::get`] does, with its place.
    #[must_use]
    pub(crate) fn node(&self, key: &str) -> Option<&Node> {
        let Self::Mapping(entries) = self else {
            return None;
        };
        let entry = entries.iter().find(|entry| entry.key == key)?;
        Some(&entry.node)
    }

    /// Replaces the value of a key in its place, or adds the key at the end.
    ///
    /// Anything that is not a mapping becomes one.
    pub fn set(&mut self, key: &str, node: impl Into<Node>) {
        if !matches!(self, Self::Mapping(_)) {
            *self = Self::Mapping(Vec::new());
        }
        if let Self::Mapping(entries) = self {
            match entries.iter_mut().find(|entry| entry.key == key) {
                Some(entry) => entry.node = node.into(),
                None => entries.push(Entry::from((key, node.into()))),
            }
        }
    }

    /// Sets a value by a path such as `spec.nodes[].role`, and makes what is missing on the way. A list
    /// on the way has one item.
    pub fn set_path(&mut self, path: &str, node: impl Into<Node>) {
        let Some((key, rest)) = path.split_once('.') else {
            return self.set(path, node);
        };
        let key_of_list = key.strip_suffix("[]");
        let mut below = match (key_of_list, self.get(key_of_list.unwrap_or(key))) {
            (Some(_), Some(Self::Sequence(items))) => items.first().map(|item| item.value.clone()),
            (Some(_), _) => None,
            (None, found) => found.cloned(),
        }
        .unwrap_or(Self::Mapping(Vec::new()));
        below.set_path(rest, node);
        match key_of_list {
            Some(key) => self.set(key, Self::from(vec![below])),
            None => self.set(key, below),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl<const N: usize> From<[(&str, Self); N]> for Value {
    fn from(entries: [(&str, Self); N]) -> Self {
        Self::Mapping(entries.into_iter().map(Entry::from).collect())
    }
}

impl From<Vec<Self>> for Value {
    fn from(items: Vec<Self>) -> Self {
        Self::Sequence(items.into_iter().map(Node::from).collect())
    }
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        let span = Span::default();
        Self { value, span }
    }
}

impl<N: Into<Node>> From<(&str, N)> for Entry {
    fn from((key, node): (&str, N)) -> Self {
        Self {
            key: key.to_owned(),
            span: Span::default(),
            node: node.into(),
        }
    }
}

/// Returns what a value is, in words.
#[must_use]
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "a mapping",
    }
}

/// Says why a text is not YAML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidYaml {
    /// Where, when known.
    pub span: Option<Span>,
    /// What is wrong.
    pub message: String,
}

/// Reads every document of a text; empty ones are left out.
///
/// # Errors
/// When the text is not YAML, has a key twice, or holds more than anybody would write.
pub fn parse(text: &str) -> Result<Vec<Node>, InvalidYaml> {
    reader::parse(text, reader::Scalars::OfYaml12)
}

/// Reads every document of a text as the programs of Kubernetes do: what is there without quotes is
/// taken as in YAML 1.1, so that `010` is eight, `0x6e` a hundred and ten, and `no` false. A number comes
/// out as JSON has it.
///
/// # Errors
/// As of [`parse`].
pub(crate) fn parse_as_kubernetes(text: &str) -> Result<Vec<Node>, InvalidYaml> {
    reader::parse(text, reader::Scalars::OfKubernetes)
}

/// Returns the whole number that a scalar without quotes is to the programs of Kubernetes, also in another base than
/// ten, or with a point or an exponent.
#[must_use]
pub(crate) fn whole_number(plain: &str) -> Option<i64> {
    let Value::Number(number) = kubernetes::scalar(plain) else {
        return None;
    };
    let whole = number.parse().ok();
    whole.or_else(|| {
        let number: f64 = number.parse().ok()?;
        // Below this, each number has digits only.
        let is_whole = number.fract() == 0.0 && number.abs() < 1e15;
        is_whole.then(|| number.to_string().parse().ok()).flatten()
    })
}

/// Returns a scalar of a text as it was written there, such as `no` of a boolean; `None` for what an
/// alias stands for.
#[must_use]
pub(crate) fn written(text: &str, span: Span) -> Option<String> {
    let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let line = text.lines().nth(index(span.line).checked_sub(1)?)?;
    let from_there = line.chars().skip(index(span.column).saturating_sub(1));
    let written: String = from_there.take(index(span.length)).collect();
    let is_scalar = !written.is_empty() && !written.starts_with('*');
    is_scalar.then_some(written)
}

/// Reads the uppermost texts of every document of a text, which may be as large as objects of Kubernetes
/// are, and those of its metadata; empty documents are left out. Other values of a document are `Null`,
/// however large.
///
/// # Errors
/// When the text is not YAML, a document has no keys, or the text holds more than any object does.
pub(crate) fn top_level(text: &str) -> Result<Vec<Node>, InvalidYaml> {
    top_level::parse(text)
}

impl fmt::Display for InvalidYaml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.span {
            Some(span) => write!(
                f,
                "line {}, column {}: {}",
                span.line, span.column, self.message
            ),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for InvalidYaml {}

#[cfg(test)]
mod tests;
