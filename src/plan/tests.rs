//! What is proposed, and what an approval covers.

use super::*;
use crate::job::Summary;
use crate::plan::drift::Layer;
use crate::units::file_set::changed as change;

fn dev() -> ClusterName {
    ClusterName::new("dev").unwrap()
}

fn node() -> NodeName {
    NodeName::of(&dev(), "kinc-dev-control-plane").unwrap()
}

#[test]
fn the_step_depends_on_the_state_and_the_changes() {
    let files = [change("a.container", "Image=a\n", "Image=b\n")];
    let limits = [change("a.slice", "", "MemoryMax=1\n")];
    let drift = |repair| {
        vec![Drift {
            layer: Layer::Podman,
            node: None,
            what: String::new(),
            repair,
        }]
    };
    let in_state = |state| Facts {
        nodes: vec![(node(), Some(state))],
        ..Facts::default()
    };
    let running = in_state(Summary::Ready);
    let cases = [
        (
            Facts {
                nodes: vec![(node(), None)],
                files: &files,
                ..Facts::default()
            },
            Step::Create,
        ),
        (running.clone(), Step::Nothing),
        (in_state(Summary::Stopped), Step::Start),
        (in_state(Summary::Starting), Step::Start),
        (
            Facts {
                files: &files,
                ..in_state(Summary::Failed)
            },
            Step::Start,
        ),
        (
            Facts {
                files: &files,
                ..running.clone()
            },
            Step::Restart,
        ),
        (
            Facts {
                files: &limits,
                ..running.clone()
            },
            Step::Change,
        ),
        (
            Facts {
                drift: drift(Impact::NoRestart),
                ..running.clone()
            },
            Step::Change,
        ),
        (
            Facts {
                drift: drift(Impact::Restart),
                ..running
            },
            Step::Restart,
        ),
    ];
    for (facts, step) in cases {
        assert_eq!(Plan::new(&dev(), facts).step, step);
    }
}

#[test]
fn an_approval_covers_the_same_changes_or_fewer() {
    let of = |state, files: &[Change], repair: Option<Impact>| {
        let drift = repair.map(|repair| Drift {
            layer: Layer::Running,
            node: None,
            what: format!("takes {}", repair.name()),
            repair,
        });
        let facts = Facts {
            nodes: vec![(node(), Some(state))],
            files,
            drift: drift.into_iter().collect(),
            ..Facts::default()
        };
        Plan::new(&dev(), facts)
    };
    let file = [change("a.container", "Image=a\n", "Image=b\n")];
    let other_file = [change("b.container", "Image=a\n", "Image=b\n")];
    let restart = of(Summary::Ready, &file, None);
    let cases = [
        // A restart that ended meanwhile, and one that is due for another reason as well.
        (of(Summary::Ready, &[], None), true),
        (of(Summary::Starting, &file, None), true),
        (of(Summary::Ready, &file, Some(Impact::Restart)), true),
        (of(Summary::Stopped, &file, None), true),
        (of(Summary::Ready, &other_file, None), false),
        (Plan::deletion(&dev(), &file), false),
    ];
    for (now, is_covered) in cases {
        assert_eq!(
            now.is_covered_by(std::slice::from_ref(&restart)),
            is_covered,
            "{now:?}"
        );
    }
    let other = Plan {
        cluster: "b".to_owned(),
        ..restart.clone()
    };
    assert!(!other.is_covered_by(&[restart]));
}

#[test]
fn a_change_of_one_node_does_not_restart_another() {
    let worker = NodeName::of(&dev(), "kinc-dev-worker").unwrap();
    let ready = Some(Summary::Ready);
    let steps = |path: &str| {
        let files = [change(path, "Image=a\n", "Image=b\n")];
        let facts = Facts {
            nodes: vec![(node(), ready), (worker.clone(), ready)],
            files: &files,
            ..Facts::default()
        };
        let plan = Plan::new(&dev(), facts);
        let units = plan.units().join(" ");
        (
            plan.step,
            plan.nodes.iter().map(|node| node.step).collect::<Vec<_>>(),
            units,
        )
    };
    assert_eq!(
        steps("kinc-dev-worker.container"),
        (
            Step::Restart,
            vec![Step::Nothing, Step::Restart],
            "kinc-dev-worker.service".to_owned()
        )
    );
    assert_eq!(
        steps("kinc-dev.network"),
        (
            Step::Restart,
            vec![Step::Restart; 2],
            "kinc-dev-control-plane.service kinc-dev-worker.service".to_owned()
        )
    );
}

#[test]
fn a_cluster_is_changed_and_not_created_or_deleted_where_nodes_come_and_go() {
    let of = |name: &str| NodeName::of(&dev(), name).unwrap();
    let plan = Plan::new(
        &dev(),
        Facts {
            nodes: vec![
                (node(), Some(Summary::Ready)),
                (of("kinc-dev-worker"), None),
            ],
            leaving: vec![Leaving::unknown(
                of("kinc-dev-worker2"),
                false,
                String::new(),
            )],
            ..Facts::default()
        },
    );
    let nodes: Vec<(&str, Step)> = plan
        .nodes
        .iter()
        .map(|node| (node.name.as_str(), node.step))
        .collect();
    assert_eq!(
        nodes,
        [
            ("kinc-dev-control-plane", Step::Nothing),
            ("kinc-dev-worker", Step::Create),
            ("kinc-dev-worker2", Step::Delete)
        ]
    );
    assert_eq!(plan.step, Step::Change);
    // Who removes a node is asked first.
    assert!(plan.disturbs());
}
