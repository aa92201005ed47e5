//! Whole trees of files, copied by cp(1) with owners, modes and links.
//!
//! What belongs into which tree is not decided here.

use std::path::Path;

use anyhow::Result;

use crate::{command, fs, paths};

/// The owner and the group of a host's user: the first one of a Debian.
const OWNER: &str = "1000:1000";

/// Copies the tree `from` as the directory `to`, or over what is there.
///
/// # Errors
/// When a file cannot be read or written.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to)?;
    let mut copy = command::program("cp");
    copy.args(["--archive", "--no-target-directory"]);
    command::capture(copy.args([from, to]))?;
    Ok(())
}

/// Copies trees of the lab's own `files/` over a home, and gives all of it to the host's user.
///
/// # Errors
/// When a file cannot be read or written.
pub(crate) fn fill_home(home: &Path, files: &[&str]) -> Result<()> {
    for name in files {
        copy(&paths::file(name), home)?;
    }
    // It took the mode of the last tree, which depends on the umask at the checkout.
    fs::set_mode(home, 0o755)?;
    let mut own = command::program("chown");
    command::capture(own.args(["--recursive", OWNER]).arg(home))?;
    Ok(())
}
