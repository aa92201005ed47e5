//! What a limit of a declaration must look like, the least that a cluster can live with, and the
//! most that can be meant.
//!
//! Each function takes one YAML value and returns a number, or `None` for `none`.

use std::ops::RangeInclusive;

use crate::declaration::read::reader::kind;
use crate::declaration::yaml::Value;
use crate::model::cluster::{CPU_MILLIS, MEMORY, TASKS};
use crate::model::quantity;

/// Where no limit shall be, as when the field is left out.
const NO_LIMIT: &str = "none";

/// The range of `CPUWeight=` and `IOWeight=`, see systemd.resource-control(5).
const WEIGHTS: RangeInclusive<u64> = 1..=10_000;

pub(super) fn memory(value: &Value) -> Result<Option<u64>, String> {
    let expected = "an amount of memory such as 2Gi";
    let parse = |text: &str| quantity::parse(text, 1);
    within(&MEMORY, value, expected, parse, quantity::bytes)
}

pub(super) fn cpu(value: &Value) -> Result<Option<u64>, String> {
    let expected = "a number of processors such as 1500m or 2";
    let parse = |text: &str| quantity::parse(text, 1000);
    within(&CPU_MILLIS, value, expected, parse, quantity::millis)
}

pub(super) fn tasks(value: &Value) -> Result<Option<u64>, String> {
    let expected = "a number of processes and threads";
    let parse = |text: &str| text.parse().ok();
    within(&TASKS, value, expected, parse, |number| number.to_string())
}

/// Reads the value of `CPUWeight=` or `IOWeight=`.
pub(super) fn weight(value: &Value) -> Result<Option<u64>, String> {
    let (least, most) = (WEIGHTS.start(), WEIGHTS.end());
    let expected = format!("a number from {least} to {most}");
    let Some(found) = limit(value, &expected)? else {
        return Ok(None);
    };
    let number = found.parse().ok();
    match number.filter(|number| WEIGHTS.contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(mismatch(found, &expected)),
    }
}

/// Reads a limit that has a range, with a message for each way to be out of it.
fn within(
    range: &RangeInclusive<u64>,
    value: &Value,
    expected: &str,
    parse: impl Fn(&str) -> Option<u64>,
    write: impl Fn(u64) -> String,
) -> Result<Option<u64>, String> {
    let Some(found) = limit(value, expected)? else {
        return Ok(None);
    };
    match parse(found) {
        Some(number) if number < *range.start() => Err(format!(
            "{found} is too low: a node without your pods needs {}",
            write(*range.start())
        )),
        Some(number) if number > *range.end() => Err(format!(
            "{found} is too high: at most {}",
            write(*range.end())
        )),
        Some(number) => Ok(Some(number)),
        None => Err(mismatch(found, expected)),
    }
}

/// Returns the text of a limit, which is a number or a text; `None` for `none`.
fn limit<'a>(value: &'a Value, expected: &str) -> Result<Option<&'a str>, String> {
    match value {
        Value::String(text) if text == NO_LIMIT => Ok(None),
        Value::String(text) | Value::Number(text) => Ok(Some(text)),
        other => Err(format!(
            "expected {expected}, or `{NO_LIMIT}`, found {}",
            kind(other)
        )),
    }
}

fn mismatch(found: &str, expected: &str) -> String {
    format!(
        "expected {expected}, or `{NO_LIMIT}`, found `{}`",
        found.escape_debug()
    )
}
