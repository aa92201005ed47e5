//! File access: the only module of the lab that calls `std::fs`.
//!
//! It knows nothing of products and hosts. Trees are removed only after a look
//! at the mount table, so that a forgotten bind mount never loses files.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the module that the other ones go through"
)]

use std::fs::{self, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

/// Returns the text of `path`.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading `{}`", path.display()))
}

/// Returns the text of `path`, or `None` if there is no such file.
///
/// # Errors
/// When it is there and cannot be read.
pub(crate) fn read_if_present(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading `{}`", path.display())),
    }
}

/// Returns the bytes of `path`.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading `{}`", path.display()))
}

/// Returns the text of `path`, with a sign in place of what is not UTF-8.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read_lossy(path: &Path) -> Result<String> {
    Ok(String::from_utf8_lossy(&read_bytes(path)?).into_owned())
}

/// Writes `text` to `path` at once: readers see the old text or the new one.
///
/// # Errors
/// When the directory is not there or not writable.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let doing = || format!("writing `{}`", path.display());
    let directory = path.parent().with_context(doing)?;
    let file = tempfile::NamedTempFile::new_in(directory).with_context(doing)?;
    fs::write(file.path(), text).with_context(doing)?;
    set_mode(file.path(), 0o644)?;
    file.persist(path).with_context(doing)?;
    Ok(())
}

/// Writes straight into a file of the kernel (cgroup, proc), which knows no rename.
///
/// # Errors
/// When the kernel refuses the value.
pub(crate) fn write_kernel(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("writing `{text}` to `{}`", path.display()))
}

/// Copies one file with its mode; running programs keep the old one.
///
/// # Errors
/// When either side is not accessible.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let doing = || format!("copying `{}` to `{}`", from.display(), to.display());
    let directory = to.parent().with_context(doing)?;
    let file = tempfile::NamedTempFile::new_in(directory).with_context(doing)?;
    fs::copy(from, file.path()).with_context(doing)?;
    file.persist(to).with_context(doing)?;
    Ok(())
}

/// Makes a directory and its parents.
///
/// # Errors
/// When something else is in the way.
pub(crate) fn create_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("creating `{}`", path.display()))
}

/// Moves `from` to `to`, on the same file system.
///
/// # Errors
/// When `to` is a directory with something in it.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to)
        .with_context(|| format!("moving `{}` to `{}`", from.display(), to.display()))
}

/// Sets the permission bits of `path`.
///
/// # Errors
/// When it is not there or not ours.
pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .with_context(|| format!("setting the mode of `{}`", path.display()))
}

/// Returns the permission bits of `path`, or `None` if it does not exist.
///
/// # Errors
/// When it cannot be looked at.
pub(crate) fn mode(path: &Path) -> Result<Option<u32>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.permissions().mode() & 0o7777)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(error).with_context(|| format!("reading the mode of `{}`", path.display()))
        }
    }
}

/// Removes a file that the lab made.
///
/// # Errors
/// When it cannot be removed.
pub(crate) fn remove_file(path: &Path) -> Result<()> {
    fs::remove_file(path).with_context(|| format!("removing `{}`", path.display()))
}

/// Opens a log file again.
///
/// # Errors
/// When its directory is not writable.
pub(crate) fn create_log(path: &Path) -> Result<File> {
    if let Some(directory) = path.parent() {
        create_dir(directory)?;
    }
    File::create(path).with_context(|| format!("creating `{}`", path.display()))
}

/// Opens (or makes) a file that serves as a lock.
///
/// # Errors
/// When its directory is not writable.
pub(crate) fn open_lock(path: &Path) -> Result<File> {
    if let Some(directory) = path.parent() {
        create_dir(directory)?;
    }
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .with_context(|| format!("opening the lock `{}`", path.display()))
}

/// Returns the entries of a directory, sorted; empty if it is not there.
///
/// # Errors
/// When it is there and cannot be read.
pub(crate) fn list(path: &Path) -> Result<Vec<PathBuf>> {
    let doing = || format!("listing `{}`", path.display());
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(doing),
    };
    let mut paths = entries
        .map(|entry| Ok(entry.with_context(doing)?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Returns every file below `root` (symbolic links count as files), sorted, relative to it.
///
/// # Errors
/// When a directory cannot be read.
pub(crate) fn walk(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        for path in list(&directory)? {
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(root)?.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Says that a directory was used now: its time of modification.
///
/// # Errors
/// When it is not there.
pub(crate) fn touch(directory: &Path) -> Result<()> {
    File::open(directory)
        .and_then(|file| file.set_modified(SystemTime::now()))
        .with_context(|| format!("setting the time of `{}`", directory.display()))
}

/// Returns when a file or directory was modified.
///
/// # Errors
/// When it is not there.
pub(crate) fn modified(path: &Path) -> Result<SystemTime> {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .with_context(|| format!("reading the time of `{}`", path.display()))
}

/// Removes a directory of a cgroup or an empty one; a missing one is success.
///
/// # Errors
/// When it is not empty.
pub(crate) fn remove_empty_dir(path: &Path) -> Result<()> {
    match fs::remove_dir(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

/// Removes a tree that the lab made; a missing one is success.
///
/// # Errors
/// When something is mounted below it: an interrupted build may have left
/// `/dev` or `/proc` there, and removing through that would hurt the machine.
pub(crate) fn remove_tree(path: &Path) -> Result<()> {
    let mounts = read(Path::new("/proc/self/mountinfo"))?;
    if let Some(mount) = mount_below(&mounts, path) {
        bail!("`{mount}` is still mounted: `umount {mount}` and try again");
    }
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

/// Returns the first mount point at or below `path` in the text of mountinfo(5).
fn mount_below<'text>(mountinfo: &'text str, path: &Path) -> Option<&'text str> {
    mountinfo
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .find(|mount| Path::new(mount).starts_with(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "27 1 254:0 / / rw - ext4 /dev/vda rw\n\
        40 27 0:6 / /cache/.tmp-host-root-1/dev rw - devtmpfs devtmpfs rw\n";

    #[test]
    fn a_mount_below_a_tree_is_found() {
        assert_eq!(
            mount_below(MOUNTS, Path::new("/cache/.tmp-host-root-1")),
            Some("/cache/.tmp-host-root-1/dev")
        );
    }

    #[test]
    fn a_mount_beside_a_tree_is_not_below_it() {
        assert_eq!(mount_below(MOUNTS, Path::new("/cache/.tmp-host")), None);
    }

    #[test]
    fn walk_lists_files_and_links_without_following_them() {
        let root = tempfile::tempdir().unwrap();
        create_dir(&root.path().join("a/b")).unwrap();
        write(&root.path().join("a/b/file"), "x").unwrap();
        std::os::unix::fs::symlink("/", root.path().join("link")).unwrap();
        assert_eq!(
            walk(root.path()).unwrap(),
            [PathBuf::from("a/b/file"), PathBuf::from("link")]
        );
    }
}
