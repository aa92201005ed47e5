//! The settings: what the lab wants of each, how it is read, and how it is set.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::{command, fs};

/// The value of a device node that does not exist.
pub(super) const ABSENT: &str = "-";

/// A setting that the lab needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Setting {
    /// A device node that rootless Podman opens as the user, and its minor number: for all users.
    Device(&'static str, &'static str),
    /// How many inotify instances a user may have; a node takes 29. A container shares the limit
    /// with this machine.
    InotifyInstances,
}

/// What hosts need as long as they run.
pub(crate) const FOR_HOSTS: [Setting; 2] = [
    Setting::Device("/dev/fuse", "229"),
    Setting::Device("/dev/net/tun", "200"),
];

/// What many clusters need at the same time.
pub(crate) const FOR_MANY_CLUSTERS: [Setting; 3] =
    [FOR_HOSTS[0], FOR_HOSTS[1], Setting::InotifyInstances];

/// See inotify(7): 128 by default.
const INOTIFY_INSTANCES: &str = "/proc/sys/fs/inotify/max_user_instances";

/// Enough for 35 clusters.
const ENOUGH_INSTANCES: u32 = 1024;

impl Setting {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Device(path, _) => path,
            Self::InotifyInstances => INOTIFY_INSTANCES,
        }
    }

    pub(super) fn minor(self) -> &'static str {
        match self {
            Self::Device(_, minor) => minor,
            Self::InotifyInstances => "",
        }
    }

    pub(super) fn wanted(self) -> String {
        match self {
            Self::Device(..) => "666".to_owned(),
            Self::InotifyInstances => ENOUGH_INSTANCES.to_string(),
        }
    }

    fn is_met(self, value: &str) -> bool {
        match self {
            Self::Device(..) => value == self.wanted(),
            Self::InotifyInstances => value
                .parse()
                .is_ok_and(|limit: u32| limit >= ENOUGH_INSTANCES),
        }
    }

    /// Says what the lab changes, and from what.
    pub(super) fn change(self, value: &str) -> String {
        let (path, wanted) = (self.path(), self.wanted());
        match self {
            Self::Device(..) if value == ABSENT => {
                format!("create `{path}` with mode {wanted}, until the last host is down")
            }
            Self::Device(..) => format!(
                "change the mode of `{path}` from {value} to {wanted}, until the last host is down"
            ),
            Self::InotifyInstances => format!(
                "raise `fs.inotify.max_user_instances` from {value} to {wanted}, until the lab ends"
            ),
        }
    }
}

/// Returns the settings that are not met, with their values.
pub(super) fn wanting(settings: &[Setting]) -> Result<Vec<(Setting, String)>> {
    let mut wanting = Vec::new();
    for setting in settings {
        let value = value(setting.path())?;
        if !setting.is_met(&value) {
            wanting.push((*setting, value));
        }
    }
    Ok(wanting)
}

/// Returns a limit of the kernel, or the mode of a device node.
pub(super) fn value(path: &str) -> Result<String> {
    if path.starts_with("/proc/") {
        return Ok(fs::read(Path::new(path))?.trim().to_owned());
    }
    let mode = fs::mode(Path::new(path))?;
    Ok(mode.map_or(ABSENT.to_owned(), |mode| format!("{mode:o}")))
}

/// Sets a limit of the kernel, or the mode of a device node, which is created or removed as needed.
pub(super) fn set(path: &str, value: &str, minor: &str) -> Result<()> {
    let file = Path::new(path);
    if path.starts_with("/proc/") {
        return fs::write_kernel(file, value);
    }
    if value == ABSENT {
        return fs::remove_file(file);
    }
    if !file.exists() {
        if let Some(directory) = file.parent() {
            fs::create_dir(directory)?;
        }
        let made = command::capture(command::program("mknod").args([path, "c", "10", minor]));
        ensure!(file.exists(), "making `{path}`: {made:?}");
    }
    let mode = u32::from_str_radix(value, 8);
    fs::set_mode(
        file,
        mode.with_context(|| format!("reading the mode `{value}`"))?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_named_with_both_values() {
        let fuse = FOR_HOSTS[0];
        assert_eq!(
            [
                fuse.change("600"),
                fuse.change(ABSENT),
                Setting::InotifyInstances.change("128")
            ],
            [
                "change the mode of `/dev/fuse` from 600 to 666, until the last host is down",
                "create `/dev/fuse` with mode 666, until the last host is down",
                "raise `fs.inotify.max_user_instances` from 128 to 1024, until the lab ends",
            ]
        );
        assert!(
            Setting::InotifyInstances.is_met("4096") && !Setting::InotifyInstances.is_met("128")
        );
    }
}
