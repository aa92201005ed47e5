//! A lock between processes, by a file that says who has it.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};

/// A lock that is held until it is dropped, or until the process ends in any way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// What comes of trying to take a lock.
#[derive(Debug)]
pub enum Locking {
    /// It is ours.
    Taken(Lock),
    /// Another process has it: the one with this number, where it says so.
    HeldBy(Option<u32>),
}

/// Takes a lock, unless somebody has it.
///
/// # Errors
/// When the file cannot be made.
pub fn try_lock(path: &Path) -> Result<Locking> {
    let doing = || format!("locking `{}`", path.display());
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .with_context(doing)?;
    match file.try_lock() {
        Ok(()) => {
            // It is only for the words of whoever waits, and what is left there of an earlier one is not
            // believed while nobody has the lock.
            let number = std::process::id().to_string();
            let _ = file
                .set_len(0)
                .and_then(|()| file.write_all(number.as_bytes()));
            Ok(Locking::Taken(Lock { _file: file }))
        }
        Err(TryLockError::WouldBlock) => {
            let mut number = String::new();
            let _ = file.read_to_string(&mut number);
            Ok(Locking::HeldBy(number.parse().ok()))
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(doing),
    }
}
