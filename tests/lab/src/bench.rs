//! What a user waits for, measured on fresh hosts and shown as a table of medians.
//!
//! It judges nothing: a target that is missed is shown as such, and is not an error.

mod baseline;
mod many;
mod nodes;
mod one;
mod part;
mod table;

use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::host::{Host, Kind, OPS};
use crate::lab::Lab;
use crate::progress::{self, Step};
use crate::release::Release;

use part::Part;
use table::{Row, ratios, table};

/// The name of each host, of which there is one at a time.
const HOST: &str = "bench";

/// What to measure, and on what.
#[derive(Args, Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Number of samples of what does not take minutes
    #[arg(long, default_value_t = 3)]
    pub samples: usize,
    /// The kind of host; system calls are slow on uml
    #[arg(long, default_value = Kind::Nspawn.name())]
    pub kind: Kind,
    /// Measure only this part; repeatable
    #[arg(long, value_name = "PART")]
    pub only: Vec<String>,
    /// Skip this part; repeatable
    #[arg(long, value_name = "PART")]
    pub skip: Vec<String>,
}

/// Measures the chosen parts, and prints the table, also of those before one that failed.
///
/// # Errors
/// When a part has another name, or a measured command fails.
pub fn run(options: &Options) -> Result<()> {
    let parts = part::of(options)?;
    let lab = Lab::prepare(Release::default())?.of(options.kind)?;
    let mut rows = Vec::new();
    let outcome = measure(&lab, options, &parts, &mut rows);
    if options.kind == Kind::Uml {
        // The targets are those of a machine whose system calls are not emulated.
        for row in &mut rows {
            row.target = None;
        }
    }
    progress::data(&table(&rows))?;
    outcome
}

fn measure(lab: &Lab, options: &Options, parts: &[Part], rows: &mut Vec<Row>) -> Result<()> {
    let (of_one, of_many): (Vec<&Part>, _) = parts.iter().partition(|part| part.needs_dev);
    if !of_one.is_empty() {
        let host = lab.scratch_host(HOST)?;
        let step = Step::start("creating the cluster `dev`");
        host.user(OPS).run("kinc create dev")?.ok()?;
        step.done("ready");
        for part in of_one {
            rows.extend((part.measure)(&host, options)?);
        }
        rows.extend(ratios(rows));
    }
    for part in of_many {
        let host = lab.scratch_host(HOST)?;
        rows.extend((part.measure)(&host, options)?);
    }
    Ok(())
}

/// Measures how long something takes, as one row.
fn timed(
    host: &Host,
    options: &Options,
    what: &'static str,
    target: f64,
    sample: impl Fn(&Host) -> Result<Duration>,
) -> Result<Vec<Row>> {
    let mut row = named(what, Some(target));
    for _ in 0..options.samples.max(1) {
        add(&mut row, host, &sample)?;
    }
    Ok(vec![row])
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

/// Stops these units, and returns in MiB what the host holds less without them.
fn held_by(host: &Host, units: &str) -> Result<f64> {
    let with = host.memory()?;
    host.user(OPS)
        .run(&format!("systemctl --user stop '{units}'"))?
        .ok()?;
    Ok(with - host.memory()?)
}
