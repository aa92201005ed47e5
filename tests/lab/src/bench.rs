//! What a user waits for, measured on one fresh host and shown as a table of medians.
//!
//! It judges nothing: a target that is missed is shown as such, and is no error.

mod floor;
mod table;

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::dev::UNIT;
use crate::exec::Shell;
use crate::host::{Host, Kind, OPS};
use crate::lab::Lab;
use crate::progress::{self, Step};
use crate::release::Release;
use crate::stats::median;

use floor::Floor;
use table::{Row, table};

/// Time for a cluster to be ready again by itself.
const READY_LIMIT: Duration = Duration::from_mins(10);

/// How long an idle cluster is watched.
const IDLE: Duration = Duration::from_mins(5);

/// Measures everything `samples` times on a host of this kind, and prints the table.
///
/// # Errors
/// When a measured command fails.
pub fn run(samples: usize, kind: Kind) -> Result<()> {
    let lab = Lab::prepare(Release::default())?.of(kind)?;
    let host = lab.scratch_host("bench")?;
    let mut rows: Vec<Row> = create_and_floor(&host, kind, samples)?.into();
    rows.extend([
        measure(&host, "stop", Some(10.0), samples, stop)?,
        measure(&host, "restart", Some(12.0), samples, restart)?,
        measure(&host, "kill -9 to ready", Some(8.0), samples, kill_to_ready)?,
        measure(&host, "boot to ready", Some(8.0), samples, boot_to_ready)?,
        measure(
            &host,
            "apply without a change",
            Some(0.1),
            samples,
            apply_again,
        )?,
        measure(
            &host,
            "render of 100 clusters",
            Some(1.0),
            samples,
            render_hundred,
        )?,
        idle(&host)?,
        memory(&host)?,
    ]);
    if kind == Kind::Metal {
        // The targets are those of a machine whose system calls are not emulated.
        for row in &mut rows {
            row.target = None;
        }
    }
    progress::data(&table(&rows))?;
    Ok(())
}

fn measure(
    host: &Host,
    what: &'static str,
    target: Option<f64>,
    samples: usize,
    sample: fn(&Host) -> Result<Duration>,
) -> Result<Row> {
    let mut row = named(what, target);
    for _ in 0..samples.max(1) {
        add(&mut row, host, sample)?;
    }
    Ok(row)
}

fn named(what: &'static str, target: Option<f64>) -> Row {
    Row {
        what,
        unit: "s",
        samples: Vec::new(),
        target,
    }
}

fn add(row: &mut Row, host: &Host, sample: impl Fn(&Host) -> Result<Duration>) -> Result<()> {
    let step = Step::start(format!("measuring: {}", row.what));
    let took = sample(host).with_context(|| format!("measuring: {}", row.what))?;
    step.done(format!("{took:.2?}"));
    row.samples.push(took.as_secs_f64());
    Ok(())
}

/// Measures both in turns, so that what else the machine does falls on both alike.
fn create_and_floor(host: &Host, kind: Kind, samples: usize) -> Result<[Row; 3]> {
    let mut creates = named("create", Some(12.0));
    let mut floors = named("its floor: bare kubeadm init as root", None);
    let step = Step::start("preparing the bare control plane");
    create(host)?;
    let bare = Floor::prepare(host, kind)?;
    step.done("done");
    for _ in 0..samples.max(1) {
        add(&mut creates, host, create)?;
        host.user(OPS).run("kinc delete dev")?.ok()?;
        add(&mut floors, host, |_| bare.sample())?;
    }
    create(host)?;
    let ratio = Row {
        what: "create / floor",
        unit: "",
        samples: vec![median(&creates.samples) / median(&floors.samples)],
        target: Some(1.3),
    };
    Ok([creates, floors, ratio])
}

fn create(host: &Host) -> Result<Duration> {
    let ops = host.user(OPS);
    ops.run("kinc delete dev")?.ok()?;
    Ok(ops.run("kinc create dev")?.ok()?.elapsed)
}

fn stop(host: &Host) -> Result<Duration> {
    let ops = host.user(OPS);
    let stopped = ops.run(&format!("systemctl --user stop {UNIT}"))?.ok()?;
    ops.run(&format!("systemctl --user start {UNIT}"))?.ok()?;
    Ok(stopped.elapsed)
}

fn restart(host: &Host) -> Result<Duration> {
    Ok(host
        .user(OPS)
        .run(&format!("systemctl --user restart {UNIT}"))?
        .ok()?
        .elapsed)
}

fn kill_to_ready(host: &Host) -> Result<Duration> {
    let ops = host.user(OPS);
    let before = invocation(&ops)?;
    let started = Instant::now();
    ops.run(&format!(
        "kill -9 $(systemctl --user show --property MainPID --value {UNIT})"
    ))?
    .ok()?;
    host.wait_until("the killed cluster is ready", READY_LIMIT, || {
        is_active(&ops) && invocation(&ops).is_ok_and(|now| now != before)
    })?;
    Ok(started.elapsed())
}

fn boot_to_ready(host: &Host) -> Result<Duration> {
    host.down()?;
    let started = Instant::now();
    host.power_on()?;
    let ops = host.user(OPS);
    host.wait_until(
        "the cluster of the booted host is ready",
        READY_LIMIT,
        || is_active(&ops),
    )?;
    Ok(started.elapsed())
}

fn apply_again(host: &Host) -> Result<Duration> {
    Ok(host.user(OPS).run("kinc create dev")?.ok()?.elapsed)
}

fn render_hundred(host: &Host) -> Result<Duration> {
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

/// Measures the processor time that a cluster takes while nobody asks anything of it.
fn idle(host: &Host) -> Result<Row> {
    let ops = host.user(OPS);
    let used = || -> Result<f64> {
        let show = format!("systemctl --user show --property CPUUsageNSec --value {UNIT}");
        let nanoseconds: f64 = ops.run(&show)?.ok()?.text().parse()?;
        Ok(nanoseconds / 1e9)
    };
    let step = Step::start("measuring: idle cluster");
    let (before, started) = (used()?, Instant::now());
    thread::sleep(IDLE);
    let share = (used()? - before) / started.elapsed().as_secs_f64();
    step.done(format!("{:.1} % of a processor", share * 100.0));
    Ok(Row {
        what: "idle cluster, of one processor",
        unit: "%",
        samples: vec![share * 100.0],
        target: Some(3.0),
    })
}

/// Measures the host with one running cluster, and without.
fn memory(host: &Host) -> Result<Row> {
    let with = host.memory()?;
    host.user(OPS)
        .run(&format!("systemctl --user stop {UNIT}"))?
        .ok()?;
    let samples = vec![with - host.memory()?];
    Ok(Row {
        what: "memory of one cluster",
        unit: "MiB",
        samples,
        target: None,
    })
}

fn is_active(ops: &Shell) -> bool {
    ops.succeeds(&format!("systemctl --user is-active --quiet {UNIT}"))
}

fn invocation(ops: &Shell) -> Result<String> {
    Ok(ops
        .run(&format!(
            "systemctl --user show --property InvocationID --value {UNIT}"
        ))?
        .ok()?
        .stdout)
}
