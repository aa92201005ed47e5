//! What a start makes again of the node's certificates: what has ended or soon will, and what is damaged.

use super::tree::Tree;

/// Makes the one that kubelet serves with, for a year. Of all others there is one for ten years, the CA itself.
const MAKE: &str = r#"
make() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=node -days $2 \
    -keyout $1.key -out $1.crt 2> /dev/null
}
pki=$root/kubernetes/pki
mkdir -p $pki/etcd $root/kubelet/pki
make $pki/ca 3650
cp $pki/ca.crt $pki/etcd/ca.crt
cp $pki/ca.crt $pki/front-proxy-ca.crt
cp $pki/ca.key $pki/etcd/ca.key
cp $pki/ca.key $pki/front-proxy-ca.key
cp $pki/ca.crt $root/kubelet/pki/kubelet-client-current.pem
for leaf in apiserver apiserver-kubelet-client apiserver-etcd-client front-proxy-client etcd/server etcd/peer etcd/healthcheck-client; do
  cp $pki/ca.crt $pki/$leaf.crt
  cp $pki/ca.key $pki/$leaf.key
done
for name in super-admin admin controller-manager scheduler; do
  echo "    client-certificate-data: $(base64 -w 0 < $pki/ca.crt)" > $root/kubernetes/$name.conf
done
touch $root/kubernetes/kubelet.conf
make $root/kubelet/pki/kubelet 365
touch $root/run/started
"#;

/// Runs lines of bash so many days from now.
fn run(node: &Tree, days: u32, lines: &str) -> String {
    let clock =
        format!("now=$EPOCHSECONDS; unset EPOCHSECONDS; EPOCHSECONDS=$((now + {days} * 86400))");
    node.run(&format!("{clock}\n{lines}"))
}

/// Returns whether a start finds nothing to renew.
fn is_valid(node: &Tree, days: u32) -> bool {
    let lines = ". $root/kinc/certificates; ! all_valid || echo valid";
    run(node, days, lines) == "valid\n"
}

/// Does what a start does where something is to be renewed. Returns what it says, and which files kubelet finds.
fn renew(node: &Tree, days: u32) -> (String, [bool; 2]) {
    let said = run(node, days, ". $root/kinc/renew");
    let pki = node.path().join("kubelet/pki");
    (
        said,
        ["kubelet.crt", "kubelet.key"].map(|name| pki.join(name).exists()),
    )
}

#[test]
fn a_serving_certificate_that_expires_within_a_month_is_removed_for_renewal() {
    let node = Tree::new();
    node.run(MAKE);
    assert!(is_valid(&node, 0));
    assert_eq!(renew(&node, 0), (String::new(), [true; 2]));
    for days in [340, 400] {
        node.run(MAKE);
        assert!(!is_valid(&node, days), "{days}");
        let said = "status: renewing certificates: kubelet.crt\n";
        assert_eq!(renew(&node, days), (said.to_owned(), [false; 2]));
    }
    // As where the cluster's CA signs it and kubelet renews it (serverTLSBootstrap).
    assert!(is_valid(&node, 400));
}

#[test]
fn an_incomplete_serving_certificate_is_removed() {
    let node = Tree::new();
    for half in [
        "rm kubelet.key",
        "rm kubelet.crt",
        ": > kubelet.key",
        ": > kubelet.crt",
    ] {
        node.run(&format!("{MAKE}\ncd $root/kubelet/pki && {half}"));
        assert!(!is_valid(&node, 0), "{half}");
        assert_eq!(renew(&node, 0), (String::new(), [false; 2]), "{half}");
        assert!(is_valid(&node, 0), "{half}");
    }
}

/// Says which certificates a start makes again: what is said before kubeadm is asked to.
fn made_anew(damage: &str) -> String {
    let node = Tree::new();
    node.run(&format!("{MAKE}\n{damage}"));
    assert!(!is_valid(&node, 0), "{damage}");
    node.program("bin/unshare", "echo asked >&2; exit 1");
    node.run("(. $root/kinc/renew) | head -n 1")
}

#[test]
fn a_damaged_certificate_or_key_is_renewed_by_the_existing_ca() {
    let rows = [
        ("echo garbage > $pki/apiserver.crt", "apiserver.crt"),
        ("head -c 200 $pki/ca.crt > $pki/etcd/peer.crt", "peer.crt"),
        (": > $pki/front-proxy-client.key", "front-proxy-client.crt"),
        (
            "rm $pki/apiserver-etcd-client.crt",
            "apiserver-etcd-client.crt",
        ),
        ("rm $pki/etcd/server.key", "server.crt"),
        (
            "echo garbage > $root/kubernetes/scheduler.conf",
            "scheduler.conf",
        ),
        (
            "rm $root/kubernetes/controller-manager.conf",
            "controller-manager.conf",
        ),
        (
            "echo garbage > $root/kubelet/pki/kubelet-client-current.pem",
            "kubelet-client-current.pem",
        ),
        // As after half of a backup was put back.
        ("make $pki/apiserver 365", "apiserver.crt"),
    ];
    for (damage, name) in rows {
        let said = format!("status: renewing certificates: {name}\n");
        assert_eq!(made_anew(damage), said, "{damage}");
    }
}

#[test]
fn a_removed_super_admin_is_not_recreated() {
    let node = Tree::new();
    node.run(&format!("{MAKE}\nrm $root/kubernetes/super-admin.conf"));
    assert!(is_valid(&node, 0));
}

#[test]
fn a_damaged_ca_fails_the_node_without_retry_and_names_what_to_restore() {
    for (ca, name) in [
        ("ca", "ca"),
        ("etcd/ca", "etcd/ca"),
        ("front-proxy-ca", "front-proxy-ca"),
    ] {
        let node = Tree::new();
        node.run(&format!("{MAKE}\necho garbage > $pki/{ca}.crt"));
        assert!(!is_valid(&node, 0), "{ca}");
        let k8s = node.path().join("kubernetes").display().to_string();
        let said = node.run("(. $root/kinc/renew); echo $?");
        assert_eq!(
            said,
            format!(
                "status: failed: {k8s}/pki/{name}.crt cannot be read; restore {k8s}, or delete the cluster\n74\n"
            )
        );
    }
}
