//! Makes the clusters as declared: propose, ask, check everything, then write, reload, start, follow.
//!
//! When the user breaks off, nothing more is begun. Whatever is half-done then, the next apply does.

mod applied;

pub use crate::ops::action::Action;
pub use crate::ops::apply::applied::Applied;

use std::cell::RefCell;
use std::path::PathBuf;

use anyhow::Result;
use futures_util::stream::{self, StreamExt as _};

use crate::declaration;
use crate::edge::fs::Lock;
use crate::edge::systemd::Manager;
use crate::model::cluster::{Cluster, ClusterName};
use crate::ops::pending_change;
use crate::ops::plan::deletion;
use crate::ops::prepare::{Prepared, prepare};
use crate::ops::rollout::cluster::{Before, roll_out};
use crate::ops::rollout::leave;
use crate::ops::rollout::reload::load;
use crate::ops::{
    Context, ErrorWithHints, Interrupted, Limits, Report, Reporter, data, delete, is_interrupted,
    linger, preflight, prune, recorded,
};
use crate::plan::impact::impact_on;
use crate::plan::{Plan, Step};

/// How an apply goes about it.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long to wait for each cluster.
    pub limits: Limits,
    /// How many clusters are brought up at the same time.
    pub parallel: usize,
    /// Files and directories; a cluster that is no longer declared there is deleted.
    pub prune: Vec<PathBuf>,
    /// Whether nodes are removed with the data of claims on them.
    pub deletes_local_data: bool,
}

/// Makes all clusters as declared, some at a time; one that fails does not stop the others.
///
/// `approve` is asked before anything that somebody who uses a cluster would notice, and not
/// otherwise; what it says no to is not begun.
///
/// # Errors
/// Before anything is written: with a plan that does not work out, a file that the generator
/// refuses, an image that is missing, or without approval.
pub async fn apply(
    context: &Context,
    clusters: &[Cluster],
    options: &Options,
    approve: &mut impl AsyncFnMut(&[Plan]) -> Result<()>,
    report: Reporter<'_>,
) -> Result<Vec<Applied>> {
    let agreed = agree(context, clusters, options, approve, report).await;
    let Agreed {
        manager,
        lock,
        prepared,
        mut refused,
        left,
    } = agreed.map_err(|error| Interrupted::new("nothing is done").instead_of(error))?;
    let (prepared, kept) = leave(context, &manager, prepared, options, report).await;
    refused.extend(kept);
    let mut written = Vec::new();
    let loaded = async {
        context.cancel.check()?;
        write(context, &manager, &prepared, &mut written, report).await?;
        load(context, &manager, &prepared, report).await
    };
    let mut applied = match loaded.await {
        Err(error) if is_interrupted(&error) => not_loaded(&prepared, &written),
        before => {
            let before = before?;
            drop(lock);
            let declared = prepared.iter().map(|one| &one.resolved.declaration);
            linger::of(context, declared, report).await;
            roll_out_all(context, &manager, &prepared, &before, options, report).await
        }
    };
    applied.extend(refused);
    let place = |one: &Applied| {
        clusters
            .iter()
            .position(|cluster| cluster.name == one.cluster)
    };
    applied.sort_by_key(place);
    for cluster in left {
        let outcome = remove(context, &cluster, clusters, options, report).await;
        if let Some(outcome) = outcome {
            applied.push(Applied::of_left(cluster, outcome));
        }
    }
    Ok(applied)
}

/// What is to be done, and may be.
struct Agreed {
    manager: Manager,
    lock: Lock,
    /// The clusters that are declared.
    prepared: Vec<Prepared>,
    /// What became of those whose data is not there: nothing of them is written.
    refused: Vec<Applied>,
    /// Those that left the files they were declared in.
    left: Vec<ClusterName>,
}

/// Finds out what is to be done, asks where somebody would notice it, and checks that it can be done.
async fn agree(
    context: &Context,
    clusters: &[Cluster],
    options: &Options,
    approve: &mut impl AsyncFnMut(&[Plan]) -> Result<()>,
    report: Reporter<'_>,
) -> Result<Agreed> {
    // First, since without a session there is no place for the lock either.
    let manager = context.manager().await?;
    let mut lock = context.lock(report).await?;
    let mut proposed = propose(context, &manager, clusters, options, report).await?;
    preflight::leaving::check_claims(&proposed.prepared, options.deletes_local_data)?;
    if proposed.plans.iter().any(Plan::disturbs) {
        // Nobody else has to wait for an answer.
        drop(lock);
        approve(&proposed.plans).await?;
        let approved = proposed.plans;
        lock = context.lock(report).await?;
        proposed = propose(context, &manager, clusters, options, report).await?;
        // What has come since the user was asked was not agreed to.
        preflight::leaving::check_claims(&proposed.prepared, options.deletes_local_data)?;
        if !proposed
            .plans
            .iter()
            .all(|now| now.is_covered_by(&approved))
        {
            return Err(ErrorWithHints::new(
                "the plan changed while it was being confirmed; nothing was changed",
            )
            .into());
        }
    }
    let Proposed { prepared, left, .. } = proposed;
    let (prepared, refused) = apart(prepared);
    preflight::before_writing(context, &manager, &prepared, report).await?;
    Ok(Agreed {
        manager,
        lock,
        prepared,
        refused,
        left,
    })
}

/// Sets apart the clusters that would start without their data, each with the reason: a disk that is not
/// mounted does not stop the other clusters.
fn apart(prepared: Vec<Prepared>) -> (Vec<Prepared>, Vec<Applied>) {
    let (mut ready, mut refused) = (Vec::new(), Vec::new());
    for cluster in prepared {
        match preflight::data_is_there(&cluster) {
            Err(error) => refused.push(Applied::of(&cluster, Err(error))),
            Ok(()) => ready.push(cluster),
        }
    }
    (ready, refused)
}

