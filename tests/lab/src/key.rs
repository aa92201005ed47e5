//! Keys of products: a digest over everything that a product is made from.
//!
//! No decision about what belongs in a key is made here.

use std::fmt;
use std::path::Path;

use anyhow::Result;
use sha2::{Digest as _, Sha256};

use crate::fs;

/// A digest over named inputs; the same inputs give the same key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Key(String);

impl Key {
    /// Starts a key.
    #[must_use]
    pub(crate) fn builder() -> KeyBuilder {
        KeyBuilder(Sha256::new())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Collects the inputs of a [`Key`].
#[derive(Debug)]
pub(crate) struct KeyBuilder(Sha256);

impl KeyBuilder {
    /// Adds a named value.
    #[must_use]
    pub(crate) fn value(mut self, name: &str, value: &str) -> Self {
        self.add(name.as_bytes());
        self.add(value.as_bytes());
        self
    }

    /// Adds a file, or every file below a directory: paths, contents, modes and link targets.
    ///
    /// # Errors
    /// When something in it cannot be read.
    pub(crate) fn files(mut self, path: &Path) -> Result<Self> {
        if !path.is_dir() || path.is_symlink() {
            let name = path.file_name().unwrap_or_default();
            self.add(name.as_encoded_bytes());
            self.file(path)?;
            return Ok(self);
        }
        for file in fs::walk(path)? {
            self.add(file.as_os_str().as_encoded_bytes());
            self.file(&path.join(&file))?;
        }
        Ok(self)
    }

    /// Ends the key.
    #[must_use]
    pub(crate) fn finish(self) -> Key {
        // Sixteen digits: 64 bits are enough to distinguish the few products of a cache.
        let digest = self
            .0
            .finalize()
            .iter()
            .take(8)
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        Key(format!("{digest:016x}"))
    }

    /// Adds the content of a file; the path of the source tree must not count.
    fn file(&mut self, path: &Path) -> Result<()> {
        if path.is_symlink() {
            self.add(path.read_link()?.as_os_str().as_encoded_bytes());
        } else {
            self.add(&fs::read_bytes(path)?);
            self.add(if is_executable(path)? { b"x" } else { b"-" });
        }
        Ok(())
    }

    /// Adds one part with its length, so that parts cannot run into each other.
    fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }
}

/// Only this bit counts: other bits depend on the umask at the checkout.
fn is_executable(path: &Path) -> Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(path.metadata()?.permissions().mode() & 0o100 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sixteen_hex_digits_of_the_inputs() {
        let key = Key::builder().value("suite", "trixie").finish();
        assert_eq!(key.to_string(), "afcc8e1a27f420f4");
    }

    #[test]
    fn a_key_separates_its_inputs() {
        let one = Key::builder().value("ab", "c").finish();
        let two = Key::builder().value("a", "bc").finish();
        assert_ne!(one, two);
    }

    #[test]
    fn the_path_of_the_source_tree_does_not_change_the_key() {
        let keys = [(); 2].map(|()| {
            let root = tempfile::tempdir().unwrap();
            let file = root.path().join("file");
            fs::write(&file, "text").unwrap();
            let builder = Key::builder().files(&file).unwrap();
            builder.files(root.path()).unwrap().finish()
        });
        assert_eq!(keys[0], keys[1]);
    }

    #[test]
    fn a_changed_file_name_content_or_mode_changes_the_key() {
        let root = tempfile::tempdir().unwrap();
        let key = || Key::builder().files(root.path()).unwrap().finish();
        let file = root.path().join("file");
        let empty = key();
        fs::write(&file, "one").unwrap();
        let one = key();
        fs::write(&file, "two").unwrap();
        let two = key();
        fs::set_mode(&file, 0o755).unwrap();
        let executable = key();
        fs::rename(&file, &root.path().join("renamed")).unwrap();
        let renamed = key();
        let keys = [empty, one, two, executable, renamed];
        for (index, left) in keys.iter().enumerate() {
            for right in &keys[index + 1..] {
                assert_ne!(left, right);
            }
        }
    }
}
