//! What people have around a cluster: settings for all containers, another Podman in the shell, links.
//!
//! The node here is a fake that is ready at once: all of this is between kinc, Podman and systemd.

use std::time::Duration;

use anyhow::{Result, ensure};
use kinc_lab::fake_node::{self, FAKE_NODE};

use crate::fixture::Fixture;

/// Keys that reach every container of a user, each of which would change a node or keep it from
/// starting; the runtime and the cgroup manager are the user's matter.
const CONTAINERS_CONF: &str = r#"[containers]
annotations = ["a=b"]
cgroupns = "host"
default_ulimits = ["nofile=100:100"]
devices = ["/dev/null:/dev/other"]
dns_searches = ["bad.example"]
env = ["OTHER=1"]
init = true
ipcns = "host"
log_driver = "k8s-file"
mounts = ["type=tmpfs,destination=/other"]
no_hosts = true
tz = "Europe/Vilnius"
userns = "keep-id"
utsns = "host"
volumes = ["/home/ops:/other-home"]
[engine]
remote = true
"#;

/// What a node's container was made with.
const MADE_WITH: &str = "CONTAINERS_CONF=/dev/null podman inspect kinc-dev-control-plane --format \
    '{{.HostConfig.UTSMode}} {{.HostConfig.CgroupMode}} {{.HostConfig.IpcMode}} \
    {{.HostConfig.LogConfig.Type}} {{.HostConfig.UsernsMode}} {{.HostConfig.Ulimits}} \
    {{.Config.Timezone}} {{.Config.Env}} {{.Config.Annotations}} {{len .Mounts}} {{.HostConfig.Devices}}'";

fn boot(name: &str) -> Result<Fixture> {
    let dev = Fixture::boot(name)?;
    fake_node::make(&dev.ops())?;
    let text = format!(
        "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: dev, uid: 5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f}}\nspec: {{image: '{FAKE_NODE}'}}\n"
    );
    dev.ops().write_file("dev.yaml", &text)?;
    Ok(dev)
}

/// Returns the words of a line in an order of their own: Podman gives variables in any.
fn sorted(line: &str) -> Vec<String> {
    let words = line.split(|c: char| c.is_whitespace() || "[]{}".contains(c));
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.sort();
    words
}

#[test]
fn containers_conf_of_the_user_does_not_affect_nodes() -> Result<()> {
    let dev = boot("surroundings-conf")?;
    dev.ok("kinc apply -f dev.yaml")?;
    let plain = sorted(&dev.ok(MADE_WITH)?);
    dev.ok("kinc delete dev")?;
    dev.ops()
        .write_file(".config/containers/containers.conf", CONTAINERS_CONF)?;
    let variables = "PODMAN_USERNS=keep-id\nCONTAINER_HOST=unix:///nonexistent\n";
    dev.ops()
        .write_file(".config/environment.d/podman.conf", variables)?;
    dev.ok("systemctl --user daemon-reload")?;
    dev.ok("kinc apply -f dev.yaml")?;
    let set = sorted(&dev.ok(MADE_WITH)?);
    ensure!(
        set == plain,
        "the node was made with {set:?}, not {plain:?}"
    );
    dev.ok("kinc plan")?;
    dev.ok("kinc delete dev")?;
    Ok(())
}

#[test]
fn podman_runs_as_in_the_units_and_a_different_shell_is_reported() -> Result<()> {
    let dev = boot("surroundings-shell")?;
    let shell = "env XDG_DATA_HOME=/var/tmp/big CONTAINER_HOST=unix:///nonexistent";
    dev.ok(&format!("{shell} kinc apply -f dev.yaml 2>said"))?;
    let said =
        dev.ok("grep -c '^warning: `CONTAINER_HOST`, `XDG_DATA_HOME` in this shell differ' said")?;
    ensure!(said == "1\n", "it was said {said} times");
    dev.ok("test ! -e /var/tmp/big/containers")?;
    let listed = dev.ok(&format!("{shell} kinc list -o name"))?;
    ensure!(listed == "dev\n", "the list was {listed:?}");
    dev.ok(&format!("{shell} kinc delete dev"))?;
    Ok(())
}

