//! Which cgroup controllers systemd hands on to the user's units, and what goes without the others.

use anyhow::Result;

use crate::edge::systemd::Manager;
use crate::model::cluster::{ClusterName, Resources};
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
    clusters: impl Iterator<Item = (&ClusterName, Resources)>,
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
    for (cluster, resources) in clusters {
        let fields = without(&missing, resources);
        if !fields.is_empty() {
            report(Report::Warning(format!(
                "cluster `{cluster}` has limits that this host does not enforce: {}",
                fields.join(", ")
            )));
        }
    }
    Ok(())
}

/// Returns the fields that are declared in vain without these controllers.
fn without(missing: &[&str], resources: Resources) -> Vec<&'static str> {
    let Resources {
        memory_bytes,
        cpu_millis,
        cpu_weight,
        io_weight,
        tasks,
    } = resources;
    [
        (Field::Memory, memory_bytes, "memory"),
        (Field::Cpu, cpu_millis, "cpu"),
        (Field::CpuWeight, cpu_weight, "cpu"),
        (Field::IoWeight, io_weight, OF_DISKS),
        (Field::Tasks, tasks, "pids"),
    ]
    .into_iter()
    .filter(|(_, limit, controller)| limit.is_some() && missing.contains(controller))
    .map(|(field, ..)| field.path())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_limit_without_its_controller_is_reported() {
        let resources = Resources {
            memory_bytes: Some(1 << 31),
            cpu_weight: Some(50),
            ..Resources::default()
        };
        let cases: [(&[&str], &[&str]); 3] = [
            (&["pids"], &[]),
            (&["memory"], &["spec.resources.memory"]),
            (
                &CONTROLLERS,
                &["spec.resources.memory", "spec.resources.cpuWeight"],
            ),
        ];
        for (missing, expected) in cases {
            assert_eq!(without(missing, resources), expected, "{missing:?}");
        }
    }
}
