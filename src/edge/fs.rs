//! The floor of the edges that read and write files: whole files, atomically.
//!
//! The only module that calls `std::fs`. It knows no cluster and no Quadlet.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the module that the others go through"
)]

mod exclusive;
mod links;
mod lock;
mod overwrite;
mod rename;
mod stat;
mod unsynced;

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result, anyhow};

pub(crate) use crate::edge::fs::exclusive::{
    Exclusive, LockFile, release_lock_files, try_lock_file,
};
pub(crate) use crate::edge::fs::links::{
    is_dangling, link_target, remove_directory_if_empty, remove_with_target, resolve, through,
};
pub use crate::edge::fs::lock::{Lock, Locking, try_lock};
pub(crate) use crate::edge::fs::overwrite::overwrite;
pub(crate) use crate::edge::fs::rename::{rename, rename_directory};
pub(crate) use crate::edge::fs::stat::{Stat, stat};
pub(crate) use crate::edge::fs::unsynced::write_unsynced;

/// How the names of unfinished files begin and end.
const TEMPORARY_PREFIX: &str = ".kinc-";
const TEMPORARY_SUFFIX: &str = ".new";

/// A file's text with its permission bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The whole text.
    pub text: String,
    /// The permission bits, such as `0o644`.
    pub mode: u32,
}

/// Reads a file of text, or `None` if it is not there.
///
/// # Errors
/// When it cannot be read, or is not UTF-8.
pub(crate) fn read(path: &Path) -> Result<Option<Entry>> {
    read_with(path, |bytes| {
        String::from_utf8(bytes).map_err(|_| anyhow!("stream did not contain valid UTF-8"))
    })
}

/// Reads a file that need not be text: bytes that are no UTF-8 become replacement characters.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read_lossy(path: &Path) -> Result<Option<Entry>> {
    read_with(path, |bytes| {
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    })
}

/// Reads at most this many bytes of a file, or `None` if it is not there.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read_up_to(path: &Path, bytes: u64) -> Result<Option<Vec<u8>>> {
    let doing = || format!("reading `{}`", path.display());
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.with_context(doing)?,
    };
    let mut found = Vec::new();
    file.take(bytes)
        .read_to_end(&mut found)
        .with_context(doing)?;
    Ok(Some(found))
}

fn read_with(path: &Path, text: fn(Vec<u8>) -> Result<String>) -> Result<Option<Entry>> {
    let doing = || format!("reading `{}`", path.display());
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        bytes => bytes.with_context(doing)?,
    };
    let text = text(bytes).with_context(doing)?;
    let mode = fs::metadata(path).with_context(doing)?.mode() & 0o7777;
    Ok(Some(Entry { text, mode }))
}

/// Returns the regular files of a directory and the links to such, by name; empty if it is not there.
///
/// # Errors
/// When the directory cannot be read.
pub(crate) fn files(directory: &Path) -> Result<Vec<String>> {
    names(directory, Links::Followed, fs::FileType::is_file)
}

/// Returns what is in a directory and is none itself, by name; links are not followed.
///
/// # Errors
/// When the directory cannot be read.
pub(crate) fn files_and_links(directory: &Path) -> Result<Vec<String>> {
    names(directory, Links::Kept, |kind| !kind.is_dir())
}

/// Returns everything in a directory, by name, less what a [`write()`] that was killed has left. A name
/// that is not UTF-8 has replacement characters in it.
///
/// # Errors
/// When the directory cannot be read.
pub(crate) fn entries(directory: &Path) -> Result<Vec<String>> {
    let mut entries = names(directory, Links::Kept, |_| true)?;
    entries.retain(|name| !is_unfinished(name));
    Ok(entries)
}

/// Returns the directories in a directory and the links to such, by name; empty if it is not there.
///
/// # Errors
/// When the directory cannot be read.
pub(crate) fn directories(directory: &Path) -> Result<Vec<String>> {
    names(directory, Links::Followed, fs::FileType::is_dir)
}

/// What a link in a directory counts as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    /// What it leads to; one that leads nowhere is nothing. One that cannot be followed, as without
    /// permission, counts: whoever reads it says why.
    Followed,
    /// Itself.
    Kept,
}

