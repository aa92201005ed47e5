//! What a declaration adds to a node and to Kubernetes is there, in a cluster that had none of it
//! before, and all data stays.

use anyhow::{Result, ensure};

use crate::fixture::Fixture;

const DECLARATION: &str = r#"
apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata: {name: dev}
spec:
  nodes:
  - role: control-plane
    extraMounts:
    - {hostPath: "/home/ops/with space", containerPath: /mine, readOnly: true}
    extraPortMappings: [{containerPort: 30080, hostPort: 8080}]
    devices: [/dev/net/tun]
    sysctls: {net.core.somaxconn: "1234"}
  networking:
    apiServerCertSANs: [dev.example.org]
  featureGates: {AllAlpha: false}
  runtimeConfig: {flowcontrol.apiserver.k8s.io/v1: "true"}
  kubeadmConfigPatches:
  - |
    kind: KubeletConfiguration
    maxPods: 42
"#;

/// A node port that leads to the API server, which is there anyway.
const NODE_PORT: &str = "apiVersion: v1
kind: Service
metadata: {name: hello}
spec:
  type: NodePort
  ports: [{port: 80, targetPort: 6443, nodePort: 30080}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: hello, labels: {kubernetes.io/service-name: hello}}
addressType: IPv4
ports: [{port: 6443}]
endpoints: [{addresses: [10.200.0.2]}]
";

#[test]
fn settings_of_a_declaration_come_into_a_cluster_that_is_there_and_data_stays() -> Result<()> {
    let dev = Fixture::with_cluster("settings")?;
    dev.write_data()?;
    dev.ok("mkdir 'with space' && echo seen > 'with space/file'")?;
    dev.ops().write_file("dev.yaml", DECLARATION)?;
    let planned = dev.ops().run("kinc plan -f dev.yaml")?.stdout;
    ensure!(
        planned.contains("  spec.nodes[].devices: none -> [/dev/net/tun] (restarts the node)\n"),
        "{planned}"
    );
    dev.ok("kinc apply --yes -f dev.yaml")?;

    assert_eq!(dev.in_node("cat /mine/file")?, "seen\n");
    ensure!(dev.in_node("touch /mine/other").is_err());
    dev.in_node("test -c /dev/net/tun")?;
    assert_eq!(dev.in_node("cat /proc/sys/net/core/somaxconn")?, "1234\n");
    dev.in_node("pgrep --full -- kube-apiserver.*--feature-gates=AllAlpha=false")?;
    dev.in_node(
        "pgrep --full -- kube-apiserver.*--runtime-config=flowcontrol.apiserver.k8s.io/v1=true",
    )?;
    let pods = "get node kinc-dev-control-plane -o jsonpath={.status.allocatable.pods}";
    assert_eq!(dev.kubectl(pods)?, "42");
    dev.in_node(
        "curl --silent --fail --cacert /etc/kubernetes/pki/ca.crt \
         --connect-to dev.example.org:6443:10.200.0.2:6443 https://dev.example.org:6443/readyz",
    )?;
    a_node_port_is_reached(&dev)?;
    dev.check_data()?;
    let again = dev.ops().run("kinc apply -f dev.yaml")?.ok()?;
    ensure!(
        again.stderr.ends_with("is ready; nothing changed\n"),
        "{}",
        again.stderr
    );

    // And back.
    let nothing = "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {name: dev}\n";
    dev.ops().write_file("dev.yaml", nothing)?;
    dev.ok("kinc apply --yes -f dev.yaml")?;
    ensure!(dev.in_node("test -e /mine/file").is_err());
    assert_eq!(dev.kubectl(pods)?, "110");
    dev.check_data()?;

    let wrong = DECLARATION.replace("maxPods: 42", "maxPodz: 42");
    dev.ops().write_file("dev.yaml", &wrong)?;
    let refused = dev.fails("kinc apply --yes -f dev.yaml")?;
    ensure!(
        refused
            .stderr
            .contains("kubeadm refuses the configuration of cluster `dev`")
            && refused.stderr.contains("unknown field \"maxPodz\""),
        "{}",
        refused.stderr
    );
    let wrong = DECLARATION.replace("/home/ops/with space", "/home/ops/absent");
    dev.ops().write_file("dev.yaml", &wrong)?;
    let refused = dev.fails("kinc apply --yes -f dev.yaml")?;
    ensure!(
        refused
            .stderr
            .contains("there is no `/home/ops/absent` on this host"),
        "{}",
        refused.stderr
    );
    dev.check_data()
}

fn a_node_port_is_reached(dev: &Fixture) -> Result<()> {
    dev.apply(NODE_PORT)?;
    let ask = "curl --silent --fail --insecure --output /dev/null https://127.0.0.1:8080/version";
    dev.host
        .wait_until("the node port answers", dev.limit, || dev.ok(ask).is_ok())?;
    Ok(())
}
