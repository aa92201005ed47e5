//! What becomes of a start while a part of the cluster ends again and again.

use std::fs;

use super::tree::Tree;

/// The scheduler that ends, as crictl lists it, and the time of the start.
const SCHEDULER: &str = r#"{"containers": [{"id": "s", "createdAt": "1795684700000000000", "state": "CONTAINER_EXITED"}]}"#;
const STARTED: &str = "2026-11-26T09:18:00Z\n";

const REFUSED: &str = "Error: unknown flag: --no-such-flag";
const LATE: &str =
    r#"E1126 09:18:09.353492 1 run.go:72] "command failed" err="context deadline exceeded""#;

/// Watches a start in which the scheduler ends with these words, but runs at every so many looks. It is ready
/// after forty seconds. Returns what is said and done.
fn watch(is_first: bool, words: &str, runs_at_each: u32) -> String {
    let node = Tree::new();
    let write = |path: &str, text: &str| fs::write(node.path().join(path), text).unwrap();
    write("run/started", STARTED);
    if is_first {
        write("run/needs-init", "");
    }
    write("scheduler.json", SCHEDULER);
    write("scheduler.log", &format!("{words}\n"));
    let root = node.path().display();
    node.program(
        "bin/crictl",
        &format!(
            "case \"$*\" in\n  *kube-scheduler*) echo >> {root}/looks\n    \
             (($(wc -l < {root}/looks) % {runs_at_each})) && cat {root}/scheduler.json || echo '{{\"containers\": []}}' ;;\n  \
             logs*) cat {root}/scheduler.log ;;\n  *) echo '{{\"containers\": []}}' ;;\nesac"
        ),
    );
    node.program(
        "bin/systemctl",
        "case \"$*\" in show*) echo 0 ;; *) echo \"systemctl $*\" ;; esac",
    );
    node.program("kinc/lacks", "echo ready");
    // A pause is as long as it takes to the next look.
    let lines = "sleep() { SECONDS=$((SECONDS + 5)); ((SECONDS < 40)) || touch $root/run/ready; }\n\
                 KINC_NODE=node SECONDS=0; . $root/kinc/watch";
    node.run(lines)
}

#[test]
fn a_configuration_rejected_twice_fails_the_node_without_retry() {
    for (is_first, code) in [(true, 70), (false, 78)] {
        assert_eq!(
            watch(is_first, REFUSED, 100),
            format!(
                "status: kube-scheduler ended: {REFUSED}\n\
                 status: failed: kube-scheduler ended: {REFUSED}; it takes no such configuration\n\
                 systemctl --no-block exit {code}\n"
            )
        );
    }
}

#[test]
fn other_failures_are_reported_and_retried_until_the_cluster_is_ready() {
    assert_eq!(
        watch(false, LATE, 100),
        "status: kube-scheduler ended: \"command failed\" err=\"context deadline exceeded\"\nready\n"
    );
}

#[test]
fn a_component_that_runs_at_every_other_check_is_not_a_failure() {
    let said = watch(true, REFUSED, 2);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "status: kube-scheduler ended: Error: unknown flag: --no-such-flag",
            "status: waiting for the control plane",
        ]
    );
    assert_eq!(lines.last(), Some(&"ready"));
    assert!(!said.contains("failed"), "{said}");
}
