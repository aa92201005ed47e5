//! Data outlives what people do around it: prunes, resets, lost directories. Or it is said what is missing.

use anyhow::{Context as _, Result, ensure};
use kinc_lab::fake_node;

use crate::fixture::Fixture;

/// Where the data of the cluster's node is.
const DATA: &str = "/home/ops/.local/share/kinc/clusters/dev/kinc-dev-control-plane";

const UNIT: &str = "kinc-dev-control-plane";

/// A cluster with a mark in it that no new one has.
fn marked(name: &str) -> Result<Fixture> {
    let dev = Fixture::with_cluster(name)?;
    dev.kubectl("create configmap survivor --from-literal=a=b")?;
    Ok(dev)
}

fn check_mark(dev: &Fixture) -> Result<()> {
    let found = dev.kubectl("get configmap survivor -o jsonpath={.data.a}")?;
    ensure!(found == "b", "the mark is {found:?}");
    Ok(())
}

#[test]
fn prune_reset_and_a_lost_pause_process_keep_the_data() -> Result<()> {
    let dev = marked("prunes")?;
    let while_stopped = [
        "podman volume prune --force",
        "podman system prune --all --volumes --force",
        "podman volume rm --all --force",
        "kill -9 $(cat /run/user/1000/libpod/tmp/pause.pid)",
        "podman system reset --force",
    ];
    for command in while_stopped {
        dev.ok(&format!("systemctl --user stop {UNIT} && {command}"))?;
        dev.ok(&format!("systemctl --user start {UNIT}"))?;
        check_mark(&dev)?;
    }
    // What takes the container of a running node away has systemd start it again.
    for command in [
        "kill -9 $(cat /run/user/1000/libpod/tmp/pause.pid); systemctl --user restart kinc-dev-control-plane",
        "podman system prune --all --volumes --force",
        "podman volume rm --force kinc-dev-control-plane-containers",
        "podman system reset --force",
    ] {
        dev.ok(command)?;
        dev.ok("kinc start dev")?;
        check_mark(&dev)?;
    }
    dev.check_is_whole()
}

#[test]
fn missing_data_is_reported_once_and_used_again_when_restored() -> Result<()> {
    let dev = marked("lost")?;
    dev.ok("kinc stop dev")?;
    dev.ok(&format!("mv {DATA}/var {DATA}/away"))?;
    // systemd itself says it, without a try.
    dev.fails(&format!("systemctl --user start {UNIT}"))?;
    assert_eq!(dev.property("NRestarts")?, "0");
    let plan = dev.ops().run("kinc plan")?.stdout;
    ensure!(
        plan.contains(&format!("drift: `{DATA}/var` is missing\n")),
        "{plan}"
    );
    let apply = dev.fails("kinc create dev --yes")?.stderr;
    assert_eq!(
        apply,
        format!(
            "error: the data of cluster `dev` is missing: `{DATA}/var` is missing; restore it, or \
             delete the cluster\nhint: kinc delete dev\n"
        )
    );
    assert_eq!(dev.fails("kinc start dev")?.stderr, apply);

    // An empty directory in its place, another cluster's, and one whose plain files are gone.
    let node_refuses = |words: &str| -> Result<()> {
        dev.fails(&format!("systemctl --user start {UNIT}"))?;
        assert_eq!(dev.property("ExecMainStatus")?, "74");
        assert_eq!(dev.property("NRestarts")?, "0");
        let status = dev.property("StatusText")?;
        ensure!(status.contains(words), "{status}");
        Ok(())
    };
    dev.ok(&format!("mkdir {DATA}/var"))?;
    node_refuses(&format!(
        "/var has no mark of this cluster: its data is missing; restore {DATA}/var"
    ))?;
    let nil = "00000000-0000-0000-0000-000000000000";
    dev.ok(&format!("podman unshare rm -r {DATA}/var && mkdir -p {DATA}/var/.kinc && echo {nil} > {DATA}/var/.kinc/uid"))?;
    node_refuses(&format!(
        "/var belongs to the cluster with uid {nil}, not to this one"
    ))?;
    dev.ok(&format!(
        "podman unshare rm -r {DATA}/var && mv {DATA}/away {DATA}/var"
    ))?;
    dev.ok(&format!(
        "cp -a {DATA}/kubernetes {DATA}/copy && rm -r {DATA}/kubernetes/*"
    ))?;
    node_refuses("this cluster was initialised, but its data is missing")?;
    dev.ok(&format!(
        "rm -r {DATA}/kubernetes && mv {DATA}/copy {DATA}/kubernetes"
    ))?;

    dev.ok("kinc start dev")?;
    check_mark(&dev)
}

