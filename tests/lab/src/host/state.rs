//! The state of a host in its directory: its configuration, and the processes of its last boot.
//!
//! It reads and writes these two files, and decides nothing.

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::fs;
use crate::host::{Host, HostConfig};
use crate::machine::Running;

/// The file of the configuration: with it a host's directory is complete.
pub(super) const CONFIG: &str = "host.json";

/// The file of the last boot's processes.
const STATE: &str = "state.json";

impl Host {
    /// Returns the processes of this boot, if it is running.
    pub(super) fn running(&self) -> Option<Running> {
        self.last_boot().filter(Running::is_alive)
    }

    /// Returns the processes of the last boot, alive or not.
    pub(super) fn last_boot(&self) -> Option<Running> {
        let text = fs::read_if_present(&self.directory().join(STATE)).ok()??;
        serde_json::from_str(&text).ok()
    }

    /// Notes the processes of a boot.
    pub(super) fn set_last_boot(&self, running: &Running) -> Result<()> {
        self.write_json(STATE, running)
    }

    /// Returns what it was made from.
    ///
    /// # Errors
    /// When there is no such host.
    pub fn config(&self) -> Result<HostConfig> {
        let doing = || format!("reading what host `{}` was made from", self.name());
        let text = fs::read_if_present(&self.directory().join(CONFIG))?.with_context(|| {
            format!(
                "there is no host `{0}`: `cargo lab up {0}` makes it",
                self.name()
            )
        })?;
        let config: HostConfig = serde_json::from_str(&text).with_context(doing)?;
        Ok(HostConfig {
            name: self.name().to_owned(),
            ..config
        })
    }

    /// Notes what it is made from.
    pub(super) fn set_config(&self, config: &HostConfig) -> Result<()> {
        self.write_json(CONFIG, config)
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        fs::write(&self.directory().join(name), &(text + "\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Cache;
    use crate::host::Kind;
    use crate::process::Process;
    use crate::release::Release;

    #[test]
    fn a_configuration_without_a_release_is_of_trixie() {
        let text = r#"{"kind": "nspawn", "root": "/cache/host-root-1", "shares": [["/cache/binaries-1", "/b"]]}"#;
        let config: HostConfig = serde_json::from_str(text).unwrap();
        let expected = HostConfig {
            name: String::new(),
            kind: Kind::Nspawn,
            release: Release::Trixie,
            root: "/cache/host-root-1".into(),
            store: None,
            shares: vec![("/cache/binaries-1".into(), "/b".to_owned())],
        };
        assert_eq!(config, expected);
    }

    #[test]
    fn a_host_has_its_configuration_and_its_last_boot_in_files() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path().to_path_buf()).unwrap();
        let host = Host::named(&cache, "dev").unwrap();
        fs::create_dir(host.directory()).unwrap();
        let config = HostConfig {
            name: "dev".to_owned(),
            kind: Kind::Uml,
            release: Release::Sid,
            root: "/cache/host-root-1".into(),
            store: Some("/cache/node-image-1".into()),
            shares: Vec::new(),
        };
        host.set_config(&config).unwrap();
        assert_eq!(host.config().unwrap(), config);
        let own = Process::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        let running = Running {
            supervisor: own,
            leader: own,
            cgroup: "/sys/fs/cgroup/a".into(),
        };
        host.set_last_boot(&running).unwrap();
        assert_eq!(host.last_boot(), Some(running));
    }
}
