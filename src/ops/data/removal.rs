//! Removing the data of a cluster: what is to be known of it, and how it goes. `fate` says whether.
//!
//! No link is followed and no mount is crossed. What a node has made belongs to subordinate ids, so it
//! goes as Podman would remove it: in its user namespace.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::edge::data_dir::{self, State};
use crate::edge::{fs, host};
use crate::model::cluster::{ClusterName, DataDir, NodeName};
use crate::ops::Context;
use crate::ops::data::fate::{Data, Mounted};
use crate::ops::data::record::{self, Record, record};
use crate::units::file_set::FileSet;

/// Images, logs and volumes may be many files on a slow disk.
const LIMIT: Duration = Duration::from_mins(10);

/// Finds out all that there is to know of the data of a cluster, whose files these are. It is looked for
/// below `base`; where nobody has given that directory now, what the files say goes first.
///
/// # Errors
/// When a directory cannot be read, or Podman does not answer.
pub(crate) async fn find(
    context: &Context,
    cluster: &ClusterName,
    files: &FileSet,
    base: DataDir,
    is_explicit: bool,
) -> Result<Data> {
    let record = record(cluster, files);
    let base = match &record {
        Record::Kept(recorded, _) if !is_explicit => recorded.clone(),
        _ => base,
    };
    let elsewhere = elsewhere(cluster, &record, &base)?;
    let unknown = Data {
        record,
        base,
        is_explicit,
        elsewhere,
        unreadable: None,
        state: State::Absent,
        has_directory: false,
        copied: None,
        foreign: Vec::new(),
        mounted: None,
    };
    // A disk that does not answer is as good as one that is away.
    Ok(match seen(context, cluster, &unknown).await {
        Ok(data) => data,
        Err(error) if context.cancel.is_cancelled() => return Err(error),
        Err(error) => Data {
            unreadable: Some(format!("{error:#}")),
            ..unknown
        },
    })
}

/// Looks at the data itself.
async fn seen(context: &Context, cluster: &ClusterName, unknown: &Data) -> Result<Data> {
    let base = &unknown.base;
    let has_directory = fs::exists(&base.of_cluster(cluster))?;
    let state = data_dir::state(base, cluster)?;
    let copied = match (&unknown.record, state.uid()) {
        (Record::Kept(..), _) | (_, None) => None,
        _ => data_dir::declaration(base, cluster)?,
    };
    let foreign = match state.uid() {
        Some(uid) => data_dir::foreign(base, cluster, uid)?,
        None => Vec::new(),
    };
    Ok(Data {
        mounted: if has_directory {
            mounted(context, &base.of_cluster(cluster)).await?
        } else {
            None
        },
        copied: copied.and_then(|text| record::uid(&text)),
        state,
        has_directory,
        foreign,
        ..unknown.clone()
    })
}

/// Returns the directory that the record has, when it is another one and has the data.
///
/// # Errors
/// When nobody can tell whether it has.
fn elsewhere(cluster: &ClusterName, record: &Record, base: &DataDir) -> Result<Option<DataDir>> {
    let Record::Kept(recorded, uid) = record else {
        return Ok(None);
    };
    let of_cluster = recorded.of_cluster(cluster);
    // One of them may be a link to the other.
    if fs::resolve(&of_cluster) == fs::resolve(&base.of_cluster(cluster)) {
        return Ok(None);
    }
    let state = data_dir::state(recorded, cluster).with_context(|| {
        let shown = of_cluster.display();
        format!("looking for data of cluster `{cluster}` in `{shown}` as well, which its declaration names")
    })?;
    Ok((state.uid() == Some(uid)).then(|| recorded.clone()))
}

/// Returns what is mounted at a directory or in it, for the host or for Podman: each may have its own.
pub(super) async fn mounted(context: &Context, directory: &Path) -> Result<Option<Mounted>> {
    let directory = fs::resolve(directory);
    let of_host = context.host.mounted_below(&directory)?;
    let is_of_host = of_host.is_some();
    let point = if is_of_host {
        of_host
    } else {
        let table = ["unshare", "cat", "/proc/self/mountinfo"];
        let table = context.podman.podman(table).output().await?;
        host::mounted_below(&table, &directory)
    };
    Ok(point.map(|point| Mounted {
        is_whole: point == directory,
        is_of_host,
        point,
    }))
}

/// Removes the data of a cluster but for the mark, which [`remove_mark`] does: until then it can be
/// repeated, also without a declaration.
///
/// # Errors
/// When a file cannot be removed.
pub(crate) async fn remove(context: &Context, cluster: &ClusterName, data: &Data) -> Result<()> {
    remove_nodes(context, &data.base, cluster, |_| true).await
}

/// Removes the data of some nodes of a cluster below a directory.
///
/// # Errors
/// When a file cannot be removed.
pub(crate) async fn remove_nodes(
    context: &Context,
    base: &DataDir,
    cluster: &ClusterName,
    goes: impl Fn(&NodeName) -> bool,
) -> Result<()> {
    // Of a removal that was interrupted.
    remove_trees(context, &data_dir::taken_out(base, cluster)?).await?;
    remove_trees(context, &data_dir::take_out(base, cluster, goes)?).await
}

/// Removes what [`remove`] has left of a cluster's directory.
///
/// # Errors
/// When a file cannot be removed.
pub(crate) fn remove_mark(cluster: &ClusterName, data: &Data) -> Result<()> {
    data_dir::remove(&data.base, cluster)
}

async fn remove_trees(context: &Context, directories: &[PathBuf]) -> Result<()> {
    if directories.is_empty() {
        return Ok(());
    }
    let remove = ["rm", "--recursive", "--force", "--one-file-system", "--"];
    let podman = context
        .podman
        .podman(["unshare"])
        .args(remove)
        .args(directories);
    podman.limit(LIMIT).output().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cluster::{MARK, Uid};

    #[test]
    fn a_recorded_directory_that_cannot_be_read_is_not_taken_for_one_without_data() {
        let scratch = tempfile::tempdir().unwrap();
        let base = |name: &str| DataDir::new(scratch.path().join(name).to_string_lossy());
        let (cluster, recorded) = (ClusterName::new("dev").unwrap(), base("recorded"));
        let record = Record::Kept(recorded.clone(), Uid::nil());
        let found = || elsewhere(&cluster, &record, &base("given"));
        assert_eq!(found().unwrap(), None);
        let own = recorded.of_cluster(&cluster);
        fs::create_directory(&own.join(MARK)).unwrap();
        let (own, mark) = (own.display().to_string(), own.join(MARK));
        assert_eq!(
            format!("{:#}", found().unwrap_err()),
            format!(
                "looking for data of cluster `dev` in `{own}` as well, which its declaration names: reading \
                 `{}`: Is a directory (os error 21)",
                mark.display()
            )
        );
    }
}
