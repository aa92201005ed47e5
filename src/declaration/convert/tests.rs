//! Whole configurations of others, and what becomes of them.

use super::*;
use crate::declaration::read::{self, Source};

fn source(text: &str) -> Source<'_> {
    Source {
        name: "c",
        text,
        directory: None,
    }
}

#[track_caller]
fn converts(text: &str, expected: &str, left_out: &[&str]) {
    let converted = convert(source(text)).unwrap();
    assert_eq!(converted.text, expected);
    let found: Vec<String> = converted.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(found, left_out);
    assert_eq!(read::parse(&[source(&converted.text)]).unwrap().len(), 1);
}

#[test]
fn a_kipod_configuration_is_converted_and_unsupported_settings_are_named() {
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
  - role: worker
    extraMounts:
    - hostPath: /opt/crun
      containerPath: /usr/bin/crun
      readOnly: true
    - hostPath: /opt/crio.conf
      containerPath: /etc/crio/crio.conf.d/99-user.conf
      readOnly: true
  - role: worker
    extraMounts:
    - hostPath: /opt/crun
      containerPath: /usr/bin/crun
      readOnly: true
    - hostPath: /opt/crio.conf
      containerPath: /etc/crio/crio.conf.d/99-user.conf
      readOnly: true
",
        &["`versions.crio`: there is no equivalent"],
    );
}

#[test]
fn the_environment_of_the_first_kinc_is_converted() {
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
        &["`KINC_ENABLE_FARO`: there is no equivalent"],
    );
}

#[test]
fn unknown_formats_are_rejected() {
    let refusal = |text| convert(source(text)).unwrap_err().problems.to_string();
    assert_eq!(
        refusal("kind: Pod\napiVersion: v1\n"),
        "c:1:1: `Pod` of `v1` is not a kind of kinc, kind or kipod"
    );
    assert_eq!(
        refusal("kind: Cluster\n"),
        "c:1:1: `apiVersion`: is missing"
    );
    assert_eq!(refusal(""), "`c` has no declaration in it");
}

#[test]
fn convert_and_apply_reject_the_same_api_versions_of_kind() {
    for version in ["kind.x-k8s.io/v1alpha3", "kind.sigs.k8s.io/v1alpha3"] {
        let text = format!("kind: Cluster\napiVersion: {version}\n");
        let expected = format!(
            "c:1:1: `{version}` is another version of kind's format; kind reads only `kind.x-k8s.io/v1alpha4`"
        );
        assert_eq!(
            convert(source(&text)).unwrap_err().problems.to_string(),
            expected
        );
        assert_eq!(
            read(&[source(&text)]).unwrap_err().problems.to_string(),
            expected
        );
    }
}

#[test]
fn a_kind_file_is_read_beside_declarations_with_problems_at_their_lines() {
    let kind = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: a\n";
    let ours = "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {name: b}\n";
    let names = |sources: &[Source<'_>]| {
        let clusters = read(sources).unwrap().clusters;
        let names = clusters.iter().map(|cluster| cluster.name.to_string());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&[source(kind), source(ours)]), ["a", "b"]);
    let both = format!("{ours}---\n{kind}");
    assert_eq!(names(&[source(&both)]), ["b", "a"]);
    let wrong = format!("{ours}---\n{kind}networking: {{podSubnet: 10.0.0.0/30}}\n");
    assert_eq!(
        read(&[source(&wrong)]).unwrap_err().problems.to_string(),
        "c:8:25: `spec.networking.podSubnet`: 10.0.0.0/30 must be between a /8 and a /24"
    );
}

#[test]
fn settings_that_would_be_lost_are_rejected_with_a_hint() {
    let text = "kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
networking: {ipFamily: dual}
";
    assert_eq!(
        read(&[source(text)]).unwrap_err().problems.to_string(),
        "c:3:24: `networking.ipFamily`: only IPv4 addresses are supported so far
`kinc convert c` prints a declaration of everything else"
    );
}

#[test]
fn a_kinc_declaration_is_not_converted() {
    let text = "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata:\n  name: a\n";
    converts(text, text, &[]);
}

#[test]
fn what_is_no_mapping_is_refused_alike_by_all() {
    for (text, found) in [
        (
            "- apiVersion: kind.x-k8s.io/v1alpha4\n  kind: Cluster\n",
            "a list",
        ),
        ("a cluster, please\n", "a string"),
        ("[]\n", "a list"),
        ("5\n", "a number"),
    ] {
        let expected =
            format!("c:1:1: expected a mapping with `apiVersion` and `kind`, found {found}");
        let converted = convert(source(text)).unwrap_err().problems.to_string();
        let applied = read(&[source(text)]).unwrap_err().problems.to_string();
        assert_eq!([converted, applied], [expected.clone(), expected]);
    }
}

#[test]
fn an_api_version_of_another_type_is_not_called_missing() {
    let refused = convert(source("kind: Cluster\napiVersion: [a]\n")).unwrap_err();
    let expected = "c:2:13: `apiVersion`: expected a string, found a list";
    assert_eq!(refused.problems.to_string(), expected);
}

#[test]
fn a_document_without_a_kind_behind_kinds_is_left_out_as_such() {
    let text = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n---\n- a\n";
    let left_out = convert(source(text)).unwrap().left_out;
    let said: Vec<String> = left_out.iter().map(ToString::to_string).collect();
    let expected = "c:4:1: this document is left out, because kind reads only the first document";
    assert_eq!(said, [expected]);
}
