//! The lab itself keeps its promises: hosts are apart from each other, and last.

use std::time::Duration;

use anyhow::Result;
use kinc_lab::product::node_image;
use kinc_lab::{FreshHost, Host, Lab, OPS, Release};

fn host(name: &str) -> Result<FreshHost> {
    Lab::shared_without_image()?.fresh_host(name)
}

#[test]
fn the_user_has_a_manager_and_no_privileges() -> Result<()> {
    let host = host("lab-user")?;
    let ops = host.user(OPS);
    let who = ops.run("id -un; systemctl --user is-system-running; sudo -n true 2>&1 | wc -l")?;
    assert_eq!(
        who.ok()?.stdout.lines().take(2).collect::<Vec<_>>(),
        ["ops", "running"]
    );
    host.root()
        .run("systemctl is-system-running --wait")?
        .ok()?;
    assert_ne!(ops.run("ip link add x type dummy")?.status, 0);
    Ok(())
}

#[test]
fn the_host_has_the_requested_release() -> Result<()> {
    let host = host("lab-release")?;
    let release = Release::of_tests()?;
    assert_eq!(host.config()?.release, release);
    // The os-release of sid tells of the release that it will become.
    let archive = host.root().read_file("/etc/apt/sources.list")?;
    let suite = archive.split_whitespace().nth(2);
    assert_eq!(suite, Some(release.name()));
    Ok(())
}

#[test]
fn podman_is_rootless_and_builds_an_image_from_nothing() -> Result<()> {
    let host = host("lab-podman")?;
    let ops = host.user(OPS).time_limit(Duration::from_mins(1));
    let info = ops.run("podman info --format json")?.ok()?.json()?;
    assert_eq!(info["host"]["security"]["rootless"], true);
    assert_eq!(info["store"]["graphDriverName"], "overlay");
    ops.write_file(
        "image/Containerfile",
        "FROM scratch\nCOPY Containerfile /here\n",
    )?;
    ops.run("podman build --tag tiny image")?.ok()?;
    let images = ops
        .run("podman images --format '{{.Repository}}:{{.Tag}}'")?
        .ok()?;
    assert_eq!(images.text(), "localhost/tiny:latest");
    Ok(())
}

#[test]
fn files_and_user_services_survive_reboot_and_power_cut() -> Result<()> {
    let host = host("lab-power")?;
    let ops = || host.user(OPS);
    let unit = "[Service]\nExecStart=sleep infinity\n[Install]\nWantedBy=default.target\n";
    ops().write_file(".config/systemd/user/mine.service", unit)?;
    ops()
        .run("systemctl --user daemon-reload; systemctl --user enable --now mine")?
        .ok()?;
    host.root().run("echo kept > /etc/kept")?.ok()?;
    let boot_id = || {
        Ok::<_, anyhow::Error>(
            host.root()
                .run("systemctl show -P UserspaceTimestampMonotonic")?
                .ok()?
                .stdout,
        )
    };
    let first = boot_id()?;
    host.reboot()?;
    ops()
        .run("systemctl --user is-system-running --wait && systemctl --user is-active mine")?
        .ok()?;
    let second = boot_id()?;
    assert_ne!(first, second);
    host.power_cut()?;
    assert!(!host.is_running());
    host.power_on()?;
    ops()
        .run("systemctl --user is-system-running --wait && systemctl --user is-active mine")?
        .ok()?;
    assert_eq!(host.root().read_file("/etc/kept")?, "kept\n");
    assert_ne!(second, boot_id()?);
    Ok(())
}

#[test]
fn a_host_reboots_while_commands_run_on_it() -> Result<()> {
    let host = host("lab-busy")?;
    let work = host.user(OPS).spawn("sleep infinity & sleep infinity")?;
    host.reboot()?;
    assert_ne!(work.wait()?.status, 0);
    Ok(())
}

