//! The kernel's limit on inotify instances, raised for many clusters of one user as an operator raises it.
//!
//! A host that is a container shares the limit with the machine, so it is raised there, and set back
//! by the last lab that needs it.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::cache::Cache;
use crate::{fs, progress};

/// How many inotify instances a user may have, see inotify(7): 128, unless somebody raised it.
const LIMIT: &str = "/proc/sys/fs/inotify/max_user_instances";

/// A node takes 29 of them.
const ENOUGH: u32 = 1024;

/// A limit that is high enough until this is dropped.
#[derive(Debug)]
pub(crate) struct InotifyLimit {
    /// Locked by each lab that needs the limit, so that the last one knows that it is the last.
    lock: File,
    /// Where the limit stands that there was before, if it had to be raised.
    before: PathBuf,
}

impl InotifyLimit {
    /// Raises the limit if it is too low.
    ///
    /// # Errors
    /// When the kernel does not let us.
    pub(crate) fn raise(cache: &Cache) -> Result<Self> {
        let locks = cache.root().join("locks");
        let lock = fs::open_lock(&locks.join("inotify-limit.lock"))?;
        lock.lock_shared()
            .with_context(|| format!("locking the limit `{LIMIT}`"))?;
        let before = locks.join("inotify-limit.before");
        let limit = limit()?;
        if limit < ENOUGH {
            fs::write(&before, &limit.to_string())?;
            fs::write_kernel(Path::new(LIMIT), &ENOUGH.to_string())?;
        }
        Ok(Self { lock, before })
    }

    /// Sets the limit back, unless another lab needs it or somebody else has changed it.
    fn leave(&self) -> Result<()> {
        if self.lock.try_lock().is_err() || limit()? != ENOUGH {
            return Ok(());
        }
        match fs::read_if_present(&self.before)? {
            Some(before) => fs::write_kernel(Path::new(LIMIT), &before),
            None => Ok(()),
        }
    }
}

impl Drop for InotifyLimit {
    fn drop(&mut self) {
        if let Err(error) = self.leave() {
            progress::say(format!("warning: setting a limit back: {error:#}"));
        }
    }
}

fn limit() -> Result<u32> {
    let text = fs::read(Path::new(LIMIT))?;
    let limit = text.trim().parse();
    limit.with_context(|| format!("reading the limit `{LIMIT}`"))
}
