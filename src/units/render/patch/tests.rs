//! Patches of kubeadm's configuration: what becomes of it, and what is refused where.

use super::*;
use crate::model::problem::Lines;

const CONF: &str = "# Generated\nkind: ClusterConfiguration\nclusterName: kinc-dev\napiServer:\n  certSANs:\n  - localhost\n---\nkind: KubeletConfiguration\nfailSwapOn: false\n";

fn merging(kind: &str, text: &str) -> KubernetesSettings {
    KubernetesSettings {
        patches: vec![Patch {
            kind: kind.to_owned(),
            text: text.to_owned(),
            lines: Lines::default(),
        }],
        ..KubernetesSettings::default()
    }
}

fn operating(kind: &str, patch: &str) -> KubernetesSettings {
    KubernetesSettings {
        json_patches: vec![JsonPatch {
            kind: kind.to_owned(),
            patch: patch.to_owned(),
            lines: Lines::default(),
        }],
        ..KubernetesSettings::default()
    }
}

#[test]
fn without_a_patch_the_text_is_unchanged() {
    let none = KubernetesSettings::default();
    assert_eq!(patched(CONF, &none).as_deref(), Ok(CONF));
}

#[test]
fn a_part_is_merged_into_the_document_of_its_kind() {
    let patch = "kind: KubeletConfiguration\nmaxPods: 50\nfailSwapOn: null\n";
    let expected = "# Generated\nkind: ClusterConfiguration\nclusterName: kinc-dev\napiServer:\n  certSANs:\n  - localhost\n---\nkind: KubeletConfiguration\nmaxPods: 50\n";
    let settings = merging("KubeletConfiguration", patch);
    assert_eq!(patched(CONF, &settings).as_deref(), Ok(expected));
}

#[test]
fn operations_apply_to_the_document_of_their_kind() {
    let patch = "- {op: add, path: /apiServer/certSANs/-, value: 192.0.2.7}\n";
    let settings = operating("ClusterConfiguration", patch);
    let text = patched(CONF, &settings).unwrap();
    assert!(text.contains("  - localhost\n  - 192.0.2.7\n"), "{text}");
}

#[test]
fn arguments_become_a_list_of_strings() {
    let listed = "apiServer: {extraArgs: [{name: v, value: 010}]}\n";
    let mapped = "apiServer: {extraArgs: {v: 010}}\n";
    for text in [listed, mapped] {
        let text = patched(CONF, &merging("ClusterConfiguration", text)).unwrap();
        let expected = "  extraArgs:\n  - name: v\n    value: \"010\"\n";
        assert!(text.contains(expected), "{text}");
    }
    let patch = "- {op: add, path: /apiServer/extraArgs, value: []}\n\
                 - {op: add, path: /apiServer/extraArgs/-, value: {name: v, value: 4}}\n";
    let text = patched(CONF, &operating("ClusterConfiguration", patch)).unwrap();
    assert!(text.contains("  - name: v\n    value: \"4\"\n"), "{text}");
}

#[test]
fn a_fixed_field_is_rejected_at_its_place() {
    let place = |line, column, length| Place {
        source: "c".to_owned(),
        span: Span::new(line, column, length),
    };
    let mut settings = merging("KubeletConfiguration", "maxPods: 50\nstaticPodPath: /srv\n");
    settings.patches[0].lines = Lines::new([place(7, 5, 0), place(8, 5, 0)]);
    assert_eq!(
        patched(CONF, &settings),
        Err(Refused {
            field: Field::KubeadmConfigPatches,
            place: Some(place(8, 20, 4)),
            reason: "`staticPodPath` of KubeletConfiguration cannot be changed by a patch: the \
                     node has its static pods in /etc/kubernetes/manifests"
                .to_owned(),
        })
    );
}

#[test]
fn only_the_final_document_is_checked_for_fixed_fields() {
    let both =
        "- {op: remove, path: /clusterName}\n- {op: add, path: /clusterName, value: kinc-dev}\n";
    let text = patched(CONF, &operating("ClusterConfiguration", both)).unwrap();
    assert!(text.contains("clusterName: kinc-dev\n"), "{text}");
    // One that is broken, repaired and broken again is refused where that was done last.
    let place = |line| Place {
        source: "c".to_owned(),
        span: Span::new(line, 1, 0),
    };
    let last = "- {op: replace, path: /clusterName, value: other}\n";
    let mut settings = operating("ClusterConfiguration", &format!("{both}{last}"));
    settings.json_patches[0].lines = Lines::new([place(1), place(2), place(3)]);
    let refused = patched(CONF, &settings).unwrap_err();
    assert_eq!(refused.place.map(|place| place.span.line), Some(3));
    // A part may break what an operation repairs.
    let mut settings = merging("ClusterConfiguration", "clusterName: other\n");
    let mend = "- {op: replace, path: /clusterName, value: kinc-dev}\n";
    settings.json_patches = operating("ClusterConfiguration", mend).json_patches;
    assert!(patched(CONF, &settings).is_ok());
}

