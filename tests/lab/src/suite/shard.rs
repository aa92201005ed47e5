//! What a run of tests on hosts is divided into, and in which order the shards are taken.

/// Modules whose tests share a host, or are done with theirs in a moment: one shard each.
pub(super) const WHOLE: [&str; 3] = ["cluster::", "lab::", "workloads::"];

/// Those that take longest, the longest first, so that none of them starts last.
pub(super) const FIRST: [&str; 11] = [
    "limits::",
    "cluster::",
    "workloads::",
    "soak::",
    "workers::",
    "tool::a_delete",
    "tool::a_first_apply",
    "tool::",
    "plan::drift",
    "reconfigure::each_part",
    "survival::restart",
];

/// The tests on hosts with a kernel of their own, which are made from trixie only.
pub(super) const UML: [&str; 2] = ["clock::", "limits::"];

/// How many slots a test on such a host takes: it keeps a processor busy from its first second to its last.
const UML_SLOTS: usize = 2;

/// Tests that one process runs, one after the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Shard {
    /// What a person calls it, and its log: a test's name, or a module's.
    pub(super) name: String,
    /// The tests, by their full names.
    pub(super) tests: Vec<String>,
    /// How many of the shards that run in parallel it counts for.
    pub(super) slots: usize,
}

/// Divides tests, which are in the order of their names, into shards.
pub(super) fn shards(tests: impl IntoIterator<Item = String>) -> Vec<Shard> {
    let mut shards: Vec<Shard> = Vec::new();
    for test in tests {
        let whole = WHOLE.iter().find(|module| test.starts_with(**module));
        let name = whole.map_or(&*test, |module| module.trim_end_matches(':'));
        match shards.last_mut().filter(|shard| shard.name == name) {
            Some(shard) => shard.tests.push(test),
            None => shards.push(Shard {
                name: name.to_owned(),
                slots: if is_on_uml(&test) { UML_SLOTS } else { 1 },
                tests: vec![test],
            }),
        }
    }
    shards.sort_by_key(|shard| {
        let first = |prefix: &&str| shard.tests[0].starts_with(*prefix);
        FIRST.iter().position(first).unwrap_or(FIRST.len())
    });
    shards
}

/// Returns whether a test boots a UML host.
pub(super) fn is_on_uml(test: &str) -> bool {
    UML.iter().any(|module| test.starts_with(module))
}

/// Returns the names of the tests in the list that a test program prints of itself.
pub(super) fn listed(list: &str) -> Vec<String> {
    let names = list.lines().filter_map(|line| line.strip_suffix(": test"));
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(shards: &[Shard]) -> Vec<&str> {
        shards.iter().map(|shard| &*shard.name).collect()
    }

    #[test]
    fn each_test_is_a_shard_except_in_shared_modules_and_the_longest_start_first() {
        let list = "cluster::a: test\ncluster::b: test\nplan::c: test\nsoak::d: test\n\n4 tests, 0 benchmarks\n";
        let shards = shards(listed(list));
        assert_eq!(names(&shards), ["cluster", "soak::d", "plan::c"]);
        assert_eq!(shards[0].tests, ["cluster::a", "cluster::b"]);
    }

    #[test]
    fn a_uml_host_takes_two_slots() {
        let shards = shards(["clock::a", "plan::b"].map(str::to_owned));
        let slots: Vec<usize> = shards.iter().map(|shard| shard.slots).collect();
        assert_eq!(slots, [2, 1]);
    }

    #[test]
    fn no_test_is_lost() {
        let tests = ["a::a", "cluster::a", "lab::b", "lab::c", "limits::d"].map(str::to_owned);
        let mut found: Vec<String> = shards(tests.clone())
            .into_iter()
            .flat_map(|shard| shard.tests)
            .collect();
        found.sort();
        assert_eq!(found, tests);
    }
}