#[test]
fn a_power_cut_of_one_host_does_not_affect_the_other() -> Result<()> {
    let (one, two) = (host("lab-one")?, host("lab-two")?);
    let names = |host: &FreshHost| {
        host.root()
            .run("hostname")
            .map(|output| output.text().to_owned())
    };
    assert_eq!(
        (names(&one)?, names(&two)?),
        ("test-lab-one".to_owned(), "test-lab-two".to_owned())
    );
    let mut work = one.user(OPS).spawn("sleep 1000")?;
    let before = two
        .root()
        .run("systemctl show -P NRestarts systemd-journald; cat /proc/1/stat | cut -d' ' -f22")?
        .ok()?;
    assert!(work.is_running());
    one.power_cut()?;
    assert_ne!(work.wait()?.status, 0);
    let after = two
        .root()
        .run("systemctl show -P NRestarts systemd-journald; cat /proc/1/stat | cut -d' ' -f22")?
        .ok()?;
    assert_eq!(before.stdout, after.stdout);
    Ok(())
}

#[test]
fn the_uplink_can_be_cut_and_moved_for_good() -> Result<()> {
    let host = host("lab-network")?;
    let address =
        || Ok::<_, anyhow::Error>(host.root().run("ip -brief -4 address show up0")?.stdout);
    assert!(address()?.contains("10.99.0.2/24"));
    host.change_address("192.0.2.7/24", "192.0.2.1")?;
    assert!(address()?.contains("192.0.2.7/24"));
    host.cut_network()?;
    host.reboot()?;
    assert_eq!(address()?, "");
    host.restore_network()?;
    assert!(address()?.contains("192.0.2.7/24"));
    Ok(())
}

#[test]
fn a_command_that_takes_too_long_is_killed_and_reported() -> Result<()> {
    let host = host("lab-limit")?;
    let output = host
        .user(OPS)
        .time_limit(Duration::from_millis(200))
        .run("sleep 1000")?;
    assert_eq!(output.status, 124);
    assert_eq!(host.user(OPS).run("pgrep -c sleep")?.text(), "0");
    Ok(())
}

#[test]
fn a_signal_reaches_the_command_itself() -> Result<()> {
    let host = host("lab-signal")?;
    let work = host
        .user(OPS)
        .spawn("trap 'echo caught; exit 7' INT; touch ready; sleep 1000 & wait")?;
    host.wait_until("the trap is set", Duration::from_secs(10), || {
        host.user(OPS).succeeds("test -e ready")
    })?;
    let output = work.interrupt()?;
    assert_eq!((output.stdout.as_str(), output.status), ("caught\n", 7));
    Ok(())
}

#[test]
fn an_image_built_on_one_host_runs_read_only_on_another() -> Result<()> {
    let lab = Lab::shared_without_image()?;
    let builder = lab.fresh_host("lab-builder")?;
    // ldconfig(8) is the one static program of a Debian.
    let recipe = "FROM scratch\nCOPY --chown=7:7 ldconfig /ldconfig\nCMD [\"/ldconfig\", \"-V\"]\n";
    let ops = builder.user(OPS);
    ops.write_file("image/Containerfile", recipe)?;
    ops.run("cp /sbin/ldconfig image/ && podman build --tag shared image")?
        .ok()?;
    builder.down()?;
    let store = tempfile::tempdir_in(lab.cache().root())?;
    node_image::keep_store(&builder, store.path())?;

    let mut config = lab.config("test-lab-reader");
    config.store = Some(store.path().to_path_buf());
    Host::named(lab.cache(), &config.name)?.remove()?;
    let reader = Host::boot(lab.cache(), &config, lab.kinc())?;
    let ops = reader.user(OPS);
    let images = ops
        .run("podman images --format '{{.Repository}} {{.ReadOnly}}'")?
        .ok()?;
    assert_eq!(images.text(), "localhost/shared true");
    let run = "podman run --rm --network none --read-only --volume v:/var shared";
    assert!(ops.run(run)?.ok()?.text().starts_with("ldconfig "));
    ops.run("podman rmi --force shared")?.failed()?;
    ops.run("podman image exists shared")?.ok()?;
    reader.remove()
}
