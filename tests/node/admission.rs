//! What the control plane answers a node that asks to be admitted.

use std::fs;

use super::tree::Tree;

/// Returns what is answered, and whether the node was marked, when the API server answers a question for the node so:
/// a program's lines.
fn answer(of_node: &str) -> (String, bool) {
    let node = Tree::new();
    node.program("bin/kubeadm", "echo credential");
    let root = node.path().display();
    node.program(
        "bin/curl",
        &format!("case \"$*\" in */api/v1/nodes/*) {of_node} ;; esac"),
    );
    node.program("kinc/mark", &format!("echo \"$@\" >> {root}/marked"));
    fs::write(node.path().join("run/admin.pem"), "pem").unwrap();
    let listens = "listeners() { listeners=1; }";
    fs::write(node.path().join("kinc/listeners"), listens).unwrap();
    let issue = "KINC_NODE_ADDRESS=10.200.0.2 . $root/kinc/issue node 10.244.8.0/24 --labels= --taints=a:NoSchedule";
    let said = node.run(issue);
    let marked = fs::read_to_string(node.path().join("marked")).unwrap_or_default();
    assert!(
        marked.is_empty() || marked == "node 10.244.8.0/24  a:NoSchedule\n",
        "{marked}"
    );
    (said, !marked.is_empty())
}

fn http(status: &str, text: &str) -> String {
    format!(
        "HTTP/1.0 {status}\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    )
}

#[test]
fn only_a_clear_answer_says_that_a_node_is_not_there_yet() {
    let admitted = http("200 OK", "credential");
    let refused = |why: &str| http("503 Service Unavailable", why);
    let unclear = |status: u16| refused(&format!("the API server answers with status {status}"));
    let rows = [
        // It is there, and takes no pods yet: too early to say whether one of the DNS is to move.
        ("echo 200", http("202 Accepted", "credential"), true),
        ("echo 404", admitted, false),
        ("echo 500", unclear(500), false),
        ("echo 401", unclear(401), false),
        (
            "echo 000; exit 28",
            refused("the API server does not answer"),
            false,
        ),
    ];
    for (of_node, expected, is_marked) in rows {
        assert_eq!(answer(of_node), (expected, is_marked), "{of_node}");
    }
}
