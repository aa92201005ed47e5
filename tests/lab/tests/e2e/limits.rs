//! On a host with cgroup controllers limits hold: those of a pod, and those of a cluster.
//!
//! Nothing of the lab's settings for hosts without controllers is there: these are the defaults.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::fixture::{Fixture, TOOLS};
use crate::resources::{self, RESERVED_MEMORY, THRESHOLD};

/// One pod of each class: its name, its resources, and what it does.
const PODS: [(&str, &str, &str); 4] = [
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
    ("forks", "{}", "while sleep 3600 & do :; done"),
];

/// What the cluster may take of a host that has 6 GB and two processors.
const RESOURCES: &str = "{memory: 3Gi, cpu: 1900m, cpuWeight: 50, tasks: 4000}";

/// The slice of the cluster, on the host.
const SLICE: &str =
    "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/kinc.slice/kinc-dev.slice";

/// The operator's own word to kubelet, which holds beside that of the node.
const PIDS: &str =
    "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\npodPidsLimit: 64\n";

#[test]
fn pods_are_in_their_slices_and_their_limits_hold() -> Result<()> {
    let dev = Fixture::on_uml("limits")?;
    let directory = ".config/containers/systemd/kinc-dev/kinc-dev-control-plane.container.d";
    dev.ops().write_file("pids.conf", PIDS)?;
    dev.ops().write_file(
        &format!("{directory}/10-pids.conf"),
        "[Container]\nVolume=%h/pids.conf:/etc/kinc/kubelet.conf.d/10-pids.conf:ro\n",
    )?;
    resources::declare(&dev, RESOURCES)?;
    let applied = dev.ops().run("kinc apply --yes -f dev.yaml")?.ok()?;
    ensure!(!applied.stderr.contains("warning"), "{}", applied.stderr);
    dev.load_tools()?;
    the_slice_holds_the_node(&dev)?;
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

    only_who_takes_too_much_is_ended(&dev)?;
    let guaranteed = slice(&dev, "guaranteed", "kubepods")?;
    let besteffort = slice(
        &dev,
        "besteffort",
        "kubepods-besteffort.slice/kubepods-besteffort",
    )?;
    // The operator's configuration of kubelet holds too.
    assert_eq!(read(&dev, &besteffort, "pids.max")?, "64");
    for (file, expected) in [("memory.max", "67108864"), ("cpu.max", "10000 100000")] {
        assert_eq!(read(&dev, &guaranteed, file)?, expected, "{file}");
        assert_ne!(read(&dev, &besteffort, file)?, expected, "{file}");
    }
    dev.host.wait_until("a pod is throttled", dev.limit, || {
        read(&dev, &guaranteed, "cpu.stat").is_ok_and(|stat| {
            stat.lines()
                .any(|line| line.starts_with("nr_throttled ") && line != "nr_throttled 0")
        })
    })?;
    let there = processes(&dev, &besteffort)?;
    ensure!(there.contains(&"sleep 3600".to_owned()), "{there:?}");
    summary_is_true(&dev)?;
    a_pod_is_resized_while_it_runs(&dev, &guaranteed)?;
    a_full_cluster_evicts_a_pod_of_its_own(&dev)
}

/// The one that wants too much memory, and the one that wants too many processes.
fn only_who_takes_too_much_is_ended(dev: &Fixture) -> Result<()> {
    let reason = "{.status.containerStatuses[0].state.terminated.reason}";
    dev.kubectl(&format!(
        "wait --timeout=300s --for=jsonpath='{reason}'=OOMKilled pod/burstable"
    ))?;
    dev.kubectl("wait --timeout=300s --for=jsonpath='{.status.phase}'=Failed pod/forks")?;
    dev.kubectl("wait --timeout=300s --for=condition=Ready pod/guaranteed pod/besteffort")?;
    let ended =
        "get pods -A -o jsonpath={.items[*].status.containerStatuses[*].state.terminated.reason}";
    let mut ended: Vec<String> = dev
        .kubectl(ended)?
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    ended.sort();
    // The shell that may not fork any more gives up by itself.
    assert_eq!(ended, ["Error", "OOMKilled"]);
    let last = dev.kubectl("logs forks")?;
    ensure!(last.to_lowercase().contains("fork"), "{last}");
    Ok(())
}

/// What is declared stands in the cgroup, with the whole node below, and kubelet knows of it.
fn the_slice_holds_the_node(dev: &Fixture) -> Result<()> {
    let limits = [
        ("memory.max", "3221225472"),
        ("cpu.max", "190000 100000"),
        ("cpu.weight", "50"),
        ("pids.max", "4000"),
    ];
    for (file, expected) in limits {
        assert_eq!(
            dev.ok(&format!("cat {SLICE}/{file}"))?.trim(),
            expected,
            "{file}"
        );
    }
    a_node_is_in_the_slice_as_a_whole(dev)?;
    let for_pods = (3 << 30) - RESERVED_MEMORY;
    // The host has one processor, which is less than the limit.
    assert_eq!(
        resources::allocatable(dev)?,
        ("1".to_owned(), for_pods - THRESHOLD)
    );
    let pods = "/sys/fs/cgroup/kubepods.slice";
    assert_eq!(read(dev, pods, "memory.max")?, for_pods.to_string());
    assert_eq!(read(dev, pods, "pids.max")?, "3744");
    Ok(())
}

