//! Removing the data of a cluster: only our own directory, only with the right uid.
//!
//! No link is followed and no mount is crossed. What a node has made belongs to subordinate ids, so it
//! goes as Podman would remove it: in its user namespace.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::cluster::{ClusterName, DataDir, Uid};
use crate::data_dir::{self, State};
use crate::fs;
use crate::ops::{Context, Failure};
use crate::yaml::{self, Value};

/// Images, logs and volumes may be many files on a slow disk.
const LIMIT: Duration = Duration::from_mins(10);

/// The data of a cluster that is to be deleted.
#[derive(Debug)]
pub(crate) struct Data {
    base: DataDir,
    state: State,
    /// The uid that is recorded in the declaration, or in its copy where that is lost.
    recorded: Option<Uid>,
}

impl Data {
    /// Tells whether there is something to remove.
    pub(crate) fn is_there(&self) -> bool {
        self.state != State::Absent
    }
}

/// Finds the data of a cluster, by its declaration where there is one.
///
/// # Errors
/// When a directory cannot be read.
pub(crate) fn find(
    cluster: &ClusterName,
    declaration: Option<&str>,
    default: DataDir,
) -> Result<Data> {
    let (base, uid) = declaration.map(recorded).unwrap_or_default();
    let base = base.unwrap_or(default);
    let state = data_dir::state(&base, cluster)?;
    let copied = match (&uid, &state) {
        (None, State::Data(_) | State::Empty(_)) => data_dir::declaration(&base, cluster)?,
        _ => None,
    };
    let uid = uid.or_else(|| recorded(&copied?).1);
    Ok(Data {
        base,
        state,
        recorded: uid,
    })
}

/// Returns what a resolved declaration says of its data, also one that holds what this kinc refuses.
fn recorded(text: &str) -> (Option<DataDir>, Option<Uid>) {
    let documents = yaml::parse(text).unwrap_or_default();
    let root = documents.first().map(|document| &document.value);
    let below = |group: &str, key: &str| root?.get(group)?.get(key).and_then(Value::as_str);
    let base = below("spec", "dataDir").filter(|path| Path::new(path).is_absolute());
    (
        base.map(DataDir::new),
        below("metadata", "uid").and_then(Uid::parse),
    )
}

/// Removes the data of a cluster. It can be repeated: the mark goes last.
///
/// # Errors
/// When it is not ours, something is mounted in it, or a file cannot be removed.
pub(crate) fn remove(context: &Context, cluster: &ClusterName, data: &Data) -> Result<()> {
    let shown = data.base.of_cluster(cluster).display().to_string();
    let refuse = |why: String| Err(Failure::new(format!("{why}; it stays")).into());
    match (&data.state, &data.recorded) {
        (State::Absent, _) => return remove_bare(&data.base, cluster),
        (State::Foreign(what), _) => return refuse(what.clone()),
        (State::Empty(uid) | State::Data(uid), Some(own)) if uid != own => {
            return refuse(format!(
                "`{shown}` is marked with {uid}, and is of another cluster"
            ));
        }
        (State::Data(_), None) => {
            return refuse(format!("nothing says that `{shown}` is of this cluster"));
        }
        (State::Empty(_) | State::Data(_), _) => {}
    }
    for node in data_dir::nodes(&data.base, cluster)? {
        not_mounted(context, &node)?;
        let remove = ["rm", "--recursive", "--force", "--one-file-system", "--"];
        let podman = context
            .podman
            .podman(["unshare"])
            .args(remove)
            .args([&node]);
        podman.limit(LIMIT).output()?;
    }
    context.cancel.check()?;
    data_dir::remove(&data.base, cluster)
}

/// Removes what an attempt left that came not as far as its mark.
fn remove_bare(base: &DataDir, cluster: &ClusterName) -> Result<()> {
    if fs::exists(&base.of_cluster(cluster))? {
        data_dir::remove(base, cluster)?;
    }
    Ok(())
}

/// Fails when something is mounted in a directory, as Podman sees it: its mounts are its own.
fn not_mounted(context: &Context, directory: &Path) -> Result<()> {
    let directory = fs::resolve(directory);
    let podman = context
        .podman
        .podman(["unshare", "cat", "/proc/self/mountinfo"]);
    match crate::host::mounted_below(&podman.output()?, &directory) {
        None => Ok(()),
        Some(point) => Err(Failure::new(format!(
            "`{}` is mounted in the data of the cluster; unmount it first",
            point.display()
        ))
        .hint(format!("podman unshare umount '{}'", point.display()))
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_says_where_its_data_is_whatever_else_it_holds() {
        let uid = "5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f";
        let text = format!("metadata: {{uid: {uid}}}\nspec: {{dataDir: /big, unknown: 1}}\n");
        assert_eq!(
            recorded(&text),
            (Some(DataDir::new("/big")), Uid::parse(uid))
        );
        assert_eq!(
            recorded("metadata: {name: dev}\nspec: {dataDir: big}\n"),
            (None, None)
        );
        assert_eq!(recorded("{"), (None, None));
    }
}
