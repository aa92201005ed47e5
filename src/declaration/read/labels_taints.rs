//! What a label and a taint must look like, see
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>.

use crate::declaration::read::values;
use crate::declaration::yaml::Value;

/// The longest name, and the longest value.
const NAME_MAX_CHARS: usize = 63;

/// The longest domain before a name.
const PREFIX_MAX_CHARS: usize = 253;

/// What a taint does to pods that do not tolerate it.
const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// Reads a taint: `KEY=VALUE:EFFECT`, or without a value `KEY:EFFECT`.
pub(super) fn taint(value: &Value) -> Result<String, String> {
    let found = values::text(value)?;
    let Some((mark, effect)) = found.rsplit_once(':') else {
        let shown = found.escape_debug();
        return Err(format!(
            "`{shown}` is not a taint such as gpu=yes:NoSchedule or gpu:NoSchedule"
        ));
    };
    values::choice(&Value::from(effect), &EFFECTS, |effect| effect)?;
    let (key, value) = mark.split_once('=').unwrap_or((mark, ""));
    is_key(key)?;
    is_value(value)?;
    Ok(found.to_owned())
}

/// Returns what a node has only once of each taint: its key and its effect.
pub(super) fn key_and_effect(taint: &str) -> (&str, &str) {
    let (mark, effect) = taint.rsplit_once(':').unwrap_or((taint, ""));
    let key = mark.split_once('=').map_or(mark, |(key, _)| key);
    (key, effect)
}

pub(super) fn is_key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.split_once('/').unwrap_or(("a", key));
    let in_prefix = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    let is_domain = prefix.split('.').all(is_enclosed) && prefix.chars().all(in_prefix);
    if is_domain && prefix.len() <= PREFIX_MAX_CHARS && !name.is_empty() && is_name(name) {
        return Ok(());
    }
    Err(format!(
        "`{}` is not a valid label name",
        key.escape_debug()
    ))
}

pub(super) fn is_value(value: &str) -> Result<(), String> {
    if value.is_empty() || is_name(value) {
        return Ok(());
    }
    Err(format!(
        "`{}` is not a valid label value",
        value.escape_debug()
    ))
}

fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.len() <= NAME_MAX_CHARS && is_enclosed(name) && name.chars().all(allowed)
}

/// Returns whether a text begins and ends with a letter or a digit.
fn is_enclosed(text: &str) -> bool {
    let is_inner = |c: char| !c.is_ascii_alphanumeric();
    !text.is_empty() && !text.starts_with(is_inner) && !text.ends_with(is_inner)
}
