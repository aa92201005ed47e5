//! The use cases: each orders pure steps and edges, and returns data.
//!
//! Nothing is printed here; progress goes to the caller as [`Report`] values.

mod action;
pub mod adopt;
pub mod apply;
mod data;
pub mod delete;
mod drop_ins;
mod failure;
mod in_use;
mod interrupted;
pub mod kubeconfig;
mod leaving;
pub mod lifecycle;
mod linger;
mod linked;
mod loaded;
mod lock;
pub(crate) mod logs;
mod observe;
mod pending_change;
pub mod plan;
mod preflight;
mod prepare;
mod prune;
pub mod render;
mod rollout;
pub mod status;
mod target;

pub(crate) use crate::ops::data::Size;
pub use crate::ops::failure::{ErrorWithHints, NoSuchCluster, NoSuchNode};
pub use crate::ops::interrupted::{Interrupted, is_interrupted};
pub(crate) use crate::ops::lock::LIMIT as LOCK_LIMIT;
pub use crate::ops::target::Target;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::declaration::{self, Source};
use crate::edge::cancel::Cancel;
use crate::edge::generator::Generator;
use crate::edge::host::Host;
use crate::edge::journal::Journal;
use crate::edge::manifests;
use crate::edge::podman::Podman;
use crate::edge::systemd::{self, Logind, Manager};
use crate::edge::unit_dir::UnitDir;
use crate::job::Progress;
use crate::model::cluster::{Cluster, ClusterName, DataDir, NodeName};
use crate::model::problem::Problems;
use crate::resolve::ResolvedCluster;
use crate::units::dialect::{self, PodmanVersion};
use crate::units::file_set::{DECLARATION, FileSet};
use crate::units::render::RenderError;

/// The label of volumes and networks with the name of their cluster.
const CLUSTER_LABEL: &str = "io.kinc.cluster";

/// The edges and places that the use cases work with.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where the clusters' files are.
    pub unit_dir: UnitDir,
    /// Podman.
    pub podman: Podman,
    /// Podman's Quadlet generator.
    pub generator: Generator,
    /// The user's journal.
    pub journal: Journal,
    /// A connection to the user manager; without one, the bus in the runtime directory is used.
    pub manager: Option<Manager>,
    /// A connection to logind; without one, the system bus is used.
    pub logind: Option<Logind>,
    /// The host's tables.
    pub host: Host,
    /// The user's runtime directory, such as `/run/user/1000`.
    pub runtime_dir: PathBuf,
    /// The configuration directory that the unit directory is in, such as `~/.config`.
    pub config_dir: PathBuf,
    /// The user's kubeconfig files, those before others first; there is one at least.
    pub kubeconfigs: Vec<PathBuf>,
    /// The default data directory of this shell; that of the user manager takes precedence.
    pub data_dir: DataDir,
    /// Ends every wait; [`Context::cancelled_by`] hands it on to what waits by itself.
    pub cancel: Cancel,
    /// How long to wait for another `kinc`.
    pub lock_limit: Duration,
    /// How long to wait for whoever else writes the user's kubeconfig.
    pub kubeconfig_lock_limit: Duration,
}

impl Context {
    /// Has every place below a directory, for tests.
    #[must_use]
    pub fn below(directory: &Path) -> Self {
        Self {
            unit_dir: UnitDir::new(directory.join("config/containers/systemd")),
            podman: Podman::default(),
            generator: Generator::default(),
            journal: Journal::default(),
            manager: None,
            logind: None,
            host: Host::new(directory.to_owned()),
            runtime_dir: directory.join("runtime"),
            config_dir: directory.join("config"),
            kubeconfigs: vec![directory.join("kubeconfig")],
            data_dir: DataDir::new(directory.join("data").to_string_lossy()),
            cancel: Cancel::default(),
            lock_limit: lock::LIMIT,
            kubeconfig_lock_limit: kubeconfig::LOCK_LIMIT,
        }
    }

    /// Has every wait end when the user breaks off.
    #[must_use]
    pub fn cancelled_by(self, cancel: &Cancel) -> Self {
        Self {
            podman: self.podman.cancelled_by(cancel),
            generator: self.generator.cancelled_by(cancel),
            journal: self.journal.cancelled_by(cancel),
            cancel: cancel.clone(),
            ..self
        }
    }

    /// Returns the connection to the user manager.
    async fn manager(&self) -> systemd::Result<Manager> {
        let manager = match &self.manager {
            Some(manager) => manager.clone(),
            None => self.answer(Manager::connect(&self.runtime_dir)).await?,
        };
        Ok(manager.cancelled_by(&self.cancel))
    }

