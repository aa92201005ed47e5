//! Makes the clusters as declared: check everything, then write, reload, start, follow.

use anyhow::Result;

use crate::cluster::{Cluster, ClusterName};
use crate::fileset::{Change, FileSet, diff};
use crate::job::{Summary, UnitState};
use crate::ops::readiness::{self, Start};
use crate::ops::{
    Context, Limits, Report, Reporter, checks, control_plane, in_use, restart, slice,
};
use crate::plan::{Plan, plan_all};
use crate::render::render;
use crate::systemd::{Logind, Manager};
use crate::{dialect, fs, generator, host};

/// What became of a cluster.
#[derive(Debug)]
pub struct Applied {
    /// The cluster.
    pub cluster: ClusterName,
    /// The unit to ask systemd about.
    pub unit: String,
    /// The API server's URL on this host.
    pub server: String,
    /// What was done, or why it did not become ready.
    pub outcome: Result<Action>,
}

/// What was done to a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing: files, loaded units and the running cluster are as declared.
    Unchanged,
    /// It was made.
    Created,
    /// It was there, and runs with what changed.
    Changed,
    /// It was there, as declared, and was started.
    Started,
    /// The wait was broken off; systemd goes on.
    Interrupted,
    /// Its files are written, and it was not brought up: an earlier wait was broken off.
    OnlyWritten,
}

/// A cluster that is planned and rendered, and not yet written.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Every value, decided.
    pub(crate) plan: Plan,
    /// The files as they shall be.
    pub(crate) files: FileSet,
    /// What differs on disk.
    pub(crate) changes: Vec<Change>,
    /// Whether there is no cluster of this name yet.
    pub(crate) is_new: bool,
    /// Whether systemd has the slice from our file. Looked at even when no file changes: an apply
    /// that was killed after the writing leaves the link out.
    pub(crate) is_linked: bool,
}

/// How systemd had a cluster before anything was reloaded.
#[derive(Debug)]
struct Before {
    /// The node's unit.
    unit: UnitState,
    /// Whether it runs without a change that has been written, by this apply or a killed one.
    restart_due: bool,
}

