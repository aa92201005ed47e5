//! What can happen to a cluster, and how it is made to happen.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::dev::{Dev, UNIT};
use crate::host::Kind;

/// How long a component is stopped or missing before it comes back.
const WHILE: Duration = Duration::from_mins(1);

/// A fault, with a name for the command line and the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) name: &'static str,
    /// Whether it needs a UML host.
    needs_uml: bool,
    /// Injects it, and reverts it where a person would, such as a full disk.
    pub(super) strike: fn(&Dev) -> Result<()>,
}

/// Every fault.
const ALL: [Fault; 27] = [
    everywhere("power-cut", |dev| {
        dev.host.power_cut()?;
        dev.host.power_on()
    }),
    everywhere("reboot", |dev| dev.host.reboot()),
    everywhere("user-manager-restart", |dev| {
        as_root(dev, "systemctl restart user@1000.service")
    }),
    everywhere("kill-conmon", |dev| {
        user(
            dev,
            &format!("kill -9 $(systemctl --user show --property MainPID --value {UNIT})"),
        )
    }),
    everywhere("kill-node-init", |dev| {
        user(
            dev,
            "kill -9 $(podman inspect --format '{{.State.Pid}}' kinc-dev-control-plane)",
        )
    }),
    everywhere("kill-etcd", |dev| kill(dev, "etcd", "KILL")),
    everywhere("kill-api-server", |dev| kill(dev, "kube-apiserver", "KILL")),
    everywhere("kill-cri-o", |dev| {
        node(dev, "systemctl kill --kill-whom=main --signal=KILL crio")
    }),
    // Without cgroup controllers the containers and their monitors are in the same cgroup.
    everywhere("kill-cri-o-with-its-cgroup", |dev| {
        node(dev, "systemctl kill --signal=KILL crio")
    }),
    everywhere("kill-kubelet", |dev| {
        node(dev, "systemctl kill --signal=KILL kubelet")
    }),
    everywhere("stop-etcd-for-a-minute", |dev| stand_still(dev, "etcd")),
    everywhere("stop-api-server-for-a-minute", |dev| {
        stand_still(dev, "kube-apiserver")
    }),
    everywhere("freeze-node-for-a-minute", |dev| {
        user(dev, &format!("systemctl --user freeze {UNIT}"))?;
        thread::sleep(WHILE);
        user(dev, &format!("systemctl --user thaw {UNIT}"))
    }),
    everywhere("remove-container", |dev| {
        user(dev, "podman rm --force kinc-dev-control-plane")
    }),
    everywhere("remove-network", |dev| {
        user(dev, "podman network rm --force kinc-dev")
    }),
    everywhere("prune-while-stopped", |dev| {
        while_stopped(dev, "podman system prune --all --force")
    }),
    everywhere("volume-prune-while-stopped", |dev| {
        while_stopped(
            dev,
            "podman volume prune --force; podman system prune --volumes --force",
        )?;
        // What was loaded into the node is not data, and went with its volume.
        dev.load_tools()
    }),
    everywhere("system-reset-while-stopped", |dev| {
        while_stopped(dev, "podman system reset --force")?;
        dev.load_tools()
    }),
    everywhere("kill-pause-process", |dev| {
        user(
            dev,
            &format!(
                "kill -9 $(cat /run/user/1000/libpod/tmp/pause.pid); systemctl --user restart {UNIT}"
            ),
        )
    }),
    everywhere("data-away-and-back", |dev| {
        let data = "~/.local/share/kinc/clusters/dev";
        user(
            dev,
            &format!("systemctl --user stop {UNIT} && mv {data} {data}.away"),
        )?;
        user(
            dev,
            &format!("if systemctl --user start {UNIT}; then exit 1; fi; mv {data}.away {data}"),
        )?;
        user(dev, &format!("systemctl --user start {UNIT}"))
    }),
    everywhere("restart-while-starting", |dev| {
        for _ in 0..3 {
            user(dev, &format!("systemctl --user restart --no-block {UNIT}"))?;
            dev.host.wait_until("the unit is starting", dev.limit, || {
                dev.property("ActiveState")
                    .is_ok_and(|state| state == "activating")
            })?;
        }
        Ok(())
    }),
    everywhere("reload-storm", |dev| {
        user(dev, &format!("systemctl --user restart --no-block {UNIT}"))?;
        user(
            dev,
            "for n in $(seq 30); do systemctl --user daemon-reload; done",
        )
    }),
    everywhere("network-gone-for-a-minute", |dev| {
        dev.host.cut_network()?;
        thread::sleep(WHILE);
        dev.host.restore_network()
    }),
    on_uml("disk-full-for-a-minute", |dev| {
        user(
            dev,
            "fallocate --length $(($(df --output=avail --block-size=1 . | tail -1) - 65536)) full",
        )?;
        user(dev, "cat /dev/zero >> full 2>/dev/null; sync full")?;
        thread::sleep(WHILE);
        user(dev, "rm full")
    }),
    on_uml("clock-an-hour-forward", |dev| {
        as_root(dev, "date --set '+1 hour'")
    }),
    // Not further back than the start of the cluster: no certificate holds before it was made.
    on_uml("clock-an-hour-forward-and-back", |dev| {
        as_root(dev, "date --set '+1 hour'")?;
        thread::sleep(WHILE);
        as_root(dev, "date --set '-1 hour'")
    }),
    on_uml("memory-pressure", |dev| user(dev, HOG)),
];

