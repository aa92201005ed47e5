//! What is refused of a node and of Kubernetes' own settings, and why.

use super::*;

#[test]
fn a_bad_mount_port_device_or_sysctl_says_why() {
    let node = |field: &str, message: &str| {
        let text = problems(&document(&format!("{{nodes: [{{{field}}}]}}")));
        assert_eq!(text.split_once(": ").unwrap().1, message, "{field}");
    };
    let mounts = "`spec.nodes[].extraMounts[]";
    node(
        "extraMounts: [{hostPath: a, containerPath: /b}]",
        &format!("{mounts}.hostPath`: `a` is not an absolute path"),
    );
    node(
        "extraMounts: [{hostPath: '/a:b', containerPath: /b}]",
        &format!(
            "{mounts}.hostPath`: `/a:b` contains a colon or a control character, which a Podman volume cannot have"
        ),
    );
    node(
        "extraMounts: [{hostPath: /a, containerPath: /var/}]",
        &format!("{mounts}.containerPath`: `/var` is reserved for the node itself"),
    );
    node(
        "extraMounts: [{hostPath: /a, containerPath: /a/../var}]",
        &format!("{mounts}.containerPath`: `/a/../var` contains `.` or `..`"),
    );
    node(
        "extraMounts: [{hostPath: /a}]",
        &format!("{mounts}.containerPath`: is missing"),
    );
    node(
        "extraMounts: [{hostPath: /a, containerPath: /b, readonly: true}]",
        &format!("{mounts}.readonly`: unknown field; did you mean `readOnly`?"),
    );
    node(
        "extraPortMappings: [{containerPort: 0, hostPort: 8080}]",
        "`spec.nodes[].extraPortMappings[].containerPort`: 0 is not a port from 1 to 65535",
    );
    node(
        "devices: [/etc/passwd]",
        "`spec.nodes[].devices`: `/etc/passwd` is neither a device below /dev nor a CDI device such as nvidia.com/gpu=all",
    );
    node(
        "sysctls: {kernel.pid_max: '1'}",
        "`spec.nodes[].sysctls`: `kernel.pid_max` is not a namespaced kernel parameter; these begin with net., kernel.msg, kernel.sem, kernel.shm, fs.mqueue.",
    );
    node(
        r#"sysctls: {net.core.somaxconn: "\u2028"}"#,
        r"`spec.nodes[].sysctls`: `net.core.somaxconn`: `\u{2028}` is not a valid value",
    );
    node(
        "name: kinc-dev-worker",
        "`spec.nodes[].name`: the node `control-plane` of cluster `dev` is named `kinc-dev-control-plane`, not `kinc-dev-worker`",
    );
    node(
        "address: 10.200.0",
        "`spec.nodes[].address`: `10.200.0` is not an IPv4 address such as 127.0.0.1",
    );
}

#[test]
fn there_are_one_to_five_control_planes_among_the_nodes() {
    for (nodes, message) in [
        (
            "[{}, {role: worker}, {}, {}, {}, {}, {}]",
            "c.yaml:4:52: `spec.nodes[].role`: a cluster has at most 5 control planes: more of them only make writes slower",
        ),
        (
            "[{role: worker}]",
            "c.yaml:4:8: `spec.nodes[].role`: a cluster has at least one node of role `control-plane`",
        ),
    ] {
        assert_eq!(problems(&document(&format!("{{nodes: {nodes}}}"))), message);
    }
}

#[test]
fn a_bad_setting_of_kubernetes_says_why() {
    assert_problems(&[
        (
            "{featureGates: {KubeletInUserNamespace: false}}",
            "`spec.featureGates`: `KubeletInUserNamespace` is what a node needs to run at all",
        ),
        (
            "{featureGates: {'a,b': true}}",
            "`spec.featureGates`: `a,b` is not a valid feature gate name",
        ),
        (
            "{runtimeConfig: {api/all: maybe}}",
            "`spec.runtimeConfig`: `api/all`: expected `true` or `false`, found `maybe`",
        ),
        (
            "{networking: {apiServerCertSANs: [a b]}}",
            "`spec.networking.apiServerCertSANs`: `a b` is neither a host name nor an address",
        ),
        (
            "{kubeadmConfigPatches: ['maxPods: 5']}",
            "`spec.kubeadmConfigPatches`: the `kind` of the document to change is missing",
        ),
        (
            "{kubeadmConfigPatches: ['kind: KubeletConfig']}",
            "`spec.kubeadmConfigPatches`: expected `InitConfiguration` or `ClusterConfiguration` or `KubeletConfiguration` or `KubeProxyConfiguration`, found `KubeletConfig`; did you mean `KubeletConfiguration`?",
        ),
    ]);
}

#[test]
fn all_that_is_wrong_with_texts_by_name_is_said_each_where_it_stands() {
    let text =
        document("{nodes: [{labels: {a: 1, 'b c': d, e: 'f g'}, environment: {PATH: a, B: [c]}}]}");
    assert_eq!(
        problems(&text),
        "c.yaml:4:29: `spec.nodes[].labels`: `a`: expected a string, found a number; put it in quotes
c.yaml:4:32: `spec.nodes[].labels`: `b c` is not a valid label name
c.yaml:4:45: `spec.nodes[].labels`: `f g` is not a valid label value
c.yaml:4:67: `spec.nodes[].environment`: `PATH` is reserved for the node itself
c.yaml:4:79: `spec.nodes[].environment`: `B`: expected a string, found a list"
    );
}

#[test]
fn a_worker_is_the_one_that_it_is_named_and_others_have_the_first_free_number() {
    let ids = |nodes: &str| {
        let parsed = read(&document(&format!("{{nodes: {nodes}}}"))).unwrap();
        let ids = parsed[0].nodes.iter().map(|node| node.id.to_string());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(
        ids("[{}, {role: worker}, {role: worker, name: kinc-dev-worker3}, {role: worker}]"),
        ["control-plane", "worker", "worker3", "worker2"]
    );
    assert_eq!(
        ids("[{}, {role: worker}, {role: worker, name: kinc-dev-worker}]"),
        ["control-plane", "worker2", "worker"]
    );
}

#[test]
fn a_name_of_a_worker_is_given_once_and_is_one_of_its_cluster() {
    for (nodes, message) in [
        (
            "[{}, {role: worker, name: kinc-dev-worker2}, {role: worker, name: kinc-dev-worker2}]",
            "another node is named `kinc-dev-worker2`",
        ),
        (
            "[{}, {role: worker, name: kinc-other-worker2}]",
            "the node `worker2` of cluster `dev` is named `kinc-dev-worker2`, not `kinc-other-worker2`",
        ),
        (
            "[{name: kinc-dev-worker2}]",
            "the node `control-plane` of cluster `dev` is named `kinc-dev-control-plane`, not `kinc-dev-worker2`",
        ),
    ] {
        let error = problems(&document(&format!("{{nodes: {nodes}}}")));
        assert!(error.contains(message), "{error}");
    }
}
