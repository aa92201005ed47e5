//! The way into a cluster: its administrator's kubeconfig, printed or merged into the user's own.

mod files;

pub(crate) use crate::ops::kubeconfig::files::LIMIT as LOCK_LIMIT;

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::edge::fs;
use crate::kubeconfig::{self, Kubeconfig, Merged, NotOurs, Owner, rewrite};
use crate::model::cluster::{ClusterName, Uid};
use crate::model::shell;
use crate::ops::kubeconfig::files::{Held, Loaded};
use crate::ops::{
    Context, ErrorWithHints, Interrupted, Report, Reporter, control_planes, data, is_interrupted,
    known,
};
use crate::resolve;

/// How a cluster is merged.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The name of its context; the one that it has there already, or its own, when not given.
    pub context: Option<String>,
    /// Whether it becomes the current context.
    pub set_current: bool,
}

impl Options {
    /// Returns the command that merges a cluster so, for a person to run again.
    fn command(&self, cluster: &ClusterName) -> String {
        let context = self.context.as_deref();
        let context = context.map(|name| format!(" --context {}", shell::word(name)));
        let set_current = if self.set_current {
            " --set-current"
        } else {
            ""
        };
        format!(
            "kinc kubeconfig {cluster} --merge{}{set_current}",
            context.unwrap_or_default()
        )
    }
}

/// A context that was merged, and its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedContext {
    /// The context.
    pub context: String,
    /// The file.
    pub file: PathBuf,
}

/// Returns the administrator's kubeconfig, made for use from the host.
///
/// Read from its data on the host, so it works while the cluster is down.
///
/// # Errors
/// When there is no such cluster, or it has never been started.
pub fn read(context: &Context, cluster: &ClusterName) -> Result<Kubeconfig> {
    let declared = known(context, cluster)?;
    let owner = owner(context, cluster)?;
    // A control plane that has lost its data has none for a while.
    let mut directories = control_planes(&declared)
        .filter_map(|node| data::directory(&declared, &node, "kubernetes"));
    let admin = directories.find_map(|path| fs::read(&path.join("admin.conf")).transpose());
    let admin = admin.transpose()?;
    let Some(admin) = admin else {
        return Err(ErrorWithHints::new(format!(
            "cluster `{cluster}` has not been initialised yet"
        ))
        .hint(format!("kinc start {cluster}"))
        .into());
    };
    rewrite(&admin.text, &owner).context("reading the cluster's admin.conf")
}

/// Adds the cluster's context to the user's kubeconfig, and keeps everything else in it.
///
/// # Errors
/// When a file cannot be understood, or the name is somebody else's: nothing was written then. When a file
/// cannot be written: that one is as it was.
pub async fn merge_into_users(
    context: &Context,
    cluster: &ClusterName,
    options: &Options,
    report: Reporter<'_>,
) -> Result<Vec<MergedContext>> {
    // What is not there is said at once.
    known(context, cluster)?;
    files::check_home(context)?;
    let held = async {
        let lock = context.lock(report).await?;
        files::create_directory_of_lock(context);
        Ok((lock, Held::take(context, report).await?))
    };
    let held: Result<_> = held.await;
    let _held = held.map_err(|error| Interrupted::new("nothing was written").instead_of(error))?;
    // Not before: a delete may have held the lock.
    let new = read(context, cluster)?;
    let command = options.command(cluster);
    let mut loaded = Loaded::all(context, &command)?;
    let name = options.context.as_deref();
    let merged = kubeconfig::merge(&mut loaded.files, &new, name, options.set_current)
        .map_err(|error| is_not_ours(&error, &loaded, cluster, options))?;
    if let Some((index, error)) = loaded.write(context).into_iter().next() {
        let error =
            ErrorWithHints::new(format!("{error:#}")).hint(format!("KUBECONFIG=FILE {command}"));
        return Err(loaded.explain(index, &command, error.into()));
    }
    let merged_context = |merged: Merged| {
        let file = loaded.path(merged.file);
        if merged.replaced_a_namesake {
            report(Report::Warning(format!(
                "context {} in {} was of another cluster {cluster}, and is replaced",
                merged.context,
                file.display()
            )));
        }
        MergedContext {
            context: merged.context,
            file,
        }
    };
    Ok(merged.into_iter().map(merged_context).collect())
}

/// Returns the name of the cluster's context after the next merge.
#[must_use]
pub fn context_name(context: &Context, cluster: &ClusterName) -> String {
    let loaded = Loaded::readable(context, &mut |_| {});
    let recorded = owner(context, cluster)
        .ok()
        .and_then(|owner| kubeconfig::recorded(&loaded.files, &owner));
    recorded.unwrap_or_else(|| cluster.context())
}

fn owner(context: &Context, cluster: &ClusterName) -> Result<Owner> {
    let resolved = resolve::resolve_again(&known(context, cluster)?)?;
    Ok(Owner {
        cluster: cluster.clone(),
        server: Some(resolved.server()),
        uid: Some(resolved.uid),
    })
}

fn is_not_ours(
    error: &NotOurs,
    loaded: &Loaded,
    cluster: &ClusterName,
    options: &Options,
) -> ErrorWithHints {
    let file = loaded.path(error.file);
    let under_another_name = Options {
        context: Some("NAME".to_owned()),
        ..options.clone()
    };
    ErrorWithHints::new(format!(
        "the {error} in `{}` is not of cluster `{cluster}`; nothing was written",
        file.display()
    ))
    .hint(under_another_name.command(cluster))
}

/// Takes whatever is the cluster's out of the user's kubeconfig; a file that we cannot read is the user's
/// matter.
///
/// # Errors
/// When the user breaks off.
pub(crate) async fn forget(
    context: &Context,
    cluster: &ClusterName,
    uid: Option<&Uid>,
    report: Reporter<'_>,
) -> Result<()> {
    let owner = Owner {
        cluster: cluster.clone(),
        uid: uid.cloned(),
        server: owner(context, cluster).ok().and_then(|owner| owner.server),
    };
    match forget_owner(context, &owner, report).await {
        Err(error) if is_interrupted(&error) => Err(error),
        Err(error) => {
            let mut words = vec![format!("{error:#}")];
            if let Some(failure) = error.downcast_ref::<ErrorWithHints>() {
                words.extend_from_slice(failure.hints());
            }
            report(Report::Warning(format!(
                "no context was removed from the kubeconfig: {}",
                words.join("; ")
            )));
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

async fn forget_owner(context: &Context, owner: &Owner, report: Reporter<'_>) -> Result<()> {
    let _held = Held::take(context, report).await?;
    let mut loaded = Loaded::readable(context, report);
    let removed = kubeconfig::remove(&mut loaded.files, owner);
    let errors = loaded.write(context);
    let is_written = |index| errors.iter().all(|(faulty, _)| *faulty != index);
    for (name, index) in &removed.contexts {
        let path = loaded.path(*index);
        if is_written(*index) {
            report(Report::Done(format!(
                "removed context {name} from {}",
                path.display()
            )));
        }
    }
    for (_, error) in &errors {
        report(Report::Warning(format!(
            "no context was removed from a file: {error:#}"
        )));
    }
    for (name, index) in &removed.left {
        report(Report::Warning(format!(
            "context {name} in {} is of another cluster, and stays",
            loaded.path(*index).display()
        )));
    }
    Ok(())
}
