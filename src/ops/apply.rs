//! Makes the clusters as declared: check everything, then write, reload, start, follow.

use anyhow::{Context as _, Result};

use crate::cluster::{Cluster, ClusterName};
use crate::fileset::{Change, FileSet, diff};
use crate::job::{Summary, UnitState};
use crate::ops::readiness::{self, Start};
use crate::ops::{Context, Failure, Limits, Report, Reporter, control_plane, in_use};
use crate::plan::{ClusterInUse, Plan, plan};
use crate::podman::Podman;
use crate::render::render;
use crate::systemd::{Logind, Manager};
use crate::{fs, generator, host, unit_dir::UnitDir};

/// The version of the contract between units and node image that this program speaks.
const CONTRACT: &str = "1";

/// What became of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The cluster.
    pub cluster: ClusterName,
    /// The unit to ask systemd about.
    pub unit: String,
    /// The API server's URL on this host.
    pub server: String,
    /// What was done.
    pub action: Action,
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
}

/// A cluster that is planned and rendered, and not yet written.
#[derive(Debug)]
struct Prepared {
    plan: Plan,
    files: FileSet,
    changes: Vec<Change>,
    is_new: bool,
}

/// Makes all clusters as declared, one after the other.
///
/// # Errors
/// Before anything is written: with a plan that does not work out, a file that the generator
/// refuses, or an image that is missing. Afterwards: with the cluster that did not become ready.
pub async fn apply(
    context: &Context,
    clusters: &[Cluster],
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Vec<Applied>> {
    // First, since without a session there is no place for the lock either.
    let manager = Manager::connect(&context.runtime_dir).await?;
    let lock = fs::lock(&context.runtime_dir.join("kinc.lock"))?;
    let prepared = prepare(context, clusters, report)?;
    check(context, &manager, &prepared).await?;
    let changed: Vec<&Prepared> = prepared.iter().filter(|p| !p.changes.is_empty()).collect();
    for cluster in &changed {
        let name = &cluster.plan.cluster;
        context.unit_dir.write(name, &cluster.changes)?;
        let directory = context.unit_dir.directory(name);
        report(Report::Done(format!("wrote {}", directory.display())));
    }
    let mut units = Vec::new();
    let mut stale = !changed.is_empty();
    for cluster in &prepared {
        let unit = manager.unit(&unit_name(&cluster.plan)).await?;
        stale = stale || unit.need_daemon_reload || unit.summary() == Summary::Missing;
        units.push(unit);
    }
    if stale {
        manager.reload().await?;
    }
    drop(lock);
    let mut applied = Vec::new();
    for (cluster, before) in prepared.iter().zip(&units) {
        let action = settle(context, &manager, cluster, before, limits, report).await?;
        applied.push(Applied {
            cluster: cluster.plan.cluster.clone(),
            unit: unit_name(&cluster.plan),
            server: cluster.plan.server(),
            action,
        });
        if action == Action::Interrupted {
            break;
        }
    }
    Ok(applied)
}

/// Plans and renders all clusters against what is there and against each other.
fn prepare(context: &Context, clusters: &[Cluster], report: Reporter<'_>) -> Result<Vec<Prepared>> {
    let declared = in_use::declared(context, report)?;
    let is_new = |cluster: &Cluster| in_use::previous(&declared, &cluster.name).is_none();
    let mut taken = in_use::load(context, &declared, clusters.iter().any(is_new))?;
    let mut prepared = Vec::new();
    for cluster in clusters {
        let previous = in_use::previous(&declared, &cluster.name);
        let plan = plan(cluster, &taken, previous)?;
        if previous.is_none() {
            taken.clusters.push(ClusterInUse {
                name: plan.cluster.clone(),
                api_server_port: plan.api_server_port,
                node_subnet: plan.node_subnet,
            });
        }
        let files = render(&plan)?;
        let changes = diff(&context.unit_dir.load(&plan.cluster)?, &files);
        prepared.push(Prepared {
            plan,
            files,
            changes,
            is_new: previous.is_none(),
        });
    }
    Ok(prepared)
}

/// Checks what is about to be written, with everything that has a say in it.
async fn check(context: &Context, manager: &Manager, prepared: &[Prepared]) -> Result<()> {
    let changed = || prepared.iter().filter(|p| !p.changes.is_empty());
    if changed().next().is_none() {
        return Ok(());
    }
    same_config_dir(context, manager).await?;
    for cluster in changed() {
        let name = &cluster.plan.cluster;
        if cluster.is_new {
            nothing_left_over(&context.podman, name)?;
        }
        no_other_file(&context.unit_dir, name, &cluster.files)?;
        generator::check(&cluster.files)
            .with_context(|| format!("checking the units of cluster `{name}`"))?;
        image_fits(&context.podman, &cluster.plan)?;
    }
    Ok(())
}

/// The generator reads the manager's `XDG_CONFIG_HOME`, which need not be the shell's.
async fn same_config_dir(context: &Context, manager: &Manager) -> Result<()> {
    let environment = manager.environment().await?;
    let theirs = match (environment.get("XDG_CONFIG_HOME"), environment.get("HOME")) {
        (Some(config), _) if !config.is_empty() => fs::resolve(config.as_ref()),
        (_, Some(home)) => fs::resolve(&std::path::Path::new(home).join(".config")),
        _ => return Ok(()),
    };
    let ours = fs::resolve(&context.config_dir);
    if theirs == ours {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the systemd user manager reads `{}`, but this shell's configuration is in `{}`",
        theirs.display(),
        ours.display()
    ))
    .hint("systemctl --user import-environment XDG_CONFIG_HOME")
    .into())
}

