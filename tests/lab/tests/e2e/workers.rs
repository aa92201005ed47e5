//! Workers: pods run on them, they join by themselves and come back, whatever the order and the fault.

mod admission;
mod leaving;
mod nodes;

use anyhow::{Context as _, Result, ensure};

use crate::fixture::{LIMIT, Pod};
use nodes::{Workers, property};

/// The nodes with their taints, a label and the addresses of their pods.
const NODES: &str = "get nodes --no-headers -o custom-columns=N:.metadata.name,T:.spec.taints[*].key,\
                     L:.metadata.labels.disk,C:.spec.podCIDR";

/// What it prints.
#[rustfmt::skip]
const DECLARED: [&str; 12] = [
    "kinc-dev-control-plane", "node-role.kubernetes.io/control-plane", "<none>", "10.244.0.0/24",
    "kinc-dev-worker", "gpu", "ssd", "10.244.8.0/24",
    "kinc-dev-worker2", "<none>", "<none>", "10.244.9.0/24",
];

/// A pod of the second worker that says who asks it, its Service, and a pod of the first worker.
const SERVER: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: server}
data: {Corefile: ".:53 {\n  log\n  health :8080\n  whoami\n}\n"}
---
apiVersion: v1
kind: Pod
metadata: {name: server, labels: {app: server}}
spec:
  nodeName: kinc-dev-worker2
  containers:
  - name: main
    image: registry.k8s.io/coredns/coredns:v1.14.2
    imagePullPolicy: Never
    args: [-conf, /etc/coredns/Corefile]
    ports: [{containerPort: 8080, hostPort: 8081}]
    volumeMounts: [{name: configuration, mountPath: /etc/coredns}]
  volumes: [{name: configuration, configMap: {name: server}}]
---
apiVersion: v1
kind: Service
metadata: {name: server}
spec: {selector: {app: server}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: sleeper}
spec:
  nodeName: kinc-dev-worker
  containers: [{name: main, image: "localhost/lab/tools:1", imagePullPolicy: Never, command: [sh, -c, "echo here; sleep inf"]}]
"#;

/// What a pod needs to run on the first worker.
const ON_SSD: &str = "  nodeSelector: {disk: ssd}\n  tolerations: [{key: gpu, operator: Exists}]\n";

#[test]
fn pods_on_workers_reach_each_other_and_no_secret_admits_a_node() -> Result<()> {
    let dev = Workers::create(
        "workers",
        &[
            "labels: {disk: ssd}, taints: ['gpu=yes:NoSchedule']",
            "extraPortMappings: [{containerPort: 8081, hostPort: 18081}]",
        ],
    )?;
    // The controller manager takes the taint of a node that is not ready away a moment after it is.
    let is_declared = || {
        let nodes = dev.kubectl(NODES).unwrap_or_default();
        nodes.split_whitespace().eq(DECLARED)
    };
    let declared = dev
        .host
        .wait_until("nodes are as declared", LIMIT, is_declared);
    declared.with_context(|| dev.kubectl(NODES).unwrap_or_default())?;
    dev.load_tools_everywhere()?;
    dev.apply(SERVER)?;
    dev.run_pod(&Pod::new("anywhere", "id -u"))?;
    assert_eq!(
        dev.of_pod("anywhere", "{.spec.nodeName}")?,
        "kinc-dev-worker2"
    );
    dev.kubectl("wait --for=condition=Ready --timeout=60s pod/server pod/sleeper")?;

    let server = dev.of_pod("server", "{.status.podIP}")?;
    let answers = dev.run_pod(&Pod {
        spec: &format!("{ON_SSD}  dnsPolicy: None\n  dnsConfig: {{nameservers: [{server}]}}\n"),
        ..Pod::new(
            "asker",
            &format!("getent hosts who.example; curl --silent --fail --max-time 5 http://{server}:8080/health"),
        )
    })?;
    assert_eq!(answers, "OK");
    let asker = dev.of_pod("asker", "{.status.podIP}")?;
    ensure!(asker.starts_with("10.244.8."), "{asker}");
    let seen = dev.kubectl("logs server")?;
    let is_asker =
        |line: &str| line.contains(&format!(" {asker}:")) && line.contains("who.example.");
    ensure!(seen.lines().any(is_asker), "{asker} is not in {seen}");

    let by_service = dev.run_pod(&Pod {
        spec: ON_SSD,
        ..Pod::new(
            "by-service",
            "curl --silent --fail --max-time 5 http://server.default.svc.cluster.local/health",
        )
    })?;
    assert_eq!(by_service, "OK");
    assert_eq!(
        dev.ok("curl --silent --fail --max-time 5 http://127.0.0.1:18081/health")?,
        "OK"
    );
    assert_eq!(dev.kubectl("logs sleeper")?, "here\n");
    assert_eq!(dev.kubectl("exec sleeper -- id -u")?, "0\n");
    dev.check_is_whole()?;

    dev.wait_for_spread_dns()?;
    admission::check_no_secret_admits(&dev)?;
    admission::check_only_its_own_name_is_approved(&dev)?;
    admission::check_credential_is_on_no_disk(&dev)
}

