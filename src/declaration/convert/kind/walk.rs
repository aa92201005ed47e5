//! Walks a configuration of kind as strictly as kind does, and collects what is to be said of it.
//!
//! kind's decoder knows each key, takes unquoted numbers and booleans for texts, and what has no value
//! for left out (go-yaml 3 with `KnownFields`).

use crate::declaration::convert::Note;
use crate::declaration::read::{Source, kind, place, suggestion};
use crate::declaration::yaml::{self, Entry, Excerpt, Node, Value};
use crate::model::problem::{Problem, Span};

/// Collects problems and notes of one text.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) source: Source<'a>,
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<Note>,
}

/// The fields of a mapping, and its path.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    entries: &'a [Entry],
    path: String,
}

/// A field that has a value, and its path.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) node: &'a Node,
    pub(super) path: String,
}

impl<'a> Fields<'a> {
    /// Returns a field, unless it is left out, or has no value or an empty text, which is the same to kind.
    pub(super) fn get(&self, key: &str) -> Option<Found<'a>> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        let path = below(&self.path, key);
        let node = &entry.node;
        let is_empty = node.value == Value::Null || node.value.as_str() == Some("");
        (!is_empty).then_some(Found { node, path })
    }
}

fn below(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    }
}

impl<'a> Walk<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        Self {
            source,
            problems: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Returns problems and notes in the order of their places.
    pub(super) fn end(mut self) -> (Vec<Problem>, Vec<Note>) {
        self.problems.sort_by_key(Problem::line_and_column);
        self.notes
            .sort_by_key(|note| note.problem.line_and_column());
        (self.problems, self.notes)
    }

    /// Reports what kind refuses too, or what cannot be.
    pub(super) fn refuse(&mut self, span: Span, path: &str, message: impl Into<String>) {
        let problem = self.problem(span, path, message.into());
        self.problems.push(problem);
    }

    /// Notes what is not as kind has it, and changes little.
    pub(super) fn warn(&mut self, span: Span, path: &str, message: impl Into<String>) {
        self.note(span, path, message.into(), false);
    }

    /// Notes a node, a port, a mount or a family of addresses that there will not be.
    pub(super) fn lose(&mut self, span: Span, path: &str, message: impl Into<String>) {
        self.note(span, path, message.into(), true);
    }

    fn note(&mut self, span: Span, path: &str, message: String, loses: bool) {
        let problem = self.problem(span, path, message);
        self.notes.push(Note { problem, loses });
    }

    fn problem(&self, span: Span, path: &str, message: String) -> Problem {
        Problem {
            place: Some(place(self.source.name, span)),
            path: path.to_owned(),
            message,
        }
    }

    /// Returns the fields of a mapping, and reports those that kind does not know.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, path: &str, known: &[&str]) -> Fields<'n> {
        let entries = match &node.value {
            Value::Mapping(entries) => entries.as_slice(),
            Value::Null => &[],
            other => {
                let message = format!("expected a mapping, found {}", kind(other));
                self.refuse(node.span, path, message);
                &[]
            }
        };
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                let message = match suggestion(&entry.key, known) {
                    Some(meant) => format!("unknown field; did you mean `{meant}`?"),
                    None => format!("unknown field; kind knows {}", known.join(", ")),
                };
                self.refuse(entry.span, &below(path, &entry.key), message);
            }
        }
        Fields {
            entries,
            path: path.to_owned(),
        }
    }

    /// Returns the items of a list, each with its path.
    pub(super) fn items<'n>(&mut self, list: Option<Found<'n>>) -> Vec<Found<'n>> {
        let Some(Found { node, path }) = list else {
            return Vec::new();
        };
        let Value::Sequence(items) = &node.value else {
            let message = format!("expected a list, found {}", kind(&node.value));
            self.refuse(node.span, &path, message);
            return Vec::new();
        };
        let found = |(index, node)| Found {
            node,
            path: format!("{path}[{index}]"),
        };
        items.iter().enumerate().map(found).collect()
    }

    /// Returns a text; a number or a boolean is one as it was written.
    pub(super) fn text(&mut self, found: &Found<'_>) -> Option<String> {
        match &found.node.value {
            Value::String(text) | Value::Number(text) => Some(text.clone()),
            Value::Bool(value) => {
                let written = yaml::written(self.source.text, found.node.span);
                Some(written.unwrap_or_else(|| value.to_string()))
            }
            other => {
                let message = format!("expected a string, found {}", kind(other));
                self.refuse(found.node.span, &found.path, message);
                None
            }
        }
    }

    /// Returns a number in decimal digits: kind reads `0x50`, `0120` and `8e1` as eighty. What is no whole number stays,
    /// for the reader of the declaration to report.
    pub(super) fn number(&self, found: &Found<'_>) -> Value {
        let Found { node, .. } = found;
        let plain = match &node.value {
            Value::Number(text) => Some(text),
            // With quotes it would not be written as it reads.
            Value::String(text) => {
                let written = yaml::written(self.source.text, node.span);
                Some(text).filter(|text| written.as_ref() == Some(text))
            }
            _ => None,
        };
        plain.and_then(|text| yaml::whole_number(text)).map_or_else(
            || node.value.clone(),
            |number| Value::Number(number.to_string()),
        )
    }

    /// Returns where the lines of a text are that is a value.
    pub(super) fn excerpt(&self, found: &Found<'_>, text: &str) -> Excerpt {
        Excerpt::new(self.source.text, found.node.span, text)
    }

    /// Reads a text of YAML; one that is none is reported where it breaks.
    pub(super) fn yaml(&mut self, found: &Found<'_>, text: &str) -> Option<Vec<Node>> {
        yaml::parse_as_kubernetes(text)
            .map_err(|error| {
                let span = error.span.unwrap_or(Span::START);
                let span = self.excerpt(found, text).span(span);
                let message = format!("invalid YAML: {}", error.message);
                self.refuse(span, &found.path, message);
            })
            .ok()
    }

    /// Returns one of these words.
    pub(super) fn word(
        &mut self,
        found: &Found<'_>,
        words: &[&'static str],
    ) -> Option<&'static str> {
        let text = self.text(found)?;
        let word = words.iter().copied().find(|word| *word == text);
        if word.is_none() {
            let in_other_case = words.iter().find(|word| word.eq_ignore_ascii_case(&text));
            let meant = match in_other_case.copied().or_else(|| suggestion(&text, words)) {
                Some(meant) => format!("; did you mean `{meant}`?"),
                None => String::new(),
            };
            let (words, shown) = (words.join(", "), text.escape_debug());
            let message = format!("expected one of {words}, found `{shown}`{meant}");
            self.refuse(found.node.span, &found.path, message);
        }
        word
    }

    /// Returns a boolean, which may be written as in YAML 1.1.
    pub(super) fn boolean(&mut self, found: &Found<'_>) -> Option<bool> {
        let value = match &found.node.value {
            Value::Bool(value) => Some(*value),
            Value::String(word) => match word.to_ascii_lowercase().as_str() {
                "y" | "yes" | "on" => Some(true),
                "n" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if value.is_none() {
            let message = format!("expected true or false, found {}", kind(&found.node.value));
            self.refuse(found.node.span, &found.path, message);
        }
        value
    }

    /// Returns texts by their names, each where it is; `None` if there are none.
    pub(super) fn texts(&mut self, found: &Found<'_>) -> Option<Node> {
        self.map(found, |walk, found| match &found.node.value {
            Value::Null => Some(Value::from("")),
            _ => walk.text(found).map(Value::String),
        })
    }

    /// Returns booleans by their names, each where it is; `None` if there are none.
    pub(super) fn switches(&mut self, found: &Found<'_>) -> Option<Node> {
        self.map(found, |walk, found| walk.boolean(found).map(Value::Bool))
    }

    fn map(
        &mut self,
        found: &Found<'_>,
        read: fn(&mut Self, &Found<'_>) -> Option<Value>,
    ) -> Option<Node> {
        let Value::Mapping(entries) = &found.node.value else {
            let message = format!("expected a mapping, found {}", kind(&found.node.value));
            self.refuse(found.node.span, &found.path, message);
            return None;
        };
        let mut all = Vec::new();
        for Entry { key, span, node } in entries {
            let path = below(&found.path, key);
            let value = read(self, &Found { node, path });
            all.extend(value.map(|value| Entry {
                key: key.clone(),
                span: *span,
                node: Node {
                    value,
                    span: node.span,
                },
            }));
        }
        (!all.is_empty()).then_some(Node {
            value: Value::Mapping(all),
            span: found.node.span,
        })
    }
}
