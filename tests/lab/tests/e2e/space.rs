//! A cluster whose etcd has reached its quota says so, and the command that it names helps.

use anyhow::{Context as _, Result, ensure};

use crate::fixture::{Fixture, LIMIT};

const DECLARATION: &str = r#"
apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata: {name: dev}
spec:
  kubeadmConfigPatches:
  - |
    kind: ClusterConfiguration
    etcd: {local: {extraArgs: [{name: quota-backend-bytes, value: "16777216"}]}}
"#;

/// How the unit's status line begins.
const FULL: &str =
    "ready, but etcd has no space (NOSPACE), and nothing can be written; make room: ";

/// Writes an object again until etcd takes no more; each time the former one is history.
const FILL: &str = r"
head -c 500000 /dev/urandom | base64 -w 0 > /run/big
for n in $(seq 60); do
  kubectl create configmap big --from-file=/run/big --from-literal=n=$n --dry-run=client -o yaml > /run/big.yaml
  kubectl replace --force -f /run/big.yaml || exit 0
done
exit 1
";

fn says_full(dev: &Fixture) -> Result<bool> {
    Ok(dev.property("StatusText")?.starts_with(FULL))
}

#[test]
fn a_full_etcd_is_reported_and_the_shown_command_frees_space() -> Result<()> {
    let dev = Fixture::boot("no-space")?;
    dev.ops().write_file("dev.yaml", DECLARATION)?;
    dev.ok("kinc apply --yes -f dev.yaml")?;
    let in_node = "podman exec --interactive kinc-dev-control-plane bash -s";
    dev.ops().with_stdin(FILL).run(in_node)?.ok()?;
    let told = || says_full(&dev).is_ok_and(|is| is);
    dev.host.wait_until("the unit says it", LIMIT, told)?;
    let list = dev.ok("kinc list")?;
    ensure!(list.contains("degraded"), "{list}");
    let status = dev.ops().run("kinc status dev")?;
    assert_eq!(status.status, 3);
    ensure!(
        status.stdout.contains(": etcd has no space (NOSPACE)"),
        "{}",
        status.stdout
    );

    // A start says the same, and the node is up, so that somebody can do something about it.
    let restart = dev.ops().run("kinc restart dev")?.ok()?;
    ensure!(restart.stderr.contains(FULL), "{}", restart.stderr);
    dev.host.wait_until("the unit says it again", LIMIT, told)?;

    // A change that a start cannot write does not take the cluster down, and is not forgotten.
    dev.ops()
        .write_file("dev.yaml", &DECLARATION.replace("16777216", "33554432"))?;
    dev.ok("kinc apply --yes -f dev.yaml")?;
    assert_eq!(dev.property("NRestarts")?, "0");
    dev.host
        .wait_until("the unit says it once more", LIMIT, told)?;

    let status = dev.property("StatusText")?;
    let command = status.strip_prefix(FULL).context("no command")?;
    let made = dev.ok(command)?;
    ensure!(made.contains("of 32 MiB in use"), "{made}");
    let noted = "podman exec kinc-dev-control-plane cmp /etc/kinc/kubeadm.conf /etc/kubernetes/kinc/kubeadm.conf";
    dev.ok(noted)?;
    dev.kubectl("create configmap survivor --from-literal=a=b")?;
    let gone = || says_full(&dev).is_ok_and(|is| !is);
    dev.host.wait_until("the unit says nothing", LIMIT, gone)?;
    dev.check_is_whole()
}
