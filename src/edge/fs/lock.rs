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
            let own = format!("{} {}", std::process::id(), namespace());
            let _ = file
                .set_len(0)
                .and_then(|()| file.write_all(own.as_bytes()));
            Ok(Locking::Taken(Lock { _file: file }))
        }
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _ = file.read_to_string(&mut text);
            Ok(Locking::HeldBy(holder(&text, &namespace())))
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(doing),
    }
}

/// Returns the number of the process that has written this, if it is one of our own namespace: in a container
/// the same number is another process.
fn holder(text: &str, own: &str) -> Option<u32> {
    let (number, namespace) = text.split_once(' ')?;
    number.parse().ok().filter(|_| namespace == own)
}

/// Returns the namespace of our process number, as the kernel names it.
fn namespace() -> String {
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    namespace.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_known_in_its_own_namespace_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let Locking::Taken(_lock) = try_lock(&path).unwrap() else {
            panic!("somebody has it");
        };
        let Locking::HeldBy(holder_of_lock) = try_lock(&path).unwrap() else {
            panic!("nobody has it");
        };
        assert_eq!(holder_of_lock, Some(std::process::id()));
        for (text, expected) in [
            ("7 pid:[1]", Some(7)),
            ("7 pid:[2]", None),
            ("7", None),
            ("", None),
            ("x pid:[1]", None),
        ] {
            assert_eq!(holder(text, "pid:[1]"), expected, "{text}");
        }
    }
}
