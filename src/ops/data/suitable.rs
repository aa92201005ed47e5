//! Whether a file system can hold the data of a cluster. Pure: facts in, a reason out.

use crate::edge::host::Mount;

/// File systems that cannot hold files of the subordinate ids of a user, or forget all at a reboot.
const TYPES: [(&str, &str); 10] = [
    (
        "nfs",
        "network file systems do not support files of subordinate IDs",
    ),
    (
        "cifs",
        "network file systems do not support files of subordinate IDs",
    ),
    (
        "smb",
        "network file systems do not support files of subordinate IDs",
    ),
    (
        "afs",
        "network file systems do not support files of subordinate IDs",
    ),
    (
        "9p",
        "network file systems do not support files of subordinate IDs",
    ),
    (
        "fuse",
        "FUSE file systems do not support files of subordinate IDs",
    ),
    ("vfat", "FAT file systems store no owners"),
    ("msdos", "FAT file systems store no owners"),
    ("exfat", "FAT file systems store no owners"),
    ("ntfs", "NTFS stores no owners of this system"),
];

/// Options of a mount that a user namespace cannot undo, and what of a node needs the opposite.
const OPTIONS: [(&str, &str); 4] = [
    ("noexec", "a node runs programs from it"),
    ("nodev", "a node needs devices in it"),
    ("nosuid", "a node needs set-user-ID programs in it"),
    ("ro", "it is read-only"),
];

/// Returns why a file system cannot hold the data of a cluster; `None` if it can.
pub(super) fn unsuitable(mount: &Mount) -> Option<String> {
    let (point, kind) = (mount.point.display(), &mount.fs_type);
    if matches!(kind.as_str(), "tmpfs" | "ramfs") {
        return Some(format!(
            "`{point}` is in memory ({kind}), and empty after a reboot"
        ));
    }
    if let Some((_, reason)) = TYPES.iter().find(|(name, _)| kind.starts_with(name)) {
        return Some(format!("`{point}` is of type {kind}, and {reason}"));
    }
    let has = |option: &&(&str, &str)| mount.options.iter().any(|found| found == option.0);
    let (option, reason) = OPTIONS.iter().find(has)?;
    Some(format!(
        "`{point}` is mounted with `{option}`, and {reason}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_needs_a_file_system_with_owners_exec_and_devices() {
        let reason = |fs_type: &str, options: &str| {
            unsuitable(&Mount {
                point: "/d".into(),
                fs_type: fs_type.to_owned(),
                options: options.split(',').map(str::to_owned).collect(),
            })
        };
        for fs_type in ["ext4", "xfs", "btrfs", "zfs", "overlay", "f2fs", "bcachefs"] {
            assert_eq!(reason(fs_type, "rw,relatime"), None, "{fs_type}");
        }
        let said = |fs_type, options| reason(fs_type, options).unwrap();
        assert_eq!(
            said("nfs4", "rw"),
            "`/d` is of type nfs4, and network file systems do not support files of subordinate IDs"
        );
        assert_eq!(
            said("fuse.sshfs", "rw"),
            "`/d` is of type fuse.sshfs, and FUSE file systems do not support files of subordinate IDs"
        );
        assert_eq!(
            said("vfat", "rw"),
            "`/d` is of type vfat, and FAT file systems store no owners"
        );
        assert_eq!(
            said("tmpfs", "rw"),
            "`/d` is in memory (tmpfs), and empty after a reboot"
        );
        assert_eq!(
            said("ext4", "rw,noexec"),
            "`/d` is mounted with `noexec`, and a node runs programs from it"
        );
        assert_eq!(
            said("ext4", "rw,nosuid,nodev"),
            "`/d` is mounted with `nodev`, and a node needs devices in it"
        );
    }
}
