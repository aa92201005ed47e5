//! What must hold before `apply` writes the first byte, and for `plan` to approve of it.

mod delegation;
mod image;
mod inotify;
mod kubeadm;
pub(crate) mod leaving;
mod leftovers;
mod surroundings;

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::edge::fs;
use crate::edge::systemd::Manager;
use crate::edge::unit_dir::UnitDir;
use crate::model::cluster::ClusterName;
use crate::model::field::Field;
use crate::ops::loaded;
use crate::ops::prepare::Prepared;
use crate::ops::{Context, ErrorWithHints, Reporter, data};
use crate::plan::Step;
use crate::resolve::ResolvedCluster;
use crate::units::file_set::{DECLARATION, FileSet};
use crate::units::unit_names;

/// Checks what is about to be written, with everything that has a say in it, and warns of what a node will lack.
pub(crate) async fn before_writing(
    context: &Context,
    manager: &Manager,
    prepared: &[Prepared],
    report: Reporter<'_>,
) -> Result<()> {
    check_feasible(context, manager, &prepared.iter().collect::<Vec<_>>()).await?;
    for cluster in prepared {
        leaving::check_known(cluster)?;
    }
    // Last, since it stops nobody: an error before it is the one thing to read.
    let changed = || prepared.iter().filter(|p| !p.changes.is_empty());
    if changed().next().is_none() {
        return Ok(());
    }
    let declared = changed().map(|p| &p.resolved.declaration);
    delegation::check(context, manager, declared, report).await?;
    if changed().all(|p| p.new_nodes().is_empty()) {
        return Ok(());
    }
    let declared = changed().map(|p| &p.resolved.declaration);
    inotify::check(context, declared, report)
}

/// Refuses what an apply cannot do; a plan refuses it in the same words. Nothing is written, and where
/// nothing is to be done nothing is asked for.
pub(crate) async fn check_feasible(
    context: &Context,
    manager: &Manager,
    prepared: &[&Prepared],
) -> Result<()> {
    // Whatever comes up again has to be able to, also where no file changes.
    let begun = || prepared.iter().filter(|p| p.plan.step != Step::Nothing);
    for cluster in begun() {
        if cluster.is_new() {
            data::check_new(context, &cluster.resolved)?;
        } else if cluster.changes_field(Field::DataDir) {
            data::check_mount(context, &cluster.resolved)?;
        }
        leaving::check(context, cluster).await?;
        surroundings::have_paths(&cluster.resolved)?;
        surroundings::have_addresses(&context.host, cluster)?;
    }
    image::fit(&context.podman, begun().map(|p| &p.resolved)).await?;
    let changed: Vec<&Prepared> = prepared
        .iter()
        .copied()
        .filter(|p| !p.changes.is_empty())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    same_config_dir(context, manager).await?;
    let new = changed.iter().filter(|p| p.is_new());
    leftovers::check(context, new.map(|p| &p.resolved.cluster)).await?;
    for cluster in &changed {
        can_be_written(context, cluster)?;
    }
    are_accepted(context, &changed).await
}

/// Asks Podman's generator about the units, and kubeadm about its configuration.
async fn are_accepted(context: &Context, changed: &[&Prepared]) -> Result<()> {
    let all: Vec<&FileSet> = changed.iter().map(|cluster| &cluster.files).collect();
    // One process checks all of them; only if it refuses some, one for each says whose they are.
    if let Err(refused) = context.generator.check(&all).await {
        context.cancel.check()?;
        for cluster in changed {
            let checked = context.generator.check(&[&cluster.files]).await;
            checked.with_context(|| {
                format!(
                    "checking the units of cluster `{}`",
                    cluster.resolved.cluster
                )
            })?;
        }
        return Err(refused);
    }
    for cluster in changed {
        if kubeadm::is_asked(&cluster.changes, &cluster.resolved.declaration.kubernetes) {
            kubeadm::accepts(&context.podman, cluster).await?;
        }
    }
    Ok(())
}

/// Refuses files that would not become the units they are meant to be, or not work.
fn can_be_written(context: &Context, cluster: &Prepared) -> Result<()> {
    let name = &cluster.resolved.cluster;
    if !cluster.is_new() {
        not_edited(context, &cluster.resolved)?;
    }
    if let Some(path) = context
        .unit_dir
        .conflicting_files(name, &cluster.changes)
        .first()
    {
        return Err(ErrorWithHints::new(format!(
            "`{}` is in the way: kinc did not write it; move it away",
            path.display()
        ))
        .into());
    }
    loaded::is_read(context, name, cluster.podman)?;
    check_foreign_files(&context.unit_dir, name, &cluster.files)
}

