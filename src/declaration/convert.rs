//! Settings of other systems as declarations of ours, with a word on what has no counterpart.
//!
//! One rule: what [`convert`] prints, an apply accepts. [`read`] takes kind's own files in the place of
//! declarations, each problem at the line of that file.

mod documents;
mod draft;
mod kinc;
mod kind;
mod kipod;
mod tree;

use std::slice;

use crate::declaration::convert::documents::{
    beside, conversion_hint, documents, is_other_kinds, unknown,
};
use crate::declaration::convert::draft::Draft;
use crate::declaration::read::{Reading, Source};
use crate::declaration::schema::API_VERSION;
use crate::declaration::yaml::{self, Node, Value};
use crate::model::cluster::Cluster;
use crate::model::problem::{Problem, Problems};

/// The kind of kipod's configuration.
const KIPOD_KIND: &str = "ClusterConfig";

/// Clusters that were read, and what was not taken over of kind's files.
#[derive(Debug, Default)]
pub struct Read {
    /// The clusters.
    pub clusters: Vec<Cluster>,
    /// What is not taken over, and changes little.
    pub warnings: Vec<Problem>,
}

/// A declaration of ours, and what could not be taken over.
#[derive(Debug)]
pub struct Converted {
    /// The declaration.
    pub text: String,
    /// The clusters that it declares.
    pub clusters: Vec<Cluster>,
    /// What is left out, each with its path and the reason.
    pub left_out: Vec<Problem>,
}

/// What is wrong with texts, and what of them is not taken over beside that.
#[derive(Debug)]
pub struct Refused {
    /// What is wrong.
    pub problems: Problems,
    /// What is not taken over, and changes little.
    pub warnings: Vec<Problem>,
}

/// What is not as the other system has it.
#[derive(Debug)]
struct Note {
    problem: Problem,
    /// Whether a node, a port, a mount or a family of addresses would be lost, so that somebody may rely
    /// on what is not there.
    loses: bool,
}

/// The format of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Ours,
    Kind,
    Kipod,
    Other,
}

impl Format {
    fn of(document: &Node) -> Self {
        match word(&document.value, "apiVersion") {
            API_VERSION => Self::Ours,
            kind::VERSION => Self::Kind,
            _ if word(&document.value, "kind") == KIPOD_KIND => Self::Kipod,
            _ => Self::Other,
        }
    }
}

