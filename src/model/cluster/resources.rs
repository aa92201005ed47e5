//! What a cluster, and each of its nodes, may take of the host.
//!
//! Numbers only: how people write them is said in `quantity`, what holds them is systemd.

use std::ops::RangeInclusive;

/// Bytes. A node without any pod of the user's takes up to 0.8 GB, as measured
/// (images/node/README.md). No host has the upper end, and kubelet's sums stay far from 64 bits.
pub(crate) const MEMORY: RangeInclusive<u64> = 1 << 30..=1 << 50;

/// Thousandths. The control plane and DNS request 850m: with less, the scheduler has no place for
/// DNS. `CPUQuota=` counts hundredths of a percent in 31 bits, which is twice the upper end.
pub(crate) const CPU_MILLIS: RangeInclusive<u64> = 1000..=100_000_000;

/// Processes and threads. A node without any pod of the user's has 120, as measured with two
/// processors; Go's programs have more of them on a host that has more (images/node/README.md).
/// The upper end is the kernel's own, `PID_MAX_LIMIT` (`proc_sys_kernel(5)`).
pub(crate) const TASKS: RangeInclusive<u64> = 1000..=1 << 22;

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

/// What one node may take, which its kubelet offers to pods; `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NodeLimits {
    /// The most memory, in bytes.
    pub memory_bytes: Option<u64>,
    /// The most processor time, in thousandths of a processor.
    pub cpu_millis: Option<u64>,
    /// The most processes and threads.
    pub tasks: Option<u64>,
}

impl Resources {
    /// Returns what each node has of it, by what each declares for itself: the others share the rest
    /// equally, so what the kubelets offer adds up to what the cluster has.
    ///
    /// Nothing is left for the others where the nodes declare more than there is.
    pub(crate) fn divide(&self, declared: &[NodeLimits]) -> Vec<NodeLimits> {
        let of = |total, each: fn(&NodeLimits) -> Option<u64>| {
            divide(total, declared.iter().map(each).collect())
        };
        let memory = of(self.memory_bytes, |node| node.memory_bytes);
        let cpu = of(self.cpu_millis, |node| node.cpu_millis);
        let tasks = of(self.tasks, |node| node.tasks);
        let all = memory.into_iter().zip(cpu).zip(tasks);
        all.map(|((memory_bytes, cpu_millis), tasks)| NodeLimits {
            memory_bytes,
            cpu_millis,
            tasks,
        })
        .collect()
    }
}

/// Fills in what is not declared with an equal part of the rest.
fn divide(total: Option<u64>, declared: Vec<Option<u64>>) -> Vec<Option<u64>> {
    let Some(total) = total else {
        return declared;
    };
    let open = declared.iter().filter(|node| node.is_none()).count();
    let open = u64::try_from(open).unwrap_or(u64::MAX).max(1);
    let taken: u64 = declared.iter().flatten().sum();
    let part = total.saturating_sub(taken) / open;
    declared
        .into_iter()
        .map(|node| node.or(Some(part)))
        .collect()
}

impl NodeLimits {
    /// Returns memory, processors and tasks as the node image reads them: a number, or `none`.
    pub(crate) fn arguments(&self) -> [String; 3] {
        [self.memory_bytes, self.cpu_millis, self.tasks]
            .map(|limit| limit.map_or("none".to_owned(), |limit| limit.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(memory_bytes: Option<u64>) -> NodeLimits {
        NodeLimits {
            memory_bytes,
            ..NodeLimits::default()
        }
    }

    #[test]
    fn limits_of_the_nodes_add_up_to_at_most_those_of_the_cluster() {
        let cases = [
            (Some(10), vec![None], vec![Some(10)]),
            (Some(10), vec![None; 3], vec![Some(3); 3]),
            (
                Some(10),
                vec![Some(4), None, None],
                vec![Some(4), Some(3), Some(3)],
            ),
            (Some(10), vec![Some(12), None], vec![Some(12), Some(0)]),
            (None, vec![Some(4), None], vec![Some(4), None]),
        ];
        for (total, declared, expected) in cases {
            let cluster = Resources {
                memory_bytes: total,
                ..Resources::default()
            };
            let declared: Vec<NodeLimits> = declared.into_iter().map(memory).collect();
            let expected: Vec<NodeLimits> = expected.into_iter().map(memory).collect();
            assert_eq!(cluster.divide(&declared), expected);
        }
    }
}
