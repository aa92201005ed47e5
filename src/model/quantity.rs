//! Quantities as Kubernetes writes them: `2Gi`, `1500m`, `1.5`. Text to a number and back.
//!
//! Knows neither what is counted nor which amounts make sense.

/// The suffixes and what each stands for, as numerator and denominator.
const SUFFIXES: [(&str, u128, u128); 15] = [
    ("Ki", 1 << 10, 1),
    ("Mi", 1 << 20, 1),
    ("Gi", 1 << 30, 1),
    ("Ti", 1 << 40, 1),
    ("Pi", 1 << 50, 1),
    ("Ei", 1 << 60, 1),
    ("n", 1, 1_000_000_000),
    ("u", 1, 1_000_000),
    ("m", 1, 1_000),
    ("k", 1_000, 1),
    ("M", 1_000_000, 1),
    ("G", 1_000_000_000, 1),
    ("T", 1_000_000_000_000, 1),
    ("P", 1_000_000_000_000_000, 1),
    ("E", 1_000_000_000_000_000_000, 1),
];

/// The largest power of ten in `1e18`, which is what Kubernetes has a suffix for.
const EXPONENT_MAX: u32 = 18;

/// Reads a quantity as a number of parts, of which there are `parts` in a whole; what is left of
/// a part counts as one, as in Kubernetes. Nothing when it is none, or too large.
#[must_use]
pub(crate) fn parse(text: &str, parts: u64) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, suffix) = text.split_at(end.unwrap_or(text.len()));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let (numerator, denominator) = scale(suffix)?;
    let below_one = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let denominator = denominator.checked_mul(below_one)?;
    let numerator = digits.checked_mul(numerator)?.checked_mul(parts.into())?;
    u64::try_from(numerator.div_ceil(denominator)).ok()
}

/// Returns what a suffix stands for.
fn scale(suffix: &str) -> Option<(u128, u128)> {
    if suffix.is_empty() {
        return Some((1, 1));
    }
    if let Some((_, numerator, denominator)) = SUFFIXES.iter().find(|(name, ..)| *name == suffix) {
        return Some((*numerator, *denominator));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let power = exponent.unsigned_abs();
    if power > EXPONENT_MAX {
        return None;
    }
    let scale = 10_u128.pow(power);
    Some(if exponent < 0 { (1, scale) } else { (scale, 1) })
}

/// Writes a number of bytes with the largest suffix that leaves no fraction.
#[must_use]
pub(crate) fn bytes(number: u64) -> String {
    let suffixes = [
        ("Ei", 60),
        ("Pi", 50),
        ("Ti", 40),
        ("Gi", 30),
        ("Mi", 20),
        ("Ki", 10),
    ];
    let fits = |(_, bits): &(&str, u32)| number != 0 && number.trailing_zeros() >= *bits;
    match suffixes.into_iter().find(fits) {
        Some((suffix, bits)) => format!("{}{suffix}", number >> bits),
        None => number.to_string(),
    }
}

/// Writes a number of thousandths: `1500m`, but `2` instead of `2000m`.
#[must_use]
pub(crate) fn millis(number: u64) -> String {
    if number.is_multiple_of(1000) {
        (number / 1000).to_string()
    } else {
        format!("{number}m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_read_as_by_kubernetes() {
        let cases = [
            ("2Gi", Some(2 << 30)),
            ("1.5Gi", Some(3 << 29)),
            ("128974848", Some(128_974_848)),
            ("129e6", Some(129_000_000)),
            ("129E6", Some(129_000_000)),
            ("129M", Some(129_000_000)),
            ("123Mi", Some(123 << 20)),
            ("1E", Some(1_000_000_000_000_000_000)),
            ("5e-1", Some(1)),
            ("1m", Some(1)),
            (".5k", Some(500)),
            ("1.", Some(1)),
            ("0", Some(0)),
            ("100Ei", None),
            ("1e19", None),
            ("99999999999999999999999999999999999999999", None),
            ("0.0000000000000000000000000000000000000001", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text, 1), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        for text in [
            "", ".", "Gi", "-1", "+1", "1GB", "1gi", "1 Gi", " 1", "1.2.3", "1e", "1e+", "0x10",
            "1_0", "٣",
        ] {
            assert_eq!(parse(text, 1), None, "{text}");
        }
    }

    #[test]
    fn fractions_of_a_processor_are_counted() {
        for (text, expected) in [("1500m", 1500), ("1.5", 1500), ("2", 2000), ("100u", 1)] {
            assert_eq!(parse(text, 1000), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_written_quantity_reads_back_the_same() {
        let numbers = [0, 1, 1023, 1024, 3 << 20, (1 << 30) + 1, 5 << 30, u64::MAX];
        for number in numbers {
            assert_eq!(parse(&bytes(number), 1), Some(number));
            assert_eq!(parse(&millis(number), 1000), Some(number));
        }
        let written = [
            bytes(2 << 30),
            bytes(1536 << 20),
            millis(1500),
            millis(2000),
        ];
        assert_eq!(written, ["2Gi", "1536Mi", "1500m", "2"]);
    }
}
