//! A changed kubeadm.conf takes effect at the next start, as a whole, and the cluster keeps its data.
//!
//! The file is edited by hand here: what counts for the node is that it says something else.

use anyhow::{Context as _, Result, ensure};

use crate::fixture::{Fixture, LIMIT};

const CONFIG: &str = ".config/containers/systemd/kinc-dev/kinc-dev-control-plane.kubeadm.conf";

/// What the node keeps of the configuration that is in effect.
const IN_EFFECT: &str = "/etc/kubernetes/kinc/kubeadm.conf";

/// One change for each reader of the file: a line of it, and what follows that line then.
const CHANGES: [(&str, &str); 4] = [
    ("  certSANs:\n", "  - dev.example.org\n"),
    (
        "  - name: permit-port-sharing\n    value: \"true\"\n",
        "  - name: goaway-chance\n    value: \"0.001\"\n",
    ),
    ("failSwapOn: false\n", "maxPods: 42\n"),
    ("mode: nftables\n", "metricsBindAddress: 127.0.0.1:10777\n"),
];

/// Makes these changes to kubeadm.conf, and returns what it was before.
fn edit(dev: &Fixture, changes: &[(&str, &str)]) -> Result<String> {
    let before = dev.ops().read_file(CONFIG)?;
    let mut text = before.clone();
    for (line, more) in changes {
        ensure!(text.contains(line), "no `{line}` in {text}");
        text = text.replace(line, &format!("{line}{more}"));
    }
    dev.ops().write_file(CONFIG, &text)?;
    Ok(before)
}

/// Checks that each reader has its part of [`CHANGES`], and the node's note says so.
fn check_in_effect(dev: &Fixture) -> Result<()> {
    dev.in_node(
        "curl --silent --fail --cacert /etc/kubernetes/pki/ca.crt \
         --connect-to dev.example.org:6443:10.200.0.2:6443 https://dev.example.org:6443/readyz",
    )?;
    dev.in_node("pgrep --full -- ' --goaway-chance=0.001'")?;
    let pods = "get node kinc-dev-control-plane -o jsonpath={.status.allocatable.pods}";
    assert_eq!(dev.kubectl(pods)?, "42");
    for (name, part) in [("kubeadm", "goaway-chance"), ("kubelet", "maxPods: 42")] {
        let uploaded = dev.kubectl(&format!(
            "get configmap -n kube-system {name}-config -o yaml"
        ))?;
        ensure!(uploaded.contains(part), "{uploaded}");
    }
    // A pod of kube-proxy that read its configuration too early is replaced, soon but not at once.
    let metrics = "curl --silent --fail --output /dev/null http://127.0.0.1:10777/metrics";
    dev.host
        .wait_until("kube-proxy listens where it shall", LIMIT, || {
            dev.in_node(metrics).is_ok()
        })?;
    assert_eq!(
        dev.in_node(&format!("cat {IN_EFFECT}"))?,
        dev.ops().read_file(CONFIG)?
    );
    dev.check_is_whole()
}

/// Returns the sums of files in the node.
fn sums(dev: &Fixture, files: &str) -> Result<String> {
    dev.in_node(&format!("sh -c 'sha256sum {files}'"))
}

#[test]
fn each_part_of_a_changed_kubeadm_conf_takes_effect_and_data_stays() -> Result<()> {
    let dev = Fixture::with_cluster("reconfigure")?;
    dev.write_data()?;
    let others = "cd /etc/kubernetes && sha256sum $(find pki -type f ! -name apiserver.*) *.conf";
    let kept = dev.in_node(&format!("sh -c '{others}'"))?;
    let before = edit(&dev, &CHANGES)?;
    dev.ok("kinc restart dev")?;
    check_in_effect(&dev)?;
    dev.check_data()?;
    assert_eq!(dev.in_node(&format!("sh -c '{others}'"))?, kept);

    // Comments change nothing, and a start without a change has nothing to do.
    let certificate = sums(&dev, "/etc/kubernetes/pki/apiserver.crt")?;
    edit(&dev, &[("failSwapOn: false\n", "\n  # Not now.\n")])?;
    dev.ok("kinc restart dev")?;
    dev.in_node("test ! -e /run/kinc/reconfigured")?;

    // One change of another kind leaves the certificate alone.
    edit(&dev, &[("maxPods: 42\n", "maxOpenFiles: 500000\n")])?;
    dev.ok("kinc restart dev")?;
    dev.in_node("grep maxOpenFiles /var/lib/kubelet/config.yaml")?;
    assert_eq!(
        sums(&dev, "/etc/kubernetes/pki/apiserver.crt")?,
        certificate
    );

    // kinc itself writes the former file, restarts the node for it, and so brings back what was.
    dev.ok("kinc create dev --yes")?;
    assert_eq!(dev.ops().read_file(CONFIG)?, before);
    let names = dev
        .in_node("openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -ext subjectAltName")?;
    ensure!(!names.contains("dev.example.org"), "{names}");
    ensure!(dev.in_node("pgrep --full goaway-chance").is_err());
    dev.check_is_whole()?;
    dev.check_data()
}

