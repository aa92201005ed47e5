//! The files that `KUBECONFIG` lists: locked, read and written as kubectl does it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Error, Result};

use crate::edge::fs::{self, Exclusive, LockFile};
use crate::kubeconfig::File;
use crate::model::{duration, shell};
use crate::ops::lock::{PAUSE, SILENCE};
use crate::ops::{Context, ErrorWithHints, Report, Reporter};

/// How long to wait for a lock of kubectl's, which holds it for some milliseconds.
pub(crate) const LIMIT: Duration = Duration::from_secs(15);

/// From which age on a lock was left by somebody who was killed, as a rule.
const STALE_AFTER: Duration = Duration::from_mins(1);

/// Only the user may read a kubeconfig: it holds a key.
const MODE: u32 = 0o600;

/// kubectl's locks on all files of the list.
#[derive(Debug)]
pub(super) struct Held(#[expect(dead_code, reason = "held until it is dropped")] Vec<LockFile>);

impl Held {
    /// Takes the locks: those of all files, in the order of kubectl, or none while somebody has one.
    ///
    /// # Errors
    /// When somebody has one for too long, or the user breaks off.
    pub(super) async fn take(context: &Context, report: Reporter<'_>) -> Result<Self> {
        let paths = locks(&context.kubeconfigs);
        let begun = Instant::now();
        let mut is_told = false;
        loop {
            context.cancel.check()?;
            let held_by_others = match try_all(&paths)? {
                Ok(held) => return Ok(Self(held)),
                Err(path) => path,
            };
            if is_directory(held_by_others) {
                return Err(no_lock(held_by_others).into());
            }
            let (waited, limit) = (begun.elapsed(), context.kubeconfig_lock_limit);
            if waited >= limit {
                return Err(late(held_by_others, limit).into());
            }
            // One that is old was left, as a rule, and whoever reads that need not wait.
            let age = age(held_by_others).filter(|age| *age >= STALE_AFTER);
            if !is_told && (age.is_some() || waited >= SILENCE.min(limit / 2)) {
                is_told = true;
                let age =
                    age.map_or_else(String::new, |age| format!(", {} old", duration::shown(age)));
                report(Report::Waiting(format!(
                    "waiting up to {} s for `{}`, the lock of kubectl{age}, to go away",
                    limit.as_secs_f32(),
                    held_by_others.display()
                )));
            }
            context.cancel.or(tokio::time::sleep(PAUSE)).await?;
        }
    }
}

/// Refuses a path that begins with a `~` that no shell has replaced, as within quotes: whoever removed the directory
/// of that name later might remove the home directory.
pub(super) fn check_home(context: &Context) -> Result<()> {
    let home = Path::new("~");
    let is_literal = |path: &&PathBuf| path.starts_with(home) && !is_directory(home);
    match context.kubeconfigs.iter().find(is_literal) {
        Some(path) => Err(ErrorWithHints::new(format!(
            "`{}` in KUBECONFIG begins with a `~`, which the shell does not replace within quotes",
            path.display()
        ))
        .hint("write $HOME instead of ~")
        .into()),
        None => Ok(()),
    }
}

/// Makes the directory of the file that would be made, so that there is a place for its lock.
///
/// Whoever writes the file says what is wrong with its directory.
pub(super) fn create_directory_of_lock(context: &Context) {
    // What cannot be looked at may be there.
    let is_there = |path: &PathBuf| fs::stat(path).map_or(true, |stat| stat.is_some());
    let last = context.kubeconfigs.last().and_then(|path| path.parent());
    if let Some(directory) = last
        && !context.kubeconfigs.iter().any(is_there)
        && directory != Path::new("")
    {
        let _ = fs::create_directory(directory);
    }
}

/// Returns the files that kubectl makes as locks: one beside each file, or beside the link to it.
///
/// Sorted, as there, so that two who take them do not wait for each other; a directory that goes by two
/// names has one lock.
fn locks(files: &[PathBuf]) -> Vec<PathBuf> {
    let lock = |file: &PathBuf| {
        let mut name = file.file_name()?.to_owned();
        name.push(".lock");
        let directory = file.parent().filter(|parent| *parent != Path::new(""));
        let directory = directory.unwrap_or(Path::new("."));
        Some((fs::resolve(directory).join(&name), directory.join(name)))
    };
    let mut files = files.to_vec();
    files.sort();
    let mut seen = BTreeSet::new();
    let locks = files.iter().filter_map(lock);
    let locks = locks.filter_map(|(end, path)| seen.insert(end).then_some(path));
    locks.collect()
}

/// Takes all locks, or none and says which one somebody has.
///
/// Where the user cannot create a file there is no lock, not even of kubectl, and nothing to wait for.
fn try_all(paths: &[PathBuf]) -> Result<Result<Vec<LockFile>, &Path>> {
    let mut held = Vec::new();
    for path in paths {
        match fs::try_lock_file(path)? {
            Exclusive::Taken(lock) => held.push(lock),
            Exclusive::Held => return Ok(Err(path)),
            Exclusive::Impossible => {}
        }
    }
    Ok(Ok(held))
}

/// Says that no program has made a lock, since programs make files.
fn no_lock(path: &Path) -> ErrorWithHints {
    let shown = path.display().to_string();
    ErrorWithHints::new(format!(
        "`{shown}` is a directory, and in the way of the lock of kubectl"
    ))
    .hint(format!("rmdir {}", shell::word(&shown)))
}

fn is_directory(path: &Path) -> bool {
    fs::stat(path)
        .ok()
        .flatten()
        .is_some_and(|stat| stat.is_directory)
}

fn late(path: &Path, limit: Duration) -> ErrorWithHints {
    let shown = path.display();
    let age = age(path).map_or_else(String::new, |age| {
        format!(", {} old,", duration::shown(age))
    });
    let limit = limit.as_secs_f32();
    ErrorWithHints::new(format!(
        "`{shown}`{age} did not go away within {limit} s: another program is writing the kubeconfig, or was \
         killed while it did"
    ))
    .hint(format!(
        "rm {}",
        shell::word(&path.display().to_string())
    ))
}

fn age(path: &Path) -> Option<Duration> {
    let made = fs::modified(path).ok().flatten()?;
    SystemTime::now().duration_since(made).ok()
}

/// What the files hold.
#[derive(Debug)]
pub(super) struct Loaded {
    paths: Vec<PathBuf>,
    pub(super) files: Vec<File>,
}

impl Loaded {
    /// Reads all files; as with kubectl, one that cannot be read is an error.
    ///
    /// `command` is what merges into whatever files are listed.
    pub(super) fn all(context: &Context, command: &str) -> Result<Self> {
        let paths = context.kubeconfigs.clone();
        let load =
            |path: &PathBuf| load(path).map_err(|error| without(&paths, path, command, error));
        let files: Result<Vec<File>> = paths.iter().map(load).collect();
        Ok(Self {
            files: files?,
            paths,
        })
    }

    /// Reads the files that can be read, and tells of the others.
    pub(super) fn readable(context: &Context, report: Reporter<'_>) -> Self {
        let mut loaded = Self {
            paths: Vec::new(),
            files: Vec::new(),
        };
        for path in &context.kubeconfigs {
            // Such as /dev/null, for none.
            let stat = fs::stat(path).ok().flatten();
            if stat.is_some_and(|stat| !stat.is_file) {
                continue;
            }
            match load(path) {
                Ok(file) => {
                    loaded.paths.push(path.clone());
                    loaded.files.push(file);
                }
                Err(error) => report(Report::Warning(format!(
                    "no context was removed from a file: {error:#}"
                ))),
            }
        }
        loaded
    }

    /// Returns the path of a file.
    pub(super) fn path(&self, index: usize) -> PathBuf {
        self.paths.get(index).cloned().unwrap_or_default()
    }

    /// Writes what has changed, as far as that goes, and returns why a file was not written.
    pub(super) fn write(&self, context: &Context) -> Vec<(usize, Error)> {
        let mut errors = Vec::new();
        for (index, (path, file)) in self.paths.iter().zip(&self.files).enumerate() {
            if let Some(text) = file.changed()
                && let Err(error) = fs::overwrite(path, &text, MODE, &context.runtime_dir)
            {
                errors.push((index, error));
            }
        }
        errors
    }

    /// Says of an error with a file how to merge into the others.
    pub(super) fn explain(&self, index: usize, command: &str, error: Error) -> Error {
        without(&self.paths, &self.path(index), command, error)
    }
}

fn load(path: &Path) -> Result<File> {
    if is_directory(path) {
        return Err(ErrorWithHints::new(format!("`{}` is a directory", path.display())).into());
    }
    if fs::stat(path)?.is_some_and(|stat| !stat.is_file) {
        return Err(
            ErrorWithHints::new(format!("`{}` is not a regular file", path.display())).into(),
        );
    }
    let text = fs::read(path)?.map(|entry| entry.text);
    File::parse(text.as_deref()).with_context(|| format!("reading `{}`", path.display()))
}

/// Says what an error is with a file of several; kubectl does without none of them either.
fn without(paths: &[PathBuf], faulty: &Path, command: &str, error: Error) -> Error {
    let rest: Vec<String> = paths
        .iter()
        .filter(|path| *path != faulty)
        .map(|path| path.display().to_string())
        .collect();
    if rest.is_empty() {
        return error;
    }
    ErrorWithHints::new(format!("{error:#}"))
        .hint(format!(
            "KUBECONFIG={} {command}",
            shell::word(&rest.join(":"))
        ))
        .into()
}
