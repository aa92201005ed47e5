//! Room in the kernel for many clusters of one user, made as an operator makes it.
//!
//! A host that is a container shares the limit with the machine, so it is raised there, and set back
//! when nobody needs it any more.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::{fs, progress};

/// How many inotify instances a user may have, see inotify(7): 128, unless somebody raised it.
const LIMIT: &str = "/proc/sys/fs/inotify/max_user_instances";

/// A node takes 29 of them.
const ENOUGH: u32 = 1024;

/// A limit that is high enough, and what it was if it had to be raised.
#[derive(Debug)]
pub(crate) struct Room {
    before: Option<String>,
}

impl Room {
    /// Raises the limit if it is too low.
    ///
    /// # Errors
    /// When the kernel does not let us.
    pub(crate) fn make() -> Result<Self> {
        let path = Path::new(LIMIT);
        let text = fs::read(path)?;
        let limit: u32 = text
            .trim()
            .parse()
            .with_context(|| format!("reading the limit `{LIMIT}`"))?;
        let before = (limit < ENOUGH).then(|| text.trim().to_owned());
        if before.is_some() {
            fs::write_kernel(path, &ENOUGH.to_string())?;
        }
        Ok(Self { before })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let Some(before) = &self.before else {
            return;
        };
        if let Err(error) = fs::write_kernel(Path::new(LIMIT), before) {
            progress::say(format!("warning: setting a limit back: {error:#}"));
        }
    }
}
