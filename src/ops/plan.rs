//! What an apply would do, and why; nothing is done.

use std::path::PathBuf;

use anyhow::Result;

use crate::edge::systemd::Manager;
use crate::model::cluster::{Cluster, ClusterName};
use crate::model::field::Field;
use crate::ops::prepare::{Prepared, prepare};
use crate::ops::{Context, Report, Reporter, in_use, is_interrupted, observe, preflight, prune};
use crate::plan::drift::drift;
use crate::plan::{Facts, Plan};
use crate::units::dialect::PodmanVersion;
use crate::units::file_set::{Change, FileSet, diff};

/// A plan, and what it does to the files.
#[derive(Debug)]
pub struct Planned {
    /// What would be done, and why.
    pub plan: Plan,
    /// The directory of the cluster.
    pub directory: PathBuf,
    /// What would be written and removed there.
    pub changes: Vec<Change>,
    /// Whether kubeadm's configuration has patches, or had them: free texts, which may hold secrets.
    pub is_patched: bool,
}

/// The fields that patch kubeadm's configuration.
const PATCHES: [Field; 2] = [
    Field::KubeadmConfigPatches,
    Field::KubeadmConfigPatchesJson6902,
];

/// Returns what an apply would do to each of these clusters, and to those that it would remove.
///
/// # Errors
/// With a plan that does not work out, with what an apply would refuse before it writes anything, or when
/// systemd or Podman does not answer.
pub async fn plan(
    context: &Context,
    clusters: &[Cluster],
    pruned: &[PathBuf],
    report: Reporter<'_>,
) -> Result<Vec<Planned>> {
    let manager = context.manager().await?;
    let prepared = prepare(context, &manager, clusters, report).await?;
    check_feasible(context, &manager, &prepared, report).await?;
    let planned = prepared.into_iter().map(|one| Planned::of(context, one));
    let mut planned: Vec<Planned> = planned.collect();
    for cluster in prune::left(context, clusters, pruned, report)? {
        planned.push(deletion(context, &cluster)?);
    }
    Ok(planned)
}

/// Returns what an apply would do to the clusters that are there, each as it was declared.
///
/// A warning names each one whose declaration can no longer be written; the others are planned.
///
/// # Errors
/// As [`plan`], or when the unit directory cannot be read.
pub async fn existing(context: &Context, report: Reporter<'_>) -> Result<Vec<Planned>> {
    let (whole, broken) = split_renderable(in_use::declared(context, report)?.clusters);
    let manager = context.manager().await?;
    let prepared = prepare(context, &manager, &whole, report).await?;
    for one in &prepared {
        warn_of_refusal(context, &manager, one, report).await?;
    }
    let planned = prepared.into_iter().map(|one| Planned::of(context, one));
    let mut planned: Vec<Planned> = planned.collect();
    if !broken.is_empty() {
        planned.extend(unwritable(context, &manager, &broken, report).await?);
        planned.sort_by(|one, other| one.plan.cluster.cmp(&other.plan.cluster));
    }
    Ok(planned)
}

/// Refuses what an apply would refuse before it writes anything. Of a cluster whose data is not there it is
/// only told: an apply goes on with the others.
async fn check_feasible(
    context: &Context,
    manager: &Manager,
    prepared: &[Prepared],
    report: Reporter<'_>,
) -> Result<()> {
    let mut there = Vec::new();
    for one in prepared {
        match preflight::data_is_there(one) {
            Ok(()) => there.push(one),
            Err(error) => report(Report::Warning(format!("{error:#}"))),
        }
    }
    preflight::check_feasible(context, manager, &there).await
}

/// Warns if an apply of an existing cluster would be rejected; its plan is shown in any case.
async fn warn_of_refusal(
    context: &Context,
    manager: &Manager,
    one: &Prepared,
    report: Reporter<'_>,
) -> Result<()> {
    match check_feasible(context, manager, std::slice::from_ref(one), report).await {
        Err(error) if !is_interrupted(&error) => {
            let name = &one.resolved.cluster;
            report(Report::Warning(format!(
                "cluster `{name}` cannot be applied: {error:#}"
            )));
            Ok(())
        }
        checked => checked,
    }
}

