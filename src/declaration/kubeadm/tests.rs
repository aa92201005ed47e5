//! What the strict readers refuse, each at its place.

use super::*;
use crate::declaration::yaml;

fn part(text: &str) -> Node {
    yaml::parse_as_kubernetes(text).unwrap().remove(0)
}

#[track_caller]
fn is_wrong(kind: &str, text: &str, expected: &[(u64, &str)]) {
    let wrong = wrong(kind, &part(text));
    let found: Vec<(u64, &str)> = wrong
        .iter()
        .map(|(span, message)| (span.line, message.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn an_argument_must_be_a_string() {
    is_wrong(
        CLUSTER,
        "apiServer:\n  extraArgs:\n    a: 1\n    b: [1]\n    c: {d: e}\nscheduler:\n  extraArgs:\n  - {name: f, value: [g]}\n  - {value: h}\n  - i\n",
        &[
            (
                4,
                "`apiServer.extraArgs.b` of ClusterConfiguration: expected a string, found a list",
            ),
            (
                5,
                "`apiServer.extraArgs.c` of ClusterConfiguration: expected a string, found a mapping",
            ),
            (
                8,
                "`scheduler.extraArgs.f` of ClusterConfiguration: expected a string, found a list",
            ),
            (
                9,
                "`scheduler.extraArgs[1].name` of ClusterConfiguration: expected a string, found nothing",
            ),
            (
                10,
                "`scheduler.extraArgs[2]` of ClusterConfiguration: expected a name and a value, found a string",
            ),
        ],
    );
    is_wrong(
        INIT,
        "nodeRegistration:\n  kubeletExtraArgs: v=4\n",
        &[(
            2,
            "`nodeRegistration.kubeletExtraArgs` of InitConfiguration: expected a list of names and values, found a string",
        )],
    );
}

#[test]
fn kubelet_fields_have_the_types_that_kubelet_expects() {
    is_wrong(
        KUBELET,
        "maxPods: '50'\nfailSwapOn: 'false'\nreservedSystemCPUs: 0\nevictionHard: {memory.available: 5}\nfeatureGates: {A: 'true'}\ncontainerLogMaxFiles: 5\nsyncFrequency: 1m\nevictionSoft: null\n",
        &[
            (
                1,
                "`maxPods` of KubeletConfiguration: expected a number, found a string",
            ),
            (
                2,
                "`failSwapOn` of KubeletConfiguration: expected true or false, found a string",
            ),
            (
                3,
                "`reservedSystemCPUs` of KubeletConfiguration: expected a string, found a number",
            ),
            (
                4,
                "`evictionHard.memory.available` of KubeletConfiguration: expected a string, found a number",
            ),
            (
                5,
                "`featureGates.A` of KubeletConfiguration: expected true or false, found a string",
            ),
        ],
    );
}

#[test]
fn a_field_that_kubeadm_does_not_have_is_wrong_at_any_depth() {
    is_wrong(
        CLUSTER,
        "apiServer:\n  extraArg: []\netcd:\n  local:\n    datadir: /a\nnetwork: {}\ncontrolerManager: {}\n\"a.b\": c\n",
        &[
            (
                2,
                "`apiServer.extraArg` of ClusterConfiguration: kubeadm has no such field",
            ),
            (
                5,
                "`etcd.local.datadir` of ClusterConfiguration: kubeadm has no such field",
            ),
            (
                6,
                "`network` of ClusterConfiguration: kubeadm has no such field",
            ),
            (
                7,
                "`controlerManager` of ClusterConfiguration: kubeadm has no such field",
            ),
            (
                8,
                "`a.b` of ClusterConfiguration: kubeadm has no such field",
            ),
        ],
    );
    is_wrong(
        INIT,
        "nodeRegistration:\n  kubeletExtraArg: []\n  taints: []\ntimeouts: {kubernetesAPICall: 1m}\n",
        &[(
            2,
            "`nodeRegistration.kubeletExtraArg` of InitConfiguration: kubeadm has no such field",
        )],
    );
}

#[test]
fn a_field_that_kubeadm_does_not_have_is_wrong_in_the_items_of_lists() {
    is_wrong(
        CLUSTER,
        "apiServer:\n  extraArgs:\n  - {name: a, value: b, values: c}\n  extraVolumes:\n  - name: a\n    hostPth: /a\n    pathType: File\n",
        &[
            (
                3,
                "`apiServer.extraArgs[0].values` of ClusterConfiguration: kubeadm has no such field",
            ),
            (
                6,
                "`apiServer.extraVolumes[0].hostPth` of ClusterConfiguration: kubeadm has no such field",
            ),
        ],
    );
    is_wrong(KUBELET, "registerWithTaints: [{k: a}]\n", &[]);
}

#[test]
fn a_pointer_names_the_first_field_that_kubeadm_does_not_have() {
    let unknown = |pointer| unknown_in_pointer(CLUSTER, pointer);
    assert_eq!(
        unknown("/apiServer/extraArg/v"),
        Some("apiServer.extraArg".to_owned())
    );
    assert_eq!(unknown("/a~1b"), Some("a/b".to_owned()));
    assert_eq!(unknown("/apiServer/extraArgs/a.b"), None);
    assert_eq!(unknown(""), None);
}