/// Every process with more than one number is in a container: those of the node, and of its pods.
fn a_node_is_in_the_slice_as_a_whole(dev: &Fixture) -> Result<()> {
    let cgroups = dev.ok(
        "for file in $(awk '/^NSpid:/ && NF > 2 {print FILENAME}' /proc/[0-9]*/status 2>/dev/null); do \
         cat ${file%status}cgroup; done 2>/dev/null; true",
    )?;
    // The network of all containers is nobody's.
    let (inside, outside): (Vec<&str>, Vec<&str>) = cgroups
        .lines()
        .filter(|cgroup| !cgroup.contains("/rootless-netns-"))
        .partition(|cgroup| cgroup.contains("/kinc.slice/kinc-dev.slice/"));
    ensure!(inside.len() > 20, "{inside:?}");
    ensure!(outside.is_empty(), "{outside:?}");
    Ok(())
}

/// A pod without any limit takes what the others leave: it goes, at the cluster's limit, not the host's.
fn a_full_cluster_evicts_a_pod_of_its_own(dev: &Fixture) -> Result<()> {
    let pods = "/sys/fs/cgroup/kubepods.slice";
    let number = |file| -> Result<u64> { Ok(read(dev, pods, file)?.parse()?) };
    // The first start of so slow a host may have run out of time and been tried again.
    let restarts = dev.property("NRestarts")?;
    let stat = read(dev, pods, "memory.stat")?;
    let idle = stat
        .lines()
        .find_map(|line| line.strip_prefix("inactive_file "));
    let working_set =
        number("memory.current")? - idle.context("no inactive_file")?.parse::<u64>()?;
    // Half of the last 100 MB stays, so kubelet has to act, and the kernel has not.
    let takes = number("memory.max")? - working_set - THRESHOLD / 2;
    dev.apply(&format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: hungry}}\nspec:\n  restartPolicy: Never\n  \
         volumes: [{{name: memory, emptyDir: {{medium: Memory}}}}]\n  \
         containers:\n  - name: main\n    image: {TOOLS}\n    imagePullPolicy: Never\n    \
         volumeMounts: [{{name: memory, mountPath: /memory}}]\n    \
         command: [sh, -c, 'ulimit -f {}; cat /dev/zero > /memory/file; sleep 3600']\n",
        takes / 512
    ))?;
    let free = || dev.ok("sed -n 's/^MemAvailable: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo");
    let mut least = u64::MAX;
    let evicted = "get pod hungry -o jsonpath={.status.reason}";
    let gone = dev.host.wait_until("the pod is evicted", dev.limit, || {
        let free = free().ok().and_then(|free| free.trim().parse().ok());
        least = least.min(free.unwrap_or(u64::MAX));
        dev.kubectl(evicted).is_ok_and(|reason| reason == "Evicted")
    });
    gone.with_context(|| dev.kubectl("describe pod hungry").unwrap_or_default())?;
    // A third of the host was never asked for.
    ensure!(least > 2 << 20, "the host had {least} kB left");
    assert_eq!(dev.property("ActiveState")?, "active");
    assert_eq!(dev.property("NRestarts")?, restarts);
    dev.check_is_whole()
}

/// Other limits take no other container.
fn a_pod_is_resized_while_it_runs(dev: &Fixture, cgroup: &str) -> Result<()> {
    let amounts = json!({ "cpu": "120m", "memory": "96Mi" });
    let resources = json!({ "requests": amounts, "limits": amounts });
    let patch = json!({ "spec": { "containers": [{ "name": "main", "resources": resources }] } });
    dev.kubectl(&format!(
        "patch pod guaranteed --subresource resize --patch '{patch}'"
    ))?;
    for (file, expected) in [("memory.max", "100663296"), ("cpu.max", "12000 100000")] {
        let resized = dev.host.wait_until("the limit is changed", dev.limit, || {
            read(dev, cgroup, file).is_ok_and(|text| text == expected)
        });
        resized.with_context(|| dev.kubectl("describe pod guaranteed").unwrap_or_default())?;
    }
    let restarts = "{.status.containerStatuses[0].restartCount}";
    let restarts = dev.kubectl(&format!("get pod guaranteed -o jsonpath={restarts}"))?;
    assert_eq!(restarts, "0");
    Ok(())
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
    let text = dev.in_node(&format!("cat {cgroup}/{file}"))?;
    Ok(text.trim_end().to_owned())
}

/// Returns the command lines of what runs in a cgroup, below it too.
fn processes(dev: &Fixture, cgroup: &str) -> Result<Vec<String>> {
    let script = format!(
        "for pid in $(find {cgroup} -name cgroup.procs -exec cat {{}} +); do tr \"\\0\" \" \" < /proc/$pid/cmdline; echo; done"
    );
    let lines = dev.in_node(&format!("bash -c '{script}'"))?;
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
        .wait_until("kubelet tells of the pod", dev.limit, || {
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
