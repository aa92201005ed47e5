//! The kernel's table of mounts, `proc_pid_mountinfo(5)`: which file system a path is on.

use std::path::{Path, PathBuf};

/// A mounted file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    /// Where it is mounted.
    pub point: PathBuf,
    /// Its type, such as `ext4`.
    pub fs_type: String,
    /// The options of the mount, such as `rw`, `nosuid`.
    pub options: Vec<String>,
}

/// Returns the mount that a path is on: of the deepest mount points the one that was mounted last.
pub(super) fn of_path(table: &str, path: &Path) -> Option<Mount> {
    let mounts = table.lines().filter_map(parse);
    mounts
        .filter(|mount| path.starts_with(&mount.point))
        .max_by_key(|mount| mount.point.components().count())
}

/// Returns a mount point at or below a directory.
#[must_use]
pub(crate) fn mounted_below(table: &str, directory: &Path) -> Option<PathBuf> {
    let mut points = table.lines().filter_map(parse).map(|mount| mount.point);
    points.find(|point| point.starts_with(directory))
}

fn parse(line: &str) -> Option<Mount> {
    let (own, of_type) = line.split_once(" - ")?;
    let own: Vec<&str> = own.split(' ').collect();
    Some(Mount {
        point: PathBuf::from(unescaped(own.get(4)?)),
        fs_type: of_type.split(' ').next()?.to_owned(),
        options: own.get(5)?.split(',').map(str::to_owned).collect(),
    })
}

/// Undoes the kernel's octal escapes of blanks and backslashes.
fn unescaped(text: &str) -> String {
    let mut out = text.to_owned();
    for (escape, meant) in [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ] {
        out = out.replace(escape, meant);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_on_the_deepest_mount_and_of_those_on_the_last() {
        let table = "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/a rw\n\
            2 1 0:20 / /home rw,nosuid shared:2 - nfs4 nas:/home rw\n\
            3 1 0:21 / /home rw,nodev - xfs /dev/b rw\n\
            4 1 0:22 / /mnt/my\\040disk rw,noexec - btrfs /dev/c rw\n";
        let on = |path: &str| {
            let mount = of_path(table, Path::new(path)).unwrap();
            (mount.fs_type, mount.options)
        };
        let options = |options: &[&str]| options.iter().map(|&o| o.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            on("/home/ops"),
            ("xfs".to_owned(), options(&["rw", "nodev"]))
        );
        assert_eq!(
            on("/homes"),
            ("ext4".to_owned(), options(&["rw", "relatime"]))
        );
        assert_eq!(
            on("/mnt/my disk/a"),
            ("btrfs".to_owned(), options(&["rw", "noexec"]))
        );
        assert_eq!(of_path("", Path::new("/")), None);
    }
}
