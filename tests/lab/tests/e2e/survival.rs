//! A cluster survives, with its data: restarts, crashes, reboots, power cuts, and a lost network.

use anyhow::{Result, ensure};

use crate::fixture::{Fixture, LIMIT, TOOLS};

/// A cluster with data in it.
fn with_data(name: &str) -> Result<Fixture> {
    let dev = Fixture::with_cluster(name)?;
    dev.write_data()?;
    Ok(dev)
}

#[test]
fn restart_kill_and_removal_of_container_and_network_keep_the_data() -> Result<()> {
    let dev = with_data("crash")?;
    let identity = dev.in_node("cat /etc/machine-id")?;

    dev.ok("kinc restart dev")?;
    dev.check_data()?;

    let stop = dev
        .ops()
        .run("systemctl --user stop kinc-dev-control-plane")?
        .ok()?;
    ensure!(
        stop.elapsed.as_secs() < 10,
        "stopping took {:?}",
        stop.elapsed
    );
    assert_eq!(dev.property("Result")?, "success");
    assert_eq!(dev.ok("systemctl --user --failed --no-legend")?, "");
    // etcd closed its database: it says so as its last word.
    dev.ok("systemctl --user start kinc-dev-control-plane")?;
    dev.check_data()?;

    dev.ok("kill -9 $(systemctl --user show --property MainPID --value kinc-dev-control-plane)")?;
    dev.host
        .wait_until("systemd restarts the unit", LIMIT, || {
            dev.property("NRestarts")
                .is_ok_and(|restarts| restarts == "1")
        })?;
    dev.wait_until_ready()?;
    dev.check_data()?;

    let container = "podman inspect --format '{{.Id}}' kinc-dev-control-plane";
    let remove = [
        "podman rm --force kinc-dev-control-plane",
        "podman network rm --force kinc-dev",
    ];
    for remove in remove {
        let removed = dev.ok(container)?;
        dev.ok(remove)?;
        dev.host
            .wait_until("another container is there", LIMIT, || {
                dev.ok(container).is_ok_and(|id| id != removed)
            })?;
        dev.wait_until_ready()?;
        dev.check_data()?;
    }

    assert_eq!(dev.in_node("cat /etc/machine-id")?, identity);
    Ok(())
}

#[test]
fn containers_killed_with_their_monitors_are_restarted() -> Result<()> {
    let dev = with_data("monitors")?;
    // CRI-O waits for each that is gone, and has too many of them to ever come up.
    dev.kubectl(&format!(
        "create deployment many --image={TOOLS} --replicas=8 -- sleep 3600"
    ))?;
    dev.kubectl("rollout status deployment many --timeout=120s")?;
    // Without cgroup controllers all containers are in the cgroup of CRI-O.
    dev.in_node("systemctl kill --signal=KILL crio")?;
    dev.host.wait_until("the node is booted anew", LIMIT, || {
        dev.property("NRestarts")
            .is_ok_and(|restarts| restarts == "1")
    })?;
    dev.wait_until_ready()?;
    dev.check_data()?;
    dev.kubectl("rollout status deployment many --timeout=120s")?;
    Ok(())
}

#[test]
fn the_cluster_is_back_after_a_reboot_without_anyone_logging_in() -> Result<()> {
    let dev = with_data("reboot")?;
    dev.host.reboot()?;
    dev.wait_until_ready()?;
    dev.check_data()
}

#[test]
fn a_power_cut_under_load_loses_no_acknowledged_write() -> Result<()> {
    let dev = with_data("powercut")?;
    let load = "podman exec kinc-dev-control-plane sh -c 'n=0; while kubectl create configmap load-$n --from-literal=n=$n; do n=$((n+1)); done'";
    let work = dev.ops().spawn(load)?;
    let acknowledged = || work.stdout().map_or(0, |printed| printed.lines().count());
    dev.host
        .wait_until("ten objects are written", LIMIT, || acknowledged() >= 10)?;
    let written = acknowledged();
    dev.host.power_cut()?;
    drop(work);
    dev.host.power_on()?;
    dev.wait_until_ready()?;
    dev.check_data()?;
    for n in 0..written {
        dev.kubectl(&format!("get configmap load-{n}"))?;
    }
    Ok(())
}

