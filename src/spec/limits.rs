//! What a limit of a declaration must look like, and the least that a cluster can live with.
//!
//! Each function takes one YAML value and returns a number, or `None` for `none`.

use std::ops::RangeInclusive;

use crate::quantity;
use crate::spec::reader::kind;
use crate::yaml::Value;

/// Where no limit shall be. Leaving the field out keeps the one that is there.
const NO_LIMIT: &str = "none";

/// A node without any pod of the user's takes up to 0.8 GB, as measured (images/node/README.md).
const LEAST_MEMORY: u64 = 1 << 30;

/// The control plane and DNS request 850m: with less, the scheduler has no place for DNS.
const LEAST_CPU_MILLIS: u64 = 1000;

/// A node without any pod of the user's has 120, as measured with two processors; Go's programs
/// have more of them on a host that has more (images/node/README.md).
const LEAST_TASKS: u64 = 1000;

/// The range of `CPUWeight=`, see systemd.resource-control(5).
const CPU_WEIGHTS: RangeInclusive<u64> = 1..=10_000;

pub(super) fn memory(value: &Value) -> Result<Option<u64>, String> {
    let expected = "an amount of memory such as 2Gi";
    let Some(found) = limit(value, expected)? else {
        return Ok(None);
    };
    match quantity::parse(found, 1) {
        Some(bytes) if bytes >= LEAST_MEMORY => Ok(Some(bytes)),
        Some(_) => Err(format!(
            "{found} is too little: a node that runs no pod of yours yet needs {}",
            quantity::bytes(LEAST_MEMORY)
        )),
        None => Err(unlike(found, expected)),
    }
}

pub(super) fn cpu(value: &Value) -> Result<Option<u64>, String> {
    let expected = "a number of processors such as 1500m or 2";
    let Some(found) = limit(value, expected)? else {
        return Ok(None);
    };
    match quantity::parse(found, 1000) {
        Some(millis) if millis >= LEAST_CPU_MILLIS => Ok(Some(millis)),
        Some(_) => Err(format!(
            "{found} is too little: a node that runs no pod of yours yet needs {}",
            quantity::millis(LEAST_CPU_MILLIS)
        )),
        None => Err(unlike(found, expected)),
    }
}

pub(super) fn cpu_weight(value: &Value) -> Result<Option<u64>, String> {
    let (least, most) = (CPU_WEIGHTS.start(), CPU_WEIGHTS.end());
    let expected = format!("a number from {least} to {most}");
    let Some(found) = limit(value, &expected)? else {
        return Ok(None);
    };
    let number = found
        .parse()
        .ok()
        .filter(|number| CPU_WEIGHTS.contains(number));
    number.map(Some).ok_or_else(|| unlike(found, &expected))
}

pub(super) fn tasks(value: &Value) -> Result<Option<u64>, String> {
    let expected = "a number of processes and threads";
    let Some(found) = limit(value, expected)? else {
        return Ok(None);
    };
    match found.parse() {
        Ok(number) if number >= LEAST_TASKS => Ok(Some(number)),
        Ok(number) => Err(format!(
            "{number} is too few: a node that runs no pod of yours yet needs {LEAST_TASKS}"
        )),
        Err(_) => Err(unlike(found, expected)),
    }
}

/// Returns the text of a limit, which is a number or a text; nothing for `none`.
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

fn unlike(found: &str, expected: &str) -> String {
    format!(
        "expected {expected}, or `{NO_LIMIT}`, found `{}`",
        found.escape_debug()
    )
}
