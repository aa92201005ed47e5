//! What a host's directory tells of it: its configuration, and the processes of its last boot.
//!
//! It reads and writes these two files, and decides nothing.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::fs;
use crate::host::{Host, HostConfig, Kind};
use crate::machine::Running;
use crate::process::Process;
use crate::release::Release;

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
        running_from_json(&serde_json::from_str(&text).ok()?)
    }

    /// Notes the processes of a boot.
    pub(super) fn set_last_boot(&self, running: &Running) -> Result<()> {
        fs::write(
            &self.directory().join(STATE),
            &format!("{:#}\n", running_to_json(running)),
        )
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
        let value = serde_json::from_str(&text).with_context(doing)?;
        config_from_json(self.name(), &value).with_context(doing)
    }

    /// Notes what it is made from.
    pub(super) fn set_config(&self, config: &HostConfig) -> Result<()> {
        fs::write(
            &self.directory().join(CONFIG),
            &format!("{:#}\n", config_to_json(config)),
        )
    }
}

fn running_to_json(running: &Running) -> Value {
    json!({
        "supervisor": running.supervisor.to_json(),
        "leader": running.leader.to_json(),
        "cgroup": running.cgroup,
    })
}

fn running_from_json(value: &Value) -> Option<Running> {
    Some(Running {
        supervisor: Process::from_json(&value["supervisor"])?,
        leader: Process::from_json(&value["leader"])?,
        cgroup: value["cgroup"].as_str()?.into(),
    })
}

fn config_to_json(config: &HostConfig) -> Value {
    let HostConfig {
        name: _,
        kind,
        release,
        root,
        store,
        shares,
    } = config;
    json!({
        "kind": kind.name(),
        "release": release.name(),
        "root": root,
        "store": store,
        "shares": shares,
    })
}

fn config_from_json(name: &str, value: &Value) -> Option<HostConfig> {
    let kind = Kind::named(value["kind"].as_str()?)?;
    // A host that was made when there was only one release does not say so.
    let release = match &value["release"] {
        Value::Null => Release::Trixie,
        release => Release::named(release.as_str()?)?,
    };
    let shares = value["shares"].as_array()?.iter();
    let share = |pair: &Value| {
        Some((
            PathBuf::from(pair[0].as_str()?),
            pair[1].as_str()?.to_owned(),
        ))
    };
    Some(HostConfig {
        name: name.to_owned(),
        kind,
        release,
        root: value["root"].as_str()?.into(),
        store: value["store"].as_str().map(PathBuf::from),
        shares: shares.map(share).collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_survives_its_file() {
        let config = HostConfig {
            name: "dev".to_owned(),
            kind: Kind::Nspawn,
            release: Release::Sid,
            root: "/cache/host-root-1".into(),
            store: Some("/cache/node-image-1".into()),
            shares: vec![("/cache/binaries-1".into(), "/share/binaries".to_owned())],
        };
        assert_eq!(
            config_from_json("dev", &config_to_json(&config)),
            Some(config)
        );
    }

    #[test]
    fn a_configuration_without_a_release_is_of_trixie() {
        let value = json!({ "kind": "nspawn", "root": "/cache/host-root-1", "shares": [] });
        let config = config_from_json("dev", &value);
        assert_eq!(config.map(|config| config.release), Some(Release::Trixie));
    }
}
