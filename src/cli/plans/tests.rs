//! Plans as they are read, without their colours.

use super::*;
use crate::model::cluster::{ClusterName, NodeName};
use crate::plan::drift::{Drift, Layer};
use crate::plan::{FileLine, LocalClaim, NodePlan};
use crate::units::file_set::{File, MODE_PUBLIC};

fn a_plan(cluster: &str, step: Step) -> Plan {
    Plan {
        cluster: cluster.to_owned(),
        nodes: vec![NodePlan {
            name: format!("kinc-{cluster}-control-plane"),
            unit: format!("kinc-{cluster}-control-plane.service"),
            step,
        }],
        step,
        fields: Vec::new(),
        files: Vec::new(),
        drift: Vec::new(),
        drop_ins: Vec::new(),
        leaving: Vec::new(),
    }
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn a_plan_lists_causes_by_cluster_and_ends_with_counts() {
    let mut dev = a_plan("dev", Step::Restart);
    dev.fields = vec![
        FieldLine {
            path: "spec.networking.apiServerPort",
            node: None,
            old: Some("6443".to_owned()),
            new: Some("6444".to_owned()),
            impact: Impact::Restart,
        },
        FieldLine {
            path: "spec.resources.memory",
            node: None,
            old: None,
            new: Some("4Gi".to_owned()),
            impact: Impact::InPlace,
        },
    ];
    dev.drift = vec![Drift {
        layer: Layer::Files,
        node: None,
        what: "`kinc-dev.network` was edited".to_owned(),
        repair: Impact::Restart,
    }];
    dev.files = ["cluster.yaml", "kinc-dev.network"]
        .map(|path| FileLine {
            path: path.to_owned(),
            change: "update",
        })
        .into();
    dev.drop_ins = vec!["/x/10-mine.conf".to_owned()];
    let plans = [
        dev,
        a_plan("web", Step::Nothing),
        a_plan("old", Step::Delete),
    ];
    assert_eq!(
        plain(&text(&plans)),
        "dev: restart kinc-dev-control-plane.service; its data stays\n\
         \x20 spec.networking.apiServerPort: 6443 -> 6444 (restarts the node)\n\
         \x20 spec.resources.memory: none -> 4Gi (in the running cluster)\n\
         \x20 drift: `kinc-dev.network` was edited (restarts the node)\n\
         \x20 change: cluster.yaml, kinc-dev.network\n\
         \x20 your drop-in applies: /x/10-mine.conf\n\
         web: as declared\n\
         old: delete it and its data: it is no longer declared\n\
         1 to restart, 1 to delete, 1 as declared\n"
    );
    assert_eq!(
        plain(&disruptive(&plans[1..])),
        "old: delete it and its data: it is no longer declared\n"
    );
    assert_eq!(summary(&[]), "there are no clusters");
}

#[test]
fn a_diff_has_the_lines_and_the_mode_that_change() {
    let file = |text: &str, mode| File {
        text: text.to_owned(),
        mode,
    };
    let changes = vec![
        Change::Create {
            path: "a.network".to_owned(),
            file: file("x\n", MODE_PUBLIC),
        },
        Change::Update {
            path: "b.volume".to_owned(),
            old: file("x\ny\n", 0o600),
            file: file("x\nz\n", MODE_PUBLIC),
        },
    ];
    assert_eq!(
        plain(&diff(&planned(changes))),
        "--- /dev/null\n+++ /d/a.network\n@@ -0,0 +1 @@\n+x\n\
         mode of /d/b.volume: 600 -> 644\n\
         --- /d/b.volume\n+++ /d/b.volume\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n"
    );
}

fn planned(changes: Vec<Change>) -> Planned {
    Planned {
        plan: a_plan("dev", Step::Restart),
        directory: "/d".into(),
        changes,
        is_patched: false,
    }
}

#[test]
fn a_diff_names_a_file_that_may_hold_secrets_and_shows_none_of_it() {
    let file = |text: &str| File {
        text: text.to_owned(),
        mode: 0o600,
    };
    let changes = vec![
        Change::Create {
            path: "manifest-0.file".to_owned(),
            file: file("kind: Secret\n"),
        },
        Change::Update {
            path: "environment.file".to_owned(),
            old: file("A=secret\n"),
            file: file("A=secret2\n"),
        },
        Change::Remove {
            path: "file-0.file".to_owned(),
            old: file("secret\n"),
        },
    ];
    assert_eq!(
        plain(&diff(&planned(changes))),
        "--- /dev/null\n+++ /d/manifest-0.file\n(changed)\n\
         --- /d/environment.file\n+++ /d/environment.file\n(changed)\n\
         --- /d/file-0.file\n+++ /dev/null\n(changed)\n"
    );
}

#[test]
fn a_value_that_may_be_secret_is_shown_as_changed() {
    let value = Some(CHANGED.to_owned());
    let said = |old: &Option<String>, new: &Option<String>| {
        let field = FieldLine {
            path: "spec.nodes[].environment",
            node: None,
            old: old.clone(),
            new: new.clone(),
            impact: Impact::Restart,
        };
        change(&field, true)
    };
    let expected = "spec.nodes[].environment: (changed) (restarts the node)";
    for (old, new) in [(&value, &value), (&None, &value), (&value, &None)] {
        assert_eq!(said(old, new), expected);
    }
}

#[test]
fn a_long_value_is_cut() {
    let field = FieldLine {
        path: "spec.nodes[].devices",
        node: None,
        old: Some("a".repeat(VALUE_CHARS)),
        new: Some("ä".repeat(VALUE_CHARS + 1)),
        impact: Impact::Restart,
    };
    let (old, new) = ("a".repeat(VALUE_CHARS), "ä".repeat(VALUE_CHARS - 1));
    assert_eq!(
        change(&field, true),
        format!("spec.nodes[].devices: {old} -> {new}… (restarts the node)")
    );
}

#[test]
fn nodes_that_come_and_go_are_named_with_what_goes_with_them() {
    let dev = ClusterName::new("dev").unwrap();
    let node = |name: &str, step| NodePlan {
        name: format!("kinc-dev-{name}"),
        unit: format!("kinc-dev-{name}.service"),
        step,
    };
    let mut plan = a_plan("dev", Step::Change);
    plan.nodes = vec![
        node("control-plane", Step::Nothing),
        node("worker", Step::Create),
        node("worker2", Step::Delete),
    ];
    plan.leaving = vec![Leaving {
        node: NodeName::of(&dev, "kinc-dev-worker2").unwrap(),
        drained: true,
        pods: vec!["default/a".to_owned(), "default/b".to_owned()],
        lost_pods: vec!["default/b".to_owned()],
        hindered_by: vec!["default/web".to_owned()],
        claims: vec![LocalClaim {
            claim: "default/data".to_owned(),
            claim_uid: String::new(),
            volume: "pvc-1".to_owned(),
            volume_uid: String::new(),
        }],
        unknown: None,
    }];
    plan.fields = vec![
        FieldLine {
            path: "spec.nodes[].role",
            node: Some("worker".to_owned()),
            old: None,
            new: Some("worker".to_owned()),
            impact: Impact::Immutable,
        },
        FieldLine {
            path: "spec.nodes[].labels",
            node: Some("control-plane".to_owned()),
            old: None,
            new: Some("{a: b}".to_owned()),
            impact: Impact::InPlace,
        },
    ];
    assert_eq!(
        plain(&text(&[plan])),
        "dev: add kinc-dev-worker; remove kinc-dev-worker2 with its data\n  \
         spec.nodes[].labels of control-plane: none -> {a: b} (in the running cluster)\n  \
         kinc-dev-worker2: cordon and drain, for at most 5min: evict default/a, default/b\n  \
         kinc-dev-worker2: PodDisruptionBudget default/web allows no eviction now\n  \
         kinc-dev-worker2: lose default/b: without a controller\n  \
         kinc-dev-worker2: lose the data of default/data\n\
         1 to change\n"
    );
}

#[test]
fn a_node_that_is_down_is_not_drained_and_what_nobody_could_be_asked_is_said() {
    let dev = ClusterName::new("dev").unwrap();
    let node = NodeName::of(&dev, "kinc-dev-worker2").unwrap();
    let mut down = Leaving::unknown(node.clone(), false, "no answer".to_owned());
    let text = |leaving: &Leaving| {
        let mut text = String::new();
        super::leave(&mut text, leaving);
        text
    };
    assert_eq!(
        text(&down),
        "  kinc-dev-worker2: not ready, so it is not drained\n  \
         kinc-dev-worker2: could not ask what is on it: no answer\n"
    );
    down.unknown = None;
    down.pods = vec!["default/a".to_owned()];
    assert_eq!(
        text(&down),
        "  kinc-dev-worker2: not ready, so it is not drained: delete default/a\n"
    );
    let idle = Leaving {
        drained: true,
        pods: Vec::new(),
        ..down
    };
    assert_eq!(
        text(&idle),
        "  kinc-dev-worker2: cordon and drain, for at most 5min\n"
    );
}