/// Makes all clusters as declared, one after the other; one that fails does not stop the others.
///
/// # Errors
/// Before anything is written: with a plan that does not work out, a file that the generator
/// refuses, or an image that is missing.
pub async fn apply(
    context: &Context,
    clusters: &[Cluster],
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Vec<Applied>> {
    // First, since without a session there is no place for the lock either.
    let manager = Manager::connect(&context.runtime_dir).await?;
    let lock = fs::lock(&context.runtime_dir.join("kinc.lock"))?;
    let prepared = prepare(context, &manager, clusters, report).await?;
    checks::before_writing(context, &manager, &prepared, report).await?;
    let changed: Vec<&Prepared> = prepared.iter().filter(|p| !p.changes.is_empty()).collect();
    for cluster in &changed {
        let name = &cluster.plan.cluster;
        if cluster.changes.iter().any(restart::needed_for) {
            restart::note(context, &manager, name).await?;
        }
        context.unit_dir.write(name, &cluster.changes)?;
        let directory = context.unit_dir.directory(name);
        report(Report::Done(format!("wrote {}", directory.display())));
    }
    let before = load(context, &manager, &prepared, report).await?;
    drop(lock);
    if prepared.iter().any(|cluster| cluster.plan.autostart) {
        linger(report).await;
    }
    let mut applied = Vec::new();
    let mut interrupted = false;
    for (cluster, before) in prepared.iter().zip(&before) {
        let outcome = if is_settled(cluster, before) {
            Ok(Action::Unchanged)
        } else if interrupted {
            Ok(Action::OnlyWritten)
        } else {
            settle(context, &manager, cluster, before, limits, report).await
        };
        interrupted = interrupted || matches!(outcome, Ok(Action::Interrupted));
        applied.push(Applied {
            cluster: cluster.plan.cluster.clone(),
            unit: unit_name(&cluster.plan),
            server: cluster.plan.server(),
            outcome,
        });
    }
    Ok(applied)
}

/// Has systemd load what is on disk now, and returns how it was before.
async fn load(
    context: &Context,
    manager: &Manager,
    prepared: &[Prepared],
    report: Reporter<'_>,
) -> Result<Vec<Before>> {
    let mut all = Vec::new();
    let mut stale = false;
    for cluster in prepared {
        let name = &cluster.plan.cluster;
        if !cluster.is_linked {
            restart::note(context, manager, name).await?;
            slice::link(context, manager, name).await?;
            report(Report::Done(format!("linked {}", name.slice())));
        }
        let unit = manager.unit(&unit_name(&cluster.plan)).await?;
        let restart_due = restart::is_due(context, name, &unit)?;
        stale = stale
            || restart_due
            || !cluster.changes.is_empty()
            || unit.need_daemon_reload
            || unit.summary() == Summary::Missing;
        all.push(Before { unit, restart_due });
    }
    if stale {
        manager.reload().await?;
    }
    Ok(all)
}

/// Plans and renders all clusters against what is there and against each other.
async fn prepare(
    context: &Context,
    manager: &Manager,
    clusters: &[Cluster],
    report: Reporter<'_>,
) -> Result<Vec<Prepared>> {
    let declared = in_use::declared(context, report)?;
    let is_new = |name: &ClusterName| declared.iter().all(|cluster| cluster.name != *name);
    let choosing = clusters.iter().any(|cluster| is_new(&cluster.name));
    let in_use = in_use::load(context, &declared, choosing)?;
    let plans = plan_all(clusters, in_use, &declared)?;
    let podman = generator::version()?;
    let mut prepared = Vec::new();
    for plan in plans {
        let files = dialect::translate(&render(&plan)?, podman);
        prepared.push(Prepared {
            changes: diff(&context.unit_dir.load(&plan.cluster)?, &files),
            is_new: is_new(&plan.cluster),
            is_linked: slice::is_linked(context, manager, &plan.cluster).await?,
            files,
            plan,
        });
    }
    Ok(prepared)
}

/// Tells whether files, loaded units and running cluster are as declared.
fn is_settled(cluster: &Prepared, before: &Before) -> bool {
    let running = before.unit.summary() == Summary::Ready;
    let loaded = !before.restart_due && !before.unit.need_daemon_reload;
    running && loaded && cluster.changes.is_empty()
}

/// Brings one cluster from where its unit was to where its files say.
async fn settle(
    context: &Context,
    manager: &Manager,
    cluster: &Prepared,
    before: &Before,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Action> {
    let name = &cluster.plan.cluster;
    let running = before.unit.summary() == Summary::Ready;
    readiness::loaded_from(manager, &context.unit_dir.directory(name), name).await?;
    if running && !before.restart_due {
        return Ok(Action::Changed);
    }
    // One that is on its way up has the old settings too.
    let at_rest = matches!(
        before.unit.summary(),
        Summary::Stopped | Summary::Failed | Summary::Missing
    );
    let start = if at_rest || (cluster.changes.is_empty() && !before.restart_due) {
        Start::IfStopped
    } else {
        Start::Again
    };
    if !readiness::bring_up(manager, name, start, limits, report).await? {
        return Ok(Action::Interrupted);
    }
    restart::done(context, name)?;
    Ok(match (cluster.is_new, cluster.changes.is_empty()) {
        (true, _) => Action::Created,
        (false, false) => Action::Changed,
        (false, true) => Action::Started,
    })
}

/// Makes sure that the user's units start at boot, or says how.
async fn linger(report: Reporter<'_>) {
    let user = host::user_id();
    let outcome = async {
        let logind = Logind::connect().await?;
        if logind.linger(user).await? {
            return Ok(false);
        }
        logind.enable_linger(user).await?;
        Ok::<bool, crate::systemd::Error>(true)
    };
    match outcome.await {
        Ok(false) => {}
        Ok(true) => report(Report::Done(
            "enabled lingering, so your clusters start with the host".to_owned(),
        )),
        Err(error) => {
            let hint = error.hint().map(|hint| format!("; run: {hint}"));
            report(Report::Warning(format!(
                "the cluster will not start with the host: {error}{}",
                hint.unwrap_or_default()
            )));
        }
    }
}

fn unit_name(plan: &Plan) -> String {
    control_plane(&plan.cluster).unit()
}
