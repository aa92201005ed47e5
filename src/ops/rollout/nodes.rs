//! Starts and stops the nodes of a cluster.

use std::cell::RefCell;

use anyhow::Result;
use futures_util::future::try_join_all;

use crate::edge::systemd::Manager;
use crate::model::cluster::{ClusterName, NodeName};
use crate::ops::rollout::readiness::{self, Start};
use crate::ops::rollout::stop;
use crate::ops::{Context, Limits, Reporter};

/// Brings nodes up and follows them; `false` when the user broke off the wait.
///
/// Those that run are restarted one after the other, so that others serve meanwhile; those that are down are then
/// started at once, since each waits inside for what it needs of others.
///
/// # Errors
/// When a node does not become ready; systemd goes on with the others.
pub(crate) async fn bring_up(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    nodes: &[(NodeName, Start)],
    limits: Limits,
    report: Reporter<'_>,
) -> Result<bool> {
    let is = |wanted: Start| nodes.iter().filter(move |(_, start)| *start == wanted);
    for (node, start) in is(Start::Restart) {
        if !readiness::bring_up(context, manager, cluster, node, *start, limits, report).await? {
            return Ok(false);
        }
    }
    let report = RefCell::new(report);
    let one = async |(node, start): &(NodeName, Start)| {
        let mut report = |one| (report.borrow_mut())(one);
        readiness::bring_up(context, manager, cluster, node, *start, limits, &mut report).await
    };
    let started = try_join_all(is(Start::IfStopped).map(one)).await?;
    Ok(started.into_iter().all(|is_up| is_up))
}

/// Stops nodes, all at once, and follows them; `false` when the user broke off the wait.
///
/// # Errors
/// When one does not stop in time.
pub(crate) async fn stop(
    context: &Context,
    manager: &Manager,
    nodes: &[NodeName],
    limits: Limits,
    report: Reporter<'_>,
) -> Result<bool> {
    let report = RefCell::new(report);
    let one = async |node: &NodeName| {
        let mut report = |one| (report.borrow_mut())(one);
        stop::stop_unit(context, manager, &node.unit(), limits, &mut report).await
    };
    let stopped = try_join_all(nodes.iter().map(one)).await?;
    Ok(stopped.into_iter().all(|is_down| is_down))
}
