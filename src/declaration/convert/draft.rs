//! A declaration in the making, and what is noted on the way.

use crate::declaration::convert::Note;
use crate::declaration::schema::{API_VERSION, KIND};
use crate::declaration::yaml::{Node, Value};
use crate::model::problem::{Problem, Span};

/// A document as one of ours.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) declaration: Node,
    pub(super) notes: Vec<Note>,
}

impl Draft {
    pub(super) fn new(name: impl Into<Node>) -> Self {
        let mut root = Value::from([
            ("apiVersion", Value::from(API_VERSION)),
            ("kind", Value::from(KIND)),
        ]);
        root.set_path("metadata.name", name);
        Self {
            declaration: Node::from(root),
            notes: Vec::new(),
        }
    }

    /// Sets a field of `spec` by its path.
    pub(super) fn set(&mut self, path: &str, node: impl Into<Node>) {
        let root = &mut self.declaration.value;
        root.set_path(&format!("spec.{path}"), node);
    }

    /// Notes what is not taken over, and why.
    pub(super) fn leave_out(&mut self, path: &str, why: &str) {
        self.notes.push(Note {
            problem: Problem {
                place: None,
                path: path.to_owned(),
                message: why.to_owned(),
            },
            loses: false,
        });
    }

    /// Notes all keys of a mapping that nobody has looked at.
    pub(super) fn leave_others(&mut self, path: &str, node: &Value, known: &[&str]) {
        let Value::Mapping(entries) = node else {
            return;
        };
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                let path = format!("{path}{}", entry.key);
                self.leave_out(&path, "there is no equivalent");
            }
        }
    }

    /// Gives a place to all that has none: that of what it stands in, and to the whole this one.
    pub(super) fn with_default_span(mut self, span: Span) -> Self {
        place(&mut self.declaration, span);
        self
    }
}

/// Gives a place to all of a node that has none.
pub(super) fn place(node: &mut Node, above: Span) {
    if node.span == Span::default() {
        node.span = above;
    }
    let span = node.span;
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(|item| place(item, span)),
        Value::Mapping(entries) => {
            for entry in entries {
                if entry.span == Span::default() {
                    entry.span = span;
                }
                place(&mut entry.node, span);
            }
        }
        _ => {}
    }
}
