//! A field, or a group of them, as text for a terminal.

use std::fmt::Write as _;

use crate::declaration::schema::fields::GROUPS;
use crate::declaration::schema::{
    Description, FieldType, ObjectField, WhenOmitted, descriptions, group, key,
};
use crate::model::field::Field;

/// How a value that may be secret is shown.
pub(super) const NOT_SHOWN: &str = "as `(changed)`, because it may contain a secret";

/// Width of the text, as in man pages.
const WIDTH: usize = 78;

/// Returns what there is to say of a path such as `spec.networking`, or of everything when it is
/// empty; `None` if there is no such field.
#[must_use]
pub fn explain(path: &str) -> Option<String> {
    if let Some(field) = descriptions().find(|field| field.path() == path) {
        return Some(one(field));
    }
    let mut text = match group(path) {
        Some(group) => format!("{path}\n\n{}\n\n", fill(group.meaning)),
        None if path.is_empty() => String::new(),
        None => return None,
    };
    let below = |other: &str| {
        path.is_empty()
            || other
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('.'))
    };
    let fields: Vec<&Description> = descriptions().filter(|field| below(field.path())).collect();
    let width = fields.iter().map(|field| field.path().len()).max()?;
    for field in fields {
        let _ = writeln!(
            text,
            "{:width$}  {}",
            field.path(),
            field_type(field.field_type)
        );
    }
    Some(text)
}

fn one(field: &Description) -> String {
    let mut text = format!(
        "{}  {}\n\n{}\n\n",
        field.path(),
        field_type(field.field_type),
        fill(field.meaning)
    );
    let when_omitted = match field.when_omitted {
        WhenOmitted::Default => "the default",
        WhenOmitted::KeepCurrent => "the value of the existing cluster",
    };
    let default = if field.default.is_empty() {
        "none: required"
    } else {
        field.default
    };
    let mut rows = vec![
        ("default", default.replace('`', "")),
        ("example", yaml(field)),
    ];
    if !field.default.is_empty() {
        rows.push(("omitted", when_omitted.to_owned()));
    }
    rows.push(("a change", field.impact.meaning().to_owned()));
    if field.is_sensitive {
        rows.push(("shown", NOT_SHOWN.replace('`', "")));
    }
    for (name, value) in rows {
        let _ = writeln!(text, "{name:8}  {value}");
    }
    if let FieldType::ObjectList(items) | FieldType::TextsOrObjects(items) = field.field_type {
        let width = items.iter().map(|item| item.key.len()).max().unwrap_or(0);
        text.push('\n');
        for item in items {
            let meaning = item.meaning.replace('`', "");
            let _ = writeln!(text, "{:width$}  {meaning}", item.key);
        }
    }
    text
}

/// Returns the form of a value in words.
pub(super) fn field_type(field_type: FieldType) -> String {
    match field_type {
        FieldType::Text(_) => "string".to_owned(),
        FieldType::Boolean => "boolean".to_owned(),
        FieldType::Integer(least, most) => format!("integer from {least} to {most}"),
        FieldType::Choice(words) => words.join(" or "),
        FieldType::Map => "map of strings".to_owned(),
        FieldType::BoolMap => "map of booleans".to_owned(),
        FieldType::List => "list of strings".to_owned(),
        FieldType::ObjectList(items) => format!("list of {}", keys(items)),
        FieldType::TextsOrObjects(items) => format!("list of strings, or of {}", keys(items)),
        FieldType::Limit(_) => "quantity or none".to_owned(),
    }
}

fn keys(items: &[ObjectField]) -> String {
    let keys: Vec<&str> = items.iter().map(|item| item.key).collect();
    keys.join(", ")
}

/// Returns the example with its key.
pub(super) fn yaml(field: &Description) -> String {
    format!("{}: {}", key(field.path()), field.example)
}

/// Breaks a text into lines; backticks are for documents.
fn fill(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.replace('`', "").split_whitespace() {
        let line = lines.last_mut().filter(|line| {
            line.is_empty() || line.chars().count() + 1 + word.chars().count() <= WIDTH
        });
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// Returns every path that can be explained.
#[must_use]
pub fn explained() -> Vec<&'static str> {
    let groups = GROUPS.iter().map(|group| group.path);
    groups.chain(Field::all().map(Field::path)).collect()
}
