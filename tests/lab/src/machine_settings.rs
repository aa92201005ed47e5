//! Settings of this machine that the lab needs: access to device nodes, and a limit of the kernel.
//!
//! Each change is recorded before it is made. The last lab that needs it reverts it; after a lab
//! that was killed, the next one does. Settings that others have changed since are not reverted.

mod setting;

use std::fs::File;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};

use crate::cache::Cache;
use crate::machine_settings::setting::{set, value, wanting};
use crate::{consent, fs};

pub(crate) use crate::machine_settings::setting::{FOR_HOSTS, FOR_MANY_CLUSTERS, Setting};

/// Held shared by each process that needs a setting, so that the last one knows that it is the last.
const LOCK: &str = "locks/machine-settings.lock";

/// The settings to revert: path, value before, and value now, on a line each.
const RECORD: &str = "locks/machine-settings";

/// The lock of this process.
static HELD: Mutex<Option<File>> = Mutex::new(None);

/// Returns the changes that `settings` still need, in words.
///
/// # Errors
/// When a setting cannot be read.
pub(crate) fn missing(settings: &[Setting]) -> Result<Vec<String>> {
    let missing = wanting(settings)?.into_iter();
    Ok(missing
        .map(|(setting, value)| setting.change(&value))
        .collect())
}

/// Makes the changes that `settings` still need, and keeps them while this process runs.
///
/// # Errors
/// When the user does not agree, or the kernel does not.
pub(crate) fn need(cache: &Cache, settings: &[Setting]) -> Result<()> {
    hold(cache)?;
    let _lock = cache.lock("machine-settings-record")?;
    consent::ask(&missing(settings)?)?;
    for (setting, before) in wanting(settings)? {
        let mut record = read_record(cache)?;
        record.retain(|change| change.path != setting.path());
        record.push(Change {
            path: setting.path().to_owned(),
            before,
            now: setting.wanted(),
        });
        write_record(cache, &record)?;
        set(setting.path(), &setting.wanted(), setting.minor())?;
    }
    Ok(())
}

/// Reverts what no lab needs any more; device nodes stay as they are while a host runs.
///
/// # Errors
/// When a setting cannot be read or written.
pub fn revert(cache: &Cache, hosts_run: impl FnOnce() -> Result<bool>) -> Result<()> {
    if read_record(cache)?.is_empty() {
        return Ok(());
    }
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    let lock = match held.take() {
        Some(lock) => lock,
        None => fs::open_lock(&cache.root().join(LOCK))?,
    };
    if lock.try_lock().is_err() {
        return Ok(());
    }
    let hosts_run = hosts_run()?;
    let mut kept = read_record(cache)?;
    let is_device = |change: &Change| !change.path.starts_with("/proc/");
    for change in kept.extract_if(.., |change| !(hosts_run && is_device(change))) {
        if value(&change.path)? == change.now {
            set(&change.path, &change.before, "")?;
        }
    }
    write_record(cache, &kept)
}

/// A changed setting.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Change {
    path: String,
    before: String,
    now: String,
}

fn hold(cache: &Cache) -> Result<()> {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if held.is_none() {
        let lock = fs::open_lock(&cache.root().join(LOCK))?;
        lock.lock_shared()
            .context("locking the machine's settings")?;
        *held = Some(lock);
    }
    Ok(())
}

fn read_record(cache: &Cache) -> Result<Vec<Change>> {
    let text = fs::read_if_present(&cache.root().join(RECORD))?.unwrap_or_default();
    Ok(parse(&text))
}

fn parse(text: &str) -> Vec<Change> {
    let lines = text.lines().filter_map(|line| {
        let mut words = line.split(' ').map(str::to_owned);
        Some(Change {
            path: words.next()?,
            before: words.next()?,
            now: words.next()?,
        })
    });
    lines.collect()
}

fn write_record(cache: &Cache, changes: &[Change]) -> Result<()> {
    let lines = changes
        .iter()
        .map(|change| format!("{} {} {}\n", change.path, change.before, change.now));
    fs::write(&cache.root().join(RECORD), &lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_settings::setting::ABSENT;

    /// A cache with a file in place of a device node whose mode the lab has changed.
    fn changed(before: &str, now: u32) -> (tempfile::TempDir, Cache, String) {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path().join("cache")).unwrap();
        fs::create_dir(&cache.root().join("locks")).unwrap();
        let device = directory.path().join("device");
        fs::write(&device, "").unwrap();
        fs::set_mode(&device, now).unwrap();
        let path = device.display().to_string();
        let change = Change {
            path: path.clone(),
            before: before.to_owned(),
            now: "666".to_owned(),
        };
        write_record(&cache, &[change]).unwrap();
        (directory, cache, path)
    }

    #[test]
    fn a_killed_lab_is_reverted_by_the_next_one() {
        let (_directory, cache, path) = changed("600", 0o666);
        revert(&cache, || Ok(false)).unwrap();
        assert_eq!(value(&path).unwrap(), "600");
        assert_eq!(read_record(&cache).unwrap(), []);
    }

    #[test]
    fn a_device_node_that_the_lab_made_is_removed() {
        let (_directory, cache, path) = changed(ABSENT, 0o666);
        revert(&cache, || Ok(false)).unwrap();
        assert_eq!(value(&path).unwrap(), ABSENT);
    }

    #[test]
    fn a_device_stays_accessible_while_a_host_runs() {
        let (_directory, cache, path) = changed("600", 0o666);
        revert(&cache, || Ok(true)).unwrap();
        assert_eq!(value(&path).unwrap(), "666");
        revert(&cache, || Ok(false)).unwrap();
        assert_eq!(value(&path).unwrap(), "600");
    }

    #[test]
    fn settings_changed_by_others_are_not_reverted() {
        let (_directory, cache, path) = changed("600", 0o660);
        revert(&cache, || Ok(false)).unwrap();
        assert_eq!(value(&path).unwrap(), "660");
        assert_eq!(read_record(&cache).unwrap(), []);
    }

    #[test]
    fn nothing_is_reverted_while_another_lab_runs() {
        let (_directory, cache, path) = changed("600", 0o666);
        let other = fs::open_lock(&cache.root().join(LOCK)).unwrap();
        other.lock_shared().unwrap();
        revert(&cache, || Ok(false)).unwrap();
        assert_eq!(value(&path).unwrap(), "666");
    }
}
