//! The way into a cluster: its administrator's kubeconfig, printed or merged into the user's own.

use anyhow::{Context as _, Result};

use crate::cluster::ClusterName;
use crate::kubeconfig::{Kubeconfig, merge, remove, rewrite};
use crate::ops::{Context, Failure, Interrupted, Reporter, data, known};
use crate::{fs, plan};

/// Only the user may read a kubeconfig: it holds a key.
const MODE: u32 = 0o600;

/// Returns the administrator's kubeconfig, made for use from the host.
///
/// Read from its data on the host, so it works while the cluster is down.
///
/// # Errors
/// When there is no such cluster, or it has never been started.
pub fn read(context: &Context, cluster: &ClusterName) -> Result<Kubeconfig> {
    let declared = known(context, cluster)?;
    let plan = plan::again(&declared)?;
    let admin = match data::directory(&declared, "kubernetes") {
        Some(path) => fs::read(&path.join("admin.conf"))?,
        None => None,
    };
    let Some(admin) = admin else {
        return Err(
            Failure::new(format!("cluster `{cluster}` has not been initialised yet"))
                .hint(format!("kinc start {cluster}"))
                .into(),
        );
    };
    rewrite(&admin.text, cluster, &plan.server()).context("reading the cluster's admin.conf")
}

/// Adds the cluster's context to the user's kubeconfig, and keeps everything else in it.
///
/// # Errors
/// When the file cannot be understood or written; it is then as it was.
pub async fn merge_into_users(
    context: &Context,
    cluster: &ClusterName,
    set_current: bool,
    report: Reporter<'_>,
) -> Result<()> {
    let new = read(context, cluster)?;
    let lock = context.lock(report).await;
    let _lock = lock.map_err(|error| Interrupted::new("nothing is written").instead_of(error))?;
    // Behind a link it is the file itself that is written.
    let path = &fs::resolve(&context.kubeconfig);
    let existing = fs::read(path)?.map(|entry| entry.text);
    let merged = merge(existing.as_deref(), &new, set_current)
        .with_context(|| format!("merging into `{}`", path.display()))?;
    fs::write(path, &merged, MODE)
}

/// Takes the cluster's context out of the user's kubeconfig; `false` when it was not in it.
pub(crate) fn forget(context: &Context, cluster: &ClusterName) -> Result<bool> {
    let path = &fs::resolve(&context.kubeconfig);
    let Some(existing) = fs::read(path)? else {
        return Ok(false);
    };
    let removed = remove(&existing.text, cluster)
        .with_context(|| format!("removing the context from `{}`", path.display()))?;
    let Some(text) = removed else {
        return Ok(false);
    };
    fs::write(path, &text, MODE)?;
    Ok(true)
}
