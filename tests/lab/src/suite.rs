//! All tests: first those that need nothing, then those that boot hosts.
//!
//! The second kind are targets with `test = false`, so a plain `cargo test`
//! leaves them out. They share prepared products. What they are divided into is in
//! `shard`, how the shards run is in `runner`.

mod runner;
mod shard;

use std::num::NonZero;
use std::time::Instant;
use std::{env, thread};

use anyhow::{Context as _, Result, ensure};

use crate::lab::Lab;
use crate::machine_settings::{self, FOR_MANY_CLUSTERS};
use crate::release::Release;
use crate::suite::runner::{Count, Outcome, Runner};
use crate::suite::shard::Shard;
use crate::{command, paths, progress};

/// The variable with the generators that tests use, as `PATH` has directories.
const QUADLET_VARIABLE: &str = "KINC_QUADLET";

/// The test target that boots hosts.
const HOSTS: &str = "e2e";

/// How many shards run beside those that keep all processors at work, since a host waits for
/// something half of the time. With more, clusters become so slow that they miss limits of their own.
const EXTRA_WORKERS: usize = 1;

/// Each has a host with a cluster, of about a gigabyte.
const MAX_WORKERS: usize = 8;

/// Where Podman and systemd matter most: what they start, restart, stop and remove.
const SELECTED: [&str; 8] = [
    "cluster::status_and_list_agree_with_systemd",
    "failure::ctrl_c_reports_what_continues_and_systemd_continues",
    "isolation::nothing_is_left_of_a_deleted_cluster",
    "lab::an_image_built_on_one_host_runs_read_only_on_another",
    "lab::the_host_has_the_requested_release",
    "plan::drift_is_found_in_each_layer_and_repaired",
    "survival::restart_kill_and_removal_of_container_and_network_keep_the_data",
    "survival::the_cluster_is_back_after_a_reboot_without_anyone_logging_in",
];

/// Which tests are run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Which {
    /// Every one.
    All,
    /// Those whose name contains this.
    Containing(String),
    /// Of those on hosts, the ones where the host's programs matter most.
    Selected,
}

/// Runs tests, those in the lab on hosts of one release.
///
/// # Errors
/// When a product cannot be made, or a test fails.
pub fn run(release: Release, which: &Which) -> Result<()> {
    if release == Release::default() && *which != Which::Selected {
        progress::say("tests that need no host");
        without_hosts(which)?;
    }
    progress::say(format!("tests in the lab, on {}", release.name()));
    let prepared = Lab::prepare(release)?;
    if let Err(error) = with_hosts(&prepared, release, which) {
        // No test switches off a shared host.
        prepared.switch_off_test_hosts();
        progress::say(
            "the hosts of the tests are kept, switched off: `cargo lab list`, `cargo lab up NAME`",
        );
        return Err(error);
    }
    prepared.remove_test_hosts()
}

/// Returns Podman's generators as `KINC_QUADLET` has them, made if they are not there.
///
/// They are not those of this machine, which may be too old, or missing.
///
/// # Errors
/// When one cannot be made.
pub fn quadlets() -> Result<String> {
    let quadlets = env::join_paths(Lab::quadlets()?).context("naming the generators")?;
    Ok(quadlets.to_string_lossy().into_owned())
}

fn without_hosts(which: &Which) -> Result<()> {
    let quadlets = quadlets()?;
    let mut arguments = vec!["test", "--quiet", "--workspace"];
    if let Which::Containing(filter) = which {
        arguments.push(filter);
    }
    // All that a test may need is there now: none is skipped.
    let variables = [(QUADLET_VARIABLE, &*quadlets), ("CI", "1")];
    let mut cargo = command::program(&paths::cargo());
    cargo.current_dir(paths::source()).args(&arguments);
    cargo.envs(variables);
    ensure!(
        command::pass_through(&mut cargo)?,
        "`cargo {}` failed",
        arguments.join(" ")
    );
    Ok(())
}

