//! Takes nodes out of their cluster: out of its API first, then off the host.
//!
//! Everything is done while the cluster still has the files of the node, so that an apply which is interrupted
//! does the rest again.

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};

use crate::edge::podman::Exec;
use crate::edge::systemd::Manager;
use crate::job::Summary;
use crate::model::cluster::{NODE_VOLUMES, NodeName, Role};
use crate::ops::leaving::{asked, kubectl, local_claims};
use crate::ops::prepare::Prepared;
use crate::ops::rollout::{drain, stop, update_in_place};
use crate::ops::{
    Context, ErrorWithHints, Interrupted, Limits, Report, Reporter, data, known, linked,
    pending_change,
};
use crate::plan::{Leaving, LocalClaim};
use crate::resolve::{ResolvedCluster, resolve_again};

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
    if cluster.plan.leaving.is_empty() {
        return Ok(());
    }
    let has_made_room = make_room(context, &cluster.resolved).await?;
    for leaving in &cluster.plan.leaving {
        context.cancel.check()?;
        let node = &leaving.node;
        let emptied = empty(
            context,
            manager,
            control_plane,
            leaving,
            limits,
            &mut *report,
        );
        if let Err(mut error) = emptied.await {
            // The node goes on, and with it the taints that go with workers.
            if has_made_room && let Err(why) = take_room_back(context, cluster).await {
                error = error.context(format!("the control plane still takes pods: {why:#}"));
            }
            return Err(error.context(format!("removing node `{node}`")));
        }
        let taken_out = take_out(
            context,
            manager,
            cluster,
            control_plane,
            leaving,
            limits,
            &mut *report,
        );
        taken_out
            .await
            .with_context(|| format!("removing node `{node}`"))?;
        report(Report::Done(format!("removed node {node}, with its data")));
    }
    Ok(())
}

/// Lets pods run on the control planes where no worker is left, and returns whether that is so: those of the nodes
/// that leave have nowhere else to go.
async fn make_room(context: &Context, cluster: &ResolvedCluster) -> Result<bool> {
    let mut all = cluster.nodes();
    if all.any(|(_, declared)| declared.id.role() == Role::Worker) {
        return Ok(false);
    }
    for (node, declared) in cluster.nodes() {
        update_in_place::mark(&context.podman, cluster, node, declared).await?;
    }
    Ok(true)
}

/// Gives the nodes that stay the labels and taints again that they had before: those of the files, which are only
/// written when all that leave are gone.
async fn take_room_back(context: &Context, cluster: &Prepared) -> Result<()> {
    let podman = drain::uncancelled(context);
    let before = resolve_again(&known(context, &cluster.resolved.cluster)?)?;
    let stays = |node: &NodeName| cluster.resolved.declaration.node(node.id()).is_some();
    for (node, declared) in before.nodes().filter(|(node, _)| stays(&node.name)) {
        update_in_place::mark(&podman, &before, node, declared).await?;
    }
    Ok(())
}

/// Refuses what has come to a node since the user was asked: a claim that was made while it was drained.
async fn agreed(context: &Context, control_plane: &NodeName, leaving: &Leaving) -> Result<()> {
    let now = local_claims(&context.podman, control_plane, &leaving.node).await?;
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

/// Moves the pods of a node to others where it is up, and looks again at what would be lost.
async fn empty(
    context: &Context,
    manager: &Manager,
    control_plane: &NodeName,
    leaving: &Leaving,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<()> {
    let node = &leaving.node;
    let is_agreed = async || agreed(context, control_plane, leaving).await;
    // Of a node that is down nobody would end the pods.
    if manager.unit(&node.unit()).await?.summary() == Summary::Ready
        && drain::drain(context, control_plane, node, limits, is_agreed).await?
    {
        report(Report::Done(format!("drained node {node}")));
        return Ok(());
    }
    is_agreed().await
}

/// Takes a node that is empty out of the API and off the host.
async fn take_out(
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

/// Deletes a claim whose data is gone, and its volume, which nobody can clean up any more. One of the same name that
/// was made anew is another object, and stays.
async fn delete_claim(
    context: &Context,
    control_plane: &NodeName,
    local: &LocalClaim,
) -> Result<()> {
    let Some((namespace, name)) = local.claim.split_once('/') else {
        return Ok(());
    };
    let claim = Object {
        path: &format!("/api/v1/namespaces/{namespace}/persistentvolumeclaims/{name}"),
        uid: &local.claim_uid,
    };
    delete(context, control_plane, &claim).await?;
    let volume = Object {
        path: &format!("/api/v1/persistentvolumes/{}", local.volume),
        uid: &local.volume_uid,
    };
    delete(context, control_plane, &volume).await
}

/// An object of the API, which its uid tells from others of the same name.
struct Object<'a> {
    path: &'a str,
    /// Empty for one that was never there.
    uid: &'a str,
}

/// Passes kubectl the body of a request, which it reads from a file only.
const DELETE: &str =
    r#"printf %s "$2" | kubectl delete --raw "$1" --filename - --request-timeout=10s"#;

/// Deletes an object, and does not wait until it is gone.
async fn delete(context: &Context, control_plane: &NodeName, object: &Object<'_>) -> Result<()> {
    let Object { path, uid } = object;
    if uid.is_empty() {
        return Ok(());
    }
    let body = json!({
        "kind": "DeleteOptions",
        "apiVersion": "v1",
        "preconditions": {"uid": uid},
    });
    let exec = Exec {
        container: control_plane.container(),
        command: &["sh", "-c", DELETE, "sh", path, &body.to_string()],
    };
    let Err(error) = context.podman.exec(exec).await else {
        return Ok(());
    };
    // The API refuses it where another has the name, and where there is none; the list says which it is.
    match exists(context, control_plane, object).await {
        Ok(false) => Ok(()),
        _ => Err(error),
    }
}

/// Returns whether an object is still there, and is the same.
async fn exists(context: &Context, control_plane: &NodeName, object: &Object<'_>) -> Result<bool> {
    let (list, name) = object.path.rsplit_once('/').unwrap_or_default();
    let all = kubectl(&context.podman, control_plane, &["get", "--raw", list]).await?;
    let all: Json = serde_json::from_str(&all).context("reading what kubectl lists")?;
    let items = all["items"].as_array().context("no list")?;
    let is_it =
        |one: &Json| one["metadata"]["name"] == name && one["metadata"]["uid"] == object.uid;
    Ok(items.iter().any(is_it))
}
