//! What other clusters run, runs: manifests, images and commands as people copy them.
//!
//! The tests share one cluster. The last one by name restarts it, with more ids for its pods.

mod commands;
mod table;

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, ensure};

use crate::fixture::{Fixture, LIMIT};
use table::{CASES, Case, IMAGE, MAKE_IMAGE, REFUSED, SERVERS};

const DECLARATION: &str = r#"
apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata: {name: dev}
spec:
  nodes:
  - role: control-plane
    extraMounts:
    - {hostPath: /home/ops/data, containerPath: /data}
    - {hostPath: /home/ops/mine, containerPath: /mnt/mine}
    extraPortMappings:
    - {containerPort: 8081, hostPort: 18081}
    - {containerPort: 5353, hostPort: 15353, protocol: UDP}
    files: [{path: /opt/tool/run, content: "echo tool\n"}]
  kubeadmConfigPatches:
  - |
    kind: KubeletConfiguration
    containerLogMaxSize: 16Ki
    containerLogMonitorInterval: 3s
"#;

/// What the status says, and what its first command does, as root.
const LACKS: &str = "ready, but pods with hostUsers: false need more ids: sudo usermod \
    --add-subuids 10000000-17340031 --add-subgids 10000000-17340031 $USER && \
    kinc stop dev && podman system migrate && kinc start dev";
const ADD_IDS: &str = "usermod --add-subuids 10000000-17340031 --add-subgids 10000000-17340031 ops";

/// Lends the cluster, which is made with all pods when the first test asks.
fn cluster() -> Result<Shared> {
    static CLUSTER: Mutex<Option<Fixture>> = Mutex::new(None);
    let mut cluster = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    if cluster.is_none() {
        *cluster = Some(make()?);
    }
    Ok(Shared(cluster))
}

struct Shared(MutexGuard<'static, Option<Fixture>>);

impl Shared {
    fn get(&self) -> Result<&Fixture> {
        self.0.as_ref().context("the shared cluster is not there")
    }
}

fn make() -> Result<Fixture> {
    let dev = Fixture::boot("workloads")?;
    dev.ok("mkdir data mine && echo data > data/file && echo mine > mine/file")?;
    dev.ops().write_file("dev.yaml", DECLARATION)?;
    dev.ok("kinc apply --yes -f dev.yaml")?;
    dev.load_tools()?;
    dev.ok(MAKE_IMAGE)?;
    let mut all = SERVERS.to_owned();
    for case in &CASES {
        all.push_str(&manifest(case)?);
    }
    for (name, spec, _) in REFUSED {
        write!(
            all,
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {spec}\n"
        )?;
    }
    dev.apply(&all)?;
    Ok(dev)
}

fn manifest(case: &Case) -> Result<String> {
    let lines = |fields: &[&str], indent: &str| -> String {
        fields
            .iter()
            .fold(String::new(), |text, field| text + indent + field + "\n")
    };
    let script = serde_json::to_string(case.script)?;
    Ok(format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {}}}\nspec:\n  restartPolicy: Never\n{}  containers:\n  \
         - name: main\n    image: {IMAGE}\n    imagePullPolicy: Never\n    command: [sh, -c, {script}]\n{}",
        case.name,
        lines(case.spec, "  "),
        lines(case.container, "    "),
    ))
}

#[test]
fn pods_of_many_kinds_run_as_on_other_clusters() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    let names: Vec<String> = CASES
        .iter()
        .map(|case| format!("pod/{}", case.name))
        .collect();
    let done = "wait --timeout=90s --for=jsonpath={.status.phase}=Succeeded";
    let waited = dev.kubectl(&format!("{done} {}", names.join(" ")));
    waited.with_context(|| dev.kubectl("describe pods").unwrap_or_default())?;
    for case in &CASES {
        let logs = format!("logs {} --container main", case.name);
        assert_eq!(dev.kubectl(&logs)?, case.prints, "{}", case.name);
    }
    // One that ended has left its mount to all who see the directory.
    assert_eq!(dev.in_node("cat /mnt/shared/m/file")?, "mounted\n");
    assert_eq!(dev.ok("cat data/new/file")?, "kept\n");
    Ok(())
}

#[test]
fn a_pod_that_cannot_run_says_why_in_an_event() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    REFUSED
        .iter()
        .try_for_each(|(name, _, says)| says_in_an_event(dev, name, says))
}

fn says_in_an_event(dev: &Fixture, pod: &str, says: &str) -> Result<()> {
    let events = format!(
        "get events --field-selector involvedObject.name={pod} -o jsonpath={{.items[*].message}}"
    );
    let said = dev.host.wait_until("the event is there", LIMIT, || {
        dev.kubectl(&events).is_ok_and(|text| text.contains(says))
    });
    said.with_context(|| dev.kubectl(&events).unwrap_or_default())?;
    Ok(())
}

