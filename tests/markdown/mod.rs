//! Just enough Markdown to hold documents against the code: tables and code spans.
//!
//! It reads the repository's own documents only, and knows what none of them says.

use std::fs;
use std::path::Path;

/// Reads a file of the repository.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Returns the rows of the table whose first heading is this, without the heading.
#[track_caller]
pub(crate) fn table(text: &str, first_heading: &str) -> Vec<Vec<String>> {
    let rows: Vec<Vec<String>> = text
        .lines()
        .skip_while(|line| !line.starts_with(&format!("| {first_heading} |")))
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect();
    assert!(rows.len() > 2, "no table begins with `{first_heading}`");
    rows[2..].to_vec()
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim_matches('|').split('|');
    inner.map(|cell| cell.trim().to_owned()).collect()
}

/// Returns what is between single backticks, fenced blocks left out.
pub(crate) fn code_spans(text: &str) -> Vec<String> {
    let prose = text.split("```").step_by(2);
    prose
        .flat_map(|prose| prose.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// Returns the rows that a table of the node's exit codes must have.
pub(crate) fn node_exits() -> Vec<Vec<String>> {
    let row = |exit: &kinc::job::node_exit::NodeExit| {
        let again = if exit.retried { "yes" } else { "no" };
        vec![
            exit.code.to_string(),
            exit.meaning.to_owned(),
            again.to_owned(),
        ]
    };
    kinc::job::node_exit::NODE_EXITS.iter().map(row).collect()
}
