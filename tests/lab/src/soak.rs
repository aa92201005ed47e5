//! Hundreds of faults: each hits a cluster under load, which must recover by itself with all data.
//!
//! It judges: a cluster that does not serve again within its limit, a lost write, or something
//! left over ends the soak with an error that names strike and seed.

mod fault;
mod leftover;
mod load;
mod report;
mod schedule;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::dev::{Dev, UNIT};
use crate::host::{Host, Kind};
use crate::lab::Lab;
use crate::progress::{self, Step};

use fault::Fault;
use leftover::Inventory;
use load::Load;
use report::{Strike, table};
use schedule::Schedule;

/// Time for a cluster to serve again by itself, on a host that is a container.
const LIMIT: Duration = Duration::from_mins(2);

/// What to do, and to what.
#[derive(Args, Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Number of faults
    #[arg(long, default_value_t = 100)]
    pub strikes: usize,
    /// Seed of faults and pauses [default: random]
    #[arg(long, default_value_t = fastrand::u64(..), hide_default_value = true)]
    pub seed: u64,
    /// The kind of host; uml has more faults
    #[arg(long, default_value = Kind::Nspawn.name())]
    pub kind: Kind,
    /// Inject only this fault; repeatable
    #[arg(long = "fault", value_name = "FAULT")]
    pub faults: Vec<String>,
}

/// Runs a soak on a new host, and prints a table of the results.
///
/// # Errors
/// When the cluster did not come back, lost something, or left something behind.
pub fn run(options: &Options) -> Result<()> {
    let lab = Lab::shared()?.of(options.kind)?;
    let host = lab.scratch_host(&format!("soak-{}", options.kind.name()))?;
    run_on(&host, options)
}

/// Runs a soak on this host, and prints the table of what came of it.
///
/// # Errors
/// When the cluster did not come back, lost something, or left something behind.
pub fn run_on(host: &Host, options: &Options) -> Result<()> {
    let faults = fault::of(options.kind, &options.faults)?;
    let (slower, _) = pace(options.kind);
    let dev = Dev {
        host: host.clone(),
        limit: LIMIT * slower,
    };
    progress::say(format!("seed {}", options.seed));
    let mut strikes = Vec::new();
    let outcome = soak(
        &dev,
        Schedule::new(options.seed, faults),
        options,
        &mut strikes,
    );
    progress::data(&table(&strikes))?;
    outcome
}

/// Returns how many times longer a host of this kind may take, and the writers pause there.
fn pace(kind: Kind) -> (u32, u32) {
    match kind {
        Kind::Nspawn => (1, 1),
        Kind::Uml => (5, 8),
    }
}

fn soak(
    dev: &Dev,
    mut schedule: Schedule<Fault>,
    options: &Options,
    strikes: &mut Vec<Strike>,
) -> Result<()> {
    let step = Step::start("creating a cluster and its load");
    dev.ok("kinc create dev")?;
    let (_, pause) = pace(options.kind);
    let mut load = Load::start(dev, pause)?;
    serving(dev, &mut load)?;
    let inventory = Inventory::take(dev)?;
    let memory = dev.host.memory()?;
    step.done("done");
    for number in 1..=options.strikes {
        let Some((fault, peace)) = schedule.next() else {
            break;
        };
        thread::sleep(peace);
        let step = Step::start(format!("{number}/{} {}", options.strikes, fault.name));
        let strike = strike(dev, &mut load, &inventory, fault)
            .with_context(|| format!("strike {number}, {}, of seed {}", fault.name, options.seed));
        let strike = strike.with_context(|| evidence(dev))?;
        let how = if strike.applied {
            ", by kinc apply"
        } else {
            ""
        };
        let written = load.progress()?;
        step.done(format!(
            "serves after {}{how}; {} objects, {} lines are there",
            progress::seconds(strike.recovery),
            written.objects,
            written.lines
        ));
        strikes.push(strike);
    }
    let now = dev.host.memory()?;
    progress::say(format!(
        "memory of all processes: {memory:.0} MiB, at the end {now:.0} MiB"
    ));
    Ok(())
}

/// Strikes once, and returns how the cluster came back.
fn strike(dev: &Dev, load: &mut Load, inventory: &Inventory, fault: Fault) -> Result<Strike> {
    // As if hours had passed since the last strike: systemd counts starts, by hand as well.
    dev.ok(&format!("systemctl --user reset-failed {UNIT}"))?;
    (fault.strike)(dev).context("striking")?;
    let struck = Instant::now();
    let alone = serving(dev, load);
    let applied = alone.is_err();
    if let Err(error) = alone {
        progress::say(format!("   not by itself: {error:#}"));
        // For an existing cluster this applies its own declaration.
        dev.ok("kinc create dev --yes")?;
        serving(dev, load)?;
    }
    let recovery = struck.elapsed();
    let restarts = dev.property("NRestarts")?;
    load.check(dev)?;
    inventory.check(dev)?;
    let settled = dev.property("NRestarts")?;
    ensure!(restarts == settled, "the unit keeps restarting");
    Ok(Strike {
        fault: fault.name,
        recovery,
        applied,
    })
}

/// Waits until the unit is active and both writers have written more since.
fn serving(dev: &Dev, load: &mut Load) -> Result<()> {
    let started = Instant::now();
    load.resume(dev)?;
    dev.wait_until_ready()?;
    let before = load.progress()?;
    let left = dev.limit.saturating_sub(started.elapsed());
    let what = "object and file are written again, and the unit is active";
    dev.host.wait_until(what, left, || {
        // A host that was not up yet when the writers were started has them now.
        load.resume(dev).is_ok()
            && load.progress().is_ok_and(|now| now.is_beyond(before))
            && dev.is_ready()
    })?;
    Ok(())
}

/// Returns what a person would look at first.
fn evidence(dev: &Dev) -> String {
    let look = format!(
        "systemctl --user status --no-pager --lines=30 {UNIT} 2>&1; \
         podman exec kinc-dev-control-plane kubectl get pods --all-namespaces --output=wide 2>&1"
    );
    match dev.ops().run(&look) {
        Ok(output) => output.stdout,
        Err(error) => format!("{error:#}"),
    }
}
