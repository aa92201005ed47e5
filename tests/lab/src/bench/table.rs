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
