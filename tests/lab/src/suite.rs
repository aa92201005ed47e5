//! All tests: first those that need nothing, then those that boot hosts.
//!
//! The second kind are targets with `test = false`, so a plain `cargo test`
//! leaves them out. They share prepared products.

use std::env;

use anyhow::{Context as _, Result, bail};

use crate::lab::Lab;
use crate::release::Release;
use crate::{command, paths, progress};

/// Names the generators to the tests that judge with them, as `PATH` names directories.
const QUADLET_VARIABLE: &str = "KINC_QUADLET";

/// The test target that boots hosts.
const HOSTS: [&str; 4] = ["--package", "kinc-lab", "--test", "e2e"];

/// Where Podman and systemd matter most: what they start, restart, stop and remove.
const SELECTED: [&str; 8] = [
    "cluster::status_and_list_agree_with_systemd",
    "failure::ctrl_c_says_what_goes_on_and_systemd_goes_on",
    "isolation::nothing_is_left_of_a_deleted_cluster",
    "lab::an_image_that_one_host_built_runs_on_another_that_cannot_change_it",
    "lab::the_host_is_of_the_release_that_was_asked_for",
    "plan::drift_is_found_in_each_layer_and_mended",
    "survival::restart_kill_and_removal_of_container_and_network_keep_the_data",
    "survival::the_cluster_is_back_after_a_reboot_without_anyone_logging_in",
];

/// The tests on hosts with a kernel of their own, which are made from trixie only.
const METAL: [&str; 2] = ["clock::", "limits::"];

/// Those that start no cluster but a stand-in, or have a kernel of their own.
const SIDE_BY_SIDE: [&str; 3] = ["clock::", "limits::", "tool::"];

/// Those that hold times against a limit, or have so many clusters that no other has room beside
/// them: a user has 128 inotify instances on most machines, and a cluster takes 28.
const ALONE: [&str; 3] = ["isolation::", "plan::", "soak::"];

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
    let variables = [(paths::RELEASE_VARIABLE, release.name())];
    let outcome = on_hosts(release, which)
        .iter()
        .try_for_each(|arguments| cargo(arguments, &variables));
    if let Err(error) = outcome {
        progress::say(
            "the hosts of the tests stay, switched off: `cargo lab list`, `cargo lab up NAME`",
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
    arguments.extend(filters(which));
    let variables = [
        (QUADLET_VARIABLE, &*quadlets),
        ("KINC_REQUIRE_QUADLET", "1"),
    ];
    cargo(&arguments, &variables)
}

/// Returns the arguments of cargo for each run of tests that boot hosts.
fn on_hosts(release: Release, which: &Which) -> Vec<Vec<&str>> {
    let on_metal: &[&str] = match release {
        Release::Trixie => &[],
        Release::Sid => &METAL,
    };
    let run = |threads, skipped: &[&'static str]| {
        let mut arguments = vec!["test"];
        arguments.extend(HOSTS);
        arguments.extend(["--", threads]);
        arguments.extend(skipped.iter().flat_map(|name| ["--skip", name]));
        arguments
    };
    match which {
        Which::All => {
            let others = [SIDE_BY_SIDE, ALONE].concat();
            let in_pairs = run("--test-threads=2", &others);
            let mut alone = run("--test-threads=1", &[]);
            alone.extend(ALONE);
            let mut side_by_side = run("--test-threads=3", on_metal);
            side_by_side.extend(SIDE_BY_SIDE);
            vec![in_pairs, alone, side_by_side]
        }
        Which::Containing(_) | Which::Selected => {
            let mut chosen = run("--test-threads=1", on_metal);
            if *which == Which::Selected {
                chosen.push("--exact");
            }
            chosen.extend(filters(which));
            vec![chosen]
        }
    }
}

fn filters(which: &Which) -> Vec<&str> {
    match which {
        Which::All => Vec::new(),
        Which::Containing(filter) => vec![filter],
        Which::Selected => SELECTED.to_vec(),
    }
}

fn cargo(arguments: &[&str], variables: &[(&str, &str)]) -> Result<()> {
    let mut cargo = command::program(&paths::cargo());
    cargo.current_dir(paths::source()).args(arguments);
    cargo.envs(variables.iter().copied());
    if !command::pass_through(&mut cargo)? {
        bail!("`cargo {}` failed", arguments.join(" "));
    }
    Ok(())
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
    fn every_selected_test_is_there() {
        for name in SELECTED {
            let (module, test) = name.split_once("::").unwrap();
            assert!(has(module, &format!("{test}()")), "{name}");
        }
        for module in [SIDE_BY_SIDE, ALONE].concat() {
            assert!(has(module.trim_end_matches(':'), ""), "{module}");
        }
    }

    #[test]
    fn selected_tests_on_the_newest_release_are_named_in_full() {
        let runs = on_hosts(Release::Sid, &Which::Selected);
        let (own, names) = runs[0].split_at(runs[0].len() - SELECTED.len());
        assert_eq!(
            own.join(" "),
            "test --package kinc-lab --test e2e -- --test-threads=1 --skip clock:: --skip limits:: --exact"
        );
        assert_eq!(names, SELECTED);
        assert_eq!(runs.len(), 1);
    }

    #[test]
    fn what_one_run_leaves_out_is_in_the_other() {
        let runs = on_hosts(Release::Trixie, &Which::All);
        let words: Vec<String> = runs.iter().map(|run| run.join(" ")).collect();
        let expected = [
            "test --package kinc-lab --test e2e -- --test-threads=2 --skip clock:: --skip limits:: --skip tool:: \
             --skip isolation:: --skip plan:: --skip soak::",
            "test --package kinc-lab --test e2e -- --test-threads=1 isolation:: plan:: soak::",
            "test --package kinc-lab --test e2e -- --test-threads=3 clock:: limits:: tool::",
        ];
        assert_eq!(words, expected);
    }
}
