//! Whether the kernel's limit on inotify instances has room for all clusters.
//!
//! It counts for all processes of the user together, nodes included. Where it is reached, a program
//! of a node fails with "too many open files", which tells nobody what to do.

use anyhow::Result;

use crate::model::cluster::{Cluster, Role};
use crate::ops::{Context, Report, Reporter, in_use};

/// What a running control plane takes, as measured with Kubernetes 1.36: the controller manager 7, kubelet
/// and the API server 6 each, systemd and CRI-O 4 each, kube-proxy and pasta 1 each.
const OF_A_CONTROL_PLANE: usize = 29;

/// What a worker takes of that: kubelet, systemd, CRI-O and kube-proxy.
const OF_A_WORKER: usize = 15;

/// What the user's systemd, D-Bus and shells take beside them.
const OF_THE_USER: usize = 10;

/// Tells when the clusters on disk and these, all running, do not fit. They need not all run, so nothing is
/// refused.
pub(crate) fn check<'a>(
    context: &Context,
    declared: impl Iterator<Item = &'a Cluster>,
    report: Reporter<'_>,
) -> Result<()> {
    let Some(limit) = context.host.inotify_instances()? else {
        return Ok(());
    };
    let declared: Vec<&Cluster> = declared.collect();
    // What is wrong with those on disk was said when they were read.
    let on_disk = in_use::declared(context, &mut |_| {})?.clusters;
    let is_other = |one: &&Cluster| declared.iter().all(|new| new.name != one.name);
    let all: Vec<&Cluster> = on_disk
        .iter()
        .filter(is_other)
        .chain(declared.iter().copied())
        .collect();
    let roles = all.iter().flat_map(|one| &one.nodes);
    let needed = needed(roles.map(|node| node.id.role()));
    if needed > limit {
        let (clusters, take) = match all.len() {
            1 => (format!("cluster `{}`", all[0].name), "takes"),
            several => (format!("{several} clusters"), "take"),
        };
        report(Report::Warning(format!(
            "{clusters} {take} {needed} inotify instances when all nodes run, but the kernel's limit is {limit}: \
             the last one may not start; as root, write\n  fs.inotify.max_user_instances = {}\n\
             to /etc/sysctl.d/90-kinc.conf, and run sysctl --system",
            needed.next_power_of_two() * 2
        )));
    }
    Ok(())
}

fn needed(roles: impl Iterator<Item = Role>) -> usize {
    let of_role = |role| match role {
        Role::ControlPlane => OF_A_CONTROL_PLANE,
        Role::Worker => OF_A_WORKER,
    };
    roles.map(of_role).sum::<usize>() + OF_THE_USER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_limit_has_room_for_four_control_planes_or_three_with_two_workers() {
        let needs = |control_planes, workers| {
            let control_planes = std::iter::repeat_n(Role::ControlPlane, control_planes);
            needed(control_planes.chain(std::iter::repeat_n(Role::Worker, workers)))
        };
        assert!(needs(4, 0) <= 128 && needs(5, 0) > 128);
        assert!(needs(3, 2) <= 128 && needs(3, 3) > 128);
    }
}
