//! The root file system of hosts: Debian with rootless Podman, and a user who lingers.

use anyhow::Result;

use crate::cache::{Cache, Product};
use crate::host::OPS;
use crate::key::Key;
use crate::product::{SUITE, mmdebstrap, read_list};
use crate::{command, fs, paths};

/// Changes whenever the code below does something else with the same inputs.
const RECIPE: &str = "1";

/// Returns the root file system of a container, as a directory `root` of the product.
///
/// # Errors
/// When Debian's archive does not answer.
pub fn make(cache: &Cache) -> Result<Product> {
    let what = "a Debian for hosts, by mmdebstrap";
    debian(cache, "host-root", what, &["host-packages"], &["host"])
}

/// Returns the root file system for a disk, as a directory `root` of the product.
///
/// # Errors
/// When Debian's archive does not answer.
pub fn make_for_disk(cache: &Cache) -> Result<Product> {
    let what = "a Debian for the disks of hosts, by mmdebstrap";
    let lists = ["host-packages", "metal-packages"];
    debian(cache, "metal-root", what, &lists, &["host", "metal"])
}

/// Makes a Debian with the packages of all `lists`, and the files of all `trees`, later ones on
/// top of earlier ones.
fn debian(
    cache: &Cache,
    name: &str,
    what: &str,
    lists: &[&str],
    trees: &[&str],
) -> Result<Product> {
    let mut key = Key::builder().value("recipe", RECIPE).value("suite", SUITE);
    let mut packages = Vec::new();
    for list in lists {
        key = key.files(&paths::file(list))?;
        packages.extend(read_list(&paths::file(list))?);
    }
    for tree in trees {
        key = key.files(&paths::file(tree))?;
    }
    cache.product(name, what, key.finish(), |build| {
        let root = build.directory.join("root");
        // The first user of a Debian: uid 1000, with a range of subordinate ids.
        let user =
            format!("chroot \"$1\" useradd --create-home --shell /bin/bash --uid 1000 {OPS}");
        let mut program = mmdebstrap(&packages, &[user], &root);
        command::run_logged(&mut program, build.log, build.step)?;
        for tree in trees {
            let mut copy = command::program("cp");
            copy.args(["--recursive", "--no-dereference", "--no-target-directory"]);
            command::capture(copy.arg(paths::file(tree)).arg(&root))?;
        }
        // Each host has its own; the machine that builds must not show in any.
        for name in ["etc/hostname", "etc/machine-id"] {
            fs::write(&root.join(name), "")?;
        }
        Ok(())
    })
}