fn no_other_file(unit_dir: &UnitDir, cluster: &ClusterName, files: &FileSet) -> Result<()> {
    let others = unit_dir.same_names(cluster, files)?;
    let Some(other) = others.first() else {
        return Ok(());
    };
    Err(Failure::new(format!(
        "`{}` has the name of a file of cluster `{cluster}`; Podman would read only one of them",
        other.display()
    ))
    .into())
}

/// A new cluster must not take over data, or a subnet, of an earlier one of its name by accident.
fn nothing_left_over(podman: &Podman, cluster: &ClusterName) -> Result<()> {
    let label = format!("io.kinc.cluster={cluster}");
    for kind in ["volume", "network"] {
        let left = podman.labelled(kind, &label)?;
        if let Some(object) = left.first() {
            return Err(Failure::new(format!(
                "the {kind} `{object}` of an earlier cluster `{cluster}` is still here; \
                 put its `cluster.yaml` back, or delete what is left with its data"
            ))
            .hint(format!("kinc delete {cluster}"))
            .into());
        }
    }
    Ok(())
}

fn image_fits(podman: &Podman, plan: &Plan) -> Result<()> {
    let image = &plan.image;
    let Some(labels) = podman.image_labels(image)? else {
        return Err(
            Failure::new(format!("the node image `{image}` is not here"))
                .hint("kinc image build")
                .into(),
        );
    };
    let label = |name: &str| labels.get(name).map(String::as_str);
    if label("io.kinc.contract") != Some(CONTRACT) {
        return Err(Failure::new(format!(
            "`{image}` is not a node image that this kinc can use: its label `io.kinc.contract` is {}, not {CONTRACT}",
            label("io.kinc.contract").unwrap_or("missing")
        ))
        .hint("kinc image build")
        .into());
    }
    let holds = label("io.kinc.kubernetes").unwrap_or("no Kubernetes");
    if holds != plan.kubernetes_version {
        return Err(Failure::new(format!(
            "`{image}` holds {holds}, but cluster `{}` declares {}",
            plan.cluster, plan.kubernetes_version
        ))
        .into());
    }
    Ok(())
}

/// Brings one cluster from where its unit was to where its files say.
async fn settle(
    context: &Context,
    manager: &Manager,
    cluster: &Prepared,
    before: &UnitState,
    limits: Limits,
    report: Reporter<'_>,
) -> Result<Action> {
    let name = &cluster.plan.cluster;
    let running = before.summary() == Summary::Ready;
    if running && cluster.changes.is_empty() && !before.need_daemon_reload {
        return Ok(Action::Unchanged);
    }
    readiness::loaded_from(manager, &context.unit_dir.directory(name), name).await?;
    if cluster.plan.autostart {
        linger(report).await;
    }
    if running && !cluster.changes.iter().any(needs_restart) {
        return Ok(Action::Changed);
    }
    let start = if running {
        Start::Again
    } else {
        Start::IfStopped
    };
    if !readiness::bring_up(manager, name, start, limits, report).await? {
        return Ok(Action::Interrupted);
    }
    Ok(match (cluster.is_new, cluster.changes.is_empty()) {
        (true, _) => Action::Created,
        (false, false) => Action::Changed,
        (false, true) => Action::Started,
    })
}

/// Tells whether a running node has to start again to have a change.
///
/// Whether it starts at boot is systemd's matter alone, and the declaration is only read by us.
fn needs_restart(change: &Change) -> bool {
    let boots_differently = |line: &str| line == "[Install]" || line.starts_with("WantedBy=");
    let runs_on = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#') && !boots_differently(line))
            .map(str::to_owned)
            .collect()
    };
    change.path() != crate::fileset::DECLARATION
        && runs_on(change.old_text()) != runs_on(change.new_text())
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
