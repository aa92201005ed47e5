//! It is a real cluster: what Kubernetes promises to a pod holds in it.
//!
//! The tests share one cluster, and none of them changes what another one reads.

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, ensure};

use crate::fixture::{Fixture, LIMIT, Pod};

/// Lends the shared cluster, which is made when the first test asks.
fn cluster() -> Result<Shared> {
    static CLUSTER: Mutex<Option<Fixture>> = Mutex::new(None);
    let mut cluster = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    if cluster.is_none() {
        let fixture = Fixture::with_cluster("cluster")?;
        fixture.load_tools()?;
        *cluster = Some(fixture);
    }
    Ok(Shared(cluster))
}

struct Shared(MutexGuard<'static, Option<Fixture>>);

impl Shared {
    fn get(&self) -> Result<&Fixture> {
        self.0.as_ref().context("the shared cluster is not there")
    }
}

#[test]
fn every_pod_of_a_new_cluster_becomes_ready() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    dev.check_is_whole()?;
    let nodes = dev.kubectl("get nodes --no-headers -o custom-columns=N:.metadata.name,V:.status.nodeInfo.kubeletVersion,T:.spec.taints")?;
    let words: Vec<&str> = nodes.split_whitespace().collect();
    assert_eq!(words, ["kinc-dev-control-plane", "v1.36.3", "<none>"]);
    Ok(())
}

#[test]
fn status_and_list_agree_with_systemd() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    dev.check_is_whole()?;
    let list: serde_json::Value = serde_json::from_str(&dev.ok("kinc list -o json")?)?;
    assert_eq!(list[0]["name"], "dev");
    assert_eq!(list[0]["state"], "ready");
    let unit = &list[0]["nodes"][0]["unit"];
    assert_eq!(unit, "kinc-dev-control-plane.service");
    assert_eq!(dev.property("ActiveState")?, "active");
    let status: serde_json::Value = serde_json::from_str(&dev.ok("kinc status dev -o json")?)?;
    let pods = status["pods"].as_array().context("no pods")?;
    let of_the_system = |pod: &&serde_json::Value| pod["namespace"] != "default";
    let ready: Vec<bool> = pods
        .iter()
        .filter(of_the_system)
        .map(|pod| pod["ready"] == true)
        .collect();
    assert_eq!(ready, [true; 8]);
    Ok(())
}

#[test]
fn nothing_stays_in_the_node_of_logs_that_nobody_follows_any_more() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    for follows in [
        "timeout --signal INT 5 kinc logs -f dev",
        "timeout --signal KILL 5 kinc logs -f dev",
        "kinc logs -f dev | head -n 1",
    ] {
        dev.ops().run(follows)?;
        let what = format!("no journalctl is left of `{follows}`");
        let is_gone = || dev.in_node("pgrep journalctl").is_err();
        dev.host.wait_until(&what, LIMIT, is_gone)?;
    }
    Ok(())
}

#[test]
fn applying_an_unchanged_running_cluster_changes_nothing() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    let files = "stat --format '%n %Y %i' ~/.config/containers/systemd/kinc-dev/*; \
                 podman inspect --format '{{.Id}}' kinc-dev-control-plane";
    let before = dev.ok(files)?;
    let again = dev.ops().run("kinc create dev")?.ok()?;
    assert_eq!(
        again.stderr,
        "kinc-dev-control-plane.service is ready; nothing changed\n"
    );
    assert_eq!(dev.ok(files)?, before);
    Ok(())
}

#[test]
fn a_pod_finds_services_by_name() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    dev.kubectl("wait --for=condition=Available --timeout=60s -n kube-system deployment/coredns")?;
    let script = "getent hosts kubernetes.default.svc.cluster.local";
    let found = dev.run_pod(&Pod::new("dns", script))?;
    let words: Vec<&str> = found.split_whitespace().collect();
    assert_eq!(words, ["10.96.0.1", "kubernetes.default.svc.cluster.local"]);
    Ok(())
}

#[test]
fn a_pod_runs_as_the_user_that_it_asks_for() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    let printed = dev.run_pod(&Pod {
        spec: "  securityContext: {runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000}\n",
        ..Pod::new("user", "id -u; id -g; id -G")
    })?;
    assert_eq!(printed, "1000\n3000\n3000 2000\n");
    Ok(())
}

#[test]
fn a_pod_has_no_capability_that_it_did_not_ask_for() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    let printed = dev.run_pod(&Pod {
        container: "    securityContext: {capabilities: {drop: [ALL]}}\n",
        ..Pod::new("capabilities", "cat /proc/self/status")
    })?;
    let effective = printed.lines().find(|line| line.starts_with("CapEff:"));
    assert_eq!(effective, Some("CapEff:\t0000000000000000"));
    Ok(())
}

