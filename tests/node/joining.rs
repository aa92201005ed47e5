//! What control planes decide of a node that has joined, and of one that wants to.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::tree::Tree;

/// Returns the requests that change something, when the API server answers so: `code` and text for each path.
fn changes(lines: &str, answers: &[(&str, u16, &Value)]) -> Vec<String> {
    let node = Tree::new();
    let mut cases = String::new();
    for (path, code, text) in answers {
        writeln!(cases, "*'{path}'*) answer {code} '{text}' ;;").unwrap();
    }
    let api = format!(
        r#"
answer() {{ echo "$2"; [[ $arguments != *http_code* ]] || echo "$1"; [ $1 -lt 400 ] || [[ $arguments = *--no-fail* ]]; }}
api() {{
  local arguments="$*"
  case "$arguments" in
    *DELETE*) echo "DELETE ${{1##*/}}" >> $root/changes ;;
    *--data*) echo "$(jq --raw-output .spec.holderIdentity) ${{1##*/}}" >> $root/changes ;;
    {cases}
  esac
}}"#
    );
    let ended = node.run(&format!(
        "{api}\n. $root/kinc/dns\n. $root/kinc/turn\n{lines}; echo $?"
    ));
    let changes = std::fs::read_to_string(node.path().join("changes")).unwrap_or_default();
    let ended = format!("ended with {}", ended.trim());
    changes.lines().map(str::to_owned).chain([ended]).collect()
}

#[test]
fn a_pod_of_the_dns_moves_when_all_are_on_one_other_node() {
    let node = |ready: &str, taints: &Value| json!({"spec": {"taints": taints}, "status": {"conditions": [{"type": "Ready", "status": ready}]}});
    let pods = |nodes: &[(&str, &str)]| {
        let pod = |(index, (node, phase)): (usize, &(&str, &str))| json!({"metadata": {"name": format!("dns-{index}")}, "spec": {"nodeName": node}, "status": {"phase": phase}});
        json!({"items": nodes.iter().enumerate().map(pod).collect::<Vec<_>>()})
    };
    let (free, together) = (json!([]), [("old", "Running"), ("old", "Running")]);
    let gpu = json!([{"key": "gpu", "effect": "NoSchedule"}]);
    let not_ready = json!([{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]);
    let moved = ["DELETE dns-1", "ended with 0"].as_slice();
    let stays = ["ended with 0"].as_slice();
    let too_early = ["ended with 1"].as_slice();
    let rows = [
        (node("True", &free), pods(&together), moved),
        (node("True", &gpu), pods(&together), moved),
        (node("True", &not_ready), pods(&together), too_early),
        (node("False", &free), pods(&together), too_early),
        (
            node("True", &free),
            pods(&[("old", "Running"), ("new", "Running")]),
            stays,
        ),
        (
            node("True", &free),
            pods(&[("new", "Running"), ("new", "Running")]),
            stays,
        ),
        (
            node("True", &free),
            pods(&[("old", "Running"), ("old", "Pending")]),
            too_early,
        ),
        (node("True", &free), pods(&[("old", "Running")]), stays),
    ];
    for (node, pods, expected) in rows {
        let answers = [("/nodes/new", 200, &node), ("/pods", 200, &pods)];
        assert_eq!(changes("move_dns new", &answers), expected, "{node} {pods}");
    }
}

#[test]
fn one_control_plane_joins_at_a_time() {
    let lease = |holder: &str, renewed: &str| {
        json!({"metadata": {"resourceVersion": "7"},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": 300, "renewTime": renewed}})
    };
    let (now, long_ago) = ("2999-01-01T00:00:00.000000Z", "2020-01-01T00:00:00.000000Z");
    let joining = "members='7, started, a, p, c, false\n8, started, b, p, c, true'";
    let joined = "members='7, started, a, p, c, false\n8, started, b, p, c, false'";
    let none = json!({});
    let rows = [
        (
            joining,
            404,
            none.clone(),
            ["new leases", "ended with 0"].as_slice(),
        ),
        (joining, 200, lease("b", now), &["ended with 1"]),
        (
            joined,
            200,
            lease("b", now),
            &["new kinc-joining", "ended with 0"],
        ),
        (
            joining,
            200,
            lease("b", long_ago),
            &["new kinc-joining", "ended with 0"],
        ),
        (
            joining,
            200,
            lease("new", now),
            &["new kinc-joining", "ended with 0"],
        ),
        (joining, 500, none, &["ended with 1"]),
    ];
    for (members, code, lease, expected) in rows {
        let lines = format!("{members}\nhold_turn new");
        let answers = [("leases/kinc-joining", code, &lease)];
        assert_eq!(
            changes(&lines, &answers),
            expected,
            "{members} {code} {lease}"
        );
    }
}
