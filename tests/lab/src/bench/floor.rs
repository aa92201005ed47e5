//! The floor that `create` is measured against: a bare `kubeadm init` as root, on the same host,
//! with the same programs and images, until the same conditions hold.
//!
//! No container, no user namespace, and none of kinc's settings: kubeadm's own defaults, with
//! what no cluster on this host could do without (nftables, and no cgroup controllers).

use std::time::Duration;

use anyhow::Result;

use crate::host::{Host, OPS};

/// The script that lays out the root and starts the programs in it.
const SCRIPT: &str = include_str!("floor.sh");

/// Starts a bare control plane once, and clears it away by a reboot.
///
/// # Errors
/// When a step fails.
pub(super) fn sample(host: &Host) -> Result<Duration> {
    let layers = host
        .user(OPS)
        .run("podman image inspect --format '{{.GraphDriver.Data.UpperDir}}:{{.GraphDriver.Data.LowerDir}}' localhost/kinc/node:v1.36.3")?
        .ok()?;
    let root = host.root();
    root.write_file("floor.sh", SCRIPT)?;
    root.run(&format!("bash floor.sh prepare '{}'", layers.text()))?
        .ok()?;
    let started = root.run("bash floor.sh start")?.ok()?;
    host.reboot()?;
    host.root().run("rm -rf /home/floor")?.ok()?;
    Ok(started.elapsed)
}
