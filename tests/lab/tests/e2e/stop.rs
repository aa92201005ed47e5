//! A stop is short, and in order; what comes up again is whole soon.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::fixture::{Fixture, LIMIT, TOOLS};

#[test]
fn all_pods_of_the_system_are_ready_soon_after_active() -> Result<()> {
    let dev = Fixture::boot("soon")?;
    // Five seconds where a create takes ten: what slows one slows the other.
    let create = dev.ops().run("kinc create dev")?.ok()?.elapsed;
    let soon = create / 2;
    let is_soon = |what: &str| -> Result<()> {
        let took = dev.wait_for_system_pods()?;
        ensure!(
            took < soon,
            "after a {what} it took {took:?}; the create {create:?}"
        );
        Ok(())
    };
    is_soon("create")?;
    dev.ok("kinc stop dev")?;
    dev.ok("kinc start dev")?;
    is_soon("start")?;
    // What had early questions wait has given them away, and gets no others.
    let listeners = "podman exec kinc-dev-control-plane grep --count ':192B .* 0A ' /proc/net/tcp6";
    assert_eq!(dev.ok(listeners)?, "1\n");
    let held = dev.ok(
        "podman exec kinc-dev-control-plane systemctl show --property NAccepted,Result,ActiveState kinc-hold.socket",
    )?;
    ensure!(
        held.contains("Result=success\n") && held.contains("ActiveState=inactive\n"),
        "{held}"
    );
    Ok(())
}

/// A pod that takes a moment to end, and notes that it has.
fn slow(namespace: &str) -> String {
    let script = "trap 'sleep 1; echo ended > /mark/slow-'$0'; sync; exit' TERM; while :; do sleep 0.1; done";
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: slow, namespace: {namespace}}}\nspec:\n  \
         volumes: [{{name: mark, hostPath: {{path: /var/lib}}}}]\n  containers:\n  - name: coredns-like\n    \
         image: {TOOLS}\n    imagePullPolicy: Never\n    command: [sh, -c, {script:?}, {namespace}]\n    \
         volumeMounts: [{{name: mark, mountPath: /mark}}]\n"
    )
}

#[test]
fn a_stop_terminates_pods_gracefully_and_loses_no_acknowledged_write() -> Result<()> {
    let dev = Fixture::with_cluster("stop")?;
    dev.load_tools()?;
    for namespace in ["default", "kube-system"] {
        dev.apply(&slow(namespace))?;
        dev.kubectl(&format!(
            "--namespace {namespace} wait --for=condition=Ready --timeout=60s pod/slow"
        ))?;
    }
    let load = "podman exec kinc-dev-control-plane sh -c 'n=0; while kubectl create configmap load-$n --from-literal=n=$n; do n=$((n+1)); done'";
    let work = dev.ops().spawn(load)?;
    let acknowledged = || work.stdout().map_or(0, |printed| printed.lines().count());
    dev.host
        .wait_until("ten objects are written", LIMIT, || acknowledged() >= 10)?;
    let stop = dev.ops().run("kinc stop dev")?.ok()?;
    ensure!(
        stop.elapsed < Duration::from_secs(20),
        "stopping took {:?}",
        stop.elapsed
    );
    let written = acknowledged();
    drop(work);
    dev.ok("kinc start dev")?;
    for n in 0..written {
        dev.kubectl(&format!("get configmap load-{n}"))?;
    }
    for namespace in ["default", "kube-system"] {
        let mark = dev.in_node(&format!("cat /var/lib/slow-{namespace}"))?;
        ensure!(mark == "ended\n", "the pod in `{namespace}` left {mark:?}");
    }
    // etcd closed its database: that is its last word but for closing its ports.
    let closed = dev.in_node("sh -c 'cat /var/log/pods/kube-system_etcd-*/etcd/*.log'")?;
    ensure!(
        closed.contains("closed etcd server"),
        "etcd was not stopped in order: {closed}"
    );
    Ok(())
}