#[test]
fn the_name_of_an_argument_comes_first() {
    let patch = "apiServer: {extraArgs: [{value: 4, name: v}]}\n";
    let text = patched(CONF, &merging("ClusterConfiguration", patch)).unwrap();
    assert!(text.contains("  - name: v\n    value: \"4\"\n"), "{text}");
}

#[test]
fn an_operation_is_rejected_at_its_place() {
    let place = |line| Place {
        source: "c".to_owned(),
        span: Span::new(line, 7, 0),
    };
    let patch = "- {op: add, path: /maxPods, value: 50}\n- {op: remove, path: /nope}\n";
    let mut settings = operating("KubeletConfiguration", patch);
    settings.json_patches[0].lines = Lines::new([place(27), place(28)]);
    let refused = patched(CONF, &settings).unwrap_err();
    let span = refused.place.map(|place| place.span);
    assert_eq!(span, Some(Span::new(28, 9, 1)));
    assert_eq!(
        refused.reason,
        "operation 2 on KubeletConfiguration does not apply: there is no `/nope`"
    );
}

#[test]
fn a_field_that_kubeadm_does_not_have_is_rejected_where_an_operation_adds_it() {
    let place = |line| Place {
        source: "c".to_owned(),
        span: Span::new(line, 7, 0),
    };
    let why = |patch: &str| {
        let mut settings = operating("ClusterConfiguration", patch);
        settings.json_patches[0].lines = Lines::new((1..9).map(place));
        let refused = patched(CONF, &settings).unwrap_err();
        let line = refused.place.map(|place| place.span.line);
        (refused.reason, line)
    };
    let cases = [
        (
            "- {op: add, path: /apiServer/extraArg, value: {v: '4'}}\n",
            "apiServer.extraArg",
            1,
        ),
        (
            "- op: add\n  path: /scheduler\n  value:\n    extraArgs: {v: '4'}\n    extraEnv: []\n",
            "scheduler.extraEnv",
            5,
        ),
        (
            "- {op: copy, from: /apiServer, path: /apiserver}\n",
            "apiserver",
            1,
        ),
        (
            "- op: add\n  path: /apiServer/extraVolumes\n  value:\n  - name: a\n    hostpath: /a\n",
            "apiServer.extraVolumes[0].hostpath",
            5,
        ),
    ];
    for (patch, field, line) in cases {
        let reason = format!("`{field}` of ClusterConfiguration: kubeadm has no such field");
        assert_eq!(why(patch), (reason, Some(line)));
    }
    let taken_back = "- {op: add, path: /hold, value: a}\n- {op: remove, path: /hold}\n";
    assert!(patched(CONF, &operating("ClusterConfiguration", taken_back)).is_ok());
}

#[test]
fn only_a_node_local_dns_cache_may_replace_cluster_dns() {
    let naming = |server: &str| {
        let text = format!("clusterDNS: [{server}]\n");
        patched(CONF, &merging("KubeletConfiguration", &text)).is_ok()
    };
    assert!(naming("169.254.20.10"));
    assert!(!naming("10.96.0.53"));
}

#[test]
fn mistyped_and_fixed_fields_are_rejected() {
    let cases = [
        (
            merging("Cluster", "kind: Cluster\n"),
            "there is no Cluster to change",
        ),
        (
            merging("ClusterConfiguration", "clusterName: other\n"),
            "`clusterName` of ClusterConfiguration cannot be changed by a patch: \
             it follows from `metadata.name`",
        ),
        (
            operating(
                "ClusterConfiguration",
                "- {op: remove, path: /clusterName}\n",
            ),
            "`clusterName` of ClusterConfiguration cannot be changed by a patch: \
             it follows from `metadata.name`",
        ),
        (
            merging("ClusterConfiguration", "kind: Other\n"),
            "`kind` of ClusterConfiguration cannot be changed by a patch",
        ),
        (
            merging(
                "ClusterConfiguration",
                "etcd: {local: {imageTag: 3.7.3-0}}\n",
            ),
            "`etcd.local.imageTag` of ClusterConfiguration cannot be changed by a patch: \
             the node image brings the images of all parts; take another with `spec.image`",
        ),
        (
            merging(
                "ClusterConfiguration",
                "imageRepository: registry.example\n",
            ),
            "`imageRepository` of ClusterConfiguration cannot be changed by a patch: \
             the node image brings the images of all parts; take another with `spec.image`",
        ),
        (
            merging(
                "ClusterConfiguration",
                "controllerManager: {extraArgs: [{name: allocate-node-cidrs, value: 'true'}]}\n",
            ),
            "`controllerManager.extraArgs.allocate-node-cidrs` of ClusterConfiguration cannot be \
             changed by a patch: each node takes its part of `spec.networking.podSubnet` by its \
             address",
        ),
    ];
    for (settings, reason) in cases {
        assert_eq!(patched(CONF, &settings).unwrap_err().reason, reason);
    }
    let missing = operating("KubeletConfiguration", "- {op: remove, path: /maxPods}\n");
    assert_eq!(
        patched(CONF, &missing),
        Err(Refused {
            field: Field::KubeadmConfigPatchesJson6902,
            place: None,
            reason: "operation 1 on KubeletConfiguration does not apply: there is no `/maxPods`"
                .to_owned(),
        })
    );
}
