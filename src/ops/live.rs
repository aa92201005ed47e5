//! Changes the limits of a cluster that runs: in its slice, and in what kubelet counts with.

use anyhow::{Context as _, Result};

use crate::cluster::{ClusterName, Resources};
use crate::ops::readiness::interrupted;
use crate::ops::{Context, Limits, control_plane};
use crate::podman::Exec;
use crate::systemd::Manager;

/// The program of the node that has kubelet count with other limits.
const RELIMIT: &str = "/usr/libexec/kinc/relimit";

/// Has slice and kubelet take new limits, which their files have already.
///
/// systemd changes the cgroup of a slice when a unit starts in it. The network's unit is in it,
/// takes a moment, and finds its work done.
pub(crate) async fn set(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    resources: Resources,
    limits: Limits,
) -> Result<()> {
    let network = format!("{}-network.service", cluster.network());
    manager
        .start(&network, limits.wait, interrupted(), |_| {})
        .await
        .with_context(|| format!("having systemd set the limits of `{}`", cluster.slice()))?;
    let or_none = |limit: Option<u64>| limit.map_or("none".to_owned(), |limit| limit.to_string());
    let (memory, cpu, tasks) = (
        or_none(resources.memory_bytes),
        or_none(resources.cpu_millis),
        or_none(resources.tasks),
    );
    context
        .podman
        .exec(Exec {
            container: control_plane(cluster).container(),
            command: &[RELIMIT, &memory, &cpu, &tasks],
        })
        .context("having kubelet count with the new limits")?;
    Ok(())
}
