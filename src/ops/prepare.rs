//! Everything that has to be known before a cluster is written: its plan, its files, what differs.

use anyhow::Result;

use crate::declaration::schema::Impact;
use crate::edge::systemd::Manager;
use crate::model::cluster::{Cluster, ClusterName, NodeName};
use crate::model::field_ref::FieldRef;
use crate::ops::observe::{self, Observed};
use crate::ops::{Context, Report, Reporter, data, in_use, rendered};
use crate::ops::{leaving, linked};
use crate::plan::drift::{Found, drift};
use crate::plan::impact::impact_on;
use crate::plan::{Facts, Plan, Step};
use crate::resolve::{FieldChange, ResolvedCluster, changed_shares, changes, resolve_all};
use crate::units::dialect::PodmanVersion;
use crate::units::file_set::{Change, FileSet, diff};

/// A cluster that is planned and rendered, and not yet written.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Every value, decided.
    pub(crate) resolved: ResolvedCluster,
    /// The Podman that the files are for.
    pub(crate) podman: PodmanVersion,
    /// The files as they shall be.
    pub(crate) files: FileSet,
    /// What differs on disk.
    pub(crate) changes: Vec<Change>,
    /// The units that systemd does not have from our files. Looked at even when no file changes: an apply
    /// that was killed after the writing leaves the link out.
    pub(crate) unlinked: Vec<String>,
    /// What was found of it; `None` if the cluster does not exist yet.
    pub(crate) found: Option<Found>,
    /// What would be done, and why.
    pub(crate) plan: Plan,
}

impl Prepared {
    /// Returns whether Podman has the network otherwise: it is made anew once it is gone.
    pub(crate) fn has_other_network(&self) -> bool {
        let found = self.found.as_ref();
        found.is_some_and(|found| found.other_network().is_some())
    }

    /// Returns whether the cluster does not exist yet.
    pub(crate) fn is_new(&self) -> bool {
        self.plan.step == Step::Create
    }

    /// Returns those of its nodes that do not exist yet.
    pub(crate) fn new_nodes(&self) -> Vec<NodeName> {
        let nodes = self.resolved.declaration.node_names();
        nodes
            .filter(|node| self.plan.step_of(node) == Some(Step::Create))
            .collect()
    }

    /// Returns whether a field is declared otherwise than before.
    pub(crate) fn changes_field(&self, field: impl Into<FieldRef>) -> bool {
        let field = field.into();
        self.plan.fields.iter().any(|line| line.is_of(field))
    }

    /// Returns whether a file changes that a node reads when it starts.
    pub(crate) fn is_changed(&self, node: &NodeName) -> bool {
        impact_on(node, &self.resolved.cluster, &self.changes) > Impact::NoRestart
    }
}

/// Plans and renders all clusters against what is there and against each other.
///
/// # Errors
/// With a plan that does not work out, or when systemd or Podman does not answer.
pub(crate) async fn prepare(
    context: &Context,
    manager: &Manager,
    clusters: &[Cluster],
    report: Reporter<'_>,
) -> Result<Vec<Prepared>> {
    let declared = in_use::declared(context, report)?;
    declared.has_read(context, clusters)?;
    let on_disk = &declared.clusters;
    let is_new = |name: &ClusterName| on_disk.iter().all(|cluster| cluster.name != *name);
    let some_are_new = clusters.iter().any(|cluster| is_new(&cluster.name));
    let networks = if some_are_new {
        Some(context.podman.networks().await?)
    } else {
        None
    };
    let mut in_use = in_use::load(context, &declared, networks.as_deref())?;
    in_use.data = data::facts(context, clusters, on_disk).await?;
    let resolved = resolve_all(clusters, in_use.clone(), on_disk)?;
    for hidden in resolved
        .iter()
        .filter_map(|resolved| resolved.hidden_network(&in_use))
    {
        report(Report::Warning(hidden));
    }
    for resolved in resolved.iter().filter(|one| is_new(&one.cluster)) {
        let warnings = resolved.idle_control_plane().into_iter();
        warnings.map(Report::Warning).for_each(&mut *report);
    }
    let of = |resolved: &ResolvedCluster| on_disk.iter().find(|own| own.name == resolved.cluster);
    let there: Vec<Cluster> = resolved.iter().filter_map(of).cloned().collect();
    let (podman, observed) = observe::observe(context, manager, &there, networks).await?;
    let mut observed = there.iter().zip(observed);
    let mut prepared = Vec::new();
    for resolved in resolved {
        let is_there = of(&resolved).is_some();
        let there = is_there.then(|| observed.next()).flatten();
        prepared.push(one(context, manager, resolved, podman, there).await?);
    }
    Ok(prepared)
}

async fn one(
    context: &Context,
    manager: &Manager,
    resolved: ResolvedCluster,
    podman: PodmanVersion,
    previous: Option<(&Cluster, Observed)>,
) -> Result<Prepared> {
    let name = &resolved.cluster;
    let (previous, observed) = previous.unzip();
    let (found, recorded) = observed.map(|one| (one.found, one.files)).unzip();
    let (there, recorded) = match recorded {
        Some(files) => (files.there, files.rendered.ok()),
        None => (context.unit_dir.load(name)?, None),
    };
    // Most of the time nothing is declared otherwise than before.
    let files = match recorded.and_then(|recorded| recorded.files_of(&resolved)) {
        Some(files) => files,
        None => rendered(&resolved, podman)?,
    };
    let changed = diff(&there, &files);
    // What was found is of the nodes of before.
    let declared = &resolved.declaration;
    let has_same_nodes =
        previous.is_some_and(|previous| previous.node_names().eq(declared.node_names()));
    let unlinked = match found.as_ref().filter(|_| has_same_nodes) {
        Some(found) => found.unlinked.clone(),
        None => linked::missing(context, manager, declared).await?,
    };
    let fields: Vec<FieldChange> = previous.map_or_else(Vec::new, |previous| {
        let declared = &resolved.declaration;
        let mut fields = changes(previous, declared);
        fields.extend(changed_shares(previous, declared));
        fields
    });
    let there = found.as_ref();
    let leaving = match previous {
        Some(previous) => {
            let is_gone = |node: &NodeName| resolved.declaration.node(node.id()).is_none();
            let gone = previous.node_names().filter(is_gone);
            leaving::look_at(context, &resolved, there, gone).await?
        }
        None => Vec::new(),
    };
    let nodes = resolved.declaration.node_names().map(|node| {
        let state = there.and_then(|found| found.state_of(&node));
        (node, state)
    });
    let facts = Facts {
        nodes: nodes.collect(),
        leaving,
        fields: &fields,
        files: &changed,
        drop_ins: there.map_or_else(Vec::new, |found| found.drop_ins.clone()),
        drift: there.map_or_else(Vec::new, drift),
    };
    let plan = Plan::new(name, facts);
    Ok(Prepared {
        changes: changed,
        unlinked,
        found,
        files,
        resolved,
        podman,
        plan,
    })
}
