//! The documents of a text with declarations or configurations of kind, and what is said of others among them.

use crate::declaration::convert::{Documents, Format, Note, kind, word};
use crate::declaration::read::{self, Source, place};
use crate::declaration::yaml::{Node, Value};
use crate::model::problem::{Problem, Problems};
use crate::model::shell;

/// Returns the documents of a text.
///
/// Behind kind's configuration there may be anything, notes for people too, since kind reads no further.
pub(super) fn documents(source: Source<'_>) -> Result<Documents, Problems> {
    let problems = match read::documents(source) {
        Ok(documents) => return Ok((documents, Vec::new())),
        Err(problems) => problems,
    };
    let text = first_document(source.text);
    match read::documents(Source { text, ..source }) {
        Ok(first) if first.first().map(Format::of) == Some(Format::Kind) => {
            let rest = problems.into_iter().map(|problem| Note {
                problem: Problem {
                    message: format!(
                        "everything after the first document is left out, as by kind: {}",
                        problem.message
                    ),
                    ..problem
                },
                loses: false,
            });
            Ok((first, rest.collect()))
        }
        _ => Err(problems),
    }
}

/// Returns a text up to the line that ends its first document.
fn first_document(text: &str) -> &str {
    let mut end = 0;
    let mut has_content = false;
    for line in text.split_inclusive('\n') {
        let is_marker = line.starts_with("---") || line.starts_with("...");
        if is_marker && has_content {
            break;
        }
        has_content |= !is_marker && !line.trim_start().starts_with('#') && !line.trim().is_empty();
        end += line.len();
    }
    &text[..end]
}

/// Returns a problem with a document as a whole.
fn of_document(name: &str, document: &Node, message: String) -> Problem {
    Problem {
        place: Some(place(name, document.span)),
        path: String::new(),
        message,
    }
}

/// Returns what is said of a document that is behind kind's configuration.
pub(super) fn beside(name: &str, document: &Node) -> Note {
    let kind = word(&document.value, "kind").escape_debug();
    let (what, instead) = match (Format::of(document), kind.clone().next()) {
        (Format::Kind, _) => (format!("`{kind}`"), "; put it into a file of its own"),
        (_, None) => ("document".to_owned(), ""),
        _ => (
            format!("`{kind}`"),
            "; use `spec.manifests` to apply objects",
        ),
    };
    let message =
        format!("this {what} is left out, because kind reads only the first document{instead}");
    Note {
        problem: of_document(name, document, message),
        loses: false,
    }
}

/// Returns whether a document is of a format that kind does not read, or no more.
pub(super) fn is_other_kinds(document: &Node) -> bool {
    let version = word(&document.value, "apiVersion");
    version.starts_with("kind.") && version != kind::VERSION
}

pub(super) fn unknown(name: &str, document: &Node) -> Problem {
    let kind = word(&document.value, "kind").escape_debug();
    let version = word(&document.value, "apiVersion");
    let shown = version.escape_debug();
    if !matches!(document.value, Value::Mapping(_)) {
        return of_document(name, document, read::no_document(&document.value));
    }
    if version.is_empty() {
        let given = document.value.node("apiVersion");
        let message = match given.map(|node| &node.value) {
            Some(other) if other.as_str().is_none() => {
                format!("expected a string, found {}", read::kind(other))
            }
            _ => "is missing".to_owned(),
        };
        return Problem {
            path: "apiVersion".to_owned(),
            ..of_document(name, given.unwrap_or(document), message)
        };
    }
    let message = if is_other_kinds(document) {
        let current = kind::VERSION;
        format!("`{shown}` is another version of kind's format; kind reads only `{current}`")
    } else {
        format!("`{kind}` of `{shown}` is not a kind of kinc, kind or kipod")
    };
    of_document(name, document, message)
}

pub(super) fn conversion_hint(name: &str) -> Problem {
    Problem {
        place: None,
        path: String::new(),
        message: format!(
            "`kinc convert {}` prints a declaration of everything else",
            match name {
                "<stdin>" => "-".to_owned(),
                name => shell::word(name),
            }
        ),
    }
}
