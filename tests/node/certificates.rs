//! The certificate that kubelet serves with: it makes one where there is none, and never looks at its end.

use super::tree::Tree;

/// Makes the one that kubelet serves with, for a year. Of all others there is one for ten years, the CA itself.
const MAKE: &str = r"
make() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=node -days $2 \
    -keyout $1.key -out $1.crt 2> /dev/null
}
pki=$root/kubernetes/pki
mkdir -p $pki/etcd $root/kubelet/pki
make $pki/ca 3650
cp $pki/ca.crt $pki/etcd/ca.crt
cp $pki/ca.crt $pki/front-proxy-ca.crt
cp $pki/ca.crt $root/kubelet/pki/kubelet-client-current.pem
make $root/kubelet/pki/kubelet 365
touch $root/run/started
";

/// Runs lines of bash so many days from now.
fn run(node: &Tree, days: u32, lines: &str) -> String {
    let clock =
        format!("now=$EPOCHSECONDS; unset EPOCHSECONDS; EPOCHSECONDS=$((now + {days} * 86400))");
    node.run(&format!("{clock}\n{lines}"))
}

/// Tells whether a start finds nothing to renew.
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
fn a_serving_certificate_that_ends_within_a_month_goes_so_that_kubelet_makes_another() {
    let node = Tree::new();
    node.run(MAKE);
    assert!(is_valid(&node, 0));
    assert_eq!(renew(&node, 0), (String::new(), [true; 2]));
    for days in [340, 400] {
        node.run(MAKE);
        assert!(!is_valid(&node, days), "{days}");
        let said = "status: making certificates anew: kubelet.crt\n";
        assert_eq!(renew(&node, days), (said.to_owned(), [false; 2]));
    }
    // As where the cluster's CA signs it and kubelet renews it (serverTLSBootstrap).
    assert!(is_valid(&node, 400));
}

#[test]
fn half_of_a_serving_certificate_goes_since_kubelet_starts_with_both_files_or_none() {
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
