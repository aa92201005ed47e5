//! What a plan needs to know of the places for data, as values.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::{Cluster, ClusterName, DataDir, Uid};
use crate::plan::change::FieldChange;
use crate::problem::Problem;
use crate::schema::Field;

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
    /// Facts of no host, for plans in which all is decided already.
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

    /// Reports another directory while the data is still in the former one.
    pub(super) fn not_moved(&self, cluster: &Cluster, change: &FieldChange) -> Option<Problem> {
        let (old, new) = (change.old.as_ref()?, change.new.as_ref()?);
        if change.field != Field::DataDir || self.moved.contains(&cluster.name) {
            return None;
        }
        let name = &cluster.name;
        let message = format!(
            "cannot change from {old} to {new} while the data is in {old}; move it first: \
             kinc stop {name} && mkdir -p -m 700 {new}/clusters && \
             podman unshare mv {old}/clusters/{name} {new}/clusters/"
        );
        Some(cluster.problem(Field::DataDir, message))
    }
}
