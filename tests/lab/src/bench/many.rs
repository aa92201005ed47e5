//! Measurements of many clusters, each on a new host.
//!
//! What runs in a cluster does not matter to an apply that finds nothing to do, so there they are
//! fake nodes. Ten at once are real ones.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::table::Row;
use super::{Options, add, held_by, named, timed};
use crate::cache::Cache;
use crate::exec::Shell;
use crate::fake_node::{self, FAKE_NODE};
use crate::host::{Host, OPS};
use crate::machine_settings::{self, FOR_MANY_CLUSTERS};
use crate::progress::Step;

/// How many clusters there are, what their row is called, and its target in seconds.
const UNCHANGED: [(u16, &str, f64); 3] = [
    (1, "apply without a change, 1 cluster", 0.1),
    (10, "apply without a change, 10 clusters", 0.15),
    (50, "apply without a change, 50 clusters", 0.4),
];

/// How many clusters a plan is made for.
const PLANNED: u16 = 200;

/// The exit code of a plan with changes.
const DIFFERS: i32 = 3;

/// How many real clusters come up at once.
const AT_ONCE: u16 = 10;

/// Time for fifty fake nodes or ten clusters to come up, also where system calls are slow.
const LIMIT: Duration = Duration::from_mins(30);

/// Time for the pods of a cluster that is ready already.
const PODS_LIMIT: Duration = Duration::from_mins(5);

/// Measures a plan of clusters that are not there.
pub(super) fn plan(host: &Host, options: &Options) -> Result<Vec<Row>> {
    // Of itself a cluster takes one of a hundred ports.
    let spec = "{networking: {apiServerPort: $((7000 + n))}}";
    declare(&host.user(OPS), PLANNED, spec)?;
    timed(host, options, "plan of 200 new clusters", 1.0, |host| {
        let output = host.user(OPS).run("kinc plan -f clusters")?;
        let all = format!("\n{PLANNED} to create\n");
        ensure!(
            output.status == DIFFERS && output.stdout.ends_with(&all),
            "not a plan of {PLANNED} clusters: {output:?}"
        );
        Ok(output.elapsed)
    })
}

/// Measures an apply that finds every cluster ready and as declared.
pub(super) fn unchanged(host: &Host, options: &Options) -> Result<Vec<Row>> {
    let ops = host.user(OPS).time_limit(LIMIT);
    fake_node::make(&ops)?;
    let mut rows = Vec::new();
    for (clusters, what, target) in UNCHANGED {
        declare(&ops, clusters, &format!("{{image: '{FAKE_NODE}'}}"))?;
        let step = Step::start(format!("starting fake nodes, up to {clusters}"));
        ops.run("kinc apply -f clusters")?.ok()?;
        step.done("ready");
        rows.extend(timed(host, options, what, target, |host| {
            let output = host.user(OPS).run("kinc apply -f clusters")?.ok()?;
            let unchanged = output.stderr.matches(" is ready; nothing changed\n");
            ensure!(
                unchanged.count() == usize::from(clusters),
                "something changed: {output:?}"
            );
            Ok(output.elapsed)
        })?);
    }
    Ok(rows)
}

/// Measures ten clusters that come up together, once: it takes minutes.
pub(super) fn at_once(host: &Host) -> Result<Vec<Row>> {
    machine_settings::need(&Cache::open()?, &FOR_MANY_CLUSTERS)?;
    let ops = host.user(OPS).time_limit(LIMIT);
    declare(&ops, AT_ONCE, "{}")?;
    let mut total = named("10 clusters at once, all ready", None);
    add(&mut total, host, |_| {
        let apply = format!("kinc apply --parallel {AT_ONCE} -f clusters");
        Ok(ops.run(&apply)?.ok()?.elapsed)
    })?;
    let each = |sum: f64| vec![sum / f64::from(AT_ONCE)];
    let seconds = Row {
        samples: each(total.samples.iter().sum()),
        ..named("10 clusters at once, for each of them", None)
    };
    let step = Step::start("measuring: memory of ten clusters");
    for number in 1..=AT_ONCE {
        wait_for_pods(host, &ops, number)?;
    }
    let held = held_by(host, "kinc-*-control-plane.service")?;
    step.done(format!("{held:.0} MiB"));
    let memory = Row {
        what: "memory of each of 10 clusters",
        unit: "MiB",
        samples: each(held),
        target: None,
    };
    Ok(vec![total, seconds, memory])
}

/// Declares clusters `many-1`, `many-2` and so on, each in a file of the directory `clusters`. In the
/// spec, `n` is the number, for the shell.
fn declare(ops: &Shell, clusters: u16, spec: &str) -> Result<()> {
    ops.run(&format!(
        "mkdir -p clusters\nfor n in $(seq {clusters}); do cat > clusters/many-$n.yaml <<END\n\
         apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: many-$n}}\nspec: {spec}\n\
         END\ndone"
    ))?
    .ok()?;
    Ok(())
}

/// Waits for all pods of a cluster: it is ready as soon as a pod can run, and takes more afterwards.
fn wait_for_pods(host: &Host, ops: &Shell, number: u16) -> Result<()> {
    let wait = format!(
        "podman exec kinc-many-{number}-control-plane kubectl wait --for=condition=Ready \
         --timeout=5s --all --all-namespaces pods"
    );
    let what = format!("all pods of cluster `many-{number}` are ready");
    host.wait_until(&what, PODS_LIMIT, || ops.succeeds(&wait))?;
    Ok(())
}
