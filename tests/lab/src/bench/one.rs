//! What is measured of one cluster, `dev`, which runs before and after each of these.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::baseline::Baseline;
use super::table::{BASELINE, Row};
use super::{Options, add, held_by, named};
use crate::dev::{Dev, UNIT};
use crate::host::{Host, OPS};
use crate::progress::Step;

/// Time for a cluster to be ready again by itself.
const READY_LIMIT: Duration = Duration::from_mins(10);

/// The share of a processor below which a cluster is idle, and the time over which it is measured.
const IDLE_BELOW: (f64, Duration) = (0.2, Duration::from_secs(2));

/// How long an idle cluster is watched.
const IDLE: Duration = Duration::from_mins(5);

/// Measures both alternately, so that other load of the machine affects both alike.
pub(super) fn create_and_baseline(host: &Host, options: &Options) -> Result<Vec<Row>> {
    let mut creates = named("create", Some(12.0));
    let mut baselines = named(BASELINE, None);
    let step = Step::start("preparing the bare control plane");
    let bare = Baseline::prepare(host, options.kind)?;
    step.done("done");
    for _ in 0..options.samples.max(1) {
        add(&mut creates, host, create)?;
        host.user(OPS).run("kinc delete dev")?.ok()?;
        add(&mut baselines, host, |_| bare.sample())?;
    }
    create(host)?;
    Ok(vec![creates, baselines])
}

fn create(host: &Host) -> Result<Duration> {
    let ops = host.user(OPS);
    ops.run("kinc delete dev")?.ok()?;
    Ok(ops.run("kinc create dev")?.ok()?.elapsed)
}

/// Waits until a cluster has started to its end: people stop and restart what has run for a while.
fn wait_until_idle(host: &Host) -> Result<()> {
    dev(host).wait_for_system_pods()?;
    let (share, over) = IDLE_BELOW;
    host.wait_until("the cluster is idle", READY_LIMIT, || {
        processor_share(host, over).is_ok_and(|now| now < share)
    })?;
    Ok(())
}

pub(super) fn stop(host: &Host) -> Result<Duration> {
    wait_until_idle(host)?;
    let ops = host.user(OPS);
    let stopped = ops.run(&format!("systemctl --user stop {UNIT}"))?.ok()?;
    ops.run(&format!("systemctl --user start {UNIT}"))?.ok()?;
    Ok(stopped.elapsed)
}

pub(super) fn restart(host: &Host) -> Result<Duration> {
    wait_until_idle(host)?;
    Ok(host
        .user(OPS)
        .run(&format!("systemctl --user restart {UNIT}"))?
        .ok()?
        .elapsed)
}

/// Measures how long it takes from `active` until all pods of the system are Ready, after a first start
/// and after a later one.
pub(super) fn pods(host: &Host, options: &Options) -> Result<Vec<Row>> {
    let dev = dev(host);
    let mut made = named("create to all pods Ready, after active", Some(5.0));
    let mut started = named("start to all pods Ready, after active", Some(5.0));
    for _ in 0..options.samples.max(1) {
        create(host)?;
        add(&mut made, host, |_| dev.wait_for_system_pods())?;
        stop(host)?;
        add(&mut started, host, |_| dev.wait_for_system_pods())?;
    }
    Ok(vec![made, started])
}

/// Waits in the host, by one shell: looks from outside would take a share of the processors that start the cluster.
/// The kills before it are forgotten: each adds to the pause before systemd tries again.
pub(super) fn kill_to_ready(host: &Host) -> Result<Duration> {
    wait_until_idle(host)?;
    let show = format!("systemctl --user show --value {UNIT} --property");
    let line = format!(
        "systemctl --user reset-failed {UNIT} && before=$({show} InvocationID) && kill -9 $({show} MainPID) && \
         until [ \"$({show} InvocationID)\" != \"$before\" ] && systemctl --user is-active --quiet {UNIT}; \
         do sleep 0.2; done"
    );
    let ops = host.user(OPS).time_limit(READY_LIMIT);
    Ok(ops.run(&line)?.ok()?.elapsed)
}

pub(super) fn boot_to_ready(host: &Host) -> Result<Duration> {
    wait_until_idle(host)?;
    host.down()?;
    let started = Instant::now();
    host.power_on()?;
    let ops = host.user(OPS).time_limit(READY_LIMIT);
    // Until the user manager has started all there is, which costs nothing while it lasts; then whether that was enough.
    let up = "systemctl --user is-system-running --wait";
    ops.run(&format!("{up}; systemctl --user is-active {UNIT}"))?
        .ok()?;
    Ok(started.elapsed())
}

pub(super) fn apply_again(host: &Host) -> Result<Duration> {
    Ok(host.user(OPS).run("kinc create dev")?.ok()?.elapsed)
}

pub(super) fn render_hundred(host: &Host) -> Result<Duration> {
    let mut clusters = String::new();
    for number in 0..100 {
        let name = format!("bench-{number}");
        write!(
            clusters,
            "---\napiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata:\n  name: {name}\n"
        )?;
    }
    let ops = host.user(OPS);
    ops.write_file("hundred.yaml", &clusters)?;
    Ok(ops
        .run("kinc render -f hundred.yaml -o \"$(mktemp -d)\"")?
        .ok()?
        .elapsed)
}

/// Whether the node has raised the timer slack of its components, as it does after it has been ready for a while.
const QUIET: &str = "test 0 != \"$(podman exec kinc-dev-control-plane systemctl show \
     --property ExecMainExitTimestampMonotonic --value kinc-quiet.service)\"";

/// Measures the processor time of an idle cluster.
pub(super) fn idle(host: &Host) -> Result<Vec<Row>> {
    let ops = host.user(OPS);
    host.wait_until("the node is quiet", READY_LIMIT, || ops.succeeds(QUIET))?;
    let step = Step::start("measuring: idle cluster");
    let share = processor_share(host, IDLE)?;
    step.done(format!("{:.1} % of a processor", share * 100.0));
    Ok(vec![Row {
        what: "idle cluster, of one processor",
        unit: "%",
        samples: vec![share * 100.0],
        target: Some(3.0),
    }])
}

/// Measures the host with one running cluster, and without; afterwards there is none.
pub(super) fn memory(host: &Host) -> Result<Vec<Row>> {
    Ok(vec![Row {
        what: "memory of one cluster",
        unit: "MiB",
        samples: vec![held_by(host, UNIT)?],
        target: None,
    }])
}

fn dev(host: &Host) -> Dev {
    Dev {
        host: host.clone(),
        limit: READY_LIMIT,
    }
}

/// Measures which share of one processor the cluster takes.
fn processor_share(host: &Host, over: Duration) -> Result<f64> {
    let dev = dev(host);
    let used = || -> Result<f64> { Ok(dev.property("CPUUsageNSec")?.parse::<f64>()? / 1e9) };
    let (before, started) = (used()?, Instant::now());
    thread::sleep(over);
    Ok((used()? - before) / started.elapsed().as_secs_f64())
}
