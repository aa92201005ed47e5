//! Symbolic links: people keep their files elsewhere, and link them to where they are looked for.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rustix::io::Errno;

use crate::edge::fs::{is_absent, remove};

/// How many links are followed, one after the other; the kernel follows as many (`path_resolution(7)`).
const MOST_LINKS: usize = 40;

/// Returns the links resolved, for messages that name a file as it really is.
#[must_use]
pub(crate) fn resolve(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Returns where a link points to, be there something or not; `None` for what is not a link.
#[must_use]
pub(crate) fn link_target(path: &Path) -> Option<PathBuf> {
    fs::read_link(path).ok()
}

/// Returns whether this is a link at whose end is nothing, or that has no end. One that cannot be followed, as
/// without permission, may lead somewhere.
#[must_use]
pub(crate) fn is_dangling(path: &Path) -> bool {
    link_target(path).is_some() && fs::metadata(path).is_err_and(|error| is_not_found(&error))
}

/// Returns whether an error says that nothing is at the end of a link, or that it has no end.
pub(super) fn is_not_found(error: &Error) -> bool {
    is_absent(error) || error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}

/// Returns the path at the end of a chain of links, be there something or not; what is not a link is its
/// own end. Links among the directories above it are left to the kernel.
///
/// # Errors
/// When the links lead in a circle.
pub(crate) fn through(path: &Path) -> Result<PathBuf> {
    let mut end = path.to_owned();
    for _ in 0..MOST_LINKS {
        match link_target(&end) {
            // An absolute target takes the place of the whole.
            Some(target) => end = end.parent().unwrap_or(Path::new(".")).join(target),
            None => return Ok(end),
        }
    }
    bail!("`{}` and other links lead in a circle", path.display())
}

/// Removes a file, and where it is a link, first the file that it leads to.
///
/// # Errors
/// When one of them cannot be removed.
pub(crate) fn remove_with_target(path: &Path) -> Result<()> {
    let end = through(path)?;
    remove(&end)?;
    if end == path {
        return Ok(());
    }
    remove(path)
}

/// Removes a directory if nothing is left in it, and returns whether it is gone. A link to it goes with it.
///
/// # Errors
/// When it cannot be removed for another reason.
pub(crate) fn remove_directory_if_empty(path: &Path) -> Result<bool> {
    let end = through(path)?;
    match fs::remove_dir(&end) {
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => return Ok(false),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("removing `{}`", path.display()));
        }
        _ => {}
    }
    if end != path {
        remove(path)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::edge::fs::{
        directories, exists, files, is_directory, is_real_directory, stat, write,
    };

    #[test]
    fn a_file_is_written_through_its_links_and_they_stay() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        fs::create_dir(at("kept")).unwrap();
        symlink("kept/b", at("a")).unwrap();
        symlink(at("kept/c"), at("kept/b")).unwrap();
        for text in ["new", "changed"] {
            write(&at("a"), text, 0o600).unwrap();
            assert_eq!(fs::read_to_string(at("kept/c")).unwrap(), text);
        }
        assert_eq!(link_target(&at("a")), Some("kept/b".into()));
        assert_eq!(link_target(&at("kept/b")), Some(at("kept/c")));
        remove_with_target(&at("a")).unwrap();
        assert!(link_target(&at("a")).is_none() && !at("kept/c").exists());
    }

    #[test]
    fn circular_links_are_an_error() {
        let scratch = tempfile::tempdir().unwrap();
        let link = scratch.path().join("a");
        symlink("a", &link).unwrap();
        assert!(is_dangling(&link));
        let error = write(&link, "", 0o600).unwrap_err();
        let expected = format!(
            "writing `{0}`: `{0}` and other links lead in a circle",
            link.display()
        );
        assert_eq!(format!("{error:#}"), expected);
    }

    #[test]
    fn an_unreadable_path_is_neither_present_nor_absent() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        symlink("circle", at("circle")).unwrap();
        fs::write(at("file"), "").unwrap();
        let found = ["circle", "file", "absent", "absent/a", "file/a"];
        let found = found.map(|name| exists(&at(name)).unwrap());
        assert_eq!(found, [true, true, false, false, false]);
        // A name that no file system takes stands for a directory that this user may not search.
        let unknown = at(&"x".repeat(300));
        symlink(&unknown, at("unknown")).unwrap();
        for path in [at("circle/a"), unknown] {
            assert!(exists(&path).is_err() && stat(&path).is_err());
            assert!(is_directory(&path).is_err() && is_real_directory(&path).is_err());
        }
        assert_eq!(files(scratch.path()).unwrap(), ["file", "unknown"]);
        assert_eq!(directories(scratch.path()).unwrap(), ["unknown"]);
        let nowhere = ["circle", "unknown"].map(|name| is_dangling(&at(name)));
        assert_eq!(nowhere, [true, false]);
        let error = exists(&at("circle/a")).unwrap_err();
        let expected = format!("looking at `{}`: ", at("circle/a").display());
        assert!(format!("{error:#}").starts_with(&expected), "{error:#}");
    }

    #[test]
    fn an_empty_linked_directory_is_removed_and_any_other_kept() {
        let scratch = tempfile::tempdir().unwrap();
        let (link, target) = (scratch.path().join("link"), scratch.path().join("target"));
        fs::create_dir(&target).unwrap();
        symlink("target", &link).unwrap();
        fs::write(target.join("notes"), "").unwrap();
        assert!(!remove_directory_if_empty(&link).unwrap());
        assert!(link.is_symlink() && target.exists());
        fs::remove_file(target.join("notes")).unwrap();
        assert!(remove_directory_if_empty(&link).unwrap());
        assert!(!link.is_symlink() && !target.exists());
    }
}
