//! The Quadlet generator of Podman 6, which no Debian has yet, built from its Go module.

use std::path::PathBuf;

use anyhow::Result;

use crate::cache::{Cache, Product};
use crate::key::Key;
use crate::{command, paths};

/// The name of the product, and of the Go module that builds it.
const NAME: &str = "quadlet-6";

/// Changes whenever the code below does something else with the same inputs.
const RECIPE: &str = "1";

/// Returns the product of [`make`], whether it is there or not.
///
/// # Errors
/// When its module cannot be read.
pub fn planned(cache: &Cache) -> Result<Product> {
    let key = Key::builder().value("recipe", RECIPE);
    let key = key.files(&paths::file(NAME))?.finish();
    Ok(cache.planned(NAME, key))
}

/// Returns the generator, a program that runs on this machine.
///
/// # Errors
/// When the module does not arrive or does not compile.
pub fn make(cache: &Cache) -> Result<PathBuf> {
    let what = "the generator of Podman 6, from its Go module";
    let product = cache.product(NAME, what, planned(cache)?.key, |build| {
        let mut go = command::bound_program("go");
        go.current_dir(paths::file(NAME))
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