#[test]
fn a_configuration_rejected_at_the_start_changes_nothing_and_can_be_reverted() -> Result<()> {
    let dev = Fixture::with_cluster("refused")?;
    dev.kubectl("create configmap survivor --from-literal=a=b")?;
    dev.ok("kinc stop dev")?;
    let sums = "cd ~/.local/share/kinc/clusters/dev/kinc-dev-control-plane; \
                podman unshare find kubernetes var/lib/etcd var/lib/kubelet -type f -exec sha256sum {} + | sort";
    let untouched = dev.ok(sums)?;
    let before = edit(&dev, &[("failSwapOn: false\n", "failSwapOnn: false\n")])?;
    let start = dev.fails("kinc start dev")?;
    let cause = "kubeadm rejects kubeadm.conf: error unmarshaling configuration";
    ensure!(start.stderr.contains(cause), "{}", start.stderr);
    ensure!(
        start.stderr.contains("unknown field \"failSwapOnn\"")
            && start.stderr.contains("(exit code 78)"),
        "{}",
        start.stderr
    );
    let status = dev.property("StatusText")?;
    ensure!(status.starts_with(&format!("failed: {cause}")), "{status}");
    assert_eq!(dev.property("ExecMainStatus")?, "78");
    assert_eq!(dev.property("NRestarts")?, "0");
    assert_eq!(dev.ok(sums)?, untouched);

    dev.ops().write_file(CONFIG, &before)?;
    dev.ok("kinc start dev")?;
    dev.in_node("test ! -e /run/kinc/reconfigured")?;
    assert_eq!(
        dev.kubectl("get configmap survivor -o jsonpath={.data.a}")?,
        "b"
    );
    Ok(())
}

/// Makes a node image whose kubeadm refuses everything.
const MAKE_REFUSING: &str = r#"
set -e
mkdir -p refuses
printf '#!/bin/sh\necho "W1 validation.go:79] WARNING: a warning" >&2\necho "error: no such thing" >&2\nexit 1\n' > refuses/kubeadm
chmod 755 refuses/kubeadm
printf 'FROM localhost/kinc/node:v1.36.3\nCOPY kubeadm /usr/bin/kubeadm\n' > refuses/Containerfile
podman build --quiet --tag localhost/lab/refuses:1 refuses
"#;

#[test]
fn a_configuration_that_kubeadm_rejects_is_reported_before_anything_is_written() -> Result<()> {
    let dev = Fixture::with_cluster("refused-apply")?;
    dev.ok(MAKE_REFUSING)?;
    edit(&dev, &[("failSwapOn: false\n", "maxPods: 42\n")])?;
    dev.ops().write_file(
        "dev.yaml",
        "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {name: dev}\n\
         spec: {image: 'localhost/lab/refuses:1'}\n",
    )?;
    let files = "sha256sum ~/.config/containers/systemd/kinc-dev/*";
    let before = dev.ok(files)?;
    let apply = dev.fails("kinc apply --yes -f dev.yaml")?;
    assert_eq!(
        apply.stderr,
        "error: kubeadm rejects the configuration of cluster `dev`: no such thing\n"
    );
    assert_eq!(dev.ok(files)?, before);
    assert_eq!(dev.property("ActiveState")?, "active");
    Ok(())
}

#[test]
fn a_change_interrupted_by_a_power_cut_is_completed_at_the_next_boot() -> Result<()> {
    let dev = Fixture::with_cluster("powercut-change")?;
    dev.write_data()?;
    edit(&dev, &CHANGES)?;
    let restart = dev.ops().spawn("kinc restart dev")?;
    dev.host.wait_until("the change is half-way", LIMIT, || {
        dev.in_node(&format!("test ! -e {IN_EFFECT}")).is_ok()
    })?;
    dev.host.power_cut()?;
    drop(restart);
    dev.host.power_on()?;
    dev.wait_until_ready()?;
    check_in_effect(&dev)?;
    dev.check_data()
}

#[test]
fn a_half_applied_change_is_reverted_by_the_former_file() -> Result<()> {
    let dev = Fixture::with_cluster("half-change")?;
    let configured = "/etc/kubernetes/manifests/* /var/lib/kubelet/*.yaml /var/lib/kubelet/*.env";
    let former = sums(&dev, configured)?;
    // As left by a power cut: a key without its certificate, and one of the manifests.
    dev.in_node("sh -c 'cp /etc/kubernetes/pki/sa.key /etc/kubernetes/pki/apiserver.key'")?;
    dev.in_node("sed -i s/leader-elect=false/leader-elect=true/ /etc/kubernetes/manifests/kube-scheduler.yaml")?;
    dev.in_node(&format!("rm {IN_EFFECT}"))?;
    dev.ok("kinc restart dev")
        .context("the cluster does not come up")?;
    assert_eq!(sums(&dev, configured)?, former);
    dev.in_node(&format!("test -s {IN_EFFECT}"))?;
    dev.check_is_whole()
}
