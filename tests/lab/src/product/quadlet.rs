//! Quadlet generators of the Podmans that no host of the lab has, built from their Go modules.

use std::path::PathBuf;

use anyhow::Result;

use crate::cache::{Cache, Product};
use crate::key::Key;
use crate::{command, paths};

/// The Podmans: the oldest, the first ones that heed a key, one between hosts', and the newest.
const PODMANS: [&str; 6] = ["4.9", "5.0", "5.2", "5.3", "5.5", "6.0"];

/// Changes whenever the code below does something else with the same inputs.
const RECIPE: &str = "1";

/// Returns the products of [`make`], whether they are there or not.
///
/// # Errors
/// When a module cannot be read.
pub(crate) fn planned(cache: &Cache) -> Result<Vec<Product>> {
    let products = PODMANS.iter().map(|podman| {
        let name = name(podman);
        Ok(cache.planned(&name, key(&name)?))
    });
    products.collect()
}

/// Returns the generators, programs that run on this machine.
///
/// # Errors
/// When a module does not arrive or does not compile.
pub(crate) fn make(cache: &Cache) -> Result<Vec<PathBuf>> {
    let generators = PODMANS.iter().map(|podman| one(cache, podman));
    generators.collect()
}

/// Returns the name of a product, and of the directory with its Go module.
fn name(podman: &str) -> String {
    format!("quadlet-{podman}")
}

fn key(name: &str) -> Result<Key> {
    let key = Key::builder().value("recipe", RECIPE);
    Ok(key.files(&paths::file(name))?.finish())
}

fn one(cache: &Cache, podman: &str) -> Result<PathBuf> {
    let name = name(podman);
    let what = format!("the generator of Podman {podman}, from its Go module");
    let product = cache.product(&name, &what, key(&name)?, |build| {
        let mut go = command::bound_program("go");
        go.current_dir(paths::file(&name))
            .env("CGO_ENABLED", "0")
            .env("GOFLAGS", "-mod=readonly -buildvcs=false")
            .env("GOWORK", "off")
            .args(["build", "-trimpath", "-o"])
            .args([&build.directory.join("quadlet")])
            .arg("tool");
        command::run_logged(&mut go, build.log, build.step)
    })?;
    Ok(product.path.join("quadlet"))
}
