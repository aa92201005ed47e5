//! Takes nodes out of their cluster: out of its API first, then off the host.
//!
//! Everything is done while the cluster still has the files of the node, so that an apply which is interrupted
//! does the rest again.

use anyhow::{Context as _, Result};

use crate::edge::systemd::Manager;
use crate::job::Summary;
use crate::model::cluster::{NODE_VOLUMES, NodeName, Role};
use crate::ops::leaving::{asked, kubectl, local_claims};
use crate::ops::prepare::Prepared;
use crate::ops::rollout::{drain, stop, update_in_place};
use crate::ops::{
    Context, ErrorWithHints, Interrupted, Limits, Report, Reporter, data, linked, pending_change,
};
use crate::plan::{Leaving, LocalClaim};
use crate::resolve::ResolvedCluster;

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
    if !cluster.plan.leaving.is_empty() {
        make_room(context, &cluster.resolved).await?;
    }
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

/// Lets pods run on the control planes where no worker is left: those of the nodes that leave have nowhere else to go.
async fn make_room(context: &Context, cluster: &ResolvedCluster) -> Result<()> {
    let mut all = cluster.nodes();
    if all.any(|(_, declared)| declared.id.role() == Role::Worker) {
        return Ok(());
    }
    for (node, declared) in cluster.nodes() {
        update_in_place::mark(context, cluster, node, declared).await?;
    }
    Ok(())
}

/// Refuses what has come to a node since the user was asked: a claim that was made while it was drained.
async fn agreed(context: &Context, control_plane: &NodeName, leaving: &Leaving) -> Result<()> {
    let now = local_claims(context, control_plane, &leaving.node).await?;
    let mut new = now.into_iter();
    match new.find(|one| !leaving.claims.contains(one)) {
        Some(one) => Err(ErrorWithHints::new(format!(
            "the volume of {} has come to it meanwhile",
            one.claim
        ))
        .hint("apply again")
        .into()),
        None => Ok(()),
    }
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
    // Of a node that is down nobody would end the pods.
    if manager.unit(&unit).await?.summary() == Summary::Ready {
        let is_agreed = async || agreed(context, control_plane, leaving).await;
        if drain::drain(context, control_plane, node, limits, is_agreed).await? {
            report(Report::Done(format!("drained node {node}")));
        }
    }
    if !stop::stop_unit(context, manager, &unit, limits, report).await? {
        return Err(
            Interrupted::new(format!("systemd is still stopping `{unit}`"))
                .hint("apply again")
                .into(),
        );
    }
    let gone = ["delete", "node", node.as_str(), "--ignore-not-found"];
    kubectl(&context.podman, control_plane, &gone).await?;
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

/// Deletes a claim whose data is gone, and its volume, which nobody can clean up any more. A claim of the same name
/// that has another volume by now keeps it.
async fn delete_claim(
    context: &Context,
    control_plane: &NodeName,
    local: &LocalClaim,
) -> Result<()> {
    let Some((namespace, name)) = local.claim.split_once('/') else {
        return Ok(());
    };
    let claim = ["pvc", name, "--namespace", namespace];
    let bound = "--output=jsonpath={.spec.volumeName}";
    let get = [&["get"], &claim[..], &["--ignore-not-found", bound]].concat();
    if kubectl(&context.podman, control_plane, &get).await?.trim() == local.volume {
        delete(context, control_plane, &claim).await?;
    }
    delete(context, control_plane, &["pv", &local.volume]).await
}

/// Deletes an object, and does not wait until it is gone.
async fn delete(context: &Context, control_plane: &NodeName, object: &[&str]) -> Result<()> {
    let delete = [&["delete"], object, &["--ignore-not-found", "--wait=false"]].concat();
    kubectl(&context.podman, control_plane, &delete)
        .await
        .map(drop)
}