    /// Connects to logind.
    async fn logind(&self) -> systemd::Result<Logind> {
        match &self.logind {
            Some(logind) => Ok(logind.clone()),
            None => self.answer(Logind::connect()).await,
        }
    }

    /// Waits for an answer on a bus, unless the user breaks off.
    async fn answer<T>(
        &self,
        answer: impl Future<Output = systemd::Result<T>>,
    ) -> systemd::Result<T> {
        let answered = self.cancel.or(answer).await;
        answered.unwrap_or(Err(systemd::Error::Interrupted))
    }
}

/// What a use case tells while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// Something was done.
    Done(String),
    /// A unit is on its way.
    Progress {
        /// The unit.
        unit: String,
        /// Where it is.
        progress: Progress,
    },
    /// Something the user may want to act on.
    Warning(String),
    /// What holds the work up.
    Waiting(String),
}

/// Receives what a use case tells.
pub(crate) type Reporter<'a> = &'a mut dyn FnMut(Report);

/// How long to wait for a cluster, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest wait for one cluster.
    pub wait: Duration,
}

/// Returns the control planes of a cluster, in the order of its declaration.
fn control_planes(cluster: &Cluster) -> impl Iterator<Item = NodeName> {
    let ids = cluster.control_planes();
    ids.map(|id| NodeName::new(&cluster.name, id))
}

/// Returns the first control plane of a cluster, in the order of the declaration.
///
/// # Errors
/// When it has none.
fn first_control_plane(cluster: &Cluster) -> Result<NodeName> {
    let first = control_planes(cluster).next();
    first.with_context(|| format!("cluster `{}` has no control plane", cluster.name))
}

/// Renders a plan for a version of Podman; an error that the declaration causes is a problem at its field.
fn rendered(resolved: &ResolvedCluster, podman: PodmanVersion) -> Result<FileSet> {
    let blamed = |error: RenderError| match error.blames(&resolved.declaration) {
        Some(problem) => Problems::from(problem).into(),
        None => anyhow::Error::new(error),
    };
    let newest = crate::units::render::render(resolved).map_err(blamed)?;
    Ok(dialect::translate(&newest, podman))
}

/// Fails unless there is a cluster of this name whose data is where this kinc puts it: one that an older
/// kinc made keeps its state in volumes, and would start without it.
fn current(context: &Context, cluster: &ClusterName) -> Result<Cluster> {
    let known = known(context, cluster)?;
    // Its plan says so in the words that an apply has for it.
    crate::resolve::resolve_again(&known)?;
    Ok(known)
}

/// Fails unless there is a cluster of this name.
fn known(context: &Context, cluster: &ClusterName) -> Result<Cluster> {
    match context.unit_dir.declaration(cluster)? {
        Some(text) => recorded(context, cluster, &text),
        None => Err(unknown(context, cluster)?.into()),
    }
}

/// Reads what a cluster has on disk as its resolved declaration, or says what can be done.
fn recorded(context: &Context, cluster: &ClusterName, text: &str) -> Result<Cluster> {
    resolved(context, cluster, text).map_err(|error| {
        let path = context.unit_dir.directory(cluster).join(DECLARATION);
        ErrorWithHints::new(format!(
            "`{}` is damaged: {error:#}; restore it, or recreate it from the copy beside the \
             data",
            path.display()
        ))
        .hint(format!("kinc adopt {cluster}"))
        .into()
    })
}

/// Reads the text of a cluster's resolved declaration, which declares this one and no other.
fn resolved(context: &Context, cluster: &ClusterName, text: &str) -> Result<Cluster> {
    let path = context.unit_dir.directory(cluster).join(DECLARATION);
    let name = &path.display().to_string();
    let mut declared = declaration::parse_recorded(Source {
        name,
        text,
        directory: None,
    })?;
    match declared.pop() {
        Some(mut only) if only.name == *cluster && declared.is_empty() => {
            manifests::recall(&mut only, &context.unit_dir.directory(cluster));
            Ok(only)
        }
        _ => Err(
            ErrorWithHints::new(format!("`{name}` does not declare the cluster `{cluster}`"))
                .into(),
        ),
    }
}

fn unknown(context: &Context, cluster: &ClusterName) -> Result<NoSuchCluster> {
    let others = context.unit_dir.clusters()?;
    Ok(NoSuchCluster {
        cluster: cluster.to_string(),
        others: others.iter().map(ClusterName::to_string).collect(),
    })
}
