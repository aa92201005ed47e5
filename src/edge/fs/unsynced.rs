//! Writing what can be made again at any time, such as a rendering that somebody wants to look at.

use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::edge::fs::create_directory;

/// Writes a whole file, as [`write()`](super::write) does, but in place and without waiting for the disk,
/// which takes most of the time.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write_unsynced(path: &Path, text: &str, mode: u32) -> Result<()> {
    create_directory(path.parent().unwrap_or(Path::new(".")))?;
    write(path, text, mode).with_context(|| format!("writing `{}`", path.display()))
}

fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(mode);
    let mut file = options.open(path)?;
    // Before the text: one that was there may be open to others, and the user's mask changes a new one.
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::fs::{Entry, read};

    #[test]
    fn a_file_that_was_longer_and_open_to_all_has_the_new_text_and_mode_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new/a");
        for (text, mode) in [("longer", 0o644), ("new", 0o600)] {
            write_unsynced(&path, text, mode).unwrap();
            let text = text.to_owned();
            assert_eq!(read(&path).unwrap(), Some(Entry { text, mode }));
        }
    }
}