#[test]
fn nodes_come_back_in_any_order_with_their_data() -> Result<()> {
    let dev = Workers::create("worker-orders", &["labels: {disk: ssd}", ""])?;
    dev.load_tools_everywhere()?;
    dev.hold_data()?;

    // A worker before its control plane.
    dev.ok("kinc stop dev && systemctl --user start --no-block kinc-dev-worker")?;
    dev.wait_for_status("kinc-dev-worker", "waiting for the API server")?;
    let status = dev.ops().run("kinc status dev -o json")?.stdout;
    ensure!(status.contains("waiting for the API server"), "{status}");
    ensure!(status.contains("\"state\": \"starting\""), "{status}");
    dev.ok("kinc start dev")?;
    dev.check_data()?;
    one_node_is_meant_by_its_name(&dev)?;
    dev.check_data()?;

    // One that is restarted meanwhile.
    dev.ok("systemctl --user stop kinc-dev-control-plane && systemctl --user restart --no-block kinc-dev-worker")?;
    dev.wait_for_status("kinc-dev-worker", "waiting for the API server")?;
    dev.ok("systemctl --user start kinc-dev-control-plane")?;
    dev.check_data()?;

    // The container and its monitor at one stroke.
    dev.ok(
        "kill -9 $(systemctl --user show --property MainPID --value kinc-dev-worker) \
            $(podman inspect --format '{{.State.Pid}}' kinc-dev-worker)",
    )?;
    dev.host
        .wait_until("systemd restarts the worker", LIMIT, || {
            property(&dev, "kinc-dev-worker", "NRestarts").is_ok_and(|restarts| restarts == "1")
        })?;
    dev.check_data()?;

    dev.host.reboot()?;
    dev.check_data().context("after a reboot")?;
    dev.host.power_cut()?;
    dev.host.power_on()?;
    dev.check_data().context("after a power cut")
}

/// Every verb that means one node leaves the others alone.
fn one_node_is_meant_by_its_name(dev: &Workers) -> Result<()> {
    let state = |node: &str| property(dev, node, "ActiveState");
    let running = property(dev, "kinc-dev-worker2", "InvocationID")?;
    dev.ok("kinc stop dev --node worker")?;
    assert_eq!(state("kinc-dev-worker")?, "inactive");
    let status = dev.ops().run("kinc status dev")?;
    ensure!(
        status
            .stdout
            .contains("degraded: kinc-dev-worker is stopped"),
        "{}",
        status.stdout
    );
    let of_node = dev.ops().run("kinc status dev --node worker")?;
    assert_eq!(of_node.status, 3, "{}", of_node.stdout);
    dev.ok("kinc status dev --node worker2")?;
    dev.ok("kinc start dev --node worker")?;
    let of_node = dev.ok("kinc status dev --node worker")?;
    ensure!(
        of_node.contains("node            kinc-dev-worker\n"),
        "{of_node}"
    );
    let started = property(dev, "kinc-dev-worker", "InvocationID")?;
    dev.ok("kinc restart dev --node kinc-dev-worker")?;
    let restarted = property(dev, "kinc-dev-worker", "InvocationID")?;
    ensure!(started != restarted, "{restarted}");
    let log = dev.ok("kinc logs dev --node worker --unit kubelet --lines 5")?;
    ensure!(log.contains("kinc-dev-worker "), "{log}");
    assert_eq!(property(dev, "kinc-dev-worker2", "InvocationID")?, running);
    Ok(())
}

