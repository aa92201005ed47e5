//! Whether the kernel's limit on inotify instances has room for all clusters.
//!
//! It counts for all processes of the user together, nodes included. Where it is reached, a program
//! of a node fails with "too many open files", which tells nobody what to do.

use anyhow::Result;

use crate::ops::{Context, Report, Reporter};

/// What a running node takes, as measured with Kubernetes 1.36: the controller manager 7, kubelet
/// and the API server 6 each, systemd and CRI-O 4 each, kube-proxy and pasta 1 each.
const OF_A_NODE: usize = 29;

/// What the user's systemd, D-Bus and shells take beside them.
const OF_THE_USER: usize = 10;

/// Tells when that many clusters, all running, do not fit. They need not all run, so nothing is
/// refused.
pub(crate) fn check(context: &Context, clusters: usize, report: Reporter<'_>) -> Result<()> {
    let Some(limit) = context.host.inotify_instances()? else {
        return Ok(());
    };
    let needed = needed(clusters);
    if needed > limit {
        report(Report::Warning(format!(
            "{clusters} clusters take {needed} inotify instances when all of them run, but the kernel's limit is {limit}: \
             the last one may not start; as root, write\n  fs.inotify.max_user_instances = {}\n\
             to /etc/sysctl.d/90-kinc.conf, and run sysctl --system",
            needed.next_power_of_two() * 2
        )));
    }
    Ok(())
}

fn needed(clusters: usize) -> usize {
    clusters * OF_A_NODE + OF_THE_USER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_limit_has_room_for_four_clusters() {
        assert!(needed(4) <= 128);
        assert!(needed(5) > 128);
    }
}
