//! Changes a cluster that runs: its limits, in its slice and in what kubelet counts with, and the marks
//! of its node.

use anyhow::{Context as _, Result};

use crate::edge::podman::{Exec, Podman};
use crate::edge::systemd::{Error, Manager};
use crate::job::Outcome;
use crate::model::cluster::{Node, NodeName};
use crate::ops::{Context, Limits};
use crate::resolve::{ResolvedCluster, ResolvedNode};

/// The program of the node that gives it other labels and taints.
const MARK: &str = "/usr/libexec/kinc/mark";

/// The program of the node that has kubelet count with other limits.
const RELIMIT: &str = "/usr/libexec/kinc/relimit";

/// Has slice, kubelet and node take what their files have already.
///
/// systemd changes the cgroup of a slice when a unit starts in it. The network's unit is in it,
/// takes a moment, and finds its work done.
pub(crate) async fn set(
    context: &Context,
    manager: &Manager,
    cluster: &ResolvedCluster,
    nodes: &[&NodeName],
    limits: Limits,
) -> Result<()> {
    let name = &cluster.cluster;
    let network = format!("{}-network.service", name.network());
    let cancelled = context.cancel.cancelled();
    let started = manager
        .start(&network, limits.wait, cancelled, |_| {})
        .await
        .with_context(|| format!("setting the limits of `{}`", name.slice()))?;
    if let Outcome::Interrupted { .. } = started {
        return Err(Error::Interrupted.into());
    }
    let resolved = cluster
        .nodes()
        .filter(|(node, _)| nodes.contains(&&node.name));
    for (node, declared) in resolved {
        let [memory, cpu, tasks] = node.limits.arguments();
        let exec = Exec {
            container: node.name.container(),
            command: &[RELIMIT, &memory, &cpu, &tasks],
        };
        let ran = context.podman.exec(exec).await;
        ran.context("passing the new limits to kubelet")?;
        mark(&context.podman, cluster, node, declared).await?;
    }
    Ok(())
}

/// Gives a node its declared labels and taints.
pub(crate) async fn mark(
    podman: &Podman,
    cluster: &ResolvedCluster,
    node: &ResolvedNode,
    declared: &Node,
) -> Result<()> {
    let (labels, taints) = (declared.settings.label_list(), cluster.taints(declared));
    let pods = node.pod_cidr.to_string();
    let command = [MARK, node.name.as_str(), &pods, &labels, &taints.join(",")];
    // The first one that can does it.
    let mut failed = Ok(());
    for asked in cluster.control_planes() {
        let exec = Exec {
            container: asked.name.container(),
            command: &command,
        };
        match podman.exec(exec).await {
            Ok(_) => return Ok(()),
            Err(error) => failed = failed.and(Err(error)),
        }
    }
    failed.context("setting the labels and taints of the node")
}