#[test]
fn a_host_port_answers_on_the_host_and_on_loopback_in_the_node() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    dev.kubectl("wait --timeout=60s --for=condition=Ready pod/server")?;
    let ask = "curl --silent --fail --max-time 5 http://127.0.0.1";
    assert_eq!(dev.ok(&format!("{ask}:18081/health"))?, "OK");
    assert_eq!(dev.in_node(&format!("{ask}:8081/health"))?, "OK");
    // A question about the name `a`, and the first bytes of the answer.
    let question = r"\022\064\001\000\000\001\000\000\000\000\000\000\001a\000\000\001\000\001";
    let ask = |port: u16| {
        format!(
            "bash -c 'exec 3<> /dev/udp/127.0.0.1/{port} && printf \"{question}\" >&3 && \
             timeout 5 dd bs=512 count=1 status=none <&3 | od --read-bytes 4 --format x1 --address-radix n'"
        )
    };
    assert_eq!(dev.ok(&ask(15353))?, " 12 34 85 00\n");
    assert_eq!(dev.in_node(&ask(5353))?, " 12 34 85 00\n");
    // For that the kernel takes such addresses on all interfaces; these are for the node alone.
    let guard = dev.in_node("nft list chain ip kinc loopback-only")?;
    ensure!(
        guard.contains("iifname != \"lo\" ip daddr 127.0.0.0/8 drop"),
        "{guard}"
    );
    Ok(())
}

#[test]
fn exec_cp_attach_debug_and_port_forward_reach_pods() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    dev.kubectl("wait --timeout=60s --for=condition=Ready pod/reader pod/talker pod/server")?;
    commands::exec_and_cp(dev)?;
    commands::attach(dev)?;
    commands::debug(dev)?;
    commands::port_forward(dev)?;
    commands::rotated_logs(dev)
}

#[test]
fn with_enough_subordinate_ids_pods_have_user_namespaces_and_files_stay() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    let says = |what: &str| dev.property("StatusText").is_ok_and(|text| text == what);
    dev.host
        .wait_until("the status says what to do", LIMIT, || says(LACKS))?;
    dev.host.root().run(ADD_IDS)?.ok()?;
    dev.ok("kinc stop dev && podman system migrate && kinc start dev")?;
    let ready = "wait --timeout=90s --for=condition=Ready pod/users";
    let waited = dev.kubectl(ready);
    waited.with_context(|| dev.kubectl("describe pod users").unwrap_or_default())?;
    let map = dev.kubectl("exec users -- cat /proc/self/uid_map")?;
    let numbers: Vec<u64> = map.split_whitespace().flat_map(str::parse).collect();
    let [0, first, 65536] = numbers[..] else {
        anyhow::bail!("{map}");
    };
    ensure!(first >= 131_072 && first % 65536 == 0, "{map}");
    ensure!(
        dev.kubectl("logs users")?.contains("-rw-r--r-- 1 0 0 0 "),
        "the pod's file is not its own"
    );
    dev.host
        .wait_until("the status says nothing more", LIMIT, || says("ready"))?;
    for place in ["home", "media", "mnt", "opt", "srv"] {
        assert_eq!(dev.in_node(&format!("cat /{place}/new/file"))?, "kept\n");
    }
    volumes_on_the_disk_are_refused(dev)?;
    // Ids beyond 65535, as far as they reach.
    let high = dev.run_pod(&crate::fixture::Pod {
        spec: "  securityContext: {runAsUser: 1000000, fsGroup: 2000000}\n",
        ..crate::fixture::Pod::new("high", "id -u")
    })?;
    assert_eq!(high, "1000000\n");
    Ok(())
}

/// A volume on the disk is the host's, whose ids no node may map.
fn volumes_on_the_disk_are_refused(dev: &Fixture) -> Result<()> {
    let volumes = [
        ("users-on-disk", "hostPath: {path: /mnt/new}"),
        (
            "users-on-claim",
            "persistentVolumeClaim: {claimName: tutorial}",
        ),
    ];
    for (name, volume) in volumes {
        dev.apply(&format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{hostUsers: false, \
             volumes: [{{name: v, {volume}}}], containers: [{{name: main, image: '{IMAGE}', \
             imagePullPolicy: Never, command: [sleep, inf], volumeMounts: [{{name: v, mountPath: /v}}]}}]}}}}",
        ))?;
    }
    let says = "the volume at /v cannot be used with `hostUsers: false`";
    volumes
        .iter()
        .try_for_each(|(name, _)| says_in_an_event(dev, name, says))
}
