//! What a resolved cluster needs to know of the places for data, as values.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::model::cluster::{Cluster, ClusterName, DataDir, Uid};
use crate::model::field::Field;
use crate::model::problem::Problem;
use crate::model::shell;

/// Where new data goes, and where some has been moved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFacts {
    /// The directory of a cluster that names none.
    pub base: DataDir,
    /// The uids of clusters that are to be made; one that is not here gets the nil one.
    pub uids: BTreeMap<ClusterName, Uid>,
    /// The clusters whose data is in the directory that is declared now.
    pub moved: BTreeSet<ClusterName>,
}

impl Default for DataFacts {
    /// Facts of no host, for resolved clusters in which all is decided already.
    fn default() -> Self {
        Self {
            base: DataDir::new("/var/lib/kinc"),
            uids: BTreeMap::new(),
            moved: BTreeSet::new(),
        }
    }
}

impl DataFacts {
    /// Returns the uid of a cluster that is made now.
    pub(super) fn uid(&self, cluster: &ClusterName) -> Uid {
        self.uids.get(cluster).cloned().unwrap_or_else(Uid::nil)
    }

    /// Returns the directory below which a cluster's data lies.
    pub(super) fn directory(&self, cluster: &Cluster) -> Result<DataDir, Problem> {
        let directory = cluster.data_dir.as_ref().unwrap_or(&self.base);
        // Whoever declares one cannot give such; HOME and the like can be anything.
        if directory
            .as_str()
            .contains(|c: char| c == ':' || c.is_control())
        {
            let message = format!(
                "`{directory}` cannot be mounted, because a colon or a line break ends a path for Podman; \
                 choose another directory"
            );
            return Err(cluster.problem(Field::DataDir, message));
        }
        Ok(directory.clone())
    }

    /// Reports another directory while the data is still in the former one.
    pub(super) fn not_moved(&self, cluster: &Cluster, previous: &Cluster) -> Option<Problem> {
        let name = &cluster.name;
        let (old, new) = (previous.data_dir.as_ref()?, cluster.data_dir.as_ref()?);
        if old == new || self.moved.contains(name) {
            return None;
        }
        let word = |path: &Path| shell::word(&path.to_string_lossy());
        let (from, to) = (word(&old.of_cluster(name)), word(&new.clusters()));
        let message = format!(
            "cannot change from `{old}` to `{new}` while the data is in `{old}`; move it first: \
             kinc stop {name} && mkdir -p -m 700 {to} && podman unshare mv {from} {to}/"
        );
        Some(cluster.problem(Field::DataDir, message))
    }
}
