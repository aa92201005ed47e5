//! What was measured, as a table of medians. No I/O here.

use crate::stats::median;

/// One line of the table.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Row {
    pub(super) what: &'static str,
    pub(super) unit: &'static str,
    pub(super) samples: Vec<f64>,
    pub(super) target: Option<f64>,
}

/// Returns the rows as a Markdown table.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = "| what | median | all | target |\n|---|---|---|---|\n".to_owned();
    for Row {
        what,
        unit,
        samples,
        target,
    } in rows
    {
        let all: Vec<String> = samples
            .iter()
            .map(|sample| format!("{sample:.2}"))
            .collect();
        let median = median(samples);
        let target = target.map_or_else(String::new, |target| {
            let verdict = if median <= target { "met" } else { "missed" };
            format!("{}, {verdict}", with_unit(target.to_string(), unit))
        });
        let all = all.join(" ");
        text.extend([format!(
            "| {what} | {} | {all} | {target} |\n",
            with_unit(format!("{median:.2}"), unit)
        )]);
    }
    text
}

/// Rows that are compared with another one, that one, the name of the ratio, and its target.
const RATIOS: [(&str, &str, &str, f64); 6] = [
    ("create", BASELINE, "create / baseline", 1.2),
    ("stop", BASELINE, "stop / baseline", 0.2),
    ("restart", BASELINE, "restart / baseline", 0.75),
    ("boot to ready", BASELINE, "boot to ready / baseline", 0.8),
    ("create 1 + 2 nodes", ONE_NODE, "1 + 2 nodes / one", 1.6),
    ("create 3 + 2 nodes", ONE_NODE, "3 + 2 nodes / one", 3.0),
];

/// The row of a cluster with one node, which those with several are compared with.
pub(super) const ONE_NODE: &str = "create one node, beside several";

/// The row that the others are compared with.
pub(super) const BASELINE: &str = "its baseline: bare kubeadm init as root";

/// Returns the ratios to the baseline of the same run, which a busy machine slows alike.
pub(super) fn ratios(rows: &[Row]) -> Vec<Row> {
    let of = |what| rows.iter().find(|row| row.what == what);
    let ratio = |(row, other, what, most)| {
        Some(Row {
            what,
            unit: "",
            samples: vec![median(&of(row)?.samples) / median(&of(other)?.samples)],
            target: Some(most),
        })
    };
    RATIOS.into_iter().filter_map(ratio).collect()
}

fn with_unit(number: String, unit: &str) -> String {
    if unit.is_empty() {
        return number;
    }
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_the_baseline_of_the_same_run() {
        let row = |what, samples: &[f64], target| Row {
            what,
            unit: "",
            samples: samples.to_vec(),
            target,
        };
        let mut rows = vec![
            row("create", &[9.0], None),
            row(BASELINE, &[8.0, 7.0, 9.0], None),
            row("stop", &[2.0, 1.0, 4.0], None),
        ];
        assert_eq!(
            ratios(&rows),
            [
                row("create / baseline", &[1.125], Some(1.2)),
                row("stop / baseline", &[0.25], Some(0.2)),
            ]
        );
        rows.remove(1);
        assert_eq!(ratios(&rows), []);
    }

    #[test]
    fn the_table_shows_medians_all_samples_and_the_verdict() {
        let row = |what, samples: &[f64], target| Row {
            what,
            unit: "s",
            samples: samples.to_vec(),
            target,
        };
        let rows = [
            row("stop", &[6.0, 5.5, 7.0], Some(10.0)),
            row("boot", &[9.0], Some(8.0)),
            row("free", &[1.0], None),
            Row {
                what: "ratio",
                unit: "",
                samples: vec![1.2],
                target: Some(1.3),
            },
        ];
        assert_eq!(
            table(&rows),
            "| what | median | all | target |\n|---|---|---|---|\n\
             | stop | 6.00 s | 6.00 5.50 7.00 | 10 s, met |\n\
             | boot | 9.00 s | 9.00 | 8 s, missed |\n\
             | free | 1.00 s | 1.00 |  |\n\
             | ratio | 1.20 | 1.20 | 1.3, met |\n"
        );
    }
}
