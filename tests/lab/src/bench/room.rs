//! Room in the kernel for ten clusters of one user, made as an operator makes it.
//!
//! A host that is a container shares these limits with the machine, so they are set there. They are
//! set back when nobody needs them any more.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::{fs, progress};

/// What the kernel gives one user, and how much of it ten clusters get.
const LIMITS: [(&str, u32); 3] = [
    // A node takes 29; the usual limit is 128.
    ("/proc/sys/fs/inotify/max_user_instances", 1024),
    // Each container and each service of a node has a keyring, 15 in all, and so has each command by
    // which a service is stopped: ten nodes that stop together had 648. The usual limits are 200, and
    // 20,000 bytes for all of them.
    ("/proc/sys/kernel/keys/maxkeys", 4000),
    ("/proc/sys/kernel/keys/maxbytes", 400_000),
];

/// Limits that were raised, and what they were.
#[derive(Debug)]
pub(super) struct Room(Vec<(&'static Path, String)>);

impl Room {
    /// Raises what is too low.
    ///
    /// # Errors
    /// When the kernel does not let us.
    pub(super) fn make() -> Result<Self> {
        let mut room = Self(Vec::new());
        for (path, enough) in LIMITS {
            let path = Path::new(path);
            let before = fs::read(path)?.trim().to_owned();
            let limit: u32 = before
                .parse()
                .with_context(|| format!("reading the limit `{}`", path.display()))?;
            if limit < enough {
                fs::write_kernel(path, &enough.to_string())?;
                room.0.push((path, before));
            }
        }
        Ok(room)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        for (path, before) in &self.0 {
            if let Err(error) = fs::write_kernel(path, before) {
                progress::say(format!("warning: setting a limit back: {error:#}"));
            }
        }
    }
}
