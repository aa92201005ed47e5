//! Takes nodes out of their cluster: out of its API first, then off the host.
//!
//! Everything is done while the cluster still has the files of the node, so that an apply which is interrupted
//! does the rest again.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::edge::podman::Exec;
use crate::edge::systemd::Manager;
use crate::job::Summary;
use crate::model::cluster::{NODE_VOLUMES, NodeName};
use crate::ops::leaving::{asked, kubectl};
use crate::ops::prepare::Prepared;
use crate::ops::rollout::stop;
use crate::ops::{Context, Interrupted, Limits, Report, Reporter, data, linked, pending_change};
use crate::plan::Leaving;

/// How long pods may take to be evicted: a disruption budget may hold them for ever.
const DRAIN: Duration = Duration::from_mins(5);

/// Takes all nodes that leave a cluster out of it, and removes what is theirs.
///
/// # Errors
/// When one cannot be drained in time, or something of it cannot be removed. A repetition does the rest.
pub(crate) async fn remove(
    context: &Context,
    manager: &Manager,
    cluster: &Prepared,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<()> {
    let Some(control_plane) = asked(&cluster.resolved, cluster.found.as_ref()) else {
        return Ok(());
    };
    for leaving in &cluster.plan.leaving {
        context.cancel.check()?;
        let node = &leaving.node;
        let removed = remove_one(
            context,
            manager,
            cluster,
            control_plane,
            leaving,
            limits,
            report,
        );
        removed
            .await
            .with_context(|| format!("removing node `{node}`"))?;
        report(Report::Done(format!("removed node {node}, with its data")));
    }
    Ok(())
}

async fn remove_one(
    context: &Context,
    manager: &Manager,
    cluster: &Prepared,
    control_plane: &NodeName,
    leaving: &Leaving,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<()> {
    let (node, name) = (&leaving.node, &cluster.resolved.cluster);
    let unit = node.unit();
    let known = [
        "get",
        "node",
        node.as_str(),
        "--ignore-not-found",
        "--output=name",
    ];
    let is_known = !kubectl(context, control_plane, &known).await?.is_empty();
    // Of a node that is down nobody would end the pods.
    if is_known && manager.unit(&unit).await?.summary() == Summary::Ready {
        drain(context, control_plane, node, limits).await?;
        report(Report::Done(format!("drained node {node}")));
    }
    if !stop::stop_unit(context, manager, &unit, limits, report).await? {
        return Err(
            Interrupted::new(format!("systemd is still stopping `{unit}`"))
                .hint("apply again")
                .into(),
        );
    }
    let gone = ["delete", "node", node.as_str(), "--ignore-not-found"];
    kubectl(context, control_plane, &gone).await?;
    for claim in &leaving.claims {
        delete_claim(context, control_plane, claim).await?;
    }
    context.podman.remove_container(node.container()).await?;
    for kind in NODE_VOLUMES {
        context.podman.remove("volume", &node.volume(kind)).await?;
    }
    linked::unlink_of_node(context, manager, name, node).await?;
    pending_change::done(context, node)?;
    let base = &cluster.resolved.data_dir;
    data::remove_nodes(context, base, name, |one| one == node).await
}

async fn drain(
    context: &Context,
    control_plane: &NodeName,
    node: &NodeName,
    limits: Limits,
) -> Result<()> {
    let limit = DRAIN.min(limits.wait);
    let timeout = format!("--timeout={}s", limit.as_secs());
    let command = [
        "kubectl",
        "drain",
        node.as_str(),
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        "--force",
        &timeout,
    ];
    let exec = Exec {
        container: control_plane.container(),
        command: &command,
    };
    // kubectl says what hinders it.
    let podman = context
        .podman
        .clone()
        .limit(limit + Duration::from_secs(15));
    podman.exec(exec).await.context("draining it").map(drop)
}

/// Deletes a claim whose data is gone, and its volume, which nobody can clean up any more.
async fn delete_claim(context: &Context, control_plane: &NodeName, claim: &str) -> Result<()> {
    let Some((namespace, name)) = claim.split_once('/') else {
        return Ok(());
    };
    let volume = [
        "get",
        "pvc",
        name,
        "--namespace",
        namespace,
        "--ignore-not-found",
        "--output=jsonpath={.spec.volumeName}",
    ];
    let volume = kubectl(context, control_plane, &volume).await?;
    let claim = [
        "delete",
        "pvc",
        name,
        "--namespace",
        namespace,
        "--ignore-not-found",
        "--wait=false",
    ];
    kubectl(context, control_plane, &claim).await?;
    if !volume.is_empty() {
        let volume = [
            "delete",
            "pv",
            &volume,
            "--ignore-not-found",
            "--wait=false",
        ];
        kubectl(context, control_plane, &volume).await?;
    }
    Ok(())
}