/// Parts the declarations that can be written from those that no longer can, whatever the Podman.
fn split_renderable(clusters: Vec<Cluster>) -> (Vec<Cluster>, Vec<Cluster>) {
    let is_whole =
        |cluster: &Cluster| observe::rendered_again(cluster, PodmanVersion::NEWEST).is_ok();
    clusters.into_iter().partition(is_whole)
}

/// Returns clusters whose declaration can no longer be written as plans that change no file.
async fn unwritable(
    context: &Context,
    manager: &Manager,
    clusters: &[Cluster],
    report: Reporter<'_>,
) -> Result<Vec<Planned>> {
    let (_, observed) = observe::observe(context, manager, clusters, None).await?;
    let mut planned = Vec::new();
    for (Cluster { name, .. }, observed) in clusters.iter().zip(observed) {
        let found = observed.found;
        // A difference of files, which is what some ask for, does not show it.
        if let Some(reason) = &found.unwritable {
            report(Report::Warning(format!(
                "cannot render cluster `{name}`: {reason}"
            )));
        }
        let nodes = found.nodes.iter();
        let nodes = nodes.map(|node| (node.name.clone(), Some(node.unit.summary())));
        let facts = Facts {
            nodes: nodes.collect(),
            drop_ins: found.drop_ins.clone(),
            drift: drift(&found),
            ..Facts::default()
        };
        planned.push(Planned {
            plan: Plan::new(name, facts),
            directory: context.unit_dir.directory(name),
            changes: Vec::new(),
            is_patched: true,
        });
    }
    Ok(planned)
}

impl Planned {
    fn of(context: &Context, prepared: Prepared) -> Self {
        let kubernetes = &prepared.resolved.declaration.kubernetes;
        let has_patches = !kubernetes.patches.is_empty() || !kubernetes.json_patches.is_empty();
        let patches = PATCHES.map(Field::path);
        let fields = &prepared.plan.fields;
        let had_others = fields.iter().any(|field| patches.contains(&field.path));
        Self {
            is_patched: has_patches || had_others,
            directory: context.unit_dir.directory(&prepared.resolved.cluster),
            plan: prepared.plan,
            changes: prepared.changes,
        }
    }
}

/// Returns the deletion of a cluster as a plan.
pub(crate) fn deletion(context: &Context, cluster: &ClusterName) -> Result<Planned> {
    let changes = diff(&context.unit_dir.load(cluster)?, &FileSet::default());
    Ok(Planned {
        directory: context.unit_dir.directory(cluster),
        plan: Plan::deletion(cluster, &changes),
        changes,
        is_patched: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::{self, Source};
    use crate::model::cluster::Uid;

    #[test]
    fn a_declaration_that_cannot_be_rendered_does_not_block_others() {
        let head = "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\n";
        let broken = "{kubeadmConfigPatches: ['{kind: ClusterConfiguration, clusterName: x}']}";
        let uid = Uid::nil();
        let documents = [("a", "{}"), ("b", broken), ("c", "{}")].map(|(name, spec)| {
            format!("{head}metadata: {{name: {name}, uid: {uid}}}\nspec: {spec}\n")
        });
        let text = &documents.join("---\n");
        let name = "c.yaml";
        let (whole, broken) = split_renderable(
            declaration::parse(&[Source {
                name,
                text,
                directory: None,
            }])
            .unwrap(),
        );
        let names = |clusters: &[Cluster]| -> Vec<String> {
            clusters.iter().map(|one| one.name.to_string()).collect()
        };
        assert_eq!(
            (names(&whole), names(&broken)),
            (vec!["a".to_owned(), "c".to_owned()], vec!["b".to_owned()])
        );
    }
}
