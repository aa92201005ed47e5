//! A file for kind comes up as it is, and does what it did with kind.

use anyhow::{Result, ensure};

use crate::fixture::{Fixture, LIMIT};

/// What recipes for kind have: an audit policy beside the file, patches of older formats, numbers that
/// YAML 1.1 knows, a port that is left to kind, names in the certificate, settings that do not fit here.
const FILE: &str = r#"
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
name: dev
nodes:
- role: control-plane
  image: kindest/node:v1.31.0
  labels: {rack: 7, spare: no}
  extraMounts:
  - {hostPath: ./audit-policy.yaml, containerPath: /etc/kubernetes/policies/audit-policy.yaml, readOnly: true}
  extraPortMappings:
  - {containerPort: 30053, protocol: udp}
  - {containerPort: 30080, hostPort: 80, protocol: tcp}
  kubeadmConfigPatches:
  - |
    apiVersion: kubeadm.k8s.io/v1beta3
    kind: ClusterConfiguration
    metadata: {name: config}
    imageRepository: mirror.example/k8s
    schedulerExtraArgs: {v: "2"}
    networking: {serviceSubnet: 10.111.0.0/16}
    apiServer:
      certSANs: [dev.example.org]
      extraArgs:
        audit-log-path: /var/log/kubernetes/audit.log
        audit-policy-file: /etc/kubernetes/policies/audit-policy.yaml
      extraVolumes:
      - {name: policies, hostPath: /etc/kubernetes/policies, mountPath: /etc/kubernetes/policies, readOnly: true, pathType: DirectoryOrCreate}
      - {name: logs, hostPath: /var/log/kubernetes, mountPath: /var/log/kubernetes, readOnly: false, pathType: DirectoryOrCreate}
  - |
    kind: InitConfiguration
    nodeRegistration:
      criSocket: unix:///run/containerd/containerd.sock
      kubeletExtraArgs: {node-labels: "ingress-ready=true"}
  - |
    kind: JoinConfiguration
    nodeRegistration: {kubeletExtraArgs: {v: "4"}}
kubeadmConfigPatches:
- |
  kind: KubeletConfiguration
  maxPods: 0x32
  serializeImagePulls: no
- |
  kind: KubeProxyConfiguration
  mode: ipvs
kubeadmConfigPatchesJSON6902:
- {group: kubeadm.k8s.io, version: v1beta3, kind: ClusterConfiguration, patch: "[{op: add, path: /apiServer/extraArgs/profiling, value: 'false'}]"}
containerdConfigPatches:
- |-
  [plugins."io.containerd.grpc.v1.cri".registry.mirrors."localhost:5000"]
    endpoint = ["http://registry.example:5000"]
"#;

const POLICY: &str = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n";

#[test]
fn a_kind_file_becomes_a_running_cluster() -> Result<()> {
    let dev = Fixture::boot("kind")?;
    dev.ops().write_file("kind.yaml", FILE)?;
    dev.ops().write_file("audit-policy.yaml", POLICY)?;
    let refused = dev.fails("kinc apply -f kind.yaml")?;
    ensure!(
        refused
            .stderr
            .contains("net.ipv4.ip_unprivileged_port_start"),
        "{}",
        refused.stderr
    );
    let low = "sysctl --write net.ipv4.ip_unprivileged_port_start=80";
    dev.host.root().run(low)?.ok()?;
    let applied = dev.ops().run("kinc apply -f kind.yaml")?.ok()?;
    let warnings = applied
        .stderr
        .lines()
        .filter(|line| line.starts_with("warning: kind.yaml:"));
    ensure!(warnings.count() == 7, "{}", applied.stderr);

    let node = |path: &str| {
        dev.kubectl(&format!(
            "get node kinc-dev-control-plane -o jsonpath={path}"
        ))
    };
    assert_eq!(node("{.status.capacity.pods}")?, "50");
    let labels =
        node("{.metadata.labels.rack},{.metadata.labels.spare},{.metadata.labels.ingress-ready}")?;
    assert_eq!(labels, "7,no,true");
    assert_eq!(
        dev.kubectl("get service kubernetes -o jsonpath={.spec.clusterIP}")?,
        "10.111.0.1"
    );
    for flag in [
        "--profiling=false",
        "--audit-log-path=/var/log/kubernetes/audit.log",
    ] {
        dev.in_node(&format!("pgrep --full -- kube-apiserver.*{flag}"))?;
    }
    let mirrors = dev.in_node("cat /etc/containers/registries.conf.d/50-declared.conf")?;
    ensure!(
        mirrors.contains("location = \"registry.example:5000\""),
        "{mirrors}"
    );
    // By the name of the port's address, and by that of the patch.
    dev.ok("podman exec kinc-dev-control-plane cat /etc/kubernetes/pki/ca.crt > ca.crt")?;
    let ask =
        "curl --silent --fail --cacert ca.crt --connect-to dev.example.org:6443:127.0.0.1:6443";
    for name in ["127.0.0.1", "dev.example.org"] {
        dev.ok(&format!("{ask} https://{name}:6443/readyz"))?;
    }
    is_audited(&dev, "first")?;
    // Podman prints them in any order.
    let published = "podman port kinc-dev-control-plane | sort";
    let ports = dev.ok(published)?;
    ensure!(ports.contains("30080/tcp -> 0.0.0.0:80\n"), "{ports}");
    ensure!(ports.contains("30053/udp -> 0.0.0.0:"), "{ports}");

    // What was chosen stays, and nothing of the mount is in the way of another start.
    let again = dev.ops().run("kinc apply -f kind.yaml")?.ok()?;
    ensure!(
        again.stderr.ends_with("is ready; nothing changed\n"),
        "{}",
        again.stderr
    );
    dev.ok("kinc restart dev")?;
    assert_eq!(dev.ok(published)?, ports);
    is_audited(&dev, "second")?;
    dev.ok("kinc convert kind.yaml > dev.yaml && mv dev.yaml kind.yaml && kinc plan -f kind.yaml")?;
    Ok(())
}

/// Waits until the making of an object is in the log.
fn is_audited(dev: &Fixture, name: &str) -> Result<()> {
    dev.kubectl(&format!("create configmap {name}"))?;
    let search = format!("grep --quiet /configmaps/{name} /var/log/kubernetes/audit.log");
    let read = format!("get configmap {name}");
    dev.host
        .wait_until("the audit log has the object", LIMIT, || {
            dev.kubectl(&read).is_ok() && dev.in_node(&search).is_ok()
        })?;
    Ok(())
}
