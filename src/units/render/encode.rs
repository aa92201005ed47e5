//! How a value is written into a unit so that its reader gets back this very value.
//!
//! Podman's Quadlet reads its keys in several ways, and systemd reads what Podman made of them; a
//! value needs the encoder of its key. Each holds for Podman 4.9 to 6 and refuses what some of
//! them could not read. `tests/quadlet/encode.rs` proves them against both readers.

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, State};

/// How long a value may be: the kernel takes 128 KiB for an argument, and systemd 1 MiB for the
/// line of all of them.
pub const VALUE_MAX_BYTES: usize = 32 << 10;

/// How many characters of a refused value are cited.
const CITED_CHARS: usize = 60;

/// A way to write a value: the text for the unit, or why there is none.
type Encoder = fn(&str) -> Result<String, String>;

/// The encoders by the names of their filters.
const FILTERS: [(&str, Encoder); 7] = [
    ("line", line),
    ("text", text),
    ("word", word),
    ("arg", argument),
    ("kv", value),
    ("key", key),
    ("setting", setting),
];

/// Lets templates of units choose an encoder: `Label=a={{ value | kv }}`.
pub(super) fn add_filters(environment: &mut Environment<'_>) {
    for (name, encode) in FILTERS {
        let filter = move |state: &State, value: &Value| filter(name, encode, state, value);
        environment.add_filter(name, filter);
    }
}

fn filter(name: &str, encode: Encoder, state: &State, value: &Value) -> Result<Value, Error> {
    let refuse = |what: String| Error::new(ErrorKind::InvalidOperation, what);
    if state.name().starts_with("templates/") {
        return Err(refuse(format!("`{name}` is for units")));
    }
    let Some(text) = value.as_str() else {
        return Err(refuse(format!("a value is {}, not a text", value.kind())));
    };
    encode(text).map(Value::from_safe_string).map_err(refuse)
}

/// Encodes the whole value of a key that takes its line as one argument, without any quoting:
/// `Volume=`, `Network=`, `PublishPort=`, `Tmpfs=`, `Ulimit=`, `AddHost=`, `DNS=`.
///
/// # Errors
/// When the value cannot be on a line as it is.
pub fn line(value: &str) -> Result<String, String> {
    is_argument(value)
        .and_then(|()| is_one_line(value))
        .map_err(|reason| refused(value, reason))?;
    Ok(not_expanded(value))
}

/// Encodes the whole value of a key of which only the last line counts: `Image=`, `HostName=`,
/// `WorkingDir=`, `HealthCmd=`.
///
/// # Errors
/// When the value cannot be on a line as it is.
pub fn text(value: &str) -> Result<String, String> {
    // Some versions of Podman strip all of them, some a pair, and some none.
    if value.starts_with('"') || value.ends_with('"') {
        return Err(refused(value, "it begins or ends with a quote"));
    }
    line(value)
}

/// Encodes one of the words of a key that knows quotes but no escapes: `AddDevice=`, `Sysctl=`,
/// `AddCapability=`, `LogOpt=`, `UIDMap=`.
///
/// # Errors
/// When the value has what only an escape could write.
pub fn word(value: &str) -> Result<String, String> {
    is_argument(value)
        .and_then(|()| is_visible(value))
        .map_err(|reason| refused(value, reason))?;
    let value = not_expanded(value);
    if !value.contains(needs_quotes) {
        return Ok(value);
    }
    // A word may be made of several quoted parts, each in the quotes that it does not have.
    let mut out = String::new();
    let mut open = None;
    for c in value.chars() {
        let quote = match c {
            '"' => '\'',
            '\'' => '"',
            _ => open.unwrap_or('"'),
        };
        if open != Some(quote) {
            out.extend(open);
            out.push(quote);
            open = Some(quote);
        }
        out.push(c);
    }
    out.extend(open);
    Ok(out)
}

/// Encodes one of the words of a key that knows quotes and escapes: `PodmanArgs=`, `Mount=`,
/// `Secret=`, `EnvironmentFile=`, `Exec=`.
///
/// # Errors
/// When the value cannot be an argument.
pub fn argument(value: &str) -> Result<String, String> {
    is_argument(value).map_err(|reason| refused(value, reason))?;
    Ok(quoted(&not_expanded(value)))
}

