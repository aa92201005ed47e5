//! The root file system of hosts: Debian with rootless Podman, and a user who lingers.

use std::path::PathBuf;

use anyhow::Result;

use crate::cache::{Cache, Product};
use crate::host::OPS;
use crate::key::Key;
use crate::product::{mmdebstrap, read_list};
use crate::release::Release;
use crate::{command, fs, paths};

/// Changes whenever the code below does something else with the same inputs.
const RECIPE: &str = "1";

/// Where Podman's Quadlet generator is in a root file system.
const QUADLET: &str = "usr/libexec/podman/quadlet";

/// Returns the root file system of a container, as a directory `root` of the product.
///
/// # Errors
/// When Debian's archive does not answer.
pub(crate) fn make(cache: &Cache, release: Release) -> Result<Product> {
    let what = format!("Debian {} for hosts, by mmdebstrap", release.name());
    debian(cache, container(release), &what)
}

/// Returns what [`make`] makes, whether it is there or not.
///
/// # Errors
/// When its lists and files cannot be read.
pub(crate) fn planned(cache: &Cache, release: Release) -> Result<Product> {
    let recipe = container(release);
    Ok(cache.planned(recipe.name, recipe.key()?))
}

/// Returns Podman's Quadlet generator in a product of [`make`].
#[must_use]
pub(crate) fn quadlet(product: &Product) -> PathBuf {
    product.path.join("root").join(QUADLET)
}

/// Returns the root file system for a disk, as a directory `root` of the product.
///
/// # Errors
/// When Debian's archive does not answer.
pub(crate) fn make_for_disk(cache: &Cache) -> Result<Product> {
    let what = "a Debian for the disks of hosts, by mmdebstrap";
    debian(cache, &DISK, what)
}

/// Returns the name and key of the product of [`make_for_disk`].
///
/// # Errors
/// When its lists and files cannot be read.
pub(crate) fn identity_for_disk() -> Result<(&'static str, Key)> {
    Ok((DISK.name, DISK.key()?))
}

/// A Debian with the packages of all lists, and the files of all trees, later ones on top of
/// earlier ones.
#[derive(Clone, Copy)]
struct Recipe {
    name: &'static str,
    release: Release,
    lists: &'static [&'static str],
    trees: &'static [&'static str],
}

/// What a container boots.
const CONTAINER: Recipe = Recipe {
    name: "host-root",
    release: Release::Trixie,
    lists: &["host-packages"],
    trees: &["host"],
};

/// The same of the newest Debian. Its key does not contain the day, so it is not rebuilt.
const NEWEST_CONTAINER: Recipe = Recipe {
    name: "host-root-sid",
    release: Release::Sid,
    ..CONTAINER
};

/// What is on a disk.
const DISK: Recipe = Recipe {
    name: "uml-root",
    release: Release::Trixie,
    lists: &["host-packages", "uml-packages"],
    trees: &["host", "uml"],
};

impl Recipe {
    fn key(&self) -> Result<Key> {
        let mut key = Key::builder()
            .value("recipe", RECIPE)
            .value("suite", self.release.name());
        for input in self.lists.iter().chain(self.trees) {
            key = key.files(&paths::file(input))?;
        }
        Ok(key.finish())
    }
}

fn container(release: Release) -> &'static Recipe {
    match release {
        Release::Trixie => &CONTAINER,
        Release::Sid => &NEWEST_CONTAINER,
    }
}

fn debian(cache: &Cache, recipe: &Recipe, what: &str) -> Result<Product> {
    cache.product(recipe.name, what, recipe.key()?, |build| {
        let mut packages = Vec::new();
        for list in recipe.lists {
            packages.extend(read_list(&paths::file(list))?);
        }
        let root = build.directory.join("root");
        // The first user of a Debian: uid 1000, with a range of subordinate ids.
        let user =
            format!("chroot \"$1\" useradd --create-home --shell /bin/bash --uid 1000 {OPS}");
        let mut program = mmdebstrap(recipe.release, &packages, &[user], &root);
        command::run_logged(&mut program, build.log, build.step)?;
        for tree in recipe.trees {
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
