//! Giving files and directories another name.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Gives a file another name on the same file system.
///
/// # Errors
/// When it cannot be renamed.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to)
        .with_context(|| format!("renaming `{}` to `{}`", from.display(), to.display()))
}

/// Gives a directory another name; `false` where the file system cannot, since one of both is on another one
/// or on another layer of it.
///
/// # Errors
/// When it cannot be renamed for another reason.
pub(crate) fn rename_directory(from: &Path, to: &Path) -> Result<bool> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => Ok(false),
        renamed => renamed
            .map(|()| true)
            .with_context(|| format!("renaming `{}` to `{}`", from.display(), to.display())),
    }
}
