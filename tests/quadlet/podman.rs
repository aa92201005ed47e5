//! How Podman reads a Quadlet file and writes the command of a service, done again.
//!
//! After `pkg/systemd/parser` of Podman 4.9 to 6, but by characters and without its flags.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

/// What separates words.
const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// Returns the keys and values of a file in their order, groups as keys without a value.
///
/// None where Podman would refuse the file, and with it all files of its directory.
pub(crate) fn lines(file: &str) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut joined = String::new();
    for line in file.split('\n') {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(beginning) = line.strip_suffix('\\') {
            joined.push_str(beginning);
            continue;
        }
        let line = std::mem::take(&mut joined) + line;
        if line.starts_with('[') && line.ends_with(']') {
            found.push((line, String::new()));
            continue;
        }
        let (key, value) = line.split_once('=').filter(|(key, _)| !key.is_empty())?;
        found.push((key.trim_end().to_owned(), value.trim_start().to_owned()));
    }
    Some(found)
}

/// Reads a key of which only one line counts, as each version does.
pub(crate) fn texts(value: &str) -> [String; 3] {
    let value = value.trim_end();
    let pair = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    [
        value.to_owned(),
        value.trim_matches('"').to_owned(),
        pair.unwrap_or(value).to_owned(),
    ]
}

/// Splits a line of words in which a backslash is only itself.
pub(crate) fn words(value: &str) -> Option<Vec<String>> {
    split(value, false)
}

/// Splits a line of words with the escapes of C; none where Podman would drop the line.
pub(crate) fn arguments(value: &str) -> Option<Vec<String>> {
    split(value, true)
}

fn split(value: &str, escapes: bool) -> Option<Vec<String>> {
    let mut rest = value.chars().peekable();
    let mut found = Vec::new();
    loop {
        while rest.next_if(|c| BLANKS.contains(c)).is_some() {}
        let word = first_word(&mut rest, escapes)?;
        // An empty word ends the list, be it in quotes or the end of the line.
        if word.is_empty() {
            return Some(found);
        }
        found.push(word);
    }
}

fn first_word(rest: &mut Peekable<Chars<'_>>, escapes: bool) -> Option<String> {
    let mut word = String::new();
    let mut quote = None;
    while let Some(c) = rest.next() {
        match (c, quote) {
            ('\0', _) => {
                rest.by_ref().for_each(drop);
                break;
            }
            ('\\', _) if escapes => word.push(unescaped(rest)?),
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            (c, None) if BLANKS.contains(&c) => break,
            (c, _) => word.push(c),
        }
    }
    // Without escapes an open quote is an error; with them it ends with the line.
    (escapes || quote.is_none()).then_some(word)
}

/// Reads what follows a backslash, in the few forms that all versions agree on.
fn unescaped(rest: &mut Peekable<Chars<'_>>) -> Option<char> {
    let digits = match rest.next()? {
        'a' => return Some('\u{7}'),
        'b' => return Some('\u{8}'),
        'f' => return Some('\u{c}'),
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'v' => return Some('\u{b}'),
        's' => return Some(' '),
        c @ ('\\' | '"' | '\'') => return Some(c),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return None,
    };
    let number: String = rest.by_ref().take(digits).collect();
    let complete = number.len() == digits && number.chars().all(|c| c.is_ascii_hexdigit());
    let code = u32::from_str_radix(&number, 16).ok().filter(|_| complete)?;
    char::from_u32(code).filter(|c| *c != '\0')
}

/// Writes the value of `ExecStart=`; later versions write a space as an escape.
pub(crate) fn command(arguments: &[String], later: bool) -> String {
    let words: Vec<String> = arguments
        .iter()
        .map(|argument| written(argument, later))
        .collect();
    words.join(" ")
}

fn written(argument: &str, later: bool) -> String {
    let escaped =
        |c: char| u32::from(c) <= 0x80 && (c.is_control() || c == ' ' || "\"'\\".contains(c));
    if !argument.contains(escaped) {
        return argument.to_owned();
    }
    let mut out = String::from('"');
    for c in argument.chars() {
        match c {
            ' ' if later => out.push_str("\\x20"),
            ' ' | '\'' => out.push(c),
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if escaped(c) => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