/// All that an apply would do.
struct Proposed {
    /// The clusters that are declared.
    prepared: Vec<Prepared>,
    /// Those that left the files they were declared in.
    left: Vec<ClusterName>,
    /// What becomes of the one and the other.
    plans: Vec<Plan>,
}

async fn propose(
    context: &Context,
    manager: &Manager,
    clusters: &[Cluster],
    options: &Options,
    report: Reporter<'_>,
) -> Result<Proposed> {
    let prepared = prepare(context, manager, clusters, report).await?;
    let left = prune::left(context, clusters, &options.prune, report)?;
    let mut plans: Vec<Plan> = prepared.iter().map(|p| p.plan.clone()).collect();
    for cluster in &left {
        plans.push(deletion(context, cluster)?.plan);
    }
    Ok(Proposed {
        prepared,
        left,
        plans,
    })
}

/// Removes the nodes that leave their clusters, and parts those clusters that go on from those of which one could
/// not be removed: these stay as they are.
async fn leave(
    context: &Context,
    manager: &Manager,
    prepared: Vec<Prepared>,
    options: &Options,
    report: Reporter<'_>,
) -> (Vec<Prepared>, Vec<Applied>) {
    let (mut left, mut kept) = (Vec::new(), Vec::new());
    for cluster in prepared {
        match leave::remove(context, manager, &cluster, options.limits, report).await {
            Ok(()) => left.push(cluster),
            Err(error) if is_interrupted(&error) => left.push(cluster),
            Err(error) => kept.push(Applied::of(&cluster, Err(error))),
        }
    }
    (left, kept)
}

/// Writes what changes, each cluster whole before the next, and notes in `written` how far it has come.
async fn write(
    context: &Context,
    manager: &Manager,
    prepared: &[Prepared],
    written: &mut Vec<ClusterName>,
    report: Reporter<'_>,
) -> Result<()> {
    for cluster in prepared.iter().filter(|p| !p.changes.is_empty()) {
        context.cancel.check()?;
        let name = &cluster.resolved.cluster;
        data::create(&cluster.resolved, &cluster.new_nodes())?;
        for node in cluster.resolved.declaration.node_names() {
            let impact = impact_on(&node, name, &cluster.changes);
            pending_change::note(context, manager, &node, impact).await?;
        }
        context.unit_dir.write(name, &cluster.changes)?;
        written.push(name.clone());
        let directory = context.unit_dir.directory(name);
        report(Report::Done(format!("wrote {}", directory.display())));
    }
    // Also where nothing changes: an apply that was killed may have left the copy of before.
    prepared
        .iter()
        .try_for_each(|cluster| data::keep_copy(&cluster.resolved, &cluster.files))
}

/// Returns what became of clusters when the user broke off before systemd had all that is written.
fn not_loaded(prepared: &[Prepared], written: &[ClusterName]) -> Vec<Applied> {
    let outcome = |cluster: &Prepared| match cluster.plan.step {
        Step::Nothing if cluster.changes.is_empty() => Action::Unchanged,
        _ if written.contains(&cluster.resolved.cluster) => Action::OnlyWritten,
        _ => Action::NotBegun,
    };
    let applied = prepared.iter();
    applied
        .map(|cluster| Applied::of(cluster, Ok(outcome(cluster))))
        .collect()
}

/// Brings all clusters to where their files say, some at a time.
async fn roll_out_all(
    context: &Context,
    manager: &Manager,
    prepared: &[Prepared],
    before: &[Before],
    options: &Options,
    report: Reporter<'_>,
) -> Vec<Applied> {
    let report = RefCell::new(report);
    let one = async |(cluster, before): (&Prepared, &Before)| {
        let mut report = |one| (report.borrow_mut())(one);
        let outcome = if before.is_up_to_date(cluster) {
            Ok(Action::Unchanged)
        } else {
            let rollout = roll_out(
                context,
                manager,
                cluster,
                before,
                options.limits,
                &mut report,
            );
            match rollout.await {
                Err(error) if is_interrupted(&error) && cluster.changes.is_empty() => {
                    Ok(Action::NotBegun)
                }
                Err(error) if is_interrupted(&error) => Ok(Action::OnlyWritten),
                outcome => outcome,
            }
        };
        Applied::of(cluster, outcome)
    };
    stream::iter(prepared.iter().zip(before))
        .map(one)
        .buffered(options.parallel.max(1))
        .collect()
        .await
}

/// Deletes a cluster whose declaration is gone; nothing when somebody has declared it again since it was
/// looked at.
async fn remove(
    context: &Context,
    cluster: &ClusterName,
    declared: &[Cluster],
    options: &Options,
    report: Reporter<'_>,
) -> Option<Result<Action>> {
    // Whoever breaks off wants nothing more done, and least of all this.
    if context.cancel.is_cancelled() {
        return Some(Ok(Action::NotDeleted));
    }
    match prune::left(context, declared, &options.prune, report) {
        Ok(left) if !left.contains(cluster) => return None,
        Ok(_) => {}
        Err(error) => return Some(Err(error)),
    }
    let how = delete::Options::within(options.limits);
    let deleted = delete::delete(context, cluster, &how, report).await;
    Some(deleted.map(|_| Action::Deleted))
}

/// Returns what `kinc create` applies: the cluster as it is, or one with nothing but a name.
///
/// # Errors
/// When there is such a cluster, and its declaration cannot be read.
pub(crate) fn existing_or_default(context: &Context, cluster: ClusterName) -> Result<Cluster> {
    match context.unit_dir.declaration(&cluster)? {
        Some(text) => recorded(context, &cluster, &text),
        None => Ok(declaration::default_cluster(cluster)),
    }
}