#[test]
fn a_privileged_pod_starts() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    let printed = dev.run_pod(&Pod {
        container: "    securityContext: {privileged: true}\n",
        ..Pod::new("privileged", "echo started")
    })?;
    assert_eq!(printed, "started\n");
    Ok(())
}

#[test]
fn timer_slack_applies_to_cluster_components_and_not_to_pods() -> Result<()> {
    const SLACKS: &str = r#"sh -c 'for part in "$@"; do
        for process in $(pidof $part); do cat $(printf "/proc/%s/timerslack_ns " $(ls /proc/$process/task)); done
        done | sort --unique' -- "#;
    let shared = cluster()?;
    let dev = shared.get()?;
    dev.in_node("systemctl start kinc-quiet.service")?;
    let slacks = |parts| dev.in_node(&format!("{SLACKS}{parts}"));
    let looking_again = slacks("kube-apiserver kube-controller-manager kubelet")?;
    assert_eq!(looking_again, "100000000\n");
    let others = slacks("etcd kube-scheduler kube-proxy coredns")?;
    assert_eq!(others, "250000000\n");
    assert_eq!(slacks("crio")?, "50000\n");
    let of_a_pod = dev.run_pod(&Pod::new("late", "cat /proc/self/timerslack_ns"))?;
    assert_eq!(of_a_pod, "50000\n");
    Ok(())
}

#[test]
fn a_node_port_answers() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    dev.kubectl("wait --for=condition=Available --timeout=60s -n kube-system deployment/coredns")?;
    dev.kubectl(
        "-n kube-system expose deployment coredns --name metrics --type NodePort --port 9153",
    )?;
    let port =
        dev.kubectl("-n kube-system get service metrics -o jsonpath={.spec.ports[0].nodePort}")?;
    let ask = format!(
        "podman unshare --rootless-netns curl --silent --fail --max-time 2 http://10.200.0.2:{port}/metrics"
    );
    dev.host
        .wait_until("the NodePort answers", crate::fixture::LIMIT, || {
            dev.ops().succeeds(&ask)
        })?;
    ensure!(dev.ok(&ask)?.contains("coredns_build_info"));
    Ok(())
}

/// The services that nftables sends on, in order.
const SERVICES: &str = "sh -c 'nft --json list map ip kube-proxy service-ips | \
                        jq --compact-output \"[.nftables[].map.elem // empty] | add | sort\"'";

/// Whether kube-proxy has gone through all services since it started.
const SYNCED: &str = "sh -c 'curl --silent http://127.0.0.1:10249/metrics | \
                      grep \"^kubeproxy_sync_full_proxy_rules_duration_seconds_count.*IPv4.* [1-9]\"'";

#[test]
fn services_survive_a_resync_of_kube_proxy() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    dev.check_is_whole()?;
    let before = dev.in_node(SERVICES)?;
    ensure!(before.contains("10.96.0.1"), "{before}");
    // It does so once an hour too, and kube-proxy has no other way to be asked for it.
    dev.kubectl("delete pods --namespace kube-system --selector k8s-app=kube-proxy")?;
    dev.host.wait_until("kube-proxy has synced", LIMIT, || {
        dev.in_node(SYNCED).is_ok()
    })?;
    assert_eq!(dev.in_node(SERVICES)?, before);
    Ok(())
}

#[test]
fn the_api_server_listens_on_loopback_only_and_rejects_anonymous_requests() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    let listening = dev.ok("ss --no-header --listening --tcp --numeric 'sport = :6443'")?;
    let addresses: Vec<&str> = listening
        .lines()
        .filter_map(|line| line.split_whitespace().nth(3))
        .collect();
    assert_eq!(addresses, ["127.0.0.1:6443"]);
    let code = dev.ok("curl --silent --insecure --output /dev/null --write-out '%{http_code}' https://127.0.0.1:6443/api")?;
    ensure!(
        ["401", "403"].contains(&code.as_str()),
        "anonymous got {code}"
    );
    Ok(())
}

#[test]
fn the_image_store_of_the_user_is_not_in_the_node() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    let mounts = dev.ok("podman inspect kinc-dev-control-plane --format '{{range .Mounts}}{{.Type}} {{.Destination}} {{.Source}}\n{{end}}'")?;
    let bound: Vec<&str> = mounts
        .lines()
        .filter(|line| line.starts_with("bind"))
        .filter(|line| !line.contains("/home/ops/.config/") && !line.contains("/share/kinc/"))
        .collect();
    assert_eq!(bound, Vec::<&str>::new());
    ensure!(!mounts.contains("containers/storage /"), "{mounts}");
    Ok(())
}

