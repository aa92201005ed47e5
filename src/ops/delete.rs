//! Removes a cluster and everything of it: units, container, volume, network, data, files, context.

use std::path::PathBuf;

use anyhow::Result;

use crate::edge::systemd::Manager;
use crate::job::{Summary, UnitState};
use crate::model::cluster::{ClusterName, NODE_VOLUMES, NodeId, NodeName, Role};
use crate::ops::data::Data;
use crate::ops::rollout::stop;
use crate::ops::{
    CLUSTER_LABEL, Context, ErrorWithHints, Interrupted, Limits, Report, Reporter, data, kubeconfig,
};
use crate::ops::{linked, loaded, pending_change};
use crate::units::file_set::{FileSet, diff};
use crate::units::unit_names;

/// How a delete goes about it.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long to wait until it has stopped.
    pub limits: Limits,
    /// Where its data is, if that is not where its declaration says, or none says it.
    pub data_dir: Option<PathBuf>,
    /// Whether all else goes when its data is not there.
    pub ignores_missing_data: bool,
}

impl Options {
    /// Takes the data along, from where it belongs.
    #[must_use]
    pub fn within(limits: Limits) -> Self {
        Self {
            limits,
            data_dir: None,
            ignores_missing_data: false,
        }
    }
}

/// Deletes a cluster with its data; `false` when there was nothing of it.
///
/// It can be repeated: the declaration goes last, so an interrupted delete still shows the cluster.
///
/// # Errors
/// When the cluster does not stop, or its data may not be removed, or with all that could not be. When the
/// user breaks off, with what is removed by then.
pub async fn delete(
    context: &Context,
    cluster: &ClusterName,
    options: &Options,
    report: Reporter<'_>,
) -> Result<bool> {
    let again = format!("kinc delete {cluster}");
    let mut broken_off =
        Interrupted::new(format!("nothing of cluster `{cluster}` was removed")).hint(&again);
    let deleted = async {
        // First, since without a session there is no place for the lock either.
        let manager = context.manager().await?;
        let before = look(context, cluster, options).await?;
        if before.is_nothing() && objects(context, cluster).await?.is_empty() {
            return Ok(false);
        }
        // It stays up when it stays.
        before.takes_data(cluster, options)?;
        let units = stop(context, &manager, cluster, &before.files, options, report).await?;
        // Before the files go: whoever finds none of them looks for no unit either.
        forget_failures(&manager, &units).await?;
        let _lock = context.lock(report).await?;
        context.cancel.check()?;
        // Others may have been here since, and whatever they did counts.
        let now = look(context, cluster, options).await?;
        is_the_same(cluster, &before, &now)?;
        is_at_rest(&manager, cluster, &units).await?;
        let takes_data = now.takes_data(cluster, options)?;
        broken_off =
            Interrupted::new(format!("cluster `{cluster}` was removed only in part")).hint(&again);
        remove(context, &manager, cluster, &now, takes_data, report).await?;
        broken_off = Interrupted::new(format!(
            "cluster `{cluster}` was removed, but systemd may still have its units loaded"
        ))
        .hint("systemctl --user daemon-reload");
        tell_of_data(cluster, &now, takes_data, options, report);
        loaded::reload(context, &manager, &[], report).await?;
        forget_failures(&manager, &units).await?;
        Ok(true)
    };
    let deleted = deleted.await;
    deleted.map_err(|error| broken_off.instead_of(error))
}

/// Says what became of the data where somebody may take something else for granted.
fn tell_of_data(
    cluster: &ClusterName,
    there: &There,
    takes_data: bool,
    options: &Options,
    report: Reporter<'_>,
) {
    let directory = there.data.directory(cluster);
    let shown = directory.display();
    if takes_data && options.ignores_missing_data {
        report(Report::Done(format!("also removed the data in `{shown}`")));
    } else if !takes_data && there.data.is_there() {
        report(Report::Warning(format!("`{shown}` stays")));
    }
}

/// What there is of a cluster on disk.
struct There {
    files: FileSet,
    data: Data,
}

impl There {
    fn is_nothing(&self) -> bool {
        self.files.is_empty() && !self.data.is_there()
    }

    /// Returns whether there is data that goes, too, or why nothing may go.
    fn takes_data(&self, cluster: &ClusterName, options: &Options) -> Result<bool> {
        if self.is_nothing() {
            return Ok(false);
        }
        Ok(self.data.goes(cluster, options.ignores_missing_data)?)
    }
}

async fn look(context: &Context, cluster: &ClusterName, options: &Options) -> Result<There> {
    // An error when a link to it leads nowhere: what cannot be found now is not lost.
    context.unit_dir.declaration(cluster)?;
    let files = context.unit_dir.load(cluster)?;
    let base = data::base(context, options.data_dir.as_deref()).await?;
    let is_given = options.data_dir.is_some();
    let data = data::find(context, cluster, &files, base, is_given).await?;
    Ok(There { files, data })
}

/// Fails when somebody has made another cluster of the name since it was looked at.
fn is_the_same(cluster: &ClusterName, before: &There, now: &There) -> Result<()> {
    match now.data.uid() {
        Some(uid) if before.data.uid() != Some(uid) => Err(ErrorWithHints::new(format!(
            "another cluster `{cluster}` was created while this one was being deleted; it was not removed"
        ))
        .into()),
        _ => Ok(()),
    }
}

