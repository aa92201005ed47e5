//! What came of all strikes, as a table. No I/O here.

use std::fmt::Write as _;
use std::time::Duration;

use crate::stats::median;

/// What one strike did to the cluster.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Strike {
    /// The name of the fault.
    pub(super) fault: &'static str,
    /// From the end of the fault until the cluster served again.
    pub(super) recovery: Duration,
    /// Whether `kinc apply` had to bring it back.
    pub(super) applied: bool,
}

/// Returns the strikes as a Markdown table, one line for each fault in the order of its name.
pub(super) fn table(strikes: &[Strike]) -> String {
    let mut text =
        "| fault | strikes | median | worst | by `kinc apply` |\n|---|---|---|---|---|\n"
            .to_owned();
    let mut faults: Vec<&str> = strikes.iter().map(|strike| strike.fault).collect();
    faults.sort_unstable();
    faults.dedup();
    for fault in faults {
        let of_fault = || strikes.iter().filter(|strike| strike.fault == fault);
        let seconds: Vec<f64> = of_fault()
            .map(|strike| strike.recovery.as_secs_f64())
            .collect();
        let worst = seconds.iter().copied().fold(0.0, f64::max);
        let applied = of_fault().filter(|strike| strike.applied).count();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {fault} | {} | {:.1} s | {worst:.1} s | {applied} |",
            seconds.len(),
            median(&seconds)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_a_line_with_count_median_worst_and_how_often_apply_helped() {
        let strike = |fault, seconds, applied| Strike {
            fault,
            recovery: Duration::from_secs(seconds),
            applied,
        };
        let strikes = [
            strike("reboot", 9, false),
            strike("kill-etcd", 2, false),
            strike("reboot", 7, true),
            strike("reboot", 20, false),
        ];
        assert_eq!(
            table(&strikes),
            "| fault | strikes | median | worst | by `kinc apply` |\n|---|---|---|---|---|\n\
             | kill-etcd | 1 | 2.0 s | 2.0 s | 0 |\n\
             | reboot | 3 | 9.0 s | 20.0 s | 1 |\n"
        );
    }
}
