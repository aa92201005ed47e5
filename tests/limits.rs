//! What the pure part takes of time and memory: of many clusters, and of texts made to hurt.
//!
//! A program of its own, since the most memory that it ever had is that of all its tests. Times
//! are of the processor, by a build without optimisation: an optimised one takes a tenth.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads what the kernel says of it, and stops at once"
)]

use std::fmt::Write as _;
use std::time::Duration;

use kinc::declaration::{self, Source};
use kinc::resolve::{InUse, resolve_all};
use kinc::units::render::render;
use rustix::time::{ClockId, clock_gettime};

const MEMORY_MAX_KIB: u64 = 100 << 10;

/// Runs `work`, which must neither take longer than this nor have taken too much memory.
fn within<T>(limit: Duration, work: impl FnOnce() -> T) -> T {
    let begun = processor_time();
    let result = work();
    let taken = processor_time().saturating_sub(begun);
    assert!(taken < limit, "it took {taken:?}");
    let most = most_memory_kib();
    assert!(most < MEMORY_MAX_KIB, "it took {most} KiB");
    result
}

/// Returns the time that processors have spent on this thread, see `clock_gettime(2)`.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.try_into().unwrap()
}

/// Returns the most memory that this process ever had, see `proc_pid_status(5)`.
fn most_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    words[1].parse().unwrap()
}

/// Returns the problems of a text.
fn problems(text: &str) -> Vec<String> {
    let parsed = declaration::parse(&[Source {
        name: "c.yaml",
        text,
        directory: None,
    }]);
    let problems = parsed.unwrap_err();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn two_hundred_clusters_are_planned_and_rendered_in_a_moment() {
    let mut text = String::new();
    for number in 0..200 {
        // Of itself a cluster takes one of a hundred ports.
        let (cpu, port) = (number + 1, number + 7000);
        let _ = write!(
            text,
            "---\napiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: c-{number}}}\n\
             spec:\n  networking: {{apiServerPort: {port}}}\n  resources: {{memory: 2Gi, cpu: {cpu}, cpuWeight: none, tasks: 5000}}\n"
        );
    }
    let rendered = within(Duration::from_secs(5), || {
        let source = Source {
            name: "c.yaml",
            text: &text,
            directory: None,
        };
        let clusters = declaration::parse(&[source]).unwrap();
        let plans = resolve_all(&clusters, InUse::default(), &[]).unwrap();
        let files: Vec<_> = plans.iter().map(|plan| render(plan).unwrap()).collect();
        files.len()
    });
    assert_eq!(rendered, 200);
}

#[test]
fn a_hostile_text_is_rejected_in_a_moment() {
    let mut laughs = String::from("l0: &l0 [a, a, a, a, a, a, a, a, a]\n");
    for line in 1..10 {
        let aliases = vec![format!("*l{}", line - 1); 9].join(", ");
        let _ = writeln!(laughs, "l{line}: &l{line} [{aliases}]");
    }
    let rows = [
        (
            laughs,
            "c.yaml:5:30: there are more than 50000 values, with those that aliases stand for",
        ),
        (
            "[".repeat(1 << 20),
            "c.yaml:1:256: values are nested in more than 32 levels",
        ),
        (
            "---\na: 1\n".repeat(100_000),
            "c.yaml:1001:1: there are more than 500 documents",
        ),
        ("#".repeat((1 << 20) + 1), "`c.yaml` is larger than 1 MiB"),
        (
            "a: 1\n? b\n: 2\na: 3\n".to_owned(),
            "c.yaml:4:1: the key `a` is given twice",
        ),
    ];
    for (text, expected) in rows {
        let found = within(Duration::from_secs(5), || problems(&text));
        assert_eq!(found, [expected]);
    }
}

#[test]
fn a_megabyte_of_errors_is_rejected_in_a_moment() {
    let field = |number: u32| format!("unknown-{number}: 1\n");
    let fields: String = (0..20_000).map(field).collect();
    assert_eq!(
        within(Duration::from_secs(20), || problems(&fields)).len(),
        20_003
    );
    let key = format!("? {}\n: 1\n", "key ".repeat(1 << 17));
    assert_eq!(within(Duration::from_secs(5), || problems(&key)).len(), 4);
}

#[test]
fn thousands_of_nodes_are_numbered_in_a_moment() {
    let workers = "{role: worker}, ".repeat(5_000);
    let twice = "{role: worker, name: kinc-a-worker7}";
    let text = format!(
        "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: a}}\n\
         spec: {{nodes: [{{}}, {workers}{twice}, {twice}]}}\n"
    );
    let found = within(Duration::from_secs(5), || problems(&text));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].ends_with("another node is named `kinc-a-worker7`"),
        "{found:?}"
    );
}

#[test]
fn manifests_of_a_large_operator_are_checked_in_a_moment_and_not_kept_in_memory() {
    let head = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\nspec:\n  fields:\n";
    let fields =
        "  - {name: a, description: What one of two hundred thousand fields is there for.}\n"
            .repeat(5000);
    let text = format!("{head}{fields}---\n").repeat(12);
    assert!(text.len() > 4 << 20);
    let checked = within(Duration::from_secs(20), || {
        declaration::check_manifest(&text)
    });
    assert_eq!(checked, Ok(()));
    let nested = |levels| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        declaration::check_manifest(&format!(
            "{{apiVersion: v1, kind: a, metadata: {{name: a}}, b: {open}{close}}}"
        ))
    };
    assert_eq!(nested(63), Ok(()));
    let refused = within(Duration::from_secs(5), || nested(250)).unwrap_err();
    assert!(
        refused
            .message
            .ends_with("values are nested in more than 64 levels"),
        "{refused}"
    );
}
