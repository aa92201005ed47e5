//! What a run of tests on hosts is divided into, and in which order the pieces are taken.

/// Modules whose tests share a host, or are done with theirs in a moment: one piece each.
pub(super) const WHOLE: [&str; 3] = ["cluster::", "lab::", "workloads::"];

/// Those that take longest, the longest first: one that is begun last would be waited for by all.
pub(super) const FIRST: [&str; 10] = [
    "limits::",
    "cluster::",
    "workloads::",
    "soak::",
    "tool::a_delete",
    "tool::a_first_apply",
    "tool::",
    "plan::drift",
    "reconfigure::each_part",
    "survival::restart",
];

/// Tests that one process runs, one after the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    /// What a person calls it, and its log: a test's name, or a module's.
    pub(super) name: String,
    /// The tests, by their full names.
    pub(super) tests: Vec<String>,
}

/// Divides tests, which are in the order of their names, into pieces.
pub(super) fn pieces(tests: impl IntoIterator<Item = String>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for test in tests {
        let whole = WHOLE.iter().find(|module| test.starts_with(**module));
        let name = whole.map_or(&*test, |module| module.trim_end_matches(':'));
        match pieces.last_mut().filter(|piece| piece.name == name) {
            Some(piece) => piece.tests.push(test),
            None => pieces.push(Piece {
                name: name.to_owned(),
                tests: vec![test],
            }),
        }
    }
    pieces.sort_by_key(|piece| {
        let first = |prefix: &&str| piece.tests[0].starts_with(*prefix);
        FIRST.iter().position(first).unwrap_or(FIRST.len())
    });
    pieces
}

/// Returns the names of the tests in the list that a test program prints of itself.
pub(super) fn listed(list: &str) -> Vec<String> {
    let names = list.lines().filter_map(|line| line.strip_suffix(": test"));
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pieces: &[Piece]) -> Vec<&str> {
        pieces.iter().map(|piece| &*piece.name).collect()
    }

    #[test]
    fn each_test_is_a_piece_but_for_modules_that_share_and_the_longest_come_first() {
        let list = "cluster::a: test\ncluster::b: test\nplan::c: test\nsoak::d: test\n\n4 tests, 0 benchmarks\n";
        let pieces = pieces(listed(list));
        assert_eq!(names(&pieces), ["cluster", "soak::d", "plan::c"]);
        assert_eq!(pieces[0].tests, ["cluster::a", "cluster::b"]);
    }

    #[test]
    fn no_test_is_lost() {
        let tests = ["a::a", "cluster::a", "lab::b", "lab::c", "limits::d"].map(str::to_owned);
        let mut found: Vec<String> = pieces(tests.clone())
            .into_iter()
            .flat_map(|piece| piece.tests)
            .collect();
        found.sort();
        assert_eq!(found, tests);
    }
}
