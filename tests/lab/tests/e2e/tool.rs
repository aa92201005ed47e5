//! The tool itself dies or meets bad luck: nothing is lost or half-written, and the next run continues.
//!
//! The node here is a fake that is ready at once: what a node does for ten seconds is no
//! concern of these tests, and they need a hundred starts.

use anyhow::{Context as _, Result, ensure};
use kinc_lab::fake_node::{self, FAKE_NODE};

use crate::fixture::{Fixture, LIMIT};

/// System calls by which a program changes files, waits for its turn, or starts another program.
const FILES: &str = "rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,\
                     mkdirat,rmdir,fsync,fdatasync,flock,clone3,vfork";

/// The one by which it talks to systemd. Most messages only ask, so a sweep takes every fourth.
const MESSAGES: &str = "sendmsg";

/// More than any command has of them; a sweep that comes so far does not end by itself.
const MOST: usize = 500;

/// A host with declarations of `dev` in four versions, `a.yaml` and so on, and their files in `a` and
/// so on: from `a`, a change to `b` takes no restart, one to `c` does, and one to `d` sets limits in place.
fn with_declarations(name: &str) -> Result<Fixture> {
    let dev = Fixture::boot(name)?;
    declare(&dev)?;
    Ok(dev)
}

pub(crate) fn declare(dev: &Fixture) -> Result<()> {
    fake_node::make(&dev.ops())?;
    let versions = [
        ("a", "autostart: true"),
        ("b", "autostart: false"),
        ("c", "nodes: [{sysctls: {net.core.somaxconn: '512'}}]"),
        ("d", "resources: {tasks: 5000, cpuWeight: 50}"),
    ];
    for (file, spec) in versions {
        let text = format!(
            "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\n\
             metadata: {{name: dev, uid: 5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f, annotations: {{kinc.dev/declared-in: /home/ops/{file}.yaml}}}}\n\
             spec: {{image: '{FAKE_NODE}', {spec}}}\n"
        );
        dev.ops().write_file(&format!("{file}.yaml"), &text)?;
        dev.ok(&format!("kinc render -f {file}.yaml -o {file}"))?;
    }
    Ok(())
}

/// Runs a command, killed at its `step`th call of the kind; returns whether it came to its end before.
fn killed_at(dev: &Fixture, calls: &str, step: usize, command: &str) -> Result<bool> {
    let output = dev.ops().run(&format!(
        "strace --quiet=all --output=/dev/null --trace={calls} --inject={calls}:signal=KILL:when={step} {command}"
    ))?;
    ensure!(
        [0, 137].contains(&output.status),
        "neither killed nor done: {output:?}"
    );
    Ok(output.status == 0)
}

/// Kills a command at one step after the other until it comes to its end; `repair` follows each kill.
fn sweep(dev: &Fixture, command: &str, mend: impl Fn() -> Result<()>) -> Result<()> {
    let mut kills = 0;
    for (calls, stride) in [(FILES, 1), (MESSAGES, 4)] {
        for step in (1..).step_by(stride) {
            ensure!(step < MOST, "`{command}` does not come to an end");
            let done = killed_at(dev, calls, step, command)?;
            mend().with_context(|| format!("after `{command}` was killed at {step} of {calls}"))?;
            if done {
                break;
            }
            kills += 1;
        }
    }
    ensure!(kills > 10, "only {kills} steps were seen");
    Ok(())
}

/// Every file of the cluster, as one of the versions has it, and nothing else.
const WHOLE: &str = r#"
cd ~/.config/containers/systemd
test -d kinc-dev || exit 0
cd kinc-dev
for file in $(ls -A); do
  case $file in .*) continue ;; esac
  cmp -s "$file" ~/a/kinc-dev/"$file" || cmp -s "$file" ~/b/kinc-dev/"$file" ||
    cmp -s "$file" ~/c/kinc-dev/"$file" || cmp -s "$file" ~/d/kinc-dev/"$file" ||
    { echo "half-written: $file"; cat "$file"; exit 1; }
done
"#;

/// The files of version `b` are there, and no others.
pub(crate) const IS_B: &str = "diff --recursive ~/b/kinc-dev ~/.config/containers/systemd/kinc-dev";

/// Nothing of any cluster is left.
pub(crate) const NOTHING: &str = r#"
systemctl --user daemon-reload
left="$(ls -d ~/.config/containers/systemd/kinc-dev ~/.local/share/kinc/clusters/dev 2>/dev/null; podman ps --all --quiet; podman volume ls --quiet
  podman network ls --format '{{.Name}}' | grep kinc; systemctl --user list-units --all --plain --no-legend 'kinc-*')"
test -z "$left" || { echo "$left"; exit 1; }
"#;

#[test]
fn an_apply_to_a_running_cluster_that_is_killed_anywhere_is_finished_by_the_next_one() -> Result<()>
{
    let dev = with_declarations("killed-change")?;
    dev.ok("kinc apply --yes -f a.yaml")?;
    let node = dev.property("MainPID")?;
    sweep(&dev, "kinc apply --yes -f b.yaml", || {
        dev.ok(WHOLE)?;
        dev.ok("kinc apply --yes -f b.yaml")?;
        dev.ok(IS_B)?;
        assert_eq!(dev.property("MainPID")?, node);
        assert_eq!(dev.property("NeedDaemonReload")?, "no");
        dev.ok("kinc apply --yes -f a.yaml")?;
        Ok(())
    })
}

