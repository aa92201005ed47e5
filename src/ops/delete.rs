//! Removes a cluster and everything of it: units, container, volume, network, data, files, context.

use std::path::Path;

use anyhow::Result;

use crate::cluster::{ClusterName, NODE_VOLUMES};
use crate::fileset::{FileSet, diff};
use crate::job::Summary;
use crate::ops::data::Data;
use crate::ops::{
    Context, Failure, Interrupted, Limits, Report, Reporter, control_plane, data, kubeconfig,
    linked, loaded, owed, power,
};
use crate::systemd::Manager;
use crate::unit_files;

/// Deletes a cluster with its data; `false` when there was nothing of it.
///
/// `data_dir` is where its data is if no declaration says so, and it is not where data goes by default.
/// It can be repeated: the declaration goes last, so an interrupted delete still shows the cluster.
///
/// # Errors
/// When the cluster does not stop, or with all that could not be removed. When the user breaks off, with
/// what is removed by then.
pub async fn delete(
    context: &Context,
    cluster: &ClusterName,
    data_dir: Option<&Path>,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<bool> {
    let again = format!("kinc delete {cluster}");
    let mut broken_off =
        Interrupted::new(format!("nothing of cluster `{cluster}` is removed")).hint(&again);
    let deleted = async {
        // First, since without a session there is no place for the lock either.
        let manager = context.manager().await?;
        let there = look(context, cluster, data_dir).await?;
        if there.is_nothing() {
            return Ok(false);
        }
        let units = stop(context, &manager, cluster, &there.files, limits, report).await?;
        // Before the files go: whoever finds none of them looks for no unit either.
        forget_failures(&manager, &units).await?;
        let _lock = context.lock(report).await?;
        context.cancel.check()?;
        broken_off =
            Interrupted::new(format!("cluster `{cluster}` is removed in part")).hint(&again);
        remove(context, &manager, cluster, there, report).await?;
        broken_off = Interrupted::new(format!(
            "cluster `{cluster}` is removed, and systemd may still know its units"
        ))
        .hint("systemctl --user daemon-reload");
        loaded::reload(context, &manager, &[], report).await?;
        forget_failures(&manager, &units).await?;
        Ok(true)
    };
    let deleted = deleted.await;
    deleted.map_err(|error| broken_off.instead_of(error))
}

/// What there is of a cluster.
struct There {
    files: FileSet,
    data: Data,
    volumes: Vec<String>,
    networks: Vec<String>,
}

impl There {
    fn is_nothing(&self) -> bool {
        let objects = self.volumes.len() + self.networks.len();
        self.files.is_empty() && objects == 0 && !self.data.is_there()
    }
}

async fn look(context: &Context, cluster: &ClusterName, data_dir: Option<&Path>) -> Result<There> {
    let declaration = context.unit_dir.declaration(cluster)?;
    let base = data::base(context, data_dir).await?;
    let label = format!("io.kinc.cluster={cluster}");
    Ok(There {
        files: context.unit_dir.load(cluster)?,
        data: data::find(cluster, declaration.as_deref(), base)?,
        volumes: context.podman.labelled("volume", &label)?,
        networks: context.podman.labelled("network", &label)?,
    })
}

/// Removes all that there is of a cluster whose units are stopped, the declaration last.
async fn remove(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    there: There,
    report: Reporter<'_>,
) -> Result<()> {
    forget(context, cluster, report);
    owed::done(context, cluster)?;
    remove_objects(context, cluster, there.volumes, there.networks)?;
    data::remove(context, cluster, &there.data)?;
    // First the links, so that none ever points to nothing.
    linked::unlink(context, manager, cluster).await?;
    let changes = diff(&there.files, &FileSet::default());
    context.unit_dir.write(cluster, &changes)
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

/// Takes the context out of the user's kubeconfig; a file that we cannot read is the user's matter.
fn forget(context: &Context, cluster: &ClusterName, report: Reporter<'_>) {
    match kubeconfig::forget(context, cluster) {
        Ok(true) => report(Report::Done(format!(
            "removed context {} from {}",
            cluster.context(),
            context.kubeconfig.display()
        ))),
        Ok(false) => {}
        Err(error) => report(Report::Warning(format!("{error:#}"))),
    }
}

/// Stops all units of the cluster, the node first, and returns their names.
///
/// Before their files go: a unit without its file has lost its `ExecStop=`.
async fn stop(
    context: &Context,
    manager: &Manager,
    cluster: &ClusterName,
    files: &FileSet,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Vec<String>> {
    let node = control_plane(cluster).unit();
    let mut units = unit_files::services(files.iter().map(|(name, _)| name));
    units.retain(|unit| *unit != node);
    units.insert(0, node);
    // The slice last, since the others are in it.
    units.extend(cluster.linked_units().into_iter().rev());
    for unit in &units {
        let state = manager.unit(unit).await?;
        // systemd stops no unit that it could not load, such as one of a broken file.
        let is_down = state.active_state == "inactive" && state.is_settled();
        if is_down || state.summary() == Summary::Missing {
            continue;
        }
        if !power::stop_unit(context, manager, unit, limits, report).await? {
            return Err(Interrupted::new(format!(
                "systemd goes on stopping `{unit}`, and nothing of cluster `{cluster}` is removed"
            ))
            .hint(format!("kinc delete {cluster}"))
            .into());
        }
    }
    Ok(units)
}

/// Removes what Podman has of the cluster; goes on after an error and reports all of them.
fn remove_objects(
    context: &Context,
    cluster: &ClusterName,
    labelled_volumes: Vec<String>,
    labelled_networks: Vec<String>,
) -> Result<()> {
    let node = control_plane(cluster);
    let mut objects: Vec<(&str, String)> = Vec::new();
    objects.extend(NODE_VOLUMES.map(|kind| ("volume", node.volume(kind))));
    objects.extend(labelled_volumes.into_iter().map(|name| ("volume", name)));
    objects.push(("network", cluster.network()));
    objects.extend(labelled_networks.into_iter().map(|name| ("network", name)));
    // What has both our name and our label is one object.
    objects.sort();
    objects.dedup();
    let container = context.podman.remove_container(node.container()).err();
    let others = objects
        .iter()
        .filter_map(|(kind, name)| context.podman.remove(kind, name).err());
    let errors = container.into_iter().chain(others);
    let errors: Vec<String> = errors.map(|error| format!("{error:#}")).collect();
    // It is why, then.
    context.cancel.check()?;
    if errors.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "not all of cluster `{cluster}` is removed: {}",
        errors.join("; ")
    ))
    .hint(format!("kinc delete {cluster}"))
    .into())
}