/// Refuses a cluster that would start without its data.
pub(crate) fn data_is_there(cluster: &Prepared) -> Result<()> {
    if cluster.is_new() || cluster.plan.step == Step::Nothing {
        return Ok(());
    }
    data::check_there_but(&cluster.resolved.declaration, &cluster.new_nodes())
}

/// The generator reads the manager's `XDG_CONFIG_HOME`, which need not be the shell's.
async fn same_config_dir(context: &Context, manager: &Manager) -> Result<()> {
    let environment = manager.environment().await?;
    let theirs = match (environment.get("XDG_CONFIG_HOME"), environment.get("HOME")) {
        (Some(config), _) if !config.is_empty() => fs::resolve(config.as_ref()),
        (_, Some(home)) => fs::resolve(&Path::new(home).join(".config")),
        _ => return Ok(()),
    };
    let ours = fs::resolve(&context.config_dir);
    if theirs == ours {
        return Ok(());
    }
    Err(ErrorWithHints::new(format!(
        "the systemd user manager reads `{}`, but this shell's configuration is in `{}`",
        theirs.display(),
        ours.display()
    ))
    .hint("systemctl --user import-environment XDG_CONFIG_HOME")
    .into())
}

fn check_foreign_files(unit_dir: &UnitDir, cluster: &ClusterName, files: &FileSet) -> Result<()> {
    let others = unit_dir.same_names(cluster, files)?;
    let Some(other) = others.first() else {
        return Ok(());
    };
    Err(ErrorWithHints::new(format!(
        "`{}` has the name of a file of cluster `{cluster}`; Podman would read only one of them",
        other.display()
    ))
    .into())
}

/// The resolved declaration is our record of what was built into the cluster; one that was edited
/// would let that change unseen.
fn not_edited(context: &Context, resolved: &ResolvedCluster) -> Result<()> {
    let name = &resolved.cluster;
    let files = context.unit_dir.load(name)?;
    let network = format!("{}.network", name.network());
    let declared = &resolved.declaration;
    let (pods, services) = (declared.pod_subnet, declared.service_subnet);
    // A file that is not there is recreated.
    let holds = |path: &str, text: &str| {
        if path == network {
            says(text, "Subnet=", &resolved.node_subnet.to_string())
        } else if unit_names::is_kubeadm_conf(path) {
            says(text, "podSubnet:", &pods.to_string())
                && says(text, "serviceSubnet:", &services.to_string())
                && says(text, "kubernetesVersion:", &declared.kubernetes_version)
        } else {
            true
        }
    };
    if files.iter().all(|(path, file)| holds(path, &file.text)) {
        return Ok(());
    }
    Err(ErrorWithHints::new(format!(
        "`{}` does not match the files beside it: it was edited, or belongs to another cluster; \
         restore it, and change your own declaration instead",
        context.unit_dir.directory(name).join(DECLARATION).display()
    ))
    .into())
}

/// Returns whether a line of a file gives a key that value, however somebody may have written it.
fn says(text: &str, key: &str, value: &str) -> bool {
    let given = |line: &str| {
        let rest = line.trim_start().strip_prefix(key)?;
        let rest = rest.split_once(" #").map_or(rest, |(rest, _)| rest);
        Some(rest.trim().trim_matches(['"', '\'']) == value)
    };
    text.lines().filter_map(given).any(|is_same| is_same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_without_quotes_and_comments() {
        let cases = [
            ("  podSubnet: 10.244.0.0/16\n", true),
            ("a: b\n  podSubnet: '10.244.0.0/16'  # As it was.\n", true),
            ("  podSubnet: \"10.244.0.0/16\"\n", true),
            ("  podSubnet: 10.245.0.0/16\n", false),
            ("  # podSubnet: 10.244.0.0/16\n", false),
            ("", false),
        ];
        for (text, expected) in cases {
            assert_eq!(
                says(text, "podSubnet:", "10.244.0.0/16"),
                expected,
                "{text}"
            );
        }
    }
}
