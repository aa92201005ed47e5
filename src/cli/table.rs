//! Tables for people. Pure: no printing here.

use crate::ops::apply::{Action, Applied};
use crate::ops::is_interrupted;

/// Returns what became of each cluster, as a table with a heading.
pub(crate) fn applied(list: &[Applied]) -> String {
    let heading = ["NAME", "OUTCOME", "API SERVER"].map(str::to_owned);
    let outcome = |applied: &Applied| match &applied.outcome {
        Ok(Action::Unchanged) => "unchanged",
        Ok(Action::Created) => "created",
        Ok(Action::Changed) => "changed",
        Ok(Action::Restarted) => "restarted",
        Ok(Action::Started) => "started",
        Ok(Action::Deleted) => "deleted",
        Ok(Action::Interrupted(_)) => "interrupted",
        Ok(Action::OnlyWritten) => "only written",
        Ok(Action::NotBegun) => "not begun",
        Ok(Action::NotDeleted) => "not deleted",
        Err(error) if is_interrupted(error) => "interrupted",
        Err(_) => "failed",
    };
    let row = |applied: &Applied| {
        let name = applied.cluster.to_string();
        [name, outcome(applied).to_owned(), applied.server.clone()]
    };
    let rows: Vec<[String; 3]> = std::iter::once(heading)
        .chain(list.iter().map(row))
        .collect();
    columns(&rows)
}

/// Pads all columns but the last to their widest cell.
pub(super) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
