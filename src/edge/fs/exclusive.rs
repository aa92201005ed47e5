//! A lock between programs that have nothing in common but the name of a file: whoever made it has it.

use std::fs::{self, File, Metadata};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};

/// The files that this process has made, and holds open, so that no other is taken for one of them: at its end in
/// the midst of things nothing is dropped.
static HELD_LOCKS: Mutex<Vec<(PathBuf, File)>> = Mutex::new(Vec::new());

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(crate) struct LockFile(PathBuf);

/// What comes of trying to make the file.
#[derive(Debug)]
pub(crate) enum Exclusive {
    /// It is made.
    Taken(LockFile),
    /// Somebody has made it.
    Held,
    /// In this directory this user makes no file, and so takes no lock.
    Impossible,
}

/// Makes the file of a lock, unless it is there.
///
/// # Errors
/// When it cannot be made for another reason, as on a full disk.
pub(crate) fn try_lock_file(path: &Path) -> Result<Exclusive> {
    // As client-go makes it: nobody reads it.
    let made = File::options()
        .write(true)
        .create_new(true)
        .mode(0o000)
        .open(path);
    match made {
        Ok(file) => {
            made_files().push((path.to_owned(), file));
            Ok(Exclusive::Taken(LockFile(path.to_owned())))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Exclusive::Held),
        Err(error) if is_not_permitted(&error) || error.kind() == ErrorKind::NotFound => {
            Ok(Exclusive::Impossible)
        }
        Err(error) => Err(error).with_context(|| format!("locking `{}`", path.display())),
    }
}

/// Returns whether it is the place that does not take a file, whatever is in it.
pub(super) fn is_not_permitted(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
    )
}

/// Removes what this process holds: for its end in the midst of things.
pub(crate) fn release_lock_files() {
    for (path, file) in made_files().drain(..) {
        remove(&path, &file);
    }
}

/// Removes a lock, unless somebody has removed it already: the next one of the name is not ours.
fn remove(path: &Path, made: &File) {
    let identity = |there: Metadata| (there.dev(), there.ino());
    let there = fs::symlink_metadata(path).map(identity);
    if there.is_ok_and(|there| {
        made.metadata()
            .map(identity)
            .is_ok_and(|ours| ours == there)
    }) {
        let _ = fs::remove_file(path);
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        let mut made = made_files();
        // It is removed once: the next one of the name is somebody else's.
        if let Some(index) = made.iter().position(|(path, _)| *path == self.0) {
            let (path, file) = made.remove(index);
            remove(&path, &file);
        }
    }
}

fn made_files() -> std::sync::MutexGuard<'static, Vec<(PathBuf, File)>> {
    HELD_LOCKS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_lock_file_exists_while_the_lock_is_held_and_excludes_others() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("config.lock");
        let taken = try_lock_file(&path).unwrap();
        assert!(matches!(taken, Exclusive::Taken(_)));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0);
        assert!(matches!(try_lock_file(&path).unwrap(), Exclusive::Held));
        drop(taken);
        assert!(!path.exists());
        assert!(matches!(try_lock_file(&path).unwrap(), Exclusive::Taken(_)));
    }

    #[test]
    fn the_lock_of_somebody_who_removed_ours_stays() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("config.lock");
        let taken = try_lock_file(&path).unwrap();
        fs::remove_file(&path).unwrap();
        File::create_new(&path).unwrap();
        drop(taken);
        assert!(path.exists());
    }

    #[test]
    fn a_missing_directory_cannot_be_locked() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("absent/config.lock");
        assert!(matches!(
            try_lock_file(&path).unwrap(),
            Exclusive::Impossible
        ));
    }
}
