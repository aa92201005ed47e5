//! Names and pulls follow the network of the host, however late it comes and wherever it leads.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::fixture::{Fixture, TOOLS};
use crate::registry::{HAS_MANIFEST, MAKE_REGISTRY};

/// Time from the network's coming until names are there.
const MINUTE: Duration = Duration::from_mins(1);

/// What is beyond the host's router: three name servers and a registry. They are the host's own
/// addresses, so it reaches them always, and its containers do by a default route.
const FAR: &str = r"
set -e
ip link add far0 type bridge
for address in 203.0.113.53 203.0.113.54 203.0.113.55 203.0.113.80; do ip address add $address/32 dev far0; done
ip link set far0 up
systemd-run --quiet --unit far-registry --working-directory /home/ops/registry \
  openssl s_server -accept 203.0.113.80:443 -cert cert.pem -key key.pem -HTTP -quiet
for address in 203.0.113.53 203.0.113.54 203.0.113.55; do
  systemd-run --quiet --unit far-$address python3 /root/names $address
done
";

/// A name server: every name is that of the registry.
const NAMES: &str = r"
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
while True:
    asked, client = server.recvfrom(512)
    end = asked.index(0, 12) + 5
    is_address = asked[end - 4:end - 2] == b'\0\1'
    head = asked[:2] + b'\x84\0\0\1\0' + bytes([is_address]) + b'\0\0\0\0'
    answer = b'\xc0\x0c\0\1\0\1\0\0\0\5\0\4' + bytes([203, 0, 113, 80]) if is_address else b''
    server.sendto(head + asked[12:end] + answer, client)
";

const PULL: &str =
    "podman exec kinc-dev-control-plane crictl pull registry.example.test/library/hello:1";

/// A host with something beyond its router, which has the image of pods, and no cluster yet.
fn far(name: &str) -> Result<Fixture> {
    let dev = Fixture::boot(name)?;
    dev.ok(&MAKE_REGISTRY.replace("DNS:localhost", "DNS:registry.example.test"))?;
    let root = dev.host.root();
    root.write_file("/root/names", NAMES)?;
    root.run(FAR)?.ok()?;
    let certificate = serde_json::to_string(&dev.ops().read_file("registry/cert.pem")?)?;
    dev.ops().write_file(
        "dev.yaml",
        &format!(
            "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: dev}}\n\
             spec: {{caCertificates: [{certificate}]}}\n"
        ),
    )?;
    Ok(dev)
}

/// Makes the cluster, with a pod that can be asked for names.
fn make_cluster(dev: &Fixture) -> Result<()> {
    dev.ok("kinc apply --yes -f dev.yaml")?;
    dev.load_tools()?;
    dev.kubectl(&format!(
        "run asker --image={TOOLS} --image-pull-policy=Never -- sleep 36000"
    ))?;
    dev.kubectl("wait --for=condition=Ready --timeout=60s pod/asker")?;
    Ok(())
}

/// The host gets these name servers.
fn name_servers(dev: &Fixture, servers: &str) -> Result<()> {
    dev.host.root().write_file("/etc/resolv.conf", servers)
}

/// Whether a pod finds a name that nobody has asked for before.
fn has_names(dev: &Fixture) -> bool {
    dev.kubectl("exec asker -- sh -c 'getent ahostsv4 name-$(cat /proc/sys/kernel/random/uuid).example.test'")
        .is_ok_and(|found| found.contains("203.0.113.80"))
}

/// Waits for names in pods and a pull by name, without a hand and without a restart.
fn follows(dev: &Fixture, node: &str) -> Result<()> {
    let seen = || {
        dev.ok("systemctl --user status 'kinc-dev-[ru]*'; podman unshare --rootless-netns sh -c 'ip route; cat /etc/resolv.conf'")
    };
    dev.host
        .wait_until("a pod finds names", MINUTE, || has_names(dev))
        .with_context(|| seen().unwrap_or_default())?;
    let pulled = dev.fails(PULL)?;
    ensure!(pulled.stderr.contains(HAS_MANIFEST), "{}", pulled.stderr);
    assert_eq!(dev.property("MainPID")?, node, "the node was restarted");
    Ok(())
}