#[test]
fn linked_directories_and_files_are_followed_and_written_through() -> Result<()> {
    let dev = boot("surroundings-links")?;
    let units = ".config/containers/systemd";
    // The directory of the cluster, all of the unit directory, and each file.
    let ways = [
        format!("mv {units}/kinc-dev kept && ln -s ~/kept {units}/kinc-dev"),
        format!("mv {units} kept && ln -s ~/kept {units}"),
        format!(
            "mkdir kept && cd {units}/kinc-dev && for f in *; do mv $f ~/kept/ && ln -s ~/kept/$f $f; done"
        ),
    ];
    for way in ways {
        dev.ok("kinc apply -f dev.yaml")?;
        dev.ok(&way)?;
        dev.ok("systemctl --user daemon-reload")?;
        let listed = dev.ok("kinc list -o name")?;
        ensure!(listed == "dev\n", "after `{way}` the list was {listed:?}");
        // Its exit code says that there is nothing to do.
        dev.ok("kinc plan -f dev.yaml")?;
        dev.ok("kinc restart dev")?;
        dev.ok("sed 's/^spec: {/spec: {autostart: false, /' dev.yaml >changed.yaml")?;
        dev.ok("kinc apply -f changed.yaml --yes")?;
        dev.ok("kinc plan -f changed.yaml")?;
        dev.ok("grep -rq 'autostart: false' kept/")?;
        dev.ok("kinc delete dev")?;
        dev.ok("test -z \"$(find kept -name 'kinc-dev*' -o -name cluster.yaml)\"")?;
        dev.ok(&format!(
            "test ! -e {units}/kinc-dev && test ! -L {units}/kinc-dev"
        ))?;
        // The whole of it goes back to its place.
        dev.ok(&format!(
            "if [ -L {units} ]; then rm {units} && mv kept {units}; else rm -rf kept; fi"
        ))?;
    }
    Ok(())
}

#[test]
fn a_network_that_podman_left_half_made_is_told_and_made_whole() -> Result<()> {
    let dev = boot("surroundings-half")?;
    let part = "$XDG_RUNTIME_DIR/containers/networks/rootless-netns/resolv.conf";
    // As if Podman had been killed before it wrote this file. Somebody else keeps the network.
    dev.ok("systemd-run --user --quiet --unit=other podman unshare --rootless-netns sleep 600")?;
    dev.host
        .wait_until("the network is made", Duration::from_mins(1), || {
            dev.ok(&format!("test -s {part}")).is_ok()
        })?;
    dev.ok(&format!("rm {part}"))?;
    let said = dev.fails("kinc apply -f dev.yaml")?.stderr;
    let free = "kinc stop dev && podman network rm kinc-dev && kinc start dev";
    ensure!(said.contains(free), "it said {said:?}");
    dev.host
        .wait_until("the network is whole", Duration::from_mins(1), || {
            dev.ok(&format!("test -s {part}")).is_ok()
        })?;
    dev.ok(free)?;
    dev.ok("systemctl --user stop other")?;
    Ok(())
}

#[test]
fn a_masked_generator_is_named() -> Result<()> {
    let dev = boot("surroundings-mask")?;
    let mask = "/etc/systemd/user-generators/podman-user-generator";
    let masked = format!("mkdir -p /etc/systemd/user-generators && ln -s /dev/null {mask}");
    dev.host.root().run(&masked)?.ok()?;
    let said = dev.fails("kinc apply -f dev.yaml")?;
    let expected = format!("`{mask}` masks Podman's Quadlet generator");
    ensure!(said.stderr.contains(&expected), "it said {:?}", said.stderr);
    Ok(())
}
