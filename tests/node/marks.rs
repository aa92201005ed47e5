//! What becomes of a node that is marked.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Returns the patch of a node that gets these labels and taints, and addresses for its pods.
fn patch(node: &Value, labels: &str, taints: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut jq = Command::new("jq")
        .args(["--arg", "labels", labels, "--arg", "taints", taints])
        .args(["--arg", "cidr", "10.244.1.0/24", "--from-file"])
        .arg(root.join("images/node/files/usr/share/kinc/mark.jq"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = node.to_string();
    jq.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = jq.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn node(spec: &Value) -> Value {
    let metadata = json!({"resourceVersion": "7", "labels": {"theirs": "stays"}});
    json!({"metadata": metadata, "spec": spec})
}

#[test]
fn a_node_gets_its_pod_cidr_once() {
    let cidr = "10.244.1.0/24";
    let first = json!({"spec": {"podCIDR": cidr, "podCIDRs": [cidr]}});
    assert_eq!(patch(&node(&json!({})), "", ""), first);
    // The API takes them once; a cluster of before has them from its controller manager.
    let there = json!({"podCIDR": "10.244.7.0/24", "podCIDRs": ["10.244.7.0/24"]});
    assert_eq!(patch(&node(&there), "", ""), Value::Null);
}

#[test]
fn labels_taints_and_addresses_are_one_request() {
    let cidr = "10.244.1.0/24";
    let theirs = json!({"key": "theirs", "effect": "NoSchedule"});
    let marks = r#"{"labels":["disk"],"taints":[{"key":"gpu","effect":"NoExecute"}]}"#;
    assert_eq!(
        patch(
            &node(&json!({"taints": [theirs]})),
            "disk=ssd",
            "gpu=yes:NoExecute"
        ),
        json!({
            "metadata": {
                "resourceVersion": "7",
                "annotations": {"kinc.dev/marks": marks},
                "labels": {"disk": "ssd"},
            },
            "spec": {
                "taints": [theirs, {"key": "gpu", "value": "yes", "effect": "NoExecute"}],
                "podCIDR": cidr,
                "podCIDRs": [cidr],
            },
        })
    );
}

#[test]
fn the_taint_of_a_joining_node_goes_with_the_first_mark_and_no_other_way() {
    let joining = json!({"key": "kinc.dev/joining", "effect": "NoSchedule"});
    let theirs = json!({"key": "theirs", "effect": "NoSchedule"});
    let cidr = "10.244.1.0/24";
    let new = json!({"taints": [joining, theirs]});
    let marked = json!({
        "metadata": {"resourceVersion": "7", "annotations": {"kinc.dev/marks": null}, "labels": {}},
        "spec": {"taints": [theirs], "podCIDR": cidr, "podCIDRs": [cidr]},
    });
    assert_eq!(patch(&node(&new), "", ""), marked);
    let gpu = json!({"key": "gpu", "effect": "NoSchedule"});
    let with_gpu = patch(&node(&new), "", "gpu:NoSchedule");
    assert_eq!(with_gpu["spec"]["taints"], json!([theirs, gpu]));
}
