//! Takes a cluster over whose declaration was lost or damaged: a copy of it is beside its data.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::edge::data_dir::{self, State};
use crate::model::cluster::{Cluster, ClusterName, DataDir, Uid};
use crate::ops::data::Record;
use crate::ops::{
    Context, ErrorWithHints, Interrupted, Report, Reporter, data, rendered, resolved, unknown,
};
use crate::resolve::{self, ClusterInUse};
use crate::units::dialect::PodmanVersion;
use crate::units::file_set::{DECLARATION, FileSet, diff};

/// Writes the declaration of a cluster again, and nothing else; returns its path. A damaged one is kept
/// under another name.
///
/// # Errors
/// When the declaration is whole, or the cluster has no data that holds a copy of it.
pub async fn adopt(
    context: &Context,
    cluster: &ClusterName,
    data_dir: Option<&Path>,
    report: Reporter<'_>,
) -> Result<String> {
    let default = data::base(context, data_dir).await?;
    let lock = context.lock(report).await;
    let _lock = lock.map_err(|error| Interrupted::new("nothing was written").instead_of(error))?;
    let path = context.unit_dir.directory(cluster).join(DECLARATION);
    let path = path.display().to_string();
    let damaged = context.unit_dir.declaration(cluster)?;
    if damaged
        .as_ref()
        .is_some_and(|text| is_whole(context, cluster, text))
    {
        return Err(
            ErrorWithHints::new(format!("`{path}` exists; there is nothing to adopt")).into(),
        );
    }
    let files = context.unit_dir.load(cluster)?;
    let (base, recorded) = match data::record(cluster, &files) {
        Record::Kept(base, uid) if data_dir.is_none() => (base, Some(uid)),
        Record::Kept(_, uid) => (default, Some(uid)),
        _ => (default, None),
    };
    let is_known = !files.is_empty() || data_dir.is_some();
    let declared = copied(context, cluster, base, recorded.as_ref(), is_known)?;
    let rendered = rendered(&resolve::resolve_again(&declared)?, PodmanVersion::NEWEST)?;
    if damaged.is_some() {
        let aside = context.unit_dir.set_aside(cluster, DECLARATION)?;
        report(Report::Done(format!(
            "kept the damaged one as {}",
            aside.display()
        )));
    }
    let mut changes = diff(&FileSet::default(), &rendered);
    changes.retain(|change| change.path() == DECLARATION);
    context.unit_dir.write(cluster, &changes)?;
    Ok(path)
}

/// Returns whether a declaration on disk says all that was decided.
fn is_whole(context: &Context, cluster: &ClusterName, text: &str) -> bool {
    let read = resolved(context, cluster, text);
    read.is_ok_and(|declared| ClusterInUse::of(&declared).is_some())
}

/// Returns what the copy beside the data declares, with the data where it is.
fn copied(
    context: &Context,
    cluster: &ClusterName,
    base: DataDir,
    recorded: Option<&Uid>,
    is_known: bool,
) -> Result<Cluster> {
    let directory = base.of_cluster(cluster);
    let shown = directory.display();
    let uid = match data_dir::state(&base, cluster)? {
        State::Data(uid) | State::Empty(uid) => uid,
        State::Absent if is_known => {
            return Err(ErrorWithHints::new(format!(
                "cluster `{cluster}` has no data in `{shown}`"
            ))
            .hint(format!("kinc adopt {cluster} --data-dir DIR"))
            .into());
        }
        State::Absent => return Err(unknown(context, cluster)?.into()),
        State::Foreign(what) => return Err(ErrorWithHints::new(what).into()),
    };
    if recorded.is_some_and(|own| *own != uid) {
        return Err(ErrorWithHints::new(format!(
            "`{shown}` is marked with {uid}, which is not the cluster of the files"
        ))
        .into());
    }
    let Some(text) = data_dir::declaration(&base, cluster)? else {
        return Err(
            ErrorWithHints::new(format!("`{shown}` has no copy of the declaration")).into(),
        );
    };
    let mut declared = resolved(context, cluster, &text)
        .with_context(|| format!("reading the copy of the declaration in `{shown}`"))?;
    if declared.uid.as_ref() != Some(&uid) {
        return Err(ErrorWithHints::new(format!(
            "the copy of the declaration in `{shown}` belongs to another cluster than its data"
        ))
        .into());
    }
    if let Some(reason) = data::unfit(context, &directory)? {
        return Err(ErrorWithHints::new(format!(
            "`{base}` cannot hold the data of a cluster: {reason}; move the data, and pass its directory"
        ))
        .hint(format!("kinc adopt {cluster} --data-dir DIR"))
        .into());
    }
    // Somebody may have moved the data.
    declared.data_dir = Some(base);
    Ok(declared)
}
