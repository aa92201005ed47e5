//! What a cluster may take of the host.
//!
//! Numbers only: how people write them is said in `quantity`, what holds them is systemd.

/// What all nodes of a cluster together may take of the host; `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resources {
    /// The most memory, in bytes.
    pub memory_bytes: Option<u64>,
    /// The most processor time, in thousandths of a processor.
    pub cpu_millis: Option<u64>,
    /// The share of the processors while others want them too, from 1 to 10000; others have 100.
    pub cpu_weight: Option<u64>,
    /// The share of the disks while others want them too, from 1 to 10000; others have 100.
    pub io_weight: Option<u64>,
    /// The most processes and threads.
    pub tasks: Option<u64>,
}

impl Resources {
    /// Returns what each of so many nodes has of it: what the kubelets offer adds up to what there is.
    ///
    /// Weights are of the cluster as a whole.
    #[must_use]
    pub(crate) fn share(&self, nodes: usize) -> Self {
        let nodes = u64::try_from(nodes).unwrap_or(u64::MAX).max(1);
        let part = |limit: Option<u64>| limit.map(|limit| limit / nodes);
        Self {
            memory_bytes: part(self.memory_bytes),
            cpu_millis: part(self.cpu_millis),
            tasks: part(self.tasks),
            ..*self
        }
    }

    /// Returns memory, processors and tasks as the node image reads them: a number, or `none`.
    #[must_use]
    pub(crate) fn told(&self) -> [String; 3] {
        [self.memory_bytes, self.cpu_millis, self.tasks]
            .map(|limit| limit.map_or("none".to_owned(), |limit| limit.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_nodes_have_is_no_more_than_the_cluster_has() {
        let all = Resources {
            memory_bytes: Some(10),
            cpu_millis: Some(1500),
            cpu_weight: Some(50),
            io_weight: None,
            tasks: None,
        };
        let third = Resources {
            memory_bytes: Some(3),
            cpu_millis: Some(500),
            ..all
        };
        assert_eq!([all.share(1), all.share(3)], [all, third]);
    }
}
