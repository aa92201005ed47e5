//! Whether the data of a cluster goes with it. Pure: what is known in, a decision or its reason out.

use std::path::PathBuf;

use crate::edge::data_dir::State;
use crate::model::cluster::{ClusterName, DataDir, Uid};
use crate::model::shell;
use crate::ops::ErrorWithHints;
use crate::ops::data::record::Record;
use crate::units::file_set::DECLARATION;

/// What is known of the data of a cluster that is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Data {
    /// What the files of the cluster say of it.
    pub(super) record: Record,
    /// The directory below which it was looked for.
    pub(super) base: DataDir,
    /// Whether somebody named that directory now.
    pub(super) is_explicit: bool,
    /// Another directory, which is the recorded one and has it too.
    pub(super) elsewhere: Option<DataDir>,
    /// Why nobody can tell what is there, such as a disk that does not answer.
    pub(super) unreadable: Option<String>,
    /// What is there.
    pub(super) state: State,
    /// Whether there is a directory at all, be nothing in it.
    pub(super) has_directory: bool,
    /// The uid in the copy of the declaration beside it, where there is no record.
    pub(super) copied: Option<Uid>,
    /// What lies in it and is not its own, in words.
    pub(super) foreign: Vec<String>,
    /// What is mounted at it or in it.
    pub(super) mounted: Option<Mounted>,
}

/// What is mounted where data is to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mounted {
    pub(super) point: PathBuf,
    /// Whether all of the data is on it.
    pub(super) is_whole: bool,
    /// Whether the host has mounted it, and not somebody in Podman's namespace.
    pub(super) is_of_host: bool,
}

impl Data {
    /// Returns the directory that the data of a cluster has, or would have.
    pub(crate) fn directory(&self, cluster: &ClusterName) -> PathBuf {
        self.base.of_cluster(cluster)
    }

    /// Returns whether there is something where it was looked for.
    pub(crate) fn is_there(&self) -> bool {
        self.has_directory || self.unreadable.is_some()
    }

    /// Returns the uid of the cluster; `None` if nothing says it.
    pub(crate) fn uid(&self) -> Option<&Uid> {
        match &self.record {
            Record::Kept(_, uid) => Some(uid),
            _ => self.state.uid(),
        }
    }

    /// Decides whether there is data that goes with the cluster, or why nothing may go.
    ///
    /// `ignores_missing` is for data that is gone, or is to stay wherever it is.
    ///
    /// # Errors
    /// When it is not where it has to be, or would take along what is not the cluster's.
    pub(crate) fn goes(
        &self,
        cluster: &ClusterName,
        ignores_missing: bool,
    ) -> Result<bool, ErrorWithHints> {
        if matches!(self.record, Record::InVolumes) && !self.is_explicit {
            return Ok(false);
        }
        match self.missing(cluster) {
            Some(_) if ignores_missing => return Ok(false),
            Some(why) => return Err(with_hints(why, cluster)),
            None => {}
        }
        match self.obstacle(cluster) {
            Some(failure) => Err(failure),
            None => Ok(self.has_directory),
        }
    }

    /// Tells why it is not known where the cluster's own data is, or it is not there.
    fn missing(&self, cluster: &ClusterName) -> Option<String> {
        let directory = self.directory(cluster);
        let shown = directory.display();
        if self.record == Record::Unreadable && !self.is_explicit {
            return Some(format!(
                "the `{DECLARATION}` of cluster `{cluster}` cannot be read, so the place of its data is unknown; \
                 pass the directory, or delete everything else"
            ));
        }
        if let Some(why) = &self.unreadable {
            return Some(format!(
                "cannot tell what is in `{shown}`: {why}; repair its disk, pass the directory of the data, or \
                 delete everything else"
            ));
        }
        let is_known = self.is_explicit || matches!(self.record, Record::Kept(..));
        match &self.state {
            State::Absent => is_known.then(|| {
                format!(
                    "the data of cluster `{cluster}` is not in `{shown}`; mount its disk, pass its directory, \
                     or delete everything else"
                )
            }),
            State::Foreign(what) => Some(format!("{what}; it stays")),
            State::Empty(uid) | State::Data(uid) => {
                let why = self.foreign_reason(uid)?;
                Some(format!("`{shown}` {why}; it stays"))
            }
        }
    }

    /// Returns why data with this mark is not the cluster's.
    fn foreign_reason(&self, uid: &Uid) -> Option<String> {
        let own = match &self.record {
            Record::Kept(_, own) => Some(own),
            _ => self.copied.as_ref(),
        };
        match own {
            Some(own) if own == uid => None,
            Some(_) => Some(format!(
                "is marked with {uid}, and belongs to another cluster"
            )),
            // Nobody has ever written to it.
            None if matches!(self.state, State::Empty(_)) => None,
            // Whoever names the directory says whose it is.
            None if self.is_explicit => None,
            None => Some("has no copy of its declaration, so its owner is unknown".to_owned()),
        }
    }

    /// Returns what prevents the removal of the data of the cluster.
    fn obstacle(&self, cluster: &ClusterName) -> Option<ErrorWithHints> {
        let again = format!("kinc delete {cluster}");
        if let Some(elsewhere) = &self.elsewhere {
            let recorded = elsewhere.of_cluster(cluster);
            let failure = ErrorWithHints::new(format!(
                "the data of cluster `{cluster}` is in `{}` as well, which its declaration names; move one of \
                 them away",
                recorded.display()
            ));
            return Some(failure.hint(again));
        }
        if let Some(foreign) = self.foreign.first() {
            let failure = lies_in(foreign, &format!("cluster `{cluster}`"));
            return Some(failure.hint(again));
        }
        self.mounted.as_ref().map(|found| unmount(found, cluster))
    }
}

fn with_hints(why: String, cluster: &ClusterName) -> ErrorWithHints {
    let again = format!("kinc delete {cluster}");
    ErrorWithHints::new(why)
        .hint(format!("{again} --data-dir DIR"))
        .hint(format!("{again} --ignore-missing-data"))
}

impl Mounted {
    /// Returns the command that takes it away.
    pub(super) fn unmount(&self) -> String {
        let who = if self.is_of_host {
            "sudo"
        } else {
            "podman unshare"
        };
        let point = shell::word(&self.point.to_string_lossy());
        format!("{who} umount {point}")
    }
}

fn unmount(mounted: &Mounted, cluster: &ClusterName) -> ErrorWithHints {
    if mounted.is_whole {
        let (shown, unmount) = (mounted.point.display(), mounted.unmount());
        return ErrorWithHints::new(format!(
            "`{shown}` is a mount point, and kinc removes no mounted data; unmount it, and delete \
             everything else"
        ))
        .hint(unmount)
        .hint(format!("kinc delete {cluster} --ignore-missing-data"));
    }
    is_mounted_in(mounted, &format!("cluster `{cluster}`"))
}

/// Says that something lies in data that is to be removed, and is not of its owner: a cluster or a node.
pub(super) fn lies_in(foreign: &str, owner: &str) -> ErrorWithHints {
    ErrorWithHints::new(format!(
        "{foreign}, and would be removed with the data of {owner}; move it away"
    ))
}

/// Says what is mounted in data that is to be removed, and how it is unmounted.
pub(super) fn is_mounted_in(mounted: &Mounted, owner: &str) -> ErrorWithHints {
    ErrorWithHints::new(format!(
        "`{}` is mounted in the data of {owner}; unmount it first",
        mounted.point.display()
    ))
    .hint(mounted.unmount())
}

#[cfg(test)]
mod tests;
