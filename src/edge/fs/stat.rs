//! What is at a path.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::Result;

use crate::edge::fs::there;

/// What stands at a path, links followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    /// Whether it is a regular file.
    pub is_file: bool,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// Its size in bytes.
    pub size: u64,
    /// Its permission bits.
    pub mode: u32,
}

impl Stat {
    /// Returns whether somebody may run it.
    #[must_use]
    pub(crate) fn is_program(self) -> bool {
        self.is_file && self.mode & 0o111 != 0
    }

    /// Returns whether it masks what else has its name, as systemd has it: an empty file, or a device
    /// such as /dev/null.
    #[must_use]
    pub(crate) fn is_mask(self) -> bool {
        !self.is_directory && (!self.is_file || self.size == 0)
    }
}

/// Looks at a path; `None` when nothing is there.
///
/// # Errors
/// When it cannot be looked at.
pub(crate) fn stat(path: &Path) -> Result<Option<Stat>> {
    let metadata = there(path, fs::metadata(path))?;
    Ok(metadata.map(|metadata| Stat {
        is_file: metadata.is_file(),
        is_directory: metadata.is_dir(),
        size: metadata.len(),
        mode: metadata.mode() & 0o7777,
    }))
}