/// Wants more memory than the host has, as somebody else's programs would, until the kernel kills
/// some of them. Twelve, since one that has most of it maps more pieces than a kernel that is a
/// process can give it.
const HOG: &str = r#"
hog='echo 1000 > /proc/self/oom_score_adj; exec python3 -c "
import os, time
zero = os.open(\"/dev/zero\", os.O_RDONLY)
hoard = [os.read(zero, 16 << 20) for _ in range(44)]
time.sleep(30)
"'
hogs= killed=0
for _ in $(seq 12); do sh -c "$hog" & hogs="$hogs $!"; done
for pid in $hogs; do
  wait $pid
  [ $? != 137 ] || killed=$((killed + 1))
done
test $killed -gt 0
"#;

/// Returns the faults that a host of this kind can have; those of `names` if there are any.
///
/// # Errors
/// When a name is none of them; the message lists those that are.
pub(super) fn of(kind: Kind, names: &[String]) -> Result<Vec<Fault>> {
    let possible = ALL
        .into_iter()
        .filter(|fault| kind == Kind::Uml || !fault.needs_uml);
    let possible: Vec<Fault> = possible.collect();
    for name in names {
        anyhow::ensure!(
            possible.iter().any(|fault| fault.name == name),
            "no fault of this kind of host is called `{name}`; there are: {}",
            possible
                .iter()
                .map(|fault| fault.name)
                .collect::<Vec<_>>()
                .join(", ")
        );
    }
    let chosen = |fault: &Fault| names.is_empty() || names.iter().any(|name| name == fault.name);
    Ok(possible.into_iter().filter(chosen).collect())
}

const fn everywhere(name: &'static str, strike: fn(&Dev) -> Result<()>) -> Fault {
    Fault {
        name,
        needs_uml: false,
        strike,
    }
}

/// A container shares clock, memory and disk with the machine, which others use.
const fn on_uml(name: &'static str, strike: fn(&Dev) -> Result<()>) -> Fault {
    Fault {
        name,
        needs_uml: true,
        strike,
    }
}

/// Does something while the cluster is down, and starts it again as a boot would.
fn while_stopped(dev: &Dev, line: &str) -> Result<()> {
    user(dev, &format!("systemctl --user stop {UNIT}"))?;
    user(dev, line)?;
    user(dev, &format!("systemctl --user start {UNIT}"))
}

fn user(dev: &Dev, line: &str) -> Result<()> {
    dev.ok(line).map(drop)
}

fn node(dev: &Dev, line: &str) -> Result<()> {
    dev.in_node(line).map(drop)
}

fn as_root(dev: &Dev, line: &str) -> Result<()> {
    dev.host.root().time_limit(dev.limit).run(line)?.ok()?;
    Ok(())
}

/// Sends a signal to the first process of a container of the control plane.
fn kill(dev: &Dev, container: &str, signal: &str) -> Result<()> {
    let pid = pid(dev, container)?;
    node(dev, &format!("kill -s {signal} {pid}"))
}

/// Stops a container of the control plane for a while; kubelet may replace it meanwhile.
fn stand_still(dev: &Dev, container: &str) -> Result<()> {
    let pid = pid(dev, container)?;
    node(dev, &format!("kill -s STOP {pid}"))?;
    thread::sleep(WHILE);
    node(
        dev,
        &format!("sh -c 'test ! -d /proc/{pid} || kill -s CONT {pid}'"),
    )
}

fn pid(dev: &Dev, container: &str) -> Result<String> {
    let id = dev.in_node(&format!(
        "crictl ps --quiet --latest --name '^{container}$'"
    ))?;
    let pid = dev.in_node(&format!(
        "crictl inspect --output go-template --template '{{{{.info.pid}}}}' {}",
        id.trim()
    ))?;
    Ok(pid.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soak::schedule::Schedule;

    fn names(faults: &[Fault]) -> Vec<&str> {
        faults.iter().map(|fault| fault.name).collect()
    }

    #[test]
    fn a_container_host_has_no_kernel_or_disk_faults() {
        let container = of(Kind::Nspawn, &[]).unwrap();
        let uml = of(Kind::Uml, &[]).unwrap();
        assert_eq!(container.len() + 4, uml.len());
        assert!(!names(&container).contains(&"disk-full-for-a-minute"));
    }

    #[test]
    fn the_short_soak_has_no_fault_that_lasts_for_a_minute() {
        let is_short = |seed: &u64| {
            let mut schedule = Schedule::new(*seed, of(Kind::Nspawn, &[]).unwrap());
            (0..10).all(|_| !schedule.next().unwrap().0.name.ends_with("-for-a-minute"))
        };
        assert!(is_short(&2), "{:?} is one", (0..1000).find(is_short));
    }

    #[test]
    fn faults_are_chosen_by_name_and_an_unknown_name_is_an_error() {
        let chosen = of(Kind::Nspawn, &["reboot".to_owned()]).unwrap();
        assert_eq!(names(&chosen), ["reboot"]);
        let error = of(Kind::Nspawn, &["rebot".to_owned()]).unwrap_err();
        assert!(error.to_string().starts_with(
            "no fault of this kind of host is called `rebot`; there are: power-cut, reboot, "
        ));
    }
}
