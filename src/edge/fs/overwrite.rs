//! A file of the user's gets a new text, and stays what else it is: a link, its mode, its group, its owner.
//!
//! Whole where that can be, by a file beside it and a rename. In place, as kubectl always does it, where
//! another file could not be the same: one that is mounted, has other names, another owner or a list of
//! access rights, or a directory that takes no file.

use std::ffi::OsString;
use std::fs::{File, Metadata, Permissions};
use std::io::{Error, ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use rustix::fs::{FallocateFlags, fallocate};
use tempfile::NamedTempFile;

use crate::edge::fs::exclusive::is_not_permitted;
use crate::edge::fs::{TEMPORARY_PREFIX, TEMPORARY_SUFFIX, create_directory, link_target, through};

/// How the name of a file's former text ends.
const FORMER_SUFFIX: &str = ".kinc-old";

/// Gives a file a new text; one that is not there is made with this mode, where the links lead.
///
/// Only for whoever holds a lock on the file. Where it is written in place its former text lies beside it meanwhile, or else in the directory `spare`,
/// and stays there when neither of both texts gets into the file.
///
/// # Errors
/// When the file cannot be written, or its links lead to a directory that is not there; it is then as it
/// was, unless the error says where its former text is.
pub(crate) fn overwrite(path: &Path, text: &str, mode: u32, spare: &Path) -> Result<()> {
    let doing = || format!("writing `{}`", path.display());
    let end = through(path).with_context(doing)?;
    let file = match File::options().read(true).write(true).open(&end) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return create(path, &end, text, mode).with_context(doing);
        }
        file => file
            .map_err(|error| refusal(&end, error))
            .with_context(doing)?,
    };
    let there = file.metadata().with_context(doing)?;
    if !there.is_file() {
        return Err(anyhow!("it is not a regular file")).with_context(doing);
    }
    if is_replaced(&end, &there, text).with_context(doing)? {
        return Ok(());
    }
    in_place(file, &end, text, spare).with_context(doing)
}

/// Says what keeps a user from writing a file that is there.
fn refusal(end: &Path, error: Error) -> anyhow::Error {
    match (error.kind(), std::fs::metadata(end)) {
        (ErrorKind::PermissionDenied, Ok(there)) => {
            let (mode, owner) = (there.mode() & 0o7777, there.uid());
            anyhow!(
                "you may not read and write it: its mode is {mode:04o}, and its owner the user {owner}"
            )
        }
        (kind @ ErrorKind::ReadOnlyFilesystem, _) => anyhow!("it is on a {kind}"),
        _ => error.into(),
    }
}

fn create(path: &Path, end: &Path, text: &str, mode: u32) -> Result<()> {
    let directory = parent(end);
    if link_target(path).is_some() && !directory.is_dir() {
        // Whatever is mounted or unlocked there later would hide it.
        bail!(
            "it is a link to `{}`, and the directory `{}` is not there",
            end.display(),
            directory.display()
        );
    }
    create_directory(directory)?;
    let file = beside(end, text, mode)?;
    file.persist_noclobber(end).map_err(|error| error.error)?;
    sync(directory)?;
    Ok(())
}

/// Puts another file in the place of one, if it can be the same but for its text.
fn is_replaced(end: &Path, there: &Metadata, text: &str) -> Result<bool> {
    let is_plain = there.nlink() == 1
        && there.uid() == rustix::process::geteuid().as_raw()
        && !has_attributes(end);
    if !is_plain {
        return Ok(false);
    }
    let Ok(file) = beside(end, text, there.mode() & 0o7777) else {
        // In place it takes less: no other file, and no more space than what the text is longer.
        return Ok(false);
    };
    // The directory's default access rights would be news to the file.
    if has_attributes(file.path()) {
        return Ok(false);
    }
    let is_of_group = |file: &NamedTempFile| {
        let group = file.as_file().metadata().map(|metadata| metadata.gid());
        group.is_ok_and(|group| group == there.gid())
    };
    if !is_of_group(&file) {
        // Only root, or whoever is in the group, may do that; it takes set-group-ID away.
        let changed = std::os::unix::fs::chown(file.path(), None, Some(there.gid()));
        if changed.is_err() {
            return Ok(false);
        }
        let permissions = Permissions::from_mode(there.mode() & 0o7777);
        file.as_file().set_permissions(permissions)?;
    }
    match file.persist(end) {
        Ok(_) => {
            // It is written; some file systems refuse this of a directory.
            let _ = sync(parent(end));
            Ok(true)
        }
        // A mount point is not renamed onto, and nothing to another mount.
        Err(error) if is_mounted(&error.error) || is_not_permitted(&error.error) => Ok(false),
        Err(error) => Err(error.error.into()),
    }
}