fn names(directory: &Path, links: Links, wanted: fn(&fs::FileType) -> bool) -> Result<Vec<String>> {
    let doing = || format!("listing `{}`", directory.display());
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(doing)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.with_context(doing)?;
        let mut kind = entry.file_type().with_context(doing)?;
        if kind.is_symlink() && links == Links::Followed {
            match fs::metadata(entry.path()) {
                Ok(target) => kind = target.file_type(),
                Err(error) if links::is_not_found(&error) => continue,
                Err(_) => {
                    names.push(entry.file_name().to_string_lossy().into_owned());
                    continue;
                }
            }
        }
        if wanted(&kind) {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Makes a directory and those above it.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn create_directory(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("creating `{}`", path.display()))
}

/// Makes a directory with these permission bits, whatever the user's mask; one that is there keeps its own.
///
/// # Errors
/// When it cannot be made, or something else has its name.
pub(crate) fn create_directory_with_mode(path: &Path, mode: u32) -> Result<()> {
    let doing = || format!("creating `{}`", path.display());
    match fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        created => created
            .and_then(|()| fs::set_permissions(path, Permissions::from_mode(mode)))
            .with_context(doing),
    }
}

/// Writes a whole file, or leaves the old one: a temporary file beside it, then a rename.
///
/// Beside it, for the same file system and security label; its name ends in no extension that a
/// Quadlet generator would read in the meantime. Where the path is a link, the link stays, and the
/// file that it leads to is written.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    let doing = || format!("writing `{}`", path.display());
    let path = &through(path).with_context(doing)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    create_directory(directory)?;
    let mut file = tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .suffix(TEMPORARY_SUFFIX)
        .tempfile_in(directory)
        .with_context(doing)?;
    file.write_all(text.as_bytes()).with_context(doing)?;
    let permissions = Permissions::from_mode(mode);
    file.as_file()
        .set_permissions(permissions)
        .with_context(doing)?;
    file.as_file().sync_all().with_context(doing)?;
    file.persist(path)
        .map_err(|e| e.error)
        .with_context(doing)?;
    // The rename itself is on disk only with its directory.
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .with_context(doing)
}

/// Removes what a [`write()`] that was killed has left in a directory. Only for whoever holds the
/// lock: the unfinished file of another one looks the same.
///
/// # Errors
/// When the directory cannot be read, or a file cannot be removed.
pub(crate) fn remove_unfinished(directory: &Path) -> Result<()> {
    for name in files(directory)? {
        if is_unfinished(&name) {
            remove(&directory.join(name))?;
        }
    }
    Ok(())
}

fn is_unfinished(name: &str) -> bool {
    name.starts_with(TEMPORARY_PREFIX) && name.ends_with(TEMPORARY_SUFFIX)
}

/// Removes a file; one that is not there is as wanted.
///
/// # Errors
/// When it cannot be removed.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

/// Returns whether a path is a directory itself, and no link to one.
///
/// # Errors
/// When it cannot be looked at.
pub(crate) fn is_real_directory(path: &Path) -> Result<bool> {
    let metadata = there(path, fs::symlink_metadata(path))?;
    Ok(metadata.is_some_and(|metadata| metadata.is_dir()))
}

/// Returns whether a directory is there, links followed.
///
/// # Errors
/// When it cannot be looked at.
pub(crate) fn is_directory(path: &Path) -> Result<bool> {
    let metadata = there(path, fs::metadata(path))?;
    Ok(metadata.is_some_and(|metadata| metadata.is_dir()))
}

/// Returns when a file or a directory was changed last; `None` for one that is not there.
///
/// For a directory, that is when a name in it came or went.
///
/// # Errors
/// When it cannot be looked at.
pub(crate) fn modified(path: &Path) -> Result<Option<SystemTime>> {
    let doing = || format!("looking at `{}`", path.display());
    match fs::metadata(path).and_then(|metadata| metadata.modified()) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        modified => modified.map(Some).with_context(doing),
    }
}

/// Returns whether something is there, a link to nothing included.
///
/// # Errors
/// When it cannot be looked at, as on a disk that fails: that says nothing of what is there.
pub(crate) fn exists(path: &Path) -> Result<bool> {
    Ok(there(path, fs::symlink_metadata(path))?.is_some())
}

/// Returns what was found at a path; nothing when nothing is there.
fn there<T>(path: &Path, found: io::Result<T>) -> Result<Option<T>> {
    match found {
        Err(error) if is_absent(&error) => Ok(None),
        found => found
            .map(Some)
            .with_context(|| format!("looking at `{}`", path.display())),
    }
}

/// Returns whether an error says that nothing is there: below a file there is nothing.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
