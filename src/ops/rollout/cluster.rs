//! Rolls the files of one cluster out to its nodes.

use anyhow::Result;

use crate::declaration::schema::Impact;
use crate::edge::systemd::Manager;
use crate::job::{Summary, UnitState, Verb};
use crate::model::cluster::NodeName;
use crate::ops::action::Action;
use crate::ops::prepare::Prepared;
use crate::ops::rollout::balancer;
use crate::ops::rollout::nodes;
use crate::ops::rollout::readiness::Start;
use crate::ops::rollout::update_in_place;
use crate::ops::{Context, Limits, Reporter};
use crate::ops::{loaded, pending_change};
use crate::plan::Step;

/// The state of a cluster in systemd before anything was reloaded.
#[derive(Debug)]
pub(crate) struct Before {
    /// Its nodes, in the order of the declaration.
    pub(crate) nodes: Vec<NodeBefore>,
}

/// The state of a node in systemd before anything was reloaded.
#[derive(Debug)]
pub(crate) struct NodeBefore {
    /// The node.
    pub(crate) name: NodeName,
    /// Its unit.
    pub(crate) unit: UnitState,
    /// What its run has yet to take since a change was written, by this apply or a killed one.
    pub(crate) pending: Option<Impact>,
}

impl Before {
    /// Returns whether files, loaded units and running nodes are as declared.
    pub(crate) fn is_up_to_date(&self, cluster: &Prepared) -> bool {
        cluster.plan.step == Step::Nothing && self.nodes.iter().all(NodeBefore::is_up_to_date)
    }
}

impl NodeBefore {
    /// Returns whether systemd may have another unit than the files make, or none.
    pub(crate) fn is_stale(&self) -> bool {
        self.pending.is_some()
            || self.unit.need_daemon_reload
            || self.unit.summary() == Summary::Missing
    }

    fn is_up_to_date(&self) -> bool {
        let running = self.unit.summary() == Summary::Ready;
        running && self.pending.is_none() && !self.unit.need_daemon_reload
    }

    /// Returns how to start the node so that it runs as its files say; `None` if it does already.
    fn start(&self, cluster: &Prepared) -> Option<Start> {
        let step = cluster.plan.step_of(&self.name);
        let restart = self.pending == Some(Impact::Restart) || step == Some(Step::Restart);
        match self.unit.summary() {
            Summary::Ready if restart => Some(Start::Restart),
            Summary::Ready => None,
            // One that is on its way up has the old settings too.
            Summary::Starting | Summary::Stopping
                if restart || cluster.is_changed(&self.name) || self.pending.is_some() =>
            {
                Some(Start::Restart)
            }
            _ => Some(Start::IfStopped),
        }
    }
}

/// Rolls out what is written to one cluster, one node after the other.
///
/// # Errors
/// When a node does not become ready, or the user interrupts before systemd is asked to start it.
pub(crate) async fn roll_out(
    context: &Context,
    manager: &Manager,
    cluster: &Prepared,
    before: &Before,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Action> {
    let name = &cluster.resolved.cluster;
    for node in &before.nodes {
        loaded::check(context, manager, name, &node.name).await?;
    }
    if cluster.has_other_network() {
        let all: Vec<_> = before.nodes.iter().map(|node| node.name.clone()).collect();
        if !nodes::stop(context, manager, &all, limits, report).await? {
            return Ok(Action::Interrupted(Verb::Stop));
        }
        context.podman.remove("network", &name.network()).await?;
    }
    if !balancer::renew(context, manager, cluster, limits, report).await? {
        return Ok(Action::Interrupted(Verb::Restart));
    }
    let in_place = before
        .nodes
        .iter()
        .filter(|node| node.pending == Some(Impact::InPlace) && node.start(cluster).is_none());
    let in_place: Vec<&NodeName> = in_place.map(|node| &node.name).collect();
    if !in_place.is_empty() {
        update_in_place::set(context, manager, &cluster.resolved, &in_place, limits).await?;
        for node in in_place {
            pending_change::done(context, node)?;
        }
    }
    let starts: Vec<_> = before
        .nodes
        .iter()
        .filter_map(|node| Some((node.name.clone(), node.start(cluster)?)))
        .collect();
    if !nodes::bring_up(context, manager, name, &starts, limits, report).await? {
        return Ok(Action::Interrupted(Verb::Start));
    }
    for (node, _) in &starts {
        pending_change::done(context, node)?;
    }
    Ok(done(cluster, &starts))
}

/// Returns what became of a cluster of which these nodes were started.
fn done(cluster: &Prepared, starts: &[(NodeName, Start)]) -> Action {
    match starts {
        [] => Action::Changed,
        _ if cluster.is_new() => Action::Created,
        _ if starts.iter().any(|(_, start)| *start == Start::Restart) => Action::Restarted,
        _ => Action::Started,
    }
}