#[test]
fn a_restart_pending_after_a_killed_apply_is_done_by_the_next_one() -> Result<()> {
    let dev = with_declarations("killed-restart")?;
    dev.ok("kinc apply --yes -f a.yaml")?;
    sweep(&dev, "kinc apply --yes -f c.yaml", || {
        dev.ok("kinc apply --yes -f c.yaml")?;
        dev.ok("diff --recursive ~/c/kinc-dev ~/.config/containers/systemd/kinc-dev")?;
        let setting = "podman exec kinc-dev-control-plane cat /proc/sys/net/core/somaxconn";
        assert_eq!(dev.ok(setting)?, "512\n");
        dev.ok("kinc apply --yes -f a.yaml")?;
        assert_ne!(dev.ok(setting)?, "512\n");
        Ok(())
    })
}

#[test]
fn limits_that_a_killed_apply_did_not_set_are_set_by_the_next_one() -> Result<()> {
    let dev = with_declarations("killed-limits")?;
    dev.ok("kinc apply --yes -f a.yaml")?;
    let node = dev.property("MainPID")?;
    let limits = "podman exec kinc-dev-control-plane cat /var/limits";
    let weight = "systemctl --user show --property CPUWeight --property NeedDaemonReload kinc-dev.slice | sort";
    sweep(&dev, "kinc apply -f d.yaml", || {
        dev.ok("kinc apply -f d.yaml")?;
        dev.ok("diff --recursive ~/d/kinc-dev ~/.config/containers/systemd/kinc-dev")?;
        assert_eq!(dev.ok(limits)?, "none none 5000\n");
        assert_eq!(dev.ok(weight)?, "CPUWeight=50\nNeedDaemonReload=no\n");
        dev.ok("kinc apply -f a.yaml")?;
        assert_eq!(dev.ok(limits)?, "none none none\n");
        assert_eq!(dev.property("MainPID")?, node, "the node was restarted");
        Ok(())
    })
}

#[test]
fn a_first_apply_that_is_killed_anywhere_is_finished_by_the_next_one() -> Result<()> {
    let dev = with_declarations("killed-create")?;
    sweep(&dev, "kinc apply --yes -f b.yaml", || {
        dev.ok(WHOLE)?;
        dev.ok("kinc list")?;
        dev.ok("kinc apply --yes -f b.yaml && systemctl --user is-active kinc-dev-control-plane")?;
        dev.ok(IS_B)?;
        dev.ok("kinc delete dev")?;
        dev.ok(NOTHING)?;
        Ok(())
    })
}

#[test]
fn a_delete_that_is_killed_anywhere_is_finished_by_the_next_one() -> Result<()> {
    let dev = with_declarations("killed-delete")?;
    dev.ok("kinc apply --yes -f a.yaml")?;
    sweep(&dev, "kinc delete dev", || {
        dev.ok("kinc list")?;
        dev.ok("kinc delete dev")?;
        dev.ok(NOTHING)?;
        dev.ok("kinc apply --yes -f a.yaml")?;
        Ok(())
    })
}

#[test]
fn applies_at_the_same_time_make_each_cluster_once_and_share_no_port() -> Result<()> {
    let dev = with_declarations("at-once")?;
    let cluster = |name: &str| {
        format!(
            "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: {name}}}\nspec: {{image: '{FAKE_NODE}'}}\n"
        )
    };
    let names = ["one", "two", "three", "dev", "dev"];
    for name in names {
        dev.ops()
            .write_file(&format!("{name}.yaml"), &cluster(name))?;
    }
    let mut applies = Vec::new();
    for name in names {
        applies.push(
            dev.ops()
                .spawn(&format!("kinc apply --yes -f {name}.yaml"))?,
        );
    }
    for apply in applies {
        apply.wait()?.ok()?;
    }
    let ports =
        dev.ok("cat ~/.config/containers/systemd/kinc-*/*.container | grep PublishPort= | sort")?;
    let expected: Vec<String> = (6443..6447)
        .map(|port| format!("PublishPort=127.0.0.1:{port}:6443\n"))
        .collect();
    assert_eq!(ports, expected.concat());
    Ok(())
}

#[test]
fn a_full_or_read_only_disk_is_reported_and_leaves_no_half_written_file() -> Result<()> {
    let dev = with_declarations("bad-disk")?;
    let units = "/home/ops/.config/containers/systemd";
    let root = |line: &str| dev.host.root().run(line)?.ok();
    // The settings of the lab's hosts, which the new disk would hide, are on it too.
    root(&format!(
        "cp --archive {units} /tmp/units && \
         mount -t tmpfs -o size=64k,mode=755,uid=1000,gid=1000 none {units} && \
         cp --archive --no-target-directory /tmp/units {units}"
    ))?;

    // No room at all, then for one file, then for some of them.
    dev.fails(&format!("cat /dev/zero > {units}/full"))?;
    for free in 0..3 {
        dev.ok(&format!("truncate --size=-$(({free} * 4096)) {units}/full"))?;
        let apply = dev.fails("kinc apply --yes -f a.yaml")?;
        ensure!(
            apply.stderr.contains("No space left on device"),
            "{apply:?}"
        );
        dev.ok(WHOLE)?;
    }
    dev.ok(&format!("rm {units}/full"))?;
    dev.ok("kinc apply --yes -f b.yaml")?;
    dev.ok(IS_B)?;

    root(&format!("mount -o remount,ro {units}"))?;
    let apply = dev.fails("kinc apply --yes -f a.yaml")?;
    ensure!(apply.stderr.contains("Read-only file system"), "{apply:?}");
    dev.ok(IS_B)?;
    dev.fails("kinc delete dev")?;
    root(&format!("mount -o remount,rw {units}"))?;
    dev.ok("kinc delete dev")?;
    dev.host.wait_until("the node is gone", LIMIT, || {
        dev.ops().succeeds("test -z \"$(podman ps --all --quiet)\"")
    })?;
    Ok(())
}
