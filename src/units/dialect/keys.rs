//! The table: every Quadlet key that our templates use, since which Podman, and what it was before.
//!
//! First versions are those of the generators' own tables; `tests/quadlet.rs` asks the generators
//! that are at hand.

use crate::units::dialect::PodmanVersion;

/// A key of a Quadlet file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The group it stands in, such as `Container`.
    pub group: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The first Podman whose generator heeds it.
    pub since: PodmanVersion,
    /// What stands in for it before; `None` if every supported Podman has the key.
    pub fallback: Option<Fallback>,
}

/// What stands in for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// This option of podman, with the key's value.
    PodmanArgs(&'static str),
    /// Nothing, since there is nothing to say or no way to say it; docs/podman.md has what follows.
    LeftOut,
}

/// Every key, by group and name.
pub const KEYS: &[Key] = &[
    key("Container", "AddCapability", 4, 4),
    key("Container", "AddDevice", 4, 4),
    key("Container", "AddHost", 5, 3).or(Fallback::PodmanArgs("--add-host")),
    key("Container", "ContainerName", 4, 4),
    key("Container", "DNSSearch", 4, 7),
    key("Container", "DropCapability", 4, 4),
    key("Container", "Entrypoint", 5, 0).or(Fallback::PodmanArgs("--entrypoint")),
    key("Container", "Environment", 4, 4),
    key("Container", "Exec", 4, 4),
    key("Container", "HostName", 4, 6),
    key("Container", "IP", 4, 5),
    key("Container", "Image", 4, 4),
    key("Container", "Label", 4, 4),
    key("Container", "Network", 4, 4),
    key("Container", "NoNewPrivileges", 4, 4),
    key("Container", "Notify", 4, 4),
    key("Container", "PidsLimit", 4, 7),
    key("Container", "PublishPort", 4, 4),
    key("Container", "Pull", 4, 6),
    key("Container", "ReadOnly", 4, 4),
    key("Container", "ReadOnlyTmpfs", 4, 8),
    key("Container", "SeccompProfile", 4, 4),
    key("Container", "SecurityLabelDisable", 4, 5),
    key("Container", "StopSignal", 5, 2).or(Fallback::PodmanArgs("--stop-signal")),
    key("Container", "StopTimeout", 5, 0).or(Fallback::PodmanArgs("--stop-timeout")),
    key("Container", "Sysctl", 4, 6),
    key("Container", "Tmpfs", 4, 5),
    key("Container", "Unmask", 4, 6),
    key("Container", "UserNS", 4, 5),
    key("Container", "Volume", 4, 4),
    key("Network", "Gateway", 4, 4),
    key("Network", "Label", 4, 4),
    key("Network", "NetworkName", 4, 7),
    key("Network", "Options", 4, 4),
    key("Network", "Subnet", 4, 4),
    // Before, the generator makes no unit wait for a network that it could wait for.
    key("Quadlet", "DefaultDependencies", 5, 3).or(Fallback::LeftOut),
    // No key of Quadlet's, but one that the generator replaces by its own before.
    key("Service", "RemainAfterExit", 5, 3).or(Fallback::LeftOut),
    key("Volume", "Label", 4, 4),
    key("Volume", "VolumeName", 4, 7),
];

const fn key(group: &'static str, name: &'static str, major: u16, minor: u16) -> Key {
    Key {
        group,
        name,
        since: PodmanVersion::new(major, minor),
        fallback: None,
    }
}

impl Key {
    const fn or(mut self, fallback: Fallback) -> Self {
        self.fallback = Some(fallback);
        self
    }
}