/// Fails when somebody has started a unit again since it was stopped.
async fn is_at_rest(manager: &Manager, cluster: &ClusterName, units: &[String]) -> Result<()> {
    let states = manager.units(units).await?;
    let runs = |state: &&UnitState| !state.is_settled() || state.summary() == Summary::Ready;
    match states.iter().find(runs) {
        None => Ok(()),
        Some(state) => Err(ErrorWithHints::new(format!(
            "`{}` was started while cluster `{cluster}` was being deleted; nothing was removed",
            state.name
        ))
        .hint(format!("kinc delete {cluster}"))
        .into()),
    }
}

/// Removes all that there is of a cluster whose units are stopped: of what says that there is one, the
/// declaration last.
async fn remove(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    there: &There,
    takes_data: bool,
    report: Reporter<'_>,
) -> Result<()> {
    kubeconfig::forget(context, cluster, there.data.uid(), report).await?;
    let nodes = nodes(cluster, &there.files);
    for node in &nodes {
        pending_change::done(context, node)?;
    }
    remove_objects(context, cluster, &nodes).await?;
    if takes_data {
        data::remove(context, cluster, &there.data).await?;
    }
    context.cancel.check()?;
    // First the links, so that none ever points to nothing.
    linked::unlink(context, manager, cluster, &nodes).await?;
    let changes = diff(&there.files, &FileSet::default());
    context.unit_dir.write(cluster, &changes)?;
    if takes_data {
        data::remove_mark(cluster, &there.data)?;
    }
    Ok(())
}

/// Has systemd forget units that failed: they would linger in `systemctl --user --failed`.
async fn forget_failures(manager: &Manager, units: &[String]) -> Result<()> {
    for unit in units {
        if manager.unit(unit).await?.active_state == "failed" {
            manager.reset_failed(unit).await?;
        }
    }
    Ok(())
}

/// Stops all units of the cluster, the nodes first, and returns their names.
///
/// Before their files go: a unit without its file has lost its `ExecStop=`.
async fn stop(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    files: &FileSet,
    options: &Options,
    report: Reporter<'_>,
) -> Result<Vec<String>> {
    let mut units: Vec<String> = nodes(cluster, files).iter().map(NodeName::unit).collect();
    let others = unit_names::services(files.iter().map(|(name, _)| name));
    let others: Vec<String> = others
        .into_iter()
        .filter(|unit| !units.contains(unit))
        .collect();
    units.extend(others);
    // The slice last, since the others are in it.
    let linked = unit_names::linked(cluster, &nodes(cluster, files));
    units.extend(linked.into_iter().rev());
    for unit in &units {
        let state = manager.unit(unit).await?;
        // systemd stops no unit that it could not load, such as one of a broken file.
        let is_down = state.active_state == "inactive" && state.is_settled();
        if is_down || state.summary() == Summary::Missing {
            continue;
        }
        if !stop::stop_unit(context, manager, unit, options.limits, report).await? {
            return Err(Interrupted::new(format!(
                "systemd is still stopping `{unit}`, and nothing of cluster `{cluster}` was removed"
            ))
            .hint(format!("kinc delete {cluster}"))
            .into());
        }
    }
    Ok(units)
}

/// Returns the nodes of a cluster by its files, and the first control plane, whose file an earlier delete may
/// have removed.
fn nodes(cluster: &ClusterName, files: &FileSet) -> Vec<NodeName> {
    let mut nodes = unit_names::nodes(cluster, files.iter().map(|(name, _)| name));
    let first = NodeName::new(cluster, NodeId::first(Role::ControlPlane));
    if !nodes.contains(&first) {
        nodes.insert(0, first);
    }
    nodes
}

/// Returns what Podman has with the label of the cluster, each with its kind.
async fn objects(context: &Context, cluster: &ClusterName) -> Result<Vec<(&'static str, String)>> {
    let label = format!("{CLUSTER_LABEL}={cluster}");
    let mut objects = Vec::new();
    for kind in ["volume", "network"] {
        let names = context.podman.labelled(kind, &label).await?;
        objects.extend(names.into_iter().map(|name| (kind, name)));
    }
    Ok(objects)
}

/// Removes what Podman has of the cluster; goes on after an error and reports all of them.
async fn remove_objects(
    context: &Context,
    cluster: &ClusterName,
    nodes: &[NodeName],
) -> Result<()> {
    let mut objects = objects(context, cluster).await?;
    for node in nodes {
        objects.extend(NODE_VOLUMES.map(|kind| ("volume", node.volume(kind))));
    }
    objects.push(("network", cluster.network()));
    // What has both our name and our label is one object.
    objects.sort();
    objects.dedup();
    let podman = &context.podman;
    let mut removed = Vec::new();
    for node in nodes {
        removed.push(podman.remove_container(node.container()).await);
    }
    for (kind, name) in &objects {
        removed.push(podman.remove(kind, name).await);
    }
    let errors = removed.into_iter().filter_map(Result::err);
    let errors: Vec<String> = errors.map(|error| format!("{error:#}")).collect();
    // It is why, then.
    context.cancel.check()?;
    if errors.is_empty() {
        return Ok(());
    }
    Err(ErrorWithHints::new(format!(
        "not all of cluster `{cluster}` was removed: {}",
        errors.join("; ")
    ))
    .hint(format!("kinc delete {cluster}"))
    .into())
}
