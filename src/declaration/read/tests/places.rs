//! Each problem is at what it is about: an item of a list at the item, and one that is there again names
//! the first.

use super::*;

const HEAD: &str =
    "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {name: dev}\nspec:\n  nodes:\n  -";

#[test]
fn duplicates_in_a_node_are_rejected_at_the_second_place() {
    let node = "
    taints:
    - a=b:NoSchedule
    - c:NoSchedule
    - a=c:NoSchedule
    - a:NoSchedule
    extraMounts:
    - {hostPath: /a, containerPath: /x}
    - {hostPath: /b, containerPath: /y}
    - hostPath: /c
      containerPath: /x/
    units:
    - {name: a.service, content: a}
    - {name: a.service, content: b}
    files:
    - {path: /y, content: a}
    - {path: /etc/systemd/system/a.service, content: a}
";
    assert_eq!(
        problems(&format!("{HEAD}{node}")),
        "\
c.yaml:10:7: `spec.nodes[].taints`: a node has each key and effect once: `a=c:NoSchedule` has those of \
`a=b:NoSchedule` at c.yaml:8:7
c.yaml:11:7: `spec.nodes[].taints`: a node has each key and effect once: `a:NoSchedule` has those of \
`a=b:NoSchedule` at c.yaml:8:7
c.yaml:15:7: `spec.nodes[].extraMounts[].containerPath`: `/x` is already given at c.yaml:13:7
c.yaml:19:7: `spec.nodes[].units[].name`: `/etc/systemd/system/a.service` is already given at c.yaml:18:7
c.yaml:21:7: `spec.nodes[].files[].path`: `/y` is already given at c.yaml:14:7
c.yaml:22:7: `spec.nodes[].files[].path`: `/etc/systemd/system/a.service` is already given at c.yaml:18:7"
    );
}

#[test]
fn all_problems_of_a_map_are_reported_at_once() {
    let text = "\
apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata:
  name: dev
  annotations: {a: 1, b: x, c: [y]}
spec:
  featureGates:
    Good: true
    Bad-Name: true
    Other: 'yes'
    KubeletInUserNamespace: false
  runtimeConfig: {api/all: 'yes', a b: 'true', batch/v1: true}
  nodes:
  - labels: {a b: c, d: 1}
    sysctls: {kernel.panic: '1', net.a: '', vm.x: 1}
    environment: {1A: b, C: 2}
";
    let found = problems(text);
    let places: Vec<&str> = found
        .lines()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    let expected = [
        "5:20", "5:32", "9:5", "10:12", "11:29", "12:28", "12:35", "12:58", "14:14", "14:25",
        "15:15", "15:41", "15:45", "15:51", "16:19", "16:29",
    ];
    assert_eq!(places, expected.map(|at| format!("c.yaml:{at}")), "{found}");
}

#[test]
fn problems_of_an_embedded_document_are_reported_at_their_lines() {
    let text = "\
apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata: {name: dev}
spec:
  crioDropIns:
  - |
    [crio]
    log = = 1
  schedulerConfig: |
    apiVersion: a/v1
    kind: Other
  kubeadmConfigPatchesJSON6902:
  - kind: ClusterConfiguration
    patch: |
      - op: add
        path: [
  manifests:
  - |
    apiVersion: v1
    kind: Namespace
    metadata: {name: a}
    ---
    apiVersion: v1
    kind: Namespace
";
    let found = problems(text);
    let places: Vec<&str> = found
        .lines()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    let expected = ["8:11", "11:11", "16:15", "23:5"];
    assert_eq!(places, expected.map(|at| format!("c.yaml:{at}")), "{found}");
}