#[test]
fn a_worker_joins_again_without_its_data_and_ends_without_its_directory() -> Result<()> {
    let dev = Workers::create("worker-data", &[""])?;
    let lost = "kubelet's certificate is missing, or is not valid for another month; joining the cluster again";
    let joined_again = || -> Result<bool> {
        let said = dev.on(
            "kinc-dev-worker",
            "journalctl --unit kinc-prepare --invocation=0 --output cat",
        )?;
        Ok(said.contains(lost))
    };
    let data = "~/.local/share/kinc/clusters/dev/kinc-dev-worker";
    // What begins with a dot is the mark.
    for parts in ["kubernetes/* var/*", "var/*", "kubernetes/*"] {
        dev.ok(&format!(
            "systemctl --user stop kinc-dev-worker && cd {data} && podman unshare rm -r {parts}"
        ))?;
        dev.ok("systemctl --user start kinc-dev-worker")
            .context(parts)?;
        ensure!(joined_again()?, "without {parts} it did not join again");
        dev.ok("systemctl --user restart kinc-dev-worker")?;
        ensure!(!joined_again()?, "without {parts} it joined twice");
    }
    admission::expire(&dev, "kinc-dev-worker")?;
    dev.ok("systemctl --user restart kinc-dev-worker")?;
    ensure!(
        joined_again()?,
        "it did not join again with an expired certificate"
    );

    // As long as nobody admits it, it waits, and says so.
    dev.ok("kinc stop dev")?;
    dev.ok(&format!("cd {data} && podman unshare rm -r var/*"))?;
    dev.ok("systemctl --user start --no-block kinc-dev-worker")?;
    dev.wait_for_status(
        "kinc-dev-worker",
        "waiting for the control plane to admit this node",
    )?;
    dev.ok("kinc start dev")?;
    ensure!(joined_again()?);

    let refuses = |words: &str| -> Result<()> {
        dev.fails("systemctl --user start kinc-dev-worker")?;
        let of = |name| property(&dev, "kinc-dev-worker", name);
        let ended = (of("ExecMainStatus")?, of("NRestarts")?);
        assert_eq!(ended, ("74".to_owned(), "0".to_owned()), "{words}");
        let status = of("StatusText")?;
        ensure!(status.contains(words), "{status}");
        Ok(())
    };
    dev.ok(&format!(
        "systemctl --user stop kinc-dev-worker && cd {data} && mv var away && mkdir var"
    ))?;
    refuses("/var has no mark of this cluster: its data is missing; restore ")?;
    let nil = "00000000-0000-0000-0000-000000000000";
    dev.ok(&format!(
        "cd {data} && mkdir -p var/.kinc && echo {nil} > var/.kinc/uid"
    ))?;
    refuses(&format!(
        "/var belongs to the cluster with uid {nil}, not to this one"
    ))?;
    dev.ok(&format!("cd {data} && podman unshare rm -r var"))?;
    dev.fails("systemctl --user start kinc-dev-worker")?;
    assert_eq!(property(&dev, "kinc-dev-worker", "NRestarts")?, "0");
    dev.ok(&format!(
        "cd {data} && mv away var && systemctl --user start kinc-dev-worker"
    ))?;
    ensure!(!joined_again()?);
    Ok(())
}

/// What the user has: files, what Podman has, and units.
const INVENTORY: &str = "find ~/.config ~/.local/share/kinc/clusters /run/user/1000/systemd/generator 2>/dev/null | sort; \
                         find /run/user/1000/kinc -type s; podman ps --all --quiet; podman volume ls --quiet; podman network ls --quiet; \
                         systemctl --user list-units --all --plain --no-legend 'kinc-*'; echo end";

#[test]
fn workers_are_added_to_a_running_cluster_and_nothing_is_left_of_them() -> Result<()> {
    let dev = Workers::boot("worker-added")?;
    dev.ok("podman images; mkdir -p ~/.config/systemd/user ~/.local/share/kinc/clusters")?;
    let before = dev.ok(INVENTORY)?;
    dev.declare(&["labels: {disk: ssd}"])?;
    dev.ok("kinc apply --yes -f dev.yaml")?;
    dev.load_tools_everywhere()?;
    dev.hold_data()?;
    let invocations = || {
        dev.ok(
            "systemctl --user show --property InvocationID kinc-dev-control-plane kinc-dev-worker",
        )
    };
    let (running, started) = (
        invocations()?,
        dev.of_pod("holder", "{.status.containerStatuses[0].state}")?,
    );
    dev.declare(&["labels: {disk: ssd}", ""])?;
    dev.ok("kinc apply --yes -f dev.yaml")?;
    assert_eq!(invocations()?, running);
    assert_eq!(
        dev.of_pod("holder", "{.status.containerStatuses[0].state}")?,
        started
    );
    dev.check_data()?;
    let plan = dev.ok("kinc plan -f dev.yaml")?;
    ensure!(plan.starts_with("dev: as declared\n"), "{plan}");

    dev.ok("kinc restart dev")?;
    dev.check_data()?;
    leaving::nodes_leave_in_order(&dev)?;
    dev.ok("kinc stop dev")?;
    for node in dev.nodes() {
        assert_eq!(property(&dev, &node, "ActiveState")?, "inactive", "{node}");
    }
    assert_eq!(
        dev.ok("podman ps --all --quiet; find /run/user/1000/kinc -type s; echo end")?,
        "end\n"
    );
    assert_eq!(dev.ok("systemctl --user --failed --no-legend")?, "");
    dev.ok("kinc start dev")?;
    dev.ok("kinc delete dev")?;
    assert_eq!(dev.ok(INVENTORY)?, before);
    Ok(())
}