/// Runs the tests that boot hosts, each host of that release.
fn with_hosts(lab: &Lab, release: Release, which: &Which) -> Result<()> {
    let build = [
        "test",
        "--quiet",
        "--no-run",
        "--package",
        "kinc-lab",
        "--test",
        HOSTS,
    ];
    let program = command::cargo_build(&paths::cargo(), &paths::source(), &build, HOSTS)?;
    let list = command::capture(command::program(&program.to_string_lossy()).arg("--list"))?;
    let mut tests = shard::listed(&list);
    tests.retain(|test| is_chosen(test, release, which));
    if tests.is_empty() {
        progress::say("no test in the lab matches");
        return Ok(());
    }
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let runner = Runner {
        program: &program,
        release,
        workers: (processors + EXTRA_WORKERS).min(MAX_WORKERS),
        cache: lab.cache(),
    };
    machine_settings::need(lab.cache(), &FOR_MANY_CLUSTERS)?;
    match &*shard::shards(tests) {
        [shard] => ensure!(runner.show(shard)?, "`{}` failed", shard.name),
        shards => run_in_parallel(&runner, shards)?,
    }
    Ok(())
}

/// Runs many shards, and says how they went.
fn run_in_parallel(runner: &Runner<'_>, shards: &[Shard]) -> Result<()> {
    let expected: usize = shards.iter().map(|shard| shard.tests.len()).sum();
    progress::say(format!(
        "{expected} tests in {} shards, {} in parallel",
        shards.len(),
        runner.workers
    ));
    let started = Instant::now();
    let outcomes = runner.run(shards, print_outcome)?;
    // Last, where a reader of a long output begins.
    for failed in outcomes.iter().filter(|outcome| !outcome.passed) {
        print_output(failed);
    }
    let count: Count = outcomes.iter().map(|outcome| outcome.count).sum();
    progress::data(&format!("\n{}\n\n", count.summary(started.elapsed())))?;
    let passed = count.passed;
    ensure!(passed == expected, "{passed} of {expected} tests passed");
    Ok(())
}

/// Says how the tests of a shard ended.
fn print_outcome(outcome: &Outcome<'_>) {
    let name = outcome.name;
    let took = progress::seconds(outcome.took);
    if outcome.passed {
        progress::say(format!(" ✓ {name} ({took})"));
    } else {
        let log = outcome.log.display();
        progress::say(format!(" ✗ {name} ({took}); see `{log}`"));
    }
}

/// Says all that the tests of a shard said.
fn print_output(outcome: &Outcome<'_>) {
    let mut text = format!(" ✗ {}:", outcome.name);
    for line in outcome.text.lines() {
        text.push_str("\n   ");
        text.push_str(line);
    }
    progress::say(text);
}

fn is_chosen(test: &str, release: Release, which: &Which) -> bool {
    let chosen = match which {
        Which::All => true,
        Which::Containing(filter) => test.contains(&**filter),
        Which::Selected => SELECTED.contains(&test),
    };
    chosen && (release == Release::Trixie || !shard::is_on_uml(test))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs;

    fn has(module: &str, test: &str) -> bool {
        let file = paths::source().join(format!("tests/lab/tests/e2e/{module}.rs"));
        let source = fs::read_if_present(&file).unwrap().unwrap_or_default();
        source.contains(&format!("#[test]\nfn {test}"))
    }

    #[test]
    fn every_named_test_exists() {
        for name in SELECTED {
            let (module, test) = name.split_once("::").unwrap();
            assert!(has(module, &format!("{test}()")), "{name}");
        }
        for name in shard::UML.iter().chain(&shard::WHOLE).chain(&shard::FIRST) {
            let (module, test) = name.split_once("::").unwrap();
            assert!(has(module, test), "{name}");
        }
    }

    #[test]
    fn sid_has_no_test_on_uml_and_selected_ones_are_named_in_full() {
        let chosen = |test, release| is_chosen(test, release, &Which::Selected);
        assert!(chosen(SELECTED[0], Release::Sid));
        assert!(!chosen(&format!("{}_too", SELECTED[0]), Release::Sid));
        let all = |test, release| is_chosen(test, release, &Which::All);
        assert!(all("limits::a", Release::Trixie) && !all("limits::a", Release::Sid));
        let named = Which::Containing("ab".to_owned());
        assert!(is_chosen("x::cabd", Release::Sid, &named));
        assert!(!is_chosen("x::b", Release::Sid, &named));
    }
}
