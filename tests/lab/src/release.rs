//! The releases of Debian that hosts are made from: which ones there are, and what only one needs.

use anyhow::{Result, anyhow};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::paths;

/// A release of Debian.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Release {
    /// Debian 13: the oldest whose Podman (5.4) has what kinc asks for; systemd 257.
    #[default]
    Trixie,
    /// Debian's unstable, made from what was newest that day; Podman 5.8 and systemd 262, or newer.
    Sid,
}

impl Release {
    /// Every release.
    pub const ALL: [Self; 2] = [Self::Trixie, Self::Sid];

    /// Returns its name: in Debian's archive, on the command line and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trixie => "trixie",
            Self::Sid => "sid",
        }
    }

    /// Returns the release that the tests of this process run on.
    ///
    /// # Errors
    /// When the environment names one that there is not.
    pub fn of_tests() -> Result<Self> {
        let Some(name) = paths::release() else {
            return Ok(Self::default());
        };
        let release = Self::from_str(&name, false);
        release.map_err(|_| {
            anyhow!(
                "`{}` is `{name}`: expected trixie or sid",
                paths::RELEASE_VARIABLE
            )
        })
    }

    /// Returns the settings that apt(8) needs to install it.
    pub(crate) fn apt_options(self) -> &'static [&'static str] {
        match self {
            Self::Trixie => &[],
            // Its lists are valid for a week, and a mirror or a snapshot may be older. The other
            // releases have no such date.
            Self::Sid => &["Acquire::Check-Valid-Until \"false\""],
        }
    }
}
