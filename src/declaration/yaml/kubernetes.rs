//! What the programs of Kubernetes make of a scalar without quotes.
//!
//! They read YAML by go-yaml 2, which goes by YAML 1.1, see resolve.go in sigs.k8s.io/yaml/goyaml.v2.

use crate::declaration::yaml::Value;

const TRUE: [&str; 11] = [
    "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON",
];
const FALSE: [&str; 11] = [
    "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF",
];

/// The prefixes of whole numbers, and their bases; the first that fits counts.
const BASES: [(&str, u32); 7] = [
    ("0x", 16),
    ("0X", 16),
    ("0b", 2),
    ("0B", 2),
    ("0o", 8),
    ("0O", 8),
    ("0", 8),
];

/// Returns what a scalar stands for; a number as JSON writes it, and as it was written where it can stay.
pub(super) fn scalar(written: &str) -> Value {
    if TRUE.contains(&written) {
        Value::Bool(true)
    } else if FALSE.contains(&written) {
        Value::Bool(false)
    } else if let Some(number) = whole(written).or_else(|| fraction(written)) {
        Value::Number(number)
    } else {
        Value::String(written.to_owned())
    }
}

/// Returns a whole number in decimal digits.
fn whole(written: &str) -> Option<String> {
    let joined = written.replace('_', "");
    let (sign, digits) = match joined.strip_prefix(['-', '+']) {
        Some(digits) => (if joined.starts_with('-') { "-" } else { "" }, digits),
        None => ("", joined.as_str()),
    };
    let based = BASES.iter().find_map(|(prefix, base)| {
        let digits = digits
            .strip_prefix(prefix)
            .filter(|digits| !digits.is_empty())?;
        Some((digits, *base))
    });
    let (digits, base) = based.unwrap_or((digits, 10));
    if !written.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+')
        || !digits.chars().all(|c| c.is_digit(base))
    {
        return None;
    }
    // Beyond 64 bits it is a number of the other kind.
    let number = u64::from_str_radix(digits, base).ok()?;
    Some(match number {
        0 => "0".to_owned(),
        number => format!("{sign}{number}"),
    })
}

/// Returns a number with a point or an exponent, or of too many digits for a whole one.
fn fraction(written: &str) -> Option<String> {
    if !written.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return None;
    }
    let joined = written.replace('_', "");
    let unsigned = joined.strip_prefix(['-', '+']).unwrap_or(&joined);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let all_digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let has_exponent = !exponent.is_empty() && all_digits(exponent);
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits =
        all_digits(before) && all_digits(after) && !(before.is_empty() && after.is_empty());
    if !has_exponent || !has_digits {
        return None;
    }
    if serde_json::from_str::<serde_json::Number>(&joined).is_ok() {
        return Some(joined);
    }
    let number: f64 = joined.parse().ok()?;
    number.is_finite().then(|| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_scalar_is_resolved_as_by_go_yaml() {
        let numbers = [
            ("110", "110"),
            ("0x6e", "110"),
            ("0X6E", "110"),
            ("010", "8"),
            ("0o17", "15"),
            ("0b11", "3"),
            ("1_000", "1000"),
            ("+50", "50"),
            ("-0", "0"),
            ("-0x10", "-16"),
            ("0", "0"),
            ("00", "0"),
            ("08", "8"),
            ("1.10", "1.10"),
            ("1e3", "1e3"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+1.5", "1.5"),
            ("18446744073709551616", "18446744073709551616"),
        ];
        for (written, number) in numbers {
            assert_eq!(
                scalar(written),
                Value::Number(number.to_owned()),
                "{written}"
            );
        }
        for written in ["y", "Yes", "ON", "true"] {
            assert_eq!(scalar(written), Value::Bool(true), "{written}");
        }
        for written in ["n", "no", "Off", "FALSE"] {
            assert_eq!(scalar(written), Value::Bool(false), "{written}");
        }
        for written in [
            "",
            "yEs",
            "1.2.3",
            "0x",
            "0xg",
            "1h",
            "-",
            ".",
            "e5",
            "1e",
            "_1",
            "10.0.0.0/8",
        ] {
            assert_eq!(scalar(written), Value::from(written), "{written}");
        }
    }
}
