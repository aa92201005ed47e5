//! Brings one cluster from where its unit was to where its files say.

use anyhow::Result;

use crate::declaration::schema::Impact;
use crate::edge::systemd::Manager;
use crate::job::{Summary, UnitState, Verb};
use crate::ops::action::Action;
use crate::ops::prepare::Prepared;
use crate::ops::rollout::readiness::{self, Start};
use crate::ops::rollout::stop;
use crate::ops::rollout::update_in_place;
use crate::ops::{Context, Limits, Reporter, control_plane};
use crate::ops::{loaded, pending_change};
use crate::plan::Step;

/// How systemd had a cluster before anything was reloaded.
#[derive(Debug)]
pub(crate) struct Before {
    /// The node's unit.
    pub(crate) unit: UnitState,
    /// What it is owed since a change was written, by this apply or a killed one.
    pub(crate) pending: Option<Impact>,
}

impl Before {
    /// Tells whether files, loaded units and running cluster are as declared.
    pub(crate) fn is_settled(&self, cluster: &Prepared) -> bool {
        let running = self.unit.summary() == Summary::Ready;
        let loaded = self.pending.is_none() && !self.unit.need_daemon_reload;
        running && loaded && cluster.plan.step == Step::Nothing
    }

    /// Tells how the node comes to run as its files say; nothing when it does.
    fn start(&self, cluster: &Prepared) -> Option<Start> {
        let restart = self.pending == Some(Impact::Restart) || cluster.plan.step == Step::Restart;
        match self.unit.summary() {
            Summary::Ready if restart => Some(Start::Again),
            Summary::Ready => None,
            // One that is on its way up has the old settings too.
            Summary::Starting | Summary::Stopping
                if restart || cluster.is_changed() || self.pending.is_some() =>
            {
                Some(Start::Again)
            }
            _ => Some(Start::IfStopped),
        }
    }
}

/// Brings one cluster to where its files say.
///
/// # Errors
/// When it does not get there, or the user breaks off before systemd is asked for what goes on.
pub(crate) async fn settle(
    context: &Context,
    manager: &Manager,
    cluster: &Prepared,
    before: &Before,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Action> {
    let name = &cluster.resolved.cluster;
    loaded::check(context, manager, name).await?;
    let Some(start) = before.start(cluster) else {
        if before.pending == Some(Impact::InPlace) {
            update_in_place::set(context, manager, &cluster.resolved, limits).await?;
            pending_change::done(context, name)?;
        }
        return Ok(Action::Changed);
    };
    if cluster.has_other_network() {
        let unit = control_plane(name).unit();
        if !stop::stop_unit(context, manager, &unit, limits, report).await? {
            return Ok(Action::Interrupted(Verb::Stop));
        }
        context.podman.remove("network", &name.network()).await?;
    }
    if !readiness::bring_up(context, manager, name, start, limits, report).await? {
        return Ok(Action::Interrupted(Verb::Start));
    }
    pending_change::done(context, name)?;
    Ok(match (cluster.is_new(), start) {
        (true, _) => Action::Created,
        (false, Start::Again) => Action::Restarted,
        (false, Start::IfStopped) => Action::Started,
    })
}
