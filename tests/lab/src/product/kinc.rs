//! The program under test. Cargo knows when to build it, so it has no place in the cache.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::progress::Step;
use crate::{command, paths};

/// Returns the release build of `kinc`.
///
/// # Errors
/// When it does not compile.
pub(crate) fn make(source: &Path) -> Result<PathBuf> {
    let step = Step::start("kinc: building the program, by cargo");
    let arguments = [
        "build",
        "--release",
        "--quiet",
        "--package",
        "kinc",
        "--bin",
        "kinc",
    ];
    let program = command::cargo_build(&paths::cargo(), source, &arguments, "kinc")?;
    step.done("up to date");
    Ok(program)
}
