//! The root file system of hosts: Debian with rootless Podman, and a user who lingers.

use anyhow::Result;

use crate::cache::{Cache, Product};
use crate::host::OPS;
use crate::key::Key;
use crate::product::{SUITE, mmdebstrap, read_list};
use crate::{command, fs, paths};

/// Changes whenever the code below does something else with the same inputs.
const RECIPE: &str = "1";

/// Returns the root file system, as a directory `root` of the product.
///
/// # Errors
/// When Debian's archive does not answer.
pub fn make(cache: &Cache) -> Result<Product> {
    let list = paths::file("host-packages");
    let files = paths::file("host");
    let key = Key::builder().value("recipe", RECIPE).value("suite", SUITE);
    let key = key.files(&list)?.files(&files)?.finish();
    cache.product(
        "host-root",
        "a Debian for hosts, by mmdebstrap",
        key,
        |build| {
            let root = build.directory.join("root");
            // The first user of a Debian: uid 1000, with a range of subordinate ids.
            let user =
                format!("chroot \"$1\" useradd --create-home --shell /bin/bash --uid 1000 {OPS}");
            let mut program = mmdebstrap(&read_list(&list)?, &[user], &root);
            command::run_logged(&mut program, build.log, build.step)?;
            let mut copy = command::program("cp");
            copy.args(["--recursive", "--no-dereference", "--no-target-directory"]);
            command::capture(copy.args([&files, &root]))?;
            // Each host has its own; the machine that builds must not show in any.
            for name in ["etc/hostname", "etc/machine-id"] {
                fs::write(&root.join(name), "")?;
            }
            Ok(())
        },
    )
}
