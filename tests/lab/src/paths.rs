//! Where things are: the source tree and the cache. The only reader of the environment.
#![expect(
    clippy::disallowed_methods,
    reason = "the environment is read once, here"
)]

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Names the release of Debian that tests run on.
pub(crate) const RELEASE_VARIABLE: &str = "KINC_LAB_RELEASE";

/// Agrees to all changes of this machine when it is set.
pub(crate) const YES_VARIABLE: &str = "KINC_LAB_YES";

/// Returns whether all changes of this machine are allowed without asking.
#[must_use]
pub(crate) fn is_unattended() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("CI") || is_set(YES_VARIABLE)
}

/// Returns the directory of the lab's products and hosts.
///
/// # Errors
/// When neither `XDG_CACHE_HOME` nor `HOME` is set.
pub(crate) fn cache() -> Result<PathBuf> {
    if let Some(cache) = env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        return Ok(PathBuf::from(cache).join("kinc-lab"));
    }
    let home = env::var_os("HOME")
        .context("finding the cache: neither `XDG_CACHE_HOME` nor `HOME` is set")?;
    Ok(PathBuf::from(home).join(".cache/kinc-lab"))
}

/// Returns the top of the source tree.
#[must_use]
pub(crate) fn source() -> PathBuf {
    lab()
        .join("../..")
        .canonicalize()
        .unwrap_or_else(|_| lab().join("../.."))
}

/// Returns a file or directory of the lab's own `files/`.
#[must_use]
pub(crate) fn file(name: &str) -> PathBuf {
    lab().join("files").join(name)
}

/// Returns the cargo that runs us, or the one in the search path.
#[must_use]
pub(crate) fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Returns what [`RELEASE_VARIABLE`] says.
#[must_use]
pub(crate) fn release() -> Option<String> {
    env::var(RELEASE_VARIABLE).ok()
}

/// Returns the type of the terminal that the lab runs on; `dumb` when it says none.
#[must_use]
pub(crate) fn terminal_type() -> String {
    env::var("TERM").unwrap_or_else(|_| "dumb".to_owned())
}

fn lab() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
