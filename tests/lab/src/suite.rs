//! All tests: first those that need nothing, then those that boot hosts.
//!
//! The second kind are targets with `test = false`, so a plain `cargo test`
//! leaves them out. They share prepared products and run one at a time, since
//! two clusters starting at once on two cores would measure each other.

use std::path::Path;

use anyhow::{Result, bail};

use crate::lab::Lab;
use crate::{command, paths, progress};

/// The test target that boots hosts.
const HOSTS: [&str; 4] = ["--package", "kinc-lab", "--test", "e2e"];

/// Runs all tests whose name contains `filter`.
///
/// # Errors
/// When a product cannot be made, or a test fails.
pub fn run(filter: Option<&str>) -> Result<()> {
    progress::say("tests that need no host");
    let generator = Lab::without_image()?.quadlet();
    let mut fast = vec!["test", "--quiet", "--workspace"];
    fast.extend(filter);
    cargo(&fast, &generator)?;
    progress::say("tests in the lab");
    let prepared = Lab::prepare()?;
    let mut lab = vec!["test"];
    lab.extend(HOSTS);
    lab.extend(["--", "--test-threads=1"]);
    lab.extend(filter);
    if let Err(error) = cargo(&lab, &generator) {
        progress::say(
            "the hosts of the tests stay, switched off: `cargo lab list`, `cargo lab up NAME`",
        );
        return Err(error);
    }
    prepared.remove_test_hosts()
}

/// Podman's generator comes from the hosts' Debian: this machine's may be too old, or missing.
fn cargo(arguments: &[&str], generator: &Path) -> Result<()> {
    let mut cargo = command::program(&paths::cargo());
    cargo.current_dir(paths::source()).args(arguments);
    cargo
        .env("KINC_QUADLET", generator)
        .env("KINC_REQUIRE_QUADLET", "1");
    if !command::pass_through(&mut cargo)? {
        bail!("`cargo {}` failed", arguments.join(" "));
    }
    Ok(())
}
