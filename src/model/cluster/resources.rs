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
    /// Returns memory, processors and tasks as the node image reads them: a number, or `none`.
    #[must_use]
    pub fn told(&self) -> [String; 3] {
        [self.memory_bytes, self.cpu_millis, self.tasks]
            .map(|limit| limit.map_or("none".to_owned(), |limit| limit.to_string()))
    }
}
