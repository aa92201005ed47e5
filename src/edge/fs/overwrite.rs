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
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// A directory with a file of mode 0660.
    fn scratch() -> (TempDir, std::path::PathBuf) {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("config");
        fs::write(&path, "a former text").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o660)).unwrap();
        (scratch, path)
    }

    fn found(path: &Path) -> (String, u32) {
        let mode = fs::metadata(path).unwrap().mode() & 0o7777;
        (fs::read_to_string(path).unwrap(), mode)
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_keeps_its_mode_and_a_new_one_gets_the_requested_mode() {
        let (scratch, path) = scratch();
        overwrite(&path, "new", 0o600, scratch.path()).unwrap();
        assert_eq!(found(&path), ("new".to_owned(), 0o660));
        let other = scratch.path().join("a/b/other");
        overwrite(&other, "new", 0o600, scratch.path()).unwrap();
        assert_eq!(found(&other), ("new".to_owned(), 0o600));
        assert_eq!(names(scratch.path()), ["a", "config"]);
    }

    #[test]
    fn leftovers_of_a_killed_write_are_removed_by_the_next_write() {
        let (scratch, path) = scratch();
        for name in [".kinc-config.new", ".kinc-other.new", ".kinc-ab12cd.new"] {
            fs::write(scratch.path().join(name), "left").unwrap();
        }
        overwrite(&path, "new", 0o600, scratch.path()).unwrap();
        assert_eq!(found(&path), ("new".to_owned(), 0o660));
        assert_eq!(
            names(scratch.path()),
            [".kinc-ab12cd.new", ".kinc-other.new", "config"]
        );
    }

    #[test]
    fn a_file_is_replaced_unless_it_has_hard_links() {
        let (scratch, path) = scratch();
        let number = |path: &Path| fs::metadata(path).unwrap().ino();
        let before = number(&path);
        overwrite(&path, "new", 0o600, scratch.path()).unwrap();
        assert_ne!(number(&path), before);
        let other = scratch.path().join("other");
        fs::hard_link(&path, &other).unwrap();
        let before = number(&path);
        for text in ["a much longer text", "shorter", ""] {
            overwrite(&path, text, 0o600, scratch.path()).unwrap();
            assert_eq!(number(&path), before);
            assert_eq!(found(&other), (text.to_owned(), 0o660));
        }
        assert_eq!(names(scratch.path()), ["config", "other"]);
    }

    #[test]
    fn writing_through_a_dangling_link_creates_the_file_only() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        symlink("elsewhere/config", at("b")).unwrap();
        symlink("b", at("a")).unwrap();
        let error = overwrite(&at("a"), "new", 0o600, scratch.path()).unwrap_err();
        let expected = format!(
            "writing `{0}/a`: it is a link to `{0}/elsewhere/config`, and the directory `{0}/elsewhere` is not \
             there",
            scratch.path().display()
        );
        assert_eq!(format!("{error:#}"), expected);
        assert_eq!(names(scratch.path()), ["a", "b"]);
        fs::create_dir(at("elsewhere")).unwrap();
        overwrite(&at("a"), "new", 0o600, scratch.path()).unwrap();
        assert_eq!(found(&at("elsewhere/config")), ("new".to_owned(), 0o600));
        assert_eq!(link_target(&at("a")), Some("b".into()));
    }

    #[test]
    fn a_backup_exists_while_a_file_is_overwritten_in_place() {
        let (scratch, path) = scratch();
        let kept = keep(&path, b"a former text", scratch.path()).unwrap();
        let names = names(scratch.path());
        assert!(
            names[1].starts_with("config.") && names[1].ends_with(".kinc-old"),
            "{names:?}"
        );
        assert_eq!(found(kept.path()), ("a former text".to_owned(), 0o600));
        // Where the directory takes no file, it is the other one.
        let spare = tempfile::tempdir().unwrap();
        let absent = scratch.path().join("absent/config");
        let kept = keep(&absent, b"", spare.path()).unwrap();
        assert_eq!(kept.path().parent(), Some(spare.path()));
    }

    #[test]
    fn an_unwritable_directory_is_named() {
        let scratch = tempfile::tempdir().unwrap();
        let absent = scratch.path().join("absent");
        let error = beside(&absent.join("config"), "", 0o600).unwrap_err();
        let expected = format!(
            "no file can be made in the directory `{}`: entity not found",
            absent.display()
        );
        assert_eq!(format!("{error:#}"), expected);
    }

    #[test]
    fn a_file_of_another_user_is_reported_with_its_mode_and_owner() {
        let (_scratch, path) = scratch();
        let owner = fs::metadata(&path).unwrap().uid();
        let error = refusal(&path, ErrorKind::PermissionDenied.into());
        let expected = format!(
            "you may not read and write it: its mode is 0660, and its owner the user {owner}"
        );
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn only_regular_files_are_overwritten() {
        let error = overwrite(Path::new("/dev/null"), "", 0o600, Path::new("/")).unwrap_err();
        let expected = "writing `/dev/null`: it is not a regular file";
        assert_eq!(format!("{error:#}"), expected);
    }
}
