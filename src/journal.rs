//! The edge to the user's journal: the last words of a unit's run.
//!
//! It knows no cluster. Printing a node's own journal is Podman's part.

use crate::command::Program;

/// How many last lines are looked at: what follows an error is tidying up.
const LINES: &str = "--lines=60";

/// Returns the last error that Podman reported in a run of a unit, if the journal has one.
///
/// A failure to ask the journal is no failure of the caller: it looks for a better explanation.
#[must_use]
pub fn podman_error(invocation_id: &str) -> Option<String> {
    if invocation_id.is_empty() {
        return None;
    }
    let lines = Program::new("journalctl")
        .args(["--user", "--output=cat", "--no-pager", LINES])
        .args([format!("_SYSTEMD_INVOCATION_ID={invocation_id}")])
        .output()
        .ok()?;
    last_error(&lines)
}

fn last_error(lines: &str) -> Option<String> {
    let mut errors = lines
        .lines()
        .filter_map(|line| line.strip_prefix("Error: "));
    errors.next_back().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_of_podman_is_found_among_other_lines() {
        let lines =
            "Starting ...\nError: one\nError: mkdir: permission denied\nFailed with result\n";
        let found = last_error(lines);
        assert_eq!(found.as_deref(), Some("mkdir: permission denied"));
        assert_eq!(last_error("Started.\n"), None);
    }
}