#[test]
fn the_kubeconfig_merges_into_the_users_own_and_works_from_the_host() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    dev.ops().write_file(
        ".kube/config",
        "apiVersion: v1\nkind: Config\ncurrent-context: mine\ncontexts:\n- name: mine\n  context: {cluster: mine, user: me}\n",
    )?;
    dev.ok("chmod 0640 ~/.kube/config && kinc kubeconfig dev --merge")?;
    assert_eq!(dev.ok("stat --format %a ~/.kube/config")?, "640\n");
    let merged = dev.ops().read_file(".kube/config")?;
    ensure!(merged.contains("current-context: mine"), "{merged}");
    ensure!(merged.contains("name: kinc-dev"), "{merged}");
    // kubectl is in the node; the published port is reached from there through the host's loopback.
    dev.ok("podman cp kinc-dev-control-plane:/usr/bin/kubectl kubectl")?;
    let nodes = dev.ok("./kubectl --context kinc-dev get nodes -o name")?;
    assert_eq!(nodes, "node/kinc-dev-control-plane\n");
    Ok(())
}

#[test]
fn no_public_bootstrap_secret_is_in_the_files() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    let directory = "~/.config/containers/systemd/kinc-dev";
    assert_eq!(
        dev.ok(&format!(
            "stat --format %a {directory}/kinc-dev-control-plane.kubeadm.conf"
        ))?,
        "600\n"
    );
    dev.fails(&format!(
        "grep --recursive --extended-regexp '[a-z0-9]{{6}}\\.[a-z0-9]{{16}}' {directory}"
    ))?;
    Ok(())
}

#[test]
fn the_first_pod_address_is_in_the_pod_cidr_of_the_node() -> Result<()> {
    let shared = cluster()?;
    let dev = shared.get()?;
    let cidr = dev.kubectl("get node kinc-dev-control-plane -o jsonpath={.spec.podCIDR}")?;
    assert_eq!(cidr, "10.244.0.0/24");
    // The node says so itself, and not the controller manager.
    dev.in_node("pgrep --full -- kube-controller-manager.*--allocate-node-cidrs=false")?;
    let pods = dev.kubectl(
        "get pods -n kube-system -l k8s-app=kube-dns -o jsonpath={.items[*].status.podIP}",
    )?;
    ensure!(
        pods.split(' ').all(|ip| ip.starts_with("10.244.0.")),
        "{pods}"
    );
    Ok(())
}

#[test]
fn without_a_pod_network_and_kube_proxy_a_cluster_is_ready_when_its_api_server_is() -> Result<()> {
    let dev = Fixture::boot("no-network")?;
    dev.ops().write_file(
        "dev.yaml",
        "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {name: dev}\n\
         spec: {networking: {cni: none, kubeProxyMode: none, dnsDomain: kube.example}, storage: none}\n",
    )?;
    dev.ok("kinc apply --yes -f dev.yaml")?;
    assert_eq!(dev.property("ActiveState")?, "active");
    let lack = "ready, and waiting for a pod network";
    dev.host
        .wait_until("the unit says what is lacking", LIMIT, || {
            dev.property("StatusText").is_ok_and(|text| text == lack)
        })?;
    ensure!(
        dev.ok("kinc status dev")?
            .contains(", and waiting for a pod network\n")
    );
    let ready = "get nodes -o jsonpath={.items[0].status.conditions[?(@.type==\"Ready\")].status}";
    let ready = dev.kubectl(&format!("'{}'", ready.replace(' ', "' '")))?;
    assert_eq!(ready, "False");
    // A pod network that comes finds where its addresses are.
    let cidrs = dev.kubectl("get nodes -o jsonpath={.items[0].spec.podCIDRs}")?;
    assert_eq!(cidrs, "[\"10.244.0.0/24\"]");
    ensure!(
        !dev.kubectl("get namespaces -o name")?
            .contains("local-path-storage")
    );
    let daemons = dev.kubectl("get daemonsets --all-namespaces -o name")?;
    assert_eq!(daemons, "");
    dev.in_node("grep --line-regexp 'clusterDomain: kube.example' /var/lib/kubelet/config.yaml")?;
    let corefile = dev.kubectl("get configmap --namespace kube-system coredns -o yaml")?;
    ensure!(corefile.contains("kubernetes kube.example"), "{corefile}");
    Ok(())
}
