//! What the environment and the user's directories say: read once, here.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use directories::BaseDirs;

use crate::cluster::DataDir;
use crate::generator::Generator;
use crate::host::{self, Host};
use crate::ops::Context;
use crate::podman::Podman;
use crate::unit_dir::UnitDir;

/// Returns the places and edges that the use cases work with.
///
/// # Errors
/// When the user has no home directory.
pub(crate) fn context() -> Result<Context> {
    let base = BaseDirs::new().context("looking for the home directory")?;
    let config_dir = base.config_dir().to_owned();
    Ok(Context {
        unit_dir: UnitDir::new(config_dir.join("containers/systemd")),
        podman: Podman::default(),
        generator: Generator::default(),
        manager: None,
        logind: None,
        host: Host::new(PathBuf::from("/")),
        runtime_dir: runtime_dir(),
        kubeconfig: kubeconfig().unwrap_or_else(|| base.home_dir().join(".kube/config")),
        config_dir,
        data_dir: data_dir()?,
    })
}

/// Returns where this shell would have the data of clusters, for files that are only rendered.
///
/// # Errors
/// When the user has no home directory.
pub(crate) fn data_dir() -> Result<DataDir> {
    let base = BaseDirs::new().context("looking for the home directory")?;
    Ok(DataDir::new(
        base.data_local_dir().join("kinc").to_string_lossy(),
    ))
}

/// Returns where kinc keeps what it can make again, such as built programs.
///
/// # Errors
/// When the user has no home directory.
pub(crate) fn cache_dir() -> Result<PathBuf> {
    let base = BaseDirs::new().context("looking for the home directory")?;
    Ok(base.cache_dir().join("kinc"))
}

/// Under sudo and su the variable is missing, or another user's; systemd's own path is certain.
fn runtime_dir() -> PathBuf {
    let own = PathBuf::from(format!("/run/user/{}", host::user_id()));
    env::var_os("XDG_RUNTIME_DIR").map_or(own, PathBuf::from)
}

/// The first file of `KUBECONFIG` is the one that kubectl writes to.
fn kubeconfig() -> Option<PathBuf> {
    let list = env::var_os("KUBECONFIG")?;
    env::split_paths(&list).find(|path| !path.as_os_str().is_empty())
}
