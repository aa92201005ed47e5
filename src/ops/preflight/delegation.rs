//! Which cgroup controllers systemd hands on to the user's units, and what goes without the others.

use anyhow::Result;

use crate::edge::systemd::Manager;
use crate::model::cluster::{Cluster, NodeLimits, Resources};
use crate::model::field::Field;
use crate::ops::{Context, Report, Reporter};

/// The cgroup controllers that hold limits: those of pods, and those of a cluster.
///
/// kubelet starts without cpuset, which systemd does not hand on by default, and pods run (tried
/// with Kubernetes 1.36): only its static CPU manager, which is off by default,
/// pins by cpuset.
const CONTROLLERS: [&str; 3] = ["cpu", "memory", "pids"];

/// The controller that only `ioWeight` needs; systemd does not hand it on by default.
const OF_DISKS: &str = "io";

/// Tells what a node will lack. An operator's drop-in may make up for it, so nothing is refused.
pub(crate) async fn check(
    context: &Context,
    manager: &Manager,
    clusters: impl Iterator<Item = &Cluster>,
    report: Reporter<'_>,
) -> Result<()> {
    let there = context.host.controllers(&manager.control_group().await?)?;
    let is_missing = |name: &&str| !there.contains(*name);
    let missing: Vec<&str> = CONTROLLERS.into_iter().filter(is_missing).collect();
    if !missing.is_empty() {
        report(Report::Warning(format!(
            "systemd does not delegate to your units the cgroup controller {}: a node may not start, and limits are not enforced; as root, write\n\
         \x20 [Service]\n  Delegate=cpu cpuset io memory pids\n\
         to /etc/systemd/system/user@.service.d/delegate.conf, and reboot; if this host has none, see \
         {}/blob/main/docs/no-cgroup-controllers.md",
            missing.join(", "),
            env!("CARGO_PKG_REPOSITORY")
        )));
    }
    let all = CONTROLLERS.into_iter().chain([OF_DISKS]);
    let missing: Vec<&str> = all.filter(is_missing).collect();
    for cluster in clusters {
        let fields = without(&missing, cluster);
        if !fields.is_empty() {
            report(Report::Warning(format!(
                "cluster `{}` has limits that this host does not enforce: {}",
                cluster.name,
                fields.join(", ")
            )));
        }
    }
    Ok(())
}

/// Returns the fields that are declared in vain without these controllers.
fn without(missing: &[&str], cluster: &Cluster) -> Vec<&'static str> {
    let Resources {
        memory_bytes,
        cpu_millis,
        cpu_weight,
        io_weight,
        tasks,
    } = cluster.resources;
    let is_limited = |limit: fn(&NodeLimits) -> Option<u64>| {
        let mut nodes = cluster.nodes.iter();
        nodes.any(|node| limit(&node.limits).is_some())
    };
    let all = [
        (Field::Memory, memory_bytes.is_some(), "memory"),
        (Field::Cpu, cpu_millis.is_some(), "cpu"),
        (Field::CpuWeight, cpu_weight.is_some(), "cpu"),
        (Field::IoWeight, io_weight.is_some(), OF_DISKS),
        (Field::Tasks, tasks.is_some(), "pids"),
        (
            Field::NodeMemory,
            is_limited(|node| node.memory_bytes),
            "memory",
        ),
        (Field::NodeCpu, is_limited(|node| node.cpu_millis), "cpu"),
        (Field::NodeTasks, is_limited(|node| node.tasks), "pids"),
    ];
    let in_vain = |(_, is_limited, controller): &(Field, bool, &str)| {
        *is_limited && missing.contains(controller)
    };
    let fields = all.into_iter().filter(in_vain);
    fields.map(|(field, ..)| field.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration;
    use crate::model::cluster::ClusterName;

    #[test]
    fn a_declared_limit_without_its_controller_is_reported() {
        let mut cluster = declaration::default_cluster(ClusterName::new("dev").unwrap());
        cluster.resources = Resources {
            memory_bytes: Some(1 << 31),
            cpu_weight: Some(50),
            ..Resources::default()
        };
        cluster.nodes[0].limits.tasks = Some(4000);
        let cases: [(&[&str], &[&str]); 3] = [
            (&["pids"], &["spec.nodes[].resources.tasks"]),
            (&["memory"], &["spec.resources.memory"]),
            (
                &CONTROLLERS,
                &[
                    "spec.resources.memory",
                    "spec.resources.cpuWeight",
                    "spec.nodes[].resources.tasks",
                ],
            ),
        ];
        for (missing, expected) in cases {
            assert_eq!(without(missing, &cluster), expected, "{missing:?}");
        }
    }
}
