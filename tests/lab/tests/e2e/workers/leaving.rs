//! Workers that leave: what is said before, what hinders it, and what goes with them.

use anyhow::{Result, ensure};

use super::nodes::Workers;
use crate::fixture::LIMIT;

/// Nothing may evict the pod with the data.
const BUDGET: &str = r"
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: held}
spec: {minAvailable: 1, selector: {matchLabels: {app: holder}}}
";

/// A drain that a budget hinders gives up after the time that it has, and leaves the cluster as it was.
fn a_failed_drain_is_taken_back(dev: &Workers) -> Result<()> {
    let refused = dev.fails("kinc apply --yes --delete-local-data --timeout 20 -f dev.yaml")?;
    ensure!(refused.stderr.contains("draining it"), "{}", refused.stderr);
    let nodes = dev.kubectl("get nodes --output json")?;
    ensure!(nodes.contains(r#""key": "node-role.kubernetes.io/control-plane""#));
    ensure!(!nodes.contains("unschedulable") && !nodes.contains("kinc.dev/draining"));
    Ok(())
}

/// A node without data goes, and disturbs nobody; one with the data of a claim only when that is wanted.
pub(super) fn nodes_leave_in_order(dev: &Workers) -> Result<()> {
    let nodes = || dev.kubectl("get nodes --output name");
    dev.declare(&["labels: {disk: ssd}"])?;
    let plan = dev.ops().run("kinc plan -f dev.yaml")?.stdout;
    ensure!(
        plan.starts_with("dev: remove kinc-dev-worker2 with its data\n"),
        "{plan}"
    );
    let drain = "  kinc-dev-worker2: cordon and drain, for at most 5min";
    ensure!(plan.contains(drain), "{plan}");
    dev.ok("kinc apply --yes -f dev.yaml")?;
    assert_eq!(
        nodes()?,
        "node/kinc-dev-control-plane\nnode/kinc-dev-worker\n"
    );
    dev.check_data()?;

    dev.declare(&[])?;
    let refused = dev.fails("kinc apply --yes -f dev.yaml")?.stderr;
    let expected =
        "error: the volumes of default/held are on `kinc-dev-worker`, and would be removed with it";
    ensure!(refused.contains(expected), "{refused}");
    dev.check_data()?;
    dev.apply(BUDGET)?;
    let plan = || Ok::<_, anyhow::Error>(dev.ops().run("kinc plan -f dev.yaml")?.stdout);
    for words in [
        "PodDisruptionBudget default/held allows no eviction now",
        "lose default/holder: without a controller",
        "lose the data of default/held",
    ] {
        dev.host.wait_until(words, LIMIT, || {
            plan().is_ok_and(|plan| plan.contains(&format!("  kinc-dev-worker: {words}\n")))
        })?;
    }
    dev.ok("systemctl --user stop kinc-dev-control-plane")?;
    let down = plan()?;
    let unknown = "could not ask what is on it: cluster `dev` is not ready";
    ensure!(down.contains(unknown), "{down}");
    dev.ok("kinc start dev")?;
    a_failed_drain_is_taken_back(dev)?;
    dev.kubectl("delete pdb held")?;
    dev.ok("kinc apply --yes --delete-local-data -f dev.yaml")?;
    assert_eq!(nodes()?, "node/kinc-dev-control-plane\n");
    dev.host.wait_until("the claim is gone", dev.limit, || {
        dev.kubectl("get pv,pvc --all-namespaces --output name")
            .is_ok_and(|left| left.is_empty())
    })?;
    // The only node runs all workloads again.
    assert_eq!(
        dev.kubectl("get nodes --output jsonpath={.items[*].spec.taints}")?,
        ""
    );
    Ok(())
}
