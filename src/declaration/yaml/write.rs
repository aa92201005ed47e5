//! From a tree to YAML text that every reader takes for the same tree.

use std::fmt::Write as _;

use crate::declaration::yaml::{Entry, Value};

/// Writes a tree in block style, as `kubectl` does.
#[must_use]
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write_block(&mut out, value, 0);
    out
}

/// Writes a tree on one line, in flow style: for messages.
#[must_use]
pub fn on_one_line(value: &Value) -> String {
    match value {
        Value::Mapping(entries) => {
            let pair = |entry: &Entry| {
                let value = on_one_line(&entry.node.value);
                format!("{}: {value}", quote(&entry.key))
            };
            let pairs: Vec<String> = entries.iter().map(pair).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Value::Sequence(items) => {
            let items: Vec<String> = items.iter().map(|item| on_one_line(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        scalar => scalar_text(scalar),
    }
}

/// Returns `text` as a YAML scalar that every reader takes for this very string.
#[must_use]
pub fn quote(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_escaped(c) => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Returns whether no reader of YAML 1.1 or 1.2 takes the bare text for anything but a string.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let ordinary = |c: char| c.is_ascii_alphanumeric() || "._/@:+=-".contains(c);
    let Some(first) = text.chars().next() else {
        return false;
    };
    // Digits may be numbers, dates or base-60 times; an address or a subnet is none of them.
    // So is a number of bytes or thousandths with its suffix.
    let suffix = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_quantity = ["m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"].contains(&suffix);
    let no_number = first.is_ascii_alphabetic()
        || first == '/'
        || (first.is_ascii_digit() && (is_quantity || text.matches('.').count() >= 2));
    no_number
        && text.chars().all(ordinary)
        && !text.ends_with(':')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

fn write_block(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Mapping(entries) if !entries.is_empty() => {
            for (index, entry) in entries.iter().enumerate() {
                start_line(out, index, indent);
                let _ = write!(out, "{}:", quote(&entry.key));
                // Lists are below their key without indentation, as kubectl writes them.
                let inner = match entry.node.value {
                    Value::Sequence(_) => indent,
                    _ => indent + 2,
                };
                write_nested(out, &entry.node.value, inner);
            }
        }
        Value::Sequence(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                start_line(out, index, indent);
                // The item's first line continues behind the dash.
                out.push_str("- ");
                write_block(out, &item.value, indent + 2);
            }
        }
        scalar => {
            if let Some(lines) = literal_lines(scalar) {
                write_literal(out, &lines, indent);
            } else {
                out.push_str(&scalar_text(scalar));
                out.push('\n');
            }
        }
    }
}

/// Writes lines as they are, below where they begin.
fn write_literal(out: &mut String, lines: &[&str], indent: usize) {
    out.push_str("|\n");
    for line in lines {
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent.max(1)));
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// Starts a line, unless it is the first of its block: that one the caller has begun.
fn start_line(out: &mut String, index: usize, indent: usize) {
    if index > 0 || out.is_empty() || out.ends_with('\n') {
        out.push_str(&" ".repeat(indent));
    }
}

fn write_nested(out: &mut String, value: &Value, indent: usize) {
    let is_block = match value {
        Value::Mapping(entries) => !entries.is_empty(),
        Value::Sequence(items) => !items.is_empty(),
        _ => false,
    };
    out.push(if is_block { '\n' } else { ' ' });
    write_block(out, value, indent);
}

/// Returns the lines of a text that reads best, and safely, as a literal block.
///
/// Such a text ends with one line end, and has no blanks at the ends of lines, none before the first
/// one, which would tell the indentation, and no character that has to be written in another way.
fn literal_lines(value: &Value) -> Option<Vec<&str>> {
    let body = value.as_str()?.strip_suffix('\n')?;
    let lines: Vec<&str> = body.split('\n').collect();
    let is_plain = |line: &&str| !line.contains(is_escaped) && !line.ends_with(' ');
    let begins_and_ends = |line: Option<&&str>| line.is_some_and(|line| !line.is_empty());
    let is_literal = lines.len() > 1
        && lines.iter().all(is_plain)
        && begins_and_ends(lines.first())
        && begins_and_ends(lines.last())
        && !body.starts_with(' ');
    is_literal.then_some(lines)
}

/// Returns whether a character is written as an escape.
fn is_escaped(c: char) -> bool {
    // Line separators and the byte order mark are not control characters to Rust.
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}'..)
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => text.clone(),
        Value::String(text) => quote(text),
        Value::Sequence(_) => "[]".to_owned(),
        Value::Mapping(_) => "{}".to_owned(),
    }
}
