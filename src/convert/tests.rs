//! Whole configurations of others, and what becomes of them.

use super::*;
use crate::spec::{self, Source};

#[track_caller]
fn converts(text: &str, expected: &str, left_out: &[&str]) {
    let converted = convert(text).unwrap();
    assert_eq!(converted.text, expected);
    assert_eq!(converted.left_out, left_out);
    let source = Source {
        name: "c.yaml",
        text: &converted.text,
    };
    spec::parse(&[source]).unwrap();
}

#[test]
fn a_configuration_of_kind_is_taken_over_and_the_rest_is_named() {
    converts(
        "kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
name: web
nodes:
- role: control-plane
  image: kindest/node:v1.31.0
  labels: {tier: web}
  extraMounts: [{hostPath: /srv, containerPath: /data, selinuxRelabel: true}]
  extraPortMappings: [{containerPort: 80, hostPort: 8080}]
  kubeadmConfigPatches:
  - |
    kind: JoinConfiguration
    ---
    kind: KubeletConfiguration
    maxPods: 50
- role: worker
networking: {ipFamily: dual, kubeProxyMode: none, dnsSearch: [corp.example], apiServerPort: 0, podSubnet: 10.50.0.0/16, disableDefaultCNI: true}
featureGates: {AllAlpha: false}
containerdConfigPatches: [a]
kubeadmConfigPatchesJSON6902:
- {group: kubeadm.k8s.io, version: v1beta4, kind: ClusterConfiguration, patch: '[]'}
",
        "apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata:
  name: web
spec:
  nodes:
  - role: control-plane
    labels:
      tier: web
    extraMounts:
    - hostPath: /srv
      containerPath: /data
    extraPortMappings:
    - containerPort: 80
      hostPort: 8080
      listenAddress: 0.0.0.0
  networking:
    podSubnet: 10.50.0.0/16
    dnsSearch:
    - corp.example
    cni: none
    kubeProxyMode: none
  featureGates:
    AllAlpha: false
  kubeadmConfigPatches:
  - |
    kind: KubeletConfiguration
    maxPods: 50
  kubeadmConfigPatchesJSON6902:
  - kind: ClusterConfiguration
    patch: \"[]\"
",
        &[
            "`nodes[0].image`: kind's node images do not fit; `kinc image build` makes ours",
            "`nodes[0].extraMounts[].selinuxRelabel`: there is no counterpart",
            "`nodes[1]`: one node is supported so far",
            "`networking.ipFamily`: only IPv4 is supported so far",
            "`kubeadmConfigPatches`: there is no document of kind `JoinConfiguration`",
            "`containerdConfigPatches`: there is no counterpart",
        ],
    );
}

#[test]
fn a_patch_of_an_older_kubeadm_becomes_one_of_the_present_format() {
    converts(
        "kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
name: web
kubeadmConfigPatches:
- |
  apiVersion: kubeadm.k8s.io/v1beta3
  kind: ClusterConfiguration
  apiServer:
    certSANs: [a.example.org]
    extraArgs: {v: 4, profiling: false, audit-log-path: /var/log/a=b}
  etcd:
    local:
      extraArgs:
        quota-backend-bytes: '1024'
- |
  kind: InitConfiguration
  nodeRegistration:
    kubeletExtraArgs:
      node-labels: tier=web
- |
  apiVersion: kubeadm.k8s.io/v1beta4
  kind: ClusterConfiguration
  scheduler:
    extraArgs: [{name: v, value: '4'}]
- |
  apiVersion: kubelet.config.k8s.io/v1beta1
  kind: KubeletConfiguration
  maxPods: 50
",
        "apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata:
  name: web
spec:
  kubeadmConfigPatches:
  - |
    kind: ClusterConfiguration
    apiServer:
      certSANs:
      - a.example.org
      extraArgs:
      - name: v
        value: \"4\"
      - name: profiling
        value: \"false\"
      - name: audit-log-path
        value: /var/log/a=b
    etcd:
      local:
        extraArgs:
        - name: quota-backend-bytes
          value: \"1024\"
  - |
    kind: InitConfiguration
    nodeRegistration:
      kubeletExtraArgs:
      - name: node-labels
        value: tier=web
  - |
    kind: ClusterConfiguration
    scheduler:
      extraArgs:
      - name: v
        value: \"4\"
  - |
    apiVersion: kubelet.config.k8s.io/v1beta1
    kind: KubeletConfiguration
    maxPods: 50
",
        &[],
    );
}

#[test]
fn a_configuration_of_kipod_is_taken_over_and_the_rest_is_named() {
    converts(
        "apiVersion: v1alpha1
kind: ClusterConfig
name: lab
nodes: {controlPlanes: 1, workers: 2}
versions: {kubernetes: 1.34.2, crio: '1.34'}
localBuilds: {crunBinary: /opt/crun}
networking: {podSubnet: 10.50.0.0/16}
crioConfig: /opt/crio.conf
scheduler:
  configPath: /opt/scheduler.yaml
  extraArgs: {v: '4'}
",
        "apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata:
  name: lab
spec:
  kubernetesVersion: 1.34.2
  networking:
    podSubnet: 10.50.0.0/16
  kubeadmConfigPatchesJSON6902:
  - kind: ClusterConfiguration
    patch: |
      - op: add
        path: /scheduler/extraArgs/-
        value:
          name: config
          value: /etc/kinc-scheduler.yaml
      - op: add
        path: /scheduler/extraArgs/-
        value:
          name: v
          value: \"4\"
      - op: add
        path: /scheduler/extraVolumes
        value:
        - name: config
          hostPath: /etc/kinc-scheduler.yaml
          mountPath: /etc/kinc-scheduler.yaml
          readOnly: true
          pathType: File
  nodes:
  - role: control-plane
    extraMounts:
    - hostPath: /opt/crun
      containerPath: /usr/bin/crun
      readOnly: true
    - hostPath: /opt/crio.conf
      containerPath: /etc/crio/crio.conf.d/99-user.conf
      readOnly: true
    - hostPath: /opt/scheduler.yaml
      containerPath: /etc/kinc-scheduler.yaml
      readOnly: true
",
        &[
            "`versions.crio`: there is no counterpart",
            "`nodes.workers`: one node is supported so far",
        ],
    );
}

#[test]
fn the_environment_of_the_first_kinc_is_taken_over() {
    converts(
        "# As in the README\nexport CLUSTER_NAME=dev\nFORCE_PORT=6500\nKINC_ENABLE_FARO=true\n",
        "apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata:
  name: dev
spec:
  networking:
    apiServerPort: 6500
",
        &["`KINC_ENABLE_FARO`: there is no counterpart"],
    );
}

#[test]
fn what_is_nobodys_is_refused() {
    assert_eq!(
        convert("kind: Pod\napiVersion: v1\n"),
        Err("`Pod` of `v1` is neither kind's nor kipod's".to_owned())
    );
    assert_eq!(
        convert("a: b\n---\nc: d\n"),
        Err("expected one document".to_owned())
    );
}