/// Encodes the value of a variable in a file of variables, as systemd.exec(5) has them
/// (`EnvironmentFile=`): nothing is expanded in it.
///
/// # Errors
/// When the value has what such a line cannot have.
pub(crate) fn variable(value: &str) -> Result<String, String> {
    is_part(value)
        .and_then(|()| is_visible(value))
        .map_err(|reason| refused(value, reason))?;
    let mut out = String::from("\"");
    for c in value.chars() {
        if "\"\\`$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    Ok(out)
}

/// Encodes what is behind `KEY=` in `Environment=`, `Label=` or `Annotation=`; it may be
/// empty.
///
/// # Errors
/// When the value cannot be part of an argument.
pub fn value(value: &str) -> Result<String, String> {
    is_part(value).map_err(|reason| refused(value, reason))?;
    Ok(quoted(&not_expanded(value)))
}

/// Encodes the key itself, before the `=`.
///
/// # Errors
/// When the text has anything but letters, digits and `._-/`.
pub fn key(value: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let starts_well = value.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if !starts_well || !value.chars().all(allowed) || value.len() > VALUE_MAX_BYTES {
        return Err(refused(
            value,
            "it is not the name of a variable or a label",
        ));
    }
    Ok(value.to_owned())
}

/// Encodes the whole value of a setting that systemd itself reads as one text, such as
/// `Description=`; not that of a command, nor of a list.
///
/// # Errors
/// When the value cannot be on a line as it is.
pub fn setting(value: &str) -> Result<String, String> {
    is_part(value)
        .and_then(|()| is_one_line(value))
        .map_err(|reason| refused(value, reason))?;
    Ok(value.replace('%', "%%"))
}

fn refused(value: &str, reason: &str) -> String {
    let cited: String = value.chars().take(CITED_CHARS).collect();
    let rest = if cited.len() < value.len() { "…" } else { "" };
    let cited = cited.escape_debug();
    format!("`{cited}{rest}` cannot be written into a unit: {reason}")
}

/// Doubles what systemd would take for a specifier or a variable: Podman hands both on as they are.
fn not_expanded(value: &str) -> String {
    value.replace('%', "%%").replace('$', "$$")
}

/// Checks what can be part of an argument of a command that systemd starts.
fn is_part(value: &str) -> Result<(), &'static str> {
    if value.len() > VALUE_MAX_BYTES {
        return Err("it has more than 32 KiB");
    }
    for c in value.chars() {
        match u32::from(c) {
            0 => return Err("it has a zero byte"),
            // Podman escapes it as if it were a byte, which is not a text any more.
            0x80 => return Err("it has the control character U+0080"),
            // systemd drops the whole line, see `unichar_is_valid()` in its sources.
            0xfdd0..=0xfdef => return Err("it has a code point that is not a character"),
            other if other & 0xfffe == 0xfffe => {
                return Err("it has a code point that is not a character");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Checks what can be a whole argument.
pub(super) fn is_argument(value: &str) -> Result<(), &'static str> {
    match value {
        // To Podman the list of words ends there, and an empty line takes back those before it.
        "" => Err("it is empty"),
        // Podman writes it without quotes, and to systemd another command begins behind it.
        ";" => Err("to systemd it separates commands"),
        _ => is_part(value),
    }
}

/// Checks what is the same after the ends of its line have been trimmed.
fn is_one_line(value: &str) -> Result<(), &'static str> {
    if value.is_empty() {
        return Err("it is empty");
    }
    if value.trim() != value {
        return Err("it begins or ends with a space");
    }
    if value.ends_with('\\') {
        return Err("it ends with a backslash, which would join the next line");
    }
    is_visible(value)
}

/// Checks what needs no escape.
fn is_visible(value: &str) -> Result<(), &'static str> {
    if value.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return Err("it has a line break");
    }
    if value.contains(char::is_control) {
        return Err("it has a control character");
    }
    Ok(())
}

fn needs_quotes(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "\"'\\".contains(c)
}

/// Writes a text as (a part of) a word for readers that know quotes and the escapes of C.
fn quoted(text: &str) -> String {
    if !text.contains(needs_quotes) {
        return text.to_owned();
    }
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' ' => out.push(c),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // Podman 4.9 has its octal escapes wrong; `\x` is for it a code point, not a byte.
            c if c.is_ascii_control() => out.push_str(&escape("\\x", 2, c)),
            c if needs_quotes(c) && c != '\'' => out.push_str(&escape("\\u", 4, c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn escape(start: &str, digits: usize, c: char) -> String {
    format!("{start}{:0digits$x}", u32::from(c))
}

#[cfg(test)]
mod tests;
