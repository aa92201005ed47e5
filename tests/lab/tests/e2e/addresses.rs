//! A cluster goes by names and addresses of its own: others do not reach it, and the networks that
//! come to the host later do not stop it.

use anyhow::{Result, ensure};

use crate::fixture::{Fixture, LIMIT, Pod};

/// The name by which all parts of the cluster reach the API server.
const BY_NAME: &str = "https://kinc-dev-api:6443";

/// The kubeconfig files and the configuration of kube-proxy that go by the name.
const GO_BY_NAME: [&str; 2] = [
    "kubectl config view -o jsonpath={.clusters[*].cluster.server}",
    "kubectl -n kube-system get configmap kube-proxy -o 'jsonpath={.data.kubeconfig\\.conf}'",
];

/// Checks that each part of the cluster that goes by the API server's name reaches it.
fn check_name(dev: &Fixture, pod: &str) -> Result<()> {
    dev.check_is_whole()?;
    for command in GO_BY_NAME {
        let said = dev.in_node(command)?;
        ensure!(said.contains(BY_NAME), "{command}: {said}");
    }
    // Its certificate is for the name and for the address, where the name leads.
    for host in ["kinc-dev-api", "10.200.0.9"] {
        let ask = "curl --silent --fail --cacert /etc/kubernetes/pki/ca.crt";
        assert_eq!(
            dev.in_node(&format!("{ask} https://{host}:6443/readyz"))?,
            "ok"
        );
    }
    // A pod on the network of the node has the names of the node.
    let hosts = dev.run_pod(&Pod {
        spec: "  hostNetwork: true\n",
        ..Pod::new(pod, "cat /etc/hosts")
    })?;
    let has_name = |line: &str| {
        let mut words = line.split_whitespace();
        words.next() == Some("10.200.0.9") && words.any(|word| word == "kinc-dev-api")
    };
    ensure!(hosts.lines().any(has_name), "{hosts}");
    // The host goes by the published port, as ever.
    let kubeconfig = dev.ok("kinc kubeconfig dev")?;
    ensure!(kubeconfig.contains("server: https://127.0.0.1:6443\n"));
    Ok(())
}

#[test]
fn the_api_server_is_reached_by_its_name_after_restarts() -> Result<()> {
    let dev = Fixture::with_cluster("name")?;
    dev.load_tools()?;
    check_name(&dev, "created")?;
    dev.ok("kinc restart dev")?;
    check_name(&dev, "restarted")?;
    dev.host.reboot()?;
    dev.wait_until_ready()?;
    check_name(&dev, "booted")
}

#[test]
fn clusters_are_isolated_and_an_open_network_is_repaired() -> Result<()> {
    let dev = Fixture::with_cluster("networks")?;
    dev.ok("kinc create dev-2")?;
    // From node to node: the API server, at both of its addresses, etcd and kubelet.
    let reaches = |cluster: &str, subnet: &str, port: u16| {
        let ask = format!("bash -c 'exec 3<>/dev/tcp/10.200.{subnet}/{port}'");
        let node = format!("kinc-{cluster}-control-plane");
        dev.ops()
            .succeeds(&format!("podman exec {node} timeout 5 {ask}"))
    };
    for (cluster, own, other) in [("dev", "0", "1"), ("dev-2", "1", "0")] {
        for (host, port) in [("2", 6443), ("9", 6443), ("2", 2379), ("2", 10250)] {
            let itself = format!("cluster `{cluster}` reaches its own {host}:{port}");
            dev.host.wait_until(&itself, LIMIT, || {
                reaches(cluster, &format!("{own}.{host}"), port)
            })?;
            ensure!(
                !reaches(cluster, &format!("{other}.{host}"), port),
                "{cluster} reaches 10.200.{other}.{host}:{port}"
            );
        }
    }
    // A drop-in for the network of one of them lets both reach each other.
    let network = "~/.config/containers/systemd/kinc-dev/kinc-dev.network.d";
    dev.ok(&format!(
        "mkdir {network} && printf '[Network]\\nOptions=isolate=false\\n' > {network}/10-reach.conf"
    ))?;
    dev.ok(
        "kinc stop dev && podman network rm kinc-dev && systemctl --user daemon-reload && kinc start dev",
    )?;
    for (cluster, address) in [("dev", "1.2"), ("dev-2", "0.2")] {
        let other = format!("cluster `{cluster}` reaches 10.200.{address}:6443");
        dev.host
            .wait_until(&other, LIMIT, || reaches(cluster, address, 6443))?;
    }
    dev.ok("kinc plan")?;
    dev.ok(&format!("rm -r {network}"))?;
    // Somebody has made the network of the stopped cluster otherwise.
    dev.ok("kinc delete dev-2 && kinc stop dev && podman network rm kinc-dev")?;
    dev.ok("podman network create --subnet 10.200.0.0/24 --gateway 10.200.0.1 kinc-dev")?;
    dev.ok("kinc start dev")?;
    let plan = dev.ops().run("kinc plan")?;
    let drift = "the network is not isolated: other clusters reach the node";
    ensure!(plan.stdout.contains(drift), "{}", plan.stdout);
    dev.ok("kinc create dev --yes")?;
    let options = dev.ok("podman network inspect kinc-dev --format '{{.Options.isolate}}'")?;
    assert_eq!(options, "true\n");
    dev.check_is_whole()
}

#[test]
fn a_new_route_of_the_host_does_not_block_existing_clusters() -> Result<()> {
    let dev = Fixture::boot("vpn")?;
    let declare = |labels: &str| {
        let text = format!(
            "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: dev}}\n\
             spec: {{nodes: [{{labels: {{{labels}}}}}]}}\n"
        );
        dev.ops().write_file("dev.yaml", &text)
    };
    declare("")?;
    dev.ok("kinc apply -f dev.yaml")?;
    dev.host.root().run(
        "ip link add vpn0 type veth peer name vpn1 && ip link set vpn0 up && ip link set vpn1 up && ip route add 10.0.0.0/8 dev vpn0",
    )?
    .ok()?;
    let warning = "warning: the nodes of cluster `dev` have 10.200.0.0/24, which overlaps the route \
                   10.0.0.0/8 of this host";
    for command in ["kinc plan -f dev.yaml", "kinc apply -f dev.yaml"] {
        let said = dev.ops().run(command)?.ok()?;
        ensure!(said.stderr.contains(warning), "{command}: {}", said.stderr);
    }
    declare("disk: ssd")?;
    dev.ok("kinc apply -f dev.yaml")?;
    let label = "get node kinc-dev-control-plane -o jsonpath={.metadata.labels.disk}";
    assert_eq!(dev.kubectl(label)?, "ssd");
    // What is chosen now keeps off the route.
    dev.ok("kinc create dev-2")?;
    let subnet =
        dev.ok("podman network inspect kinc-dev-2 --format '{{(index .Subnets 0).Subnet}}'")?;
    assert_eq!(subnet, "192.168.0.0/24\n");
    dev.ok("kinc restart dev")?;
    dev.check_is_whole()
}