#[test]
fn a_power_cut_during_the_first_start_is_repaired_by_the_next_boot() -> Result<()> {
    let dev = Fixture::boot("powercut-init")?;
    let create = dev.ops().spawn("kinc create dev")?;
    dev.host.wait_until("kubeadm has started etcd", LIMIT, || {
        dev.in_node("test -e /var/lib/etcd/member").is_ok()
    })?;
    dev.host.power_cut()?;
    drop(create);
    dev.host.power_on()?;
    dev.wait_until_ready()?;
    let log = dev.ok("kinc logs dev --unit kinc-prepare")?;
    ensure!(log.contains("data: half-done"), "{log}");
    dev.kubectl("wait --for=condition=Ready --timeout=60s node/kinc-dev-control-plane")?;
    Ok(())
}

#[test]
fn an_interrupted_first_start_is_repeated() -> Result<()> {
    let dev = Fixture::boot("stopped-init")?;
    let create = dev.ops().spawn("kinc create dev")?;
    dev.host.wait_until("kubeadm is at work", LIMIT, || {
        dev.in_node("test -e /etc/kubernetes/manifests").is_ok()
    })?;
    let stop = dev.ops().run("kinc stop dev")?.ok()?;
    ensure!(
        stop.elapsed.as_secs() < 10,
        "stopping took {:?}",
        stop.elapsed
    );
    drop(create);
    dev.ok("kinc start dev")?;
    dev.check_is_whole()
}

#[test]
fn a_changed_host_address_does_not_affect_the_cluster() -> Result<()> {
    let dev = with_data("address")?;
    dev.host.change_address("198.51.100.7/24", "198.51.100.1")?;
    dev.wait_until_ready()?;
    dev.ok("kinc restart dev")?;
    dev.check_data()?;
    dev.host.reboot()?;
    dev.wait_until_ready()?;
    dev.check_data()
}

#[test]
fn a_cluster_is_created_and_restarted_without_any_network() -> Result<()> {
    let dev = Fixture::boot("offline")?;
    dev.host.cut_network()?;
    dev.ok("kinc create dev")?;
    dev.write_data()?;
    dev.host.reboot()?;
    dev.wait_until_ready()?;
    dev.check_data()
}

#[test]
fn without_autostart_a_cluster_stays_stopped_after_a_reboot() -> Result<()> {
    let dev = Fixture::boot("autostart")?;
    dev.ops().write_file(
        "dev.yaml",
        "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {name: dev}\nspec: {autostart: false}\n",
    )?;
    dev.ok("kinc apply --yes -f dev.yaml")?;
    dev.host.reboot()?;
    dev.host
        .wait_until("the user manager has settled", LIMIT, || {
            dev.ops().succeeds("systemctl --user is-system-running")
        })?;
    assert_eq!(dev.property("ActiveState")?, "inactive");
    assert_eq!(dev.ops().run("kinc status dev")?.status, 3);
    dev.ok("kinc start dev")?;
    dev.check_is_whole()
}

/// What a login on a console is to logind and polkit: a session of the user, and no more.
const LOGIN: &str = "--property User=ops --property PAMName=login --property WorkingDirectory=/home/ops \
                     --property 'Environment=HOME=/home/ops XDG_RUNTIME_DIR=/run/user/1000'";

#[test]
fn lingering_is_enabled_or_its_command_is_shown() -> Result<()> {
    let dev = Fixture::boot("linger")?;
    let root = dev.host.root();
    // Through systemd, since logind asks for the cgroup of whoever speaks to it.
    let run = |line: &str| {
        root.run(&format!("systemd-run --quiet --wait --pipe {line}"))?
            .ok()
    };
    run("loginctl disable-linger ops")?;
    root.run("systemctl mask --quiet --runtime --now polkit")?
        .ok()?;
    root.run(&format!("systemd-run --quiet {LOGIN} sleep infinity"))?
        .ok()?;
    dev.host
        .wait_until("the login has a user manager", LIMIT, || {
            dev.ops()
                .succeeds("systemctl --user is-active basic.target")
        })?;
    let told = run(&format!("{LOGIN} kinc create dev"))?.stderr;
    ensure!(
        told.contains("warning: the cluster will not start at boot: ")
            && told.contains("; run: sudo loginctl enable-linger 1000\n"),
        "{told}"
    );
    root.run("systemctl unmask --quiet --runtime polkit")?
        .ok()?;
    let made = run(&format!("{LOGIN} kinc create dev"))?.stderr;
    ensure!(
        made.contains("enabled lingering, so that your clusters start at boot"),
        "{made}"
    );
    dev.host.reboot()?;
    dev.wait_until_ready()?;
    Ok(())
}