#[test]
fn names_and_pulls_follow_the_name_servers_of_the_host() -> Result<()> {
    let dev = far("name-servers")?;
    name_servers(&dev, "")?;
    make_cluster(&dev)?;
    let node = dev.property("MainPID")?;
    ensure!(!has_names(&dev), "there were names without a server");

    name_servers(&dev, "nameserver 203.0.113.53\n")?;
    follows(&dev, &node)?;

    // Another network: the servers of the former one do not answer there.
    let root = dev.host.root();
    root.run("systemctl stop far-203.0.113.53")?.ok()?;
    ensure!(!has_names(&dev), "there were names without a server");
    name_servers(&dev, "nameserver 203.0.113.54\n")?;
    follows(&dev, &node)?;

    // A VPN that ends puts back what was there before it, as a link and with its time of then.
    root.run("systemctl stop far-203.0.113.54")?.ok()?;
    root.run(
        "echo nameserver 203.0.113.55 > /etc/names && touch --date 2020-01-01 /etc/names \
         && ln -s names /etc/resolv.conf.new && mv --no-target-directory /etc/resolv.conf.new /etc/resolv.conf",
    )?
    .ok()?;
    follows(&dev, &node)?;

    // The same text again, as at each renewal of a lease, cuts nobody's connections.
    let pasta = "cat /run/user/1000/containers/networks/rootless-netns/rootless-netns-conn.pid";
    let before = dev.ok(pasta)?;
    name_servers(&dev, "nameserver 203.0.113.55\n")?;
    looked_at(&dev)?;
    assert_eq!(dev.ok(pasta)?, before);
    Ok(())
}

/// Returns what systemd says of the look at the host's routes.
fn look(dev: &Fixture, property: &str) -> Result<String> {
    dev.ok(&format!(
        "systemctl --user show --property {property} --value kinc-dev-uplink.service"
    ))
}

/// Waits until the host's network has been looked at from now on.
fn looked_at(dev: &Fixture) -> Result<()> {
    let property = |name: &str| look(dev, name);
    let earlier = property("InactiveExitTimestampMonotonic")?;
    dev.host
        .wait_until("the network has been looked at", MINUTE, || {
            property("InactiveExitTimestampMonotonic").is_ok_and(|last| last != earlier)
                && property("ActiveState").is_ok_and(|state| state == "inactive\n")
        })?;
    Ok(())
}

#[test]
fn names_and_pulls_work_once_the_host_has_a_default_route() -> Result<()> {
    let dev = far("default-route")?;
    let root = dev.host.root();
    name_servers(&dev, "nameserver 203.0.113.53\n")?;
    root.run("ip route delete default")?.ok()?;
    make_cluster(&dev)?;
    let node = dev.property("MainPID")?;
    ensure!(!has_names(&dev), "there were names without a route");

    root.run("ip route add default via 10.99.0.1")?.ok()?;
    follows(&dev, &node)?;

    // A host without a route is not a fault of the cluster's, and what looks for one ends with the node.
    root.run("ip route delete default")?.ok()?;
    dev.ok("kinc restart dev")?;
    looked_at(&dev)?;
    stops_while_it_is_looked_at(&dev)
}

/// Stops the cluster amid a look at the host's network: the look ends by itself, and is the last one.
fn stops_while_it_is_looked_at(dev: &Fixture) -> Result<()> {
    dev.ops().write_file(
        ".config/systemd/user/kinc-dev-uplink.service.d/slow.conf",
        "[Service]\nExecCondition=podman unshare sleep 5\n",
    )?;
    dev.ok("systemctl --user daemon-reload")?;
    // What it has found out holds until the network of the containers is recreated.
    dev.ok("rm -f $XDG_RUNTIME_DIR/containers/networks/rootless-netns/kinc-{routes,uplink}")?;
    let root = dev.host.root();
    root.run("ip route add default via 10.99.0.1")?.ok()?;
    dev.host.wait_until("the look has begun", MINUTE, || {
        look(dev, "ActiveState").is_ok_and(|state| state == "activating\n")
    })?;
    dev.ok("kinc stop dev")?;
    let units = "systemctl --user list-units --no-legend 'kinc-dev-resolver*' 'kinc-dev-uplink*'";
    dev.host.wait_until("the look has ended", MINUTE, || {
        dev.ok(units).is_ok_and(|listed| listed.is_empty())
    })?;
    assert_eq!(dev.ok("systemctl --user --failed --no-legend")?, "");

    // What is cut off amid making the network would leave it half made.
    dev.ok("kinc start dev")?;
    dev.ok("rm -f $XDG_RUNTIME_DIR/containers/networks/rootless-netns/kinc-{routes,uplink}")?;
    dev.host.wait_until("the look has begun", MINUTE, || {
        look(dev, "ActiveState").is_ok_and(|state| state == "activating\n")
    })?;
    dev.ok("kinc delete dev")?;
    let cut_off = "journalctl --user --quiet --unit 'kinc-dev-uplink*' --grep 'Failed with result'";
    dev.fails(cut_off)?;
    Ok(())
}