fn is_mounted(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ResourceBusy | ErrorKind::CrossesDevices
    )
}

/// Returns whether a file has what another one would not have by itself, such as a list of access rights.
fn has_attributes(path: &Path) -> bool {
    let mut names = Vec::with_capacity(64 * 1024);
    match rustix::fs::listxattr(path, rustix::buffer::spare_capacity(&mut names)) {
        // What a security module says of a file it says of its neighbours too.
        Ok(_) => names
            .split(|byte| *byte == 0)
            .any(|name| !name.is_empty() && !name.starts_with(b"security.")),
        Err(_) => false,
    }
}

/// Writes a text to another file in the directory of one, in place of that which a process left there that
/// was killed: it has a name of its own for each file, since others may have theirs in that directory.
fn beside(end: &Path, text: &str, mode: u32) -> Result<NamedTempFile> {
    let mut prefix = OsString::from(TEMPORARY_PREFIX);
    prefix.push(end.file_name().unwrap_or_default());
    let mut name = prefix.clone();
    name.push(TEMPORARY_SUFFIX);
    let left = parent(end).join(name);
    if std::fs::symlink_metadata(&left).is_ok_and(|left| left.is_file()) {
        std::fs::remove_file(&left)?;
    }
    let mut file = tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(TEMPORARY_SUFFIX)
        .rand_bytes(0)
        .tempfile_in(parent(end))
        .map_err(|error| {
            let directory = parent(end).display();
            anyhow!(
                "no file can be made in the directory `{directory}`: {}",
                error.kind()
            )
        })?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Writes a text over another one, which lies elsewhere meanwhile.
fn in_place(mut file: File, end: &Path, text: &str, spare: &Path) -> Result<()> {
    let mut former = Vec::new();
    file.read_to_end(&mut former)?;
    let kept = keep(end, &former, spare).context("keeping its previous text")?;
    // The space first: it is not there as often as all else that can happen.
    let length = u64::try_from(text.len())?;
    match fallocate(&file, FallocateFlags::KEEP_SIZE, 0, length.max(1)) {
        Err(error) if error == rustix::io::Errno::NOSPC || error == rustix::io::Errno::DQUOT => {
            return Err(Error::from(error).into());
        }
        // Not every file system can tell.
        _ => {}
    }
    let Err(error) = fill(&mut file, text.as_bytes()) else {
        return Ok(());
    };
    if fill(&mut file, &former).is_ok() {
        return Err(error.into());
    }
    let (_, kept) = kept.keep().map_err(|error| error.error)?;
    Err(anyhow!(error).context(format!("its previous text is in `{}`", kept.display())))
}

/// Keeps a text beside a file, where that outlives a crash, or else in another directory.
fn keep(end: &Path, text: &[u8], spare: &Path) -> Result<NamedTempFile> {
    let name = end.file_name().unwrap_or_default().to_string_lossy();
    let keep = |directory: &Path| -> std::io::Result<NamedTempFile> {
        let mut file = tempfile::Builder::new()
            .prefix(&format!("{name}."))
            .suffix(FORMER_SUFFIX)
            .tempfile_in(directory)?;
        file.write_all(text)?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    Ok(keep(parent(end)).or_else(|_| keep(spare))?)
}

fn fill(file: &mut File, text: &[u8]) -> std::io::Result<()> {
    file.rewind()?;
    file.write_all(text)?;
    file.set_len(u64::try_from(text.len()).map_err(Error::other)?)?;
    file.sync_all()
}

/// A rename itself is on disk only with its directory.
fn sync(directory: &Path) -> std::io::Result<()> {
    File::open(directory)?.sync_all()
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests;
