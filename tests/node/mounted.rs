//! What the user has mounted in the directories of the data is not a cluster, and nothing is removed through it.

use std::fs;

use super::tree::Tree;

/// Has these be mounted in the node: paths below the temporary directory, as the kernel prints them.
fn mount(node: &Tree, paths: &[&str]) {
    let root = node.path().display();
    let line =
        |path: &&str| format!("36 35 98:0 /host {root}/{path} rw,noatime - ext4 /dev/sda rw\n");
    let lines: String = paths.iter().map(line).collect();
    fs::write(node.path().join("self/mountinfo"), lines).unwrap();
}

/// Returns what there is of the node's files, links aside.
fn files(node: &Tree, place: &str) -> String {
    node.run(&format!("cd $root && find {place} -type f | sort"))
}

fn state(node: &Tree) -> String {
    node.run("rm -rf $root/etcd; . $root/kinc/lib; . $root/kinc/state; read_state; echo $state")
}

#[test]
fn a_file_mounted_beside_those_of_kubeadm_is_not_a_cluster() {
    let node = Tree::new();
    node.run("mkdir -p $root/kubernetes/{pki,manifests}; echo x | tee $root/kubernetes/pki/{oidc.crt,'a b.crt'}");
    mount(
        &node,
        &["kubernetes/pki/oidc.crt", r"kubernetes/pki/a\040b.crt"],
    );
    assert_eq!(state(&node), "nothing\n");
    node.run("echo x > $root/kubernetes/pki/sa.pub");
    assert_eq!(state(&node), "half-done\n");
}

#[test]
fn an_incomplete_cluster_is_moved_aside_without_its_mounts() {
    let node = Tree::new();
    node.run(
        "cd $root; mkdir -p kubernetes/{pki,.kinc,policies/deep} kubelet/{pki,seccomp}
         for file in kubernetes/{.kinc/uid,admin.conf,pki/ca.key,pki/oidc.crt,policies/deep/audit.yaml} \
           kubelet/{config.json,config.yaml,seccomp/own.json} etcd/member; do echo x > $file; done",
    );
    mount(
        &node,
        &[
            "kubernetes/pki/oidc.crt",
            "kubernetes/policies",
            "kubelet/config.json",
        ],
    );
    node.run(". $root/kinc/lib; . $root/kinc/state; . $root/kinc/aside; set_aside");
    assert_eq!(
        files(&node, "kubernetes kubelet half-done etcd 2> /dev/null"),
        "half-done/etcd/member\n\
         half-done/kubernetes/admin.conf\n\
         half-done/kubernetes/pki/ca.key\n\
         kubelet/config.json\n\
         kubernetes/.kinc/uid\n\
         kubernetes/pki/oidc.crt\n\
         kubernetes/policies/deep/audit.yaml\n"
    );
    assert_eq!(state(&node), "nothing\n");
}

#[test]
fn only_empty_mount_points_of_former_mounts_are_removed() {
    let node = Tree::new();
    let start =
        ". $root/kinc/state; . $root/kinc/aside; set -eE; trap 'echo failed' ERR; drop_points";
    assert_eq!(node.run(start), "");
    node.run(
        "cd $root; mkdir -p kubernetes/{.kinc,manifests,policies,full} kubelet
         echo x > kubernetes/full/mine; touch kubernetes/manifests/{one,two,empty}.yaml kubelet/config.json",
    );
    let all = [
        "kubernetes/manifests/one.yaml",
        "kubernetes/manifests/two.yaml",
        "kubernetes/policies",
        "kubernetes/full",
        "kubelet/config.json",
        "elsewhere",
    ];
    mount(&node, &all);
    assert_eq!(node.run(start), "");
    mount(&node, &all[1..2]);
    node.run("echo x > $root/kubelet/config.json");
    assert_eq!(node.run(start), "");
    assert_eq!(
        node.run("cd $root && find kubernetes kubelet ! -path '*/.kinc*' | sort"),
        "kubelet\nkubelet/config.json\nkubernetes\nkubernetes/full\nkubernetes/full/mine\n\
         kubernetes/manifests\nkubernetes/manifests/empty.yaml\nkubernetes/manifests/two.yaml\n"
    );
    mount(&node, &[]);
    assert_eq!(node.run(start), "");
    assert_eq!(
        files(&node, "kubernetes/manifests"),
        "kubernetes/manifests/empty.yaml\n"
    );
}
