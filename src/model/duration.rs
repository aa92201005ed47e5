//! How long something takes or lasts, in words.

use std::time::Duration;

/// Returns the two largest units of a duration, as systemctl has it; one that is none is left out.
#[must_use]
pub(crate) fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let pair = |(large, unit): (u64, &str), (small, small_unit): (u64, &str)| match small {
        0 => format!("{large}{unit}"),
        _ => format!("{large}{unit} {small}{small_unit}"),
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => pair((minutes, "min"), (seconds % 60, "s")),
        (0, _, _) => pair((hours, "h"), (minutes, "min")),
        _ => pair((days, "d"), (hours, "h")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_its_two_largest_units() {
        let cases = [
            (0, "0s"),
            (59, "59s"),
            (60, "1min"),
            (61, "1min 1s"),
            (3 * 3600, "3h"),
            (3 * 3600 + 61, "3h 1min"),
            (86_400 + 59, "1d"),
            (2 * 86_400 + 3600, "2d 1h"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(shown(Duration::from_secs(seconds)), expected);
        }
    }
}
