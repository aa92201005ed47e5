//! A lock between programs that have nothing in common but the name of a file: whoever made it has it.

use std::fs::{self, File};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};

/// The files that this process has made: at its end in the midst of things nothing is dropped.
static HELD_LOCKS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

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
        Ok(_) => {
            made_files().push(path.to_owned());
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
    for path in made_files().drain(..) {
        let _ = fs::remove_file(path);
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        let mut made = made_files();
        // It is removed once: the next one of the name is somebody else's.
        if let Some(index) = made.iter().position(|path| *path == self.0) {
            made.remove(index);
            let _ = fs::remove_file(&self.0);
        }
    }
}

fn made_files() -> std::sync::MutexGuard<'static, Vec<PathBuf>> {
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
    fn a_missing_directory_cannot_be_locked() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("absent/config.lock");
        assert!(matches!(
            try_lock_file(&path).unwrap(),
            Exclusive::Impossible
        ));
    }
}