#[test]
fn a_cluster_with_removed_files_is_adopted_from_its_data() -> Result<()> {
    let dev = marked("adopted")?;
    dev.ok("kinc stop dev && rm -r ~/.config/containers/systemd/kinc-dev && systemctl --user daemon-reload")?;
    ensure!(dev.ok("kinc list -o name")?.is_empty());
    assert_eq!(
        dev.fails("kinc create dev")?.stderr,
        "error: `/home/ops/.local/share/kinc/clusters/dev` has the data of a deleted cluster `dev`; \
         adopt it, or delete it\nhint: kinc adopt dev\nhint: kinc delete dev\n"
    );
    dev.ok("kinc adopt dev && kinc create dev --yes")?;
    check_mark(&dev)?;
    let plan = dev.ok("kinc plan")?;
    ensure!(plan.starts_with("dev: as declared\n"), "{plan}");
    let copy = "stat --format '%a' ~/.local/share/kinc/clusters ~/.local/share/kinc/clusters/dev/cluster.yaml";
    assert_eq!(dev.ok(copy)?, "700\n600\n");
    dev.ok("cmp ~/.config/containers/systemd/kinc-dev/cluster.yaml ~/.local/share/kinc/clusters/dev/cluster.yaml")?;
    Ok(())
}

/// Declares the cluster `dev` with its data in a directory, and a node that does nothing.
fn declare_in(dev: &Fixture, directory: &str) -> Result<()> {
    let directory = directory.replace('\'', "''");
    let text = format!(
        "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: dev}}\n\
         spec: {{image: '{}', dataDir: '{directory}'}}\n",
        fake_node::FAKE_NODE
    );
    dev.ops().write_file("dev.yaml", &text)
}

#[test]
fn data_is_in_the_declared_directory_and_moved_only_by_hand() -> Result<()> {
    let dev = Fixture::boot("data-dir")?;
    fake_node::make(&dev.ops())?;
    declare_in(&dev, "/run/user/1000/kinc")?;
    let refused = dev.fails("kinc apply -f dev.yaml")?;
    assert_eq!(refused.status, 2);
    ensure!(
        refused
            .stderr
            .contains("is in memory (tmpfs), and empty after a reboot"),
        "{}",
        refused.stderr
    );
    dev.fails("ls -d ~/.config/containers/systemd/kinc-dev")?;

    let nasty = "/home/ops/my data/50% of $HOME \"it's\"";
    declare_in(&dev, nasty)?;
    dev.ok("kinc apply -f dev.yaml")?;
    dev.ok("podman exec kinc-dev-control-plane sh -c 'echo kept > /var/file'")?;
    let shell = nasty.replace('$', "\\$").replace('"', "\\\"");
    dev.ok(&format!(
        "grep kept \"{shell}/clusters/dev/kinc-dev-control-plane/var/file\""
    ))?;

    // What is said can be pasted, whatever the path.
    dev.ok("kinc stop dev && rm -r ~/.config/containers/systemd/kinc-dev && systemctl --user daemon-reload")?;
    let refused = dev.fails("kinc apply -f dev.yaml")?.stderr;
    let mut hints = refused
        .lines()
        .filter_map(|line| line.strip_prefix("hint: "));
    let adopt = hints.next().context("no hint")?;
    ensure!(adopt.starts_with("kinc adopt dev --data-dir "), "{refused}");
    dev.ok(adopt)?;
    declare_in(&dev, "/home/ops/other")?;
    let refused = dev.fails("kinc apply --yes -f dev.yaml")?.stderr;
    let said = refused
        .lines()
        .find_map(|line| line.split_once("move it first: "));
    dev.ok(said.with_context(|| refused.clone())?.1)?;
    dev.ok("kinc apply --yes -f dev.yaml")?;
    assert_eq!(
        dev.ok("podman exec kinc-dev-control-plane cat /var/file")?,
        "kept\n"
    );

    // A backup beside it keeps it from going, and so does a mount; neither stops the node.
    let disk = "/home/ops/other/clusters/dev/kinc-dev-control-plane/var/mnt";
    let root = |line: &str| dev.host.root().run(line)?.ok();
    dev.ok(&format!("mkdir -p {disk} other/clusters/dev/backup/var"))?;
    let refused = dev.fails("kinc delete dev")?.stderr;
    ensure!(
        refused.contains(
            "`/home/ops/other/clusters/dev/backup` does not belong to kinc, and would be removed"
        ),
        "{refused}"
    );
    dev.ok("mv other/clusters/dev/backup backup")?;
    root(&format!("mount -t tmpfs none {disk}"))?;
    let refused = dev.fails("kinc delete dev")?.stderr;
    ensure!(refused.contains("is mounted in the data"), "{refused}");
    root(&format!("umount {disk}"))?;
    // As while its disk is not mounted.
    dev.ok("mv other unplugged")?;
    let refused = dev.fails("kinc delete dev")?.stderr;
    ensure!(refused.contains("mount its disk"), "{refused}");
    assert_eq!(dev.property("ActiveState")?, "active");
    dev.ok("mv unplugged other")?;

    // A link to somebody's files goes, and they stay.
    dev.ok("mkdir precious && touch precious/file && ln -s ~/precious other/clusters/dev/kinc-dev-control-plane/var/link")?;
    dev.ok("kinc delete dev && ls precious/file backup/var && ls -A other/clusters | wc -l | grep -x 0")?;
    Ok(())
}