/// Reads every declaration of all texts, and every configuration of kind as what it comes to.
///
/// # Errors
/// With every problem found in any text, and what of kind's would be lost.
pub fn read(sources: &[Source<'_>]) -> Result<Read, Refused> {
    let mut reading = Reading::default();
    let mut warnings = Vec::new();
    for source in sources {
        match documents(*source) {
            Err(problems) => reading.refuse(problems),
            Ok(documents) => {
                let taken = taken_over(*source, documents);
                let (lost, others): (Vec<Note>, Vec<Note>) =
                    taken.notes.into_iter().partition(|note| note.loses);
                warnings.extend(others.into_iter().map(|note| note.problem));
                let can_be_had = taken.problems.is_empty() && !lost.is_empty();
                let mut problems = taken.problems;
                problems.extend(lost.into_iter().map(|note| note.problem));
                problems.sort_by_key(Problem::line_and_column);
                problems.extend(can_be_had.then(|| conversion_hint(source.name)));
                reading.refuse(problems);
                reading.read(*source, &taken.declarations);
            }
        }
    }
    match reading.end() {
        Ok(clusters) => Ok(Read { clusters, warnings }),
        Err(problems) => Err(Refused { problems, warnings }),
    }
}

/// Converts a configuration of kind, one of kipod, or the environment of the first kinc; a declaration of
/// ours stays what it is.
///
/// # Errors
/// When the text is none of these, or no cluster of ours can be made of it.
pub fn convert(source: Source<'_>) -> Result<Converted, Refused> {
    let taken = taken(source).map_err(|problems| Refused {
        problems,
        warnings: Vec::new(),
    })?;
    let mut reading = Reading::default();
    reading.refuse(taken.problems);
    reading.read(source, &taken.declarations);
    let texts = taken.declarations.iter();
    let texts: Vec<String> = texts.map(|one| yaml::to_string(&one.value)).collect();
    let left_out: Vec<Problem> = taken.notes.into_iter().map(|note| note.problem).collect();
    match reading.end() {
        Ok(clusters) => Ok(Converted {
            text: texts.join("---\n"),
            clusters,
            left_out,
        }),
        Err(problems) => Err(Refused {
            problems,
            warnings: left_out,
        }),
    }
}

type Documents = (Vec<Node>, Vec<Note>);

/// What a text comes to.
#[derive(Debug, Default)]
struct Taken {
    /// Those that nothing is wrong with so far.
    declarations: Vec<Node>,
    notes: Vec<Note>,
    problems: Vec<Problem>,
}

fn taken(source: Source<'_>) -> Result<Taken, Problems> {
    let one = |draft: Draft| Taken {
        declarations: vec![draft.declaration],
        notes: draft.notes,
        problems: Vec::new(),
    };
    if let Some(settings) = kinc::settings(source.text) {
        return Ok(one(kinc::convert(&settings)));
    }
    let (documents, rest) = documents(source)?;
    match documents.as_slice() {
        [config] if Format::of(config) == Format::Kipod => Ok(one(kipod::convert(&config.value))),
        [other, ..] if Format::of(other) == Format::Other => {
            Err(Problems::from(unknown(source.name, other)))
        }
        _ => Ok(taken_over(source, (documents, rest))),
    }
}

/// Returns the documents of a text with ours in the place of kind's.
///
/// kind reads the first document only: what goes with it, to be applied later, is left out.
fn taken_over(source: Source<'_>, (documents, notes): Documents) -> Taken {
    let mut taken = Taken {
        notes,
        ..Taken::default()
    };
    let is_kinds = documents.first().map(Format::of) == Some(Format::Kind);
    for (index, document) in documents.into_iter().enumerate() {
        match Format::of(&document) {
            Format::Other | Format::Kind if is_kinds && index > 0 => {
                taken.notes.push(beside(source.name, &document));
            }
            Format::Kind => {
                let (draft, found) = kind::convert(source, &document);
                if found.is_empty() {
                    taken.declarations.push(draft.declaration);
                } else {
                    taken.problems.extend(with_others(source, &draft, found));
                }
                taken.notes.extend(draft.notes);
            }
            Format::Other if is_other_kinds(&document) => {
                taken.problems.push(unknown(source.name, &document));
            }
            _ => taken.declarations.push(document),
        }
    }
    taken
}

/// Returns what is wrong with a document of kind's, and with the values that came of the rest of it.
fn with_others(source: Source<'_>, draft: &Draft, mut found: Vec<Problem>) -> Vec<Problem> {
    let mut reading = Reading::default();
    reading.read(source, slice::from_ref(&draft.declaration));
    let place = Problem::line_and_column;
    let others = reading.end().err().into_iter().flatten();
    let others: Vec<Problem> = others
        .filter(|other| found.iter().all(|one| place(one) != place(other)))
        .collect();
    found.extend(others);
    found.sort_by_key(place);
    found
}

/// Returns a text of a mapping; an empty one when it has none of that key.
fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Returns a scalar as it is written.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) | Value::Number(text) => text.clone(),
        other => yaml::on_one_line(other),
    }
}

/// Returns the items of a list; empty if it is none.
fn items(node: Option<&Value>) -> Vec<&Value> {
    match node {
        Some(Value::Sequence(items)) => items.iter().map(|item| &item.value).collect(),
        _ => Vec::new(),
    }
}

/// Returns a file of the host as a mount.
fn mount(host_path: &str, container_path: &str) -> Value {
    Value::from([
        ("hostPath", Value::from(host_path)),
        ("containerPath", Value::from(container_path)),
        ("readOnly", Value::Bool(true)),
    ])
}

#[cfg(test)]
mod tests;
