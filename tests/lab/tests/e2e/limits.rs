//! On a host with cgroup controllers pods are where Kubernetes means them to be, and limits hold.
//!
//! Nothing of the lab's settings for hosts without controllers is there: these are the defaults.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::fixture::{Fixture, TOOLS};

/// One pod of each class: its name, its resources, and what it does.
const PODS: [(&str, &str, &str); 3] = [
    (
        "guaranteed",
        "{limits: {cpu: 100m, memory: 64Mi}}",
        "while :; do :; done",
    ),
    (
        "burstable",
        "{requests: {memory: 16Mi}, limits: {memory: 32Mi}}",
        "everything=$(cat /dev/urandom)",
    ),
    ("besteffort", "{}", "sleep 3600"),
];

#[test]
fn pods_are_in_their_slices_and_their_limits_hold() -> Result<()> {
    let dev = Fixture::on_metal("limits")?;
    let created = dev.ops().run("kinc create dev")?.ok()?;
    ensure!(!created.stderr.contains("warning"), "{}", created.stderr);
    dev.load_tools()?;
    let mut manifest = String::new();
    for (name, resources, script) in PODS {
        write!(
            manifest,
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  restartPolicy: Never\n  \
             containers:\n  - name: main\n    image: {TOOLS}\n    imagePullPolicy: Never\n    \
             resources: {resources}\n    command: [sh, -c, '{script}']\n"
        )?;
    }
    dev.apply(&manifest)?;

    // The one that wants too much memory is ended, and nobody else.
    let reason = "{.status.containerStatuses[0].state.terminated.reason}";
    dev.kubectl(&format!(
        "wait --timeout=300s --for=jsonpath='{reason}'=OOMKilled pod/burstable"
    ))?;
    dev.kubectl("wait --timeout=300s --for=condition=Ready pod/guaranteed pod/besteffort")?;
    let ended =
        "get pods -A -o jsonpath={.items[*].status.containerStatuses[*].state.terminated.reason}";
    assert_eq!(dev.kubectl(ended)?.trim(), "OOMKilled");

    let guaranteed = slice(&dev, "guaranteed", "kubepods")?;
    let besteffort = slice(
        &dev,
        "besteffort",
        "kubepods-besteffort.slice/kubepods-besteffort",
    )?;
    for (file, expected) in [("memory.max", "67108864"), ("cpu.max", "10000 100000")] {
        assert_eq!(read(&dev, &guaranteed, file)?, expected, "{file}");
        assert_ne!(read(&dev, &besteffort, file)?, expected, "{file}");
    }
    let throttled = dev.host.wait_until("a pod is throttled", dev.limit(), || {
        read(&dev, &guaranteed, "cpu.stat").is_ok_and(|stat| {
            stat.lines()
                .any(|line| line.starts_with("nr_throttled ") && line != "nr_throttled 0")
        })
    });
    throttled?;
    let there = processes(&dev, &besteffort)?;
    ensure!(there.contains(&"sleep 3600".to_owned()), "{there:?}");
    summary_is_true(&dev)
}

/// Returns the cgroup of a pod; `class` is what is before its number.
fn slice(dev: &Fixture, pod: &str, class: &str) -> Result<String> {
    let uid = dev.kubectl(&format!("get pod {pod} -o jsonpath={{.metadata.uid}}"))?;
    let uid = uid.trim().replace('-', "_");
    Ok(format!(
        "/sys/fs/cgroup/kubepods.slice/{class}-pod{uid}.slice"
    ))
}

fn read(dev: &Fixture, cgroup: &str, file: &str) -> Result<String> {
    let text = dev.ok(&format!(
        "podman exec kinc-dev-control-plane cat {cgroup}/{file}"
    ))?;
    Ok(text.trim_end().to_owned())
}

/// Returns the command lines of what runs in a cgroup, below it too.
fn processes(dev: &Fixture, cgroup: &str) -> Result<Vec<String>> {
    let script = format!(
        "for pid in $(find {cgroup} -name cgroup.procs -exec cat {{}} +); do tr \"\\0\" \" \" < /proc/$pid/cmdline; echo; done"
    );
    let lines = dev.ok(&format!(
        "podman exec kinc-dev-control-plane bash -c '{script}'"
    ))?;
    let lines = lines.lines().map(|line| line.trim().to_owned());
    Ok(lines
        .filter(|line| !line.contains("conmon") && !line.is_empty())
        .collect())
}

/// What kubelet says of a pod that turns for ever within a tenth of a processor.
fn summary_is_true(dev: &Fixture) -> Result<()> {
    let summary = "get --raw /api/v1/nodes/kinc-dev-control-plane/proxy/stats/summary";
    let mut seen = String::new();
    let told = dev
        .host
        .wait_until("kubelet tells of the pod", dev.limit(), || {
            seen = dev.kubectl(summary).unwrap_or_default();
            usage(&seen, "guaranteed").is_some_and(|(cpu, memory)| {
                (50_000_000..=150_000_000).contains(&cpu) && (1..64 << 20).contains(&memory)
            })
        });
    told.with_context(|| format!("{:?} of {seen}", usage(&seen, "guaranteed")))?;
    Ok(())
}

/// Returns nanoseconds of processor a second, and bytes.
fn usage(summary: &str, pod: &str) -> Option<(u64, u64)> {
    let summary: Value = serde_json::from_str(summary).ok()?;
    let pods = summary["pods"].as_array()?;
    let pod = pods.iter().find(|entry| entry["podRef"]["name"] == pod)?;
    let cpu = pod["cpu"]["usageNanoCores"].as_u64()?;
    Some((cpu, pod["memory"]["workingSetBytes"].as_u64()?))
}
