//! The programs of a node, built from Go modules by `kinc image binaries`.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::cache::{Cache, Product};
use crate::key::Key;
use crate::{command, fs};

/// What the programs are made from, and how.
const INPUTS: [&str; 4] = [
    "images/node/modules",
    "images/node/versions",
    "src/edge/image/programs.rs",
    "src/edge/image/binaries.rs",
];

/// Returns the directory of programs.
///
/// # Errors
/// When a module does not arrive or does not compile.
pub(crate) fn make(cache: &Cache, source: &Path, kinc: &Path) -> Result<Product> {
    let mut key = Key::builder();
    for input in INPUTS {
        key = key.files(&source.join(input))?;
    }
    let key = key.finish();
    let what = "the programs of a node, from Go modules (20 min when nothing is cached)";
    cache.product("binaries", what, key, |build| {
        let mut program = command::bound_program(&kinc.display().to_string());
        program
            .args(["image", "binaries", "--output"])
            .arg(build.directory);
        command::run_logged(&mut program, build.log, build.step)?;
        // Kept for every later run, so it is looked at once.
        let kubelet = fs::walk(build.directory)?
            .iter()
            .any(|file| file.ends_with("kubelet"));
        ensure!(kubelet, "`kinc image binaries` made no kubelet");
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;

    #[test]
    fn the_sources_of_the_programs_exist() {
        let key = INPUTS.iter().try_fold(Key::builder(), |key, input| {
            key.files(&paths::source().join(input))
        });
        assert!(key.is_ok(), "{:?}", key.err());
    }
}
