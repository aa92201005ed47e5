//! The version of a Podman, as far as Quadlet's keys depend on it: two numbers.

use std::fmt;
use std::str::FromStr;

/// Major and minor version of a Podman that kinc renders for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodmanVersion {
    major: u16,
    minor: u16,
}

/// Says why a text is not a version to render for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionError {
    /// It does not begin with two numbers.
    Unreadable(String),
    /// It is older than the oldest.
    TooOld(String),
}

impl PodmanVersion {
    /// The oldest whose Quadlet has all that a node cannot do without; Ubuntu 24.04 has it.
    pub const OLDEST: Self = Self::new(4, 9);

    /// The newest whose generator was asked; later ones have every key too, as none was ever removed.
    pub const NEWEST: Self = Self::new(6, 0);

    pub(crate) const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl FromStr for PodmanVersion {
    type Err = VersionError;

    /// Reads `5.4`, `5.4.2`, and what vendors and candidates append, such as `4.9.4-rhel`.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let unreadable = || VersionError::Unreadable(text.to_owned());
        let (release, _) = text.split_once(['-', '+', '~']).unwrap_or((text, ""));
        let parts = release.split('.').map(str::parse);
        let numbers: Result<Vec<u16>, _> = parts.collect();
        let version = match numbers.map_err(|_| unreadable())?[..] {
            [major, minor] | [major, minor, _] => Self::new(major, minor),
            _ => return Err(unreadable()),
        };
        if version < Self::OLDEST {
            return Err(VersionError::TooOld(text.to_owned()));
        }
        Ok(version)
    }
}

impl fmt::Display for PodmanVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(text) => write!(
                f,
                "`{}` is not a version of Podman, such as {}",
                text.escape_debug(),
                PodmanVersion::NEWEST
            ),
            Self::TooOld(text) => write!(
                f,
                "Podman {text} is too old: kinc needs {} or newer",
                PodmanVersion::OLDEST
            ),
        }
    }
}

impl std::error::Error for VersionError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_major_and_minor_versions_count() {
        let cases = [
            ("4.9", PodmanVersion::new(4, 9)),
            ("4.9.3", PodmanVersion::new(4, 9)),
            ("4.9.4-rhel", PodmanVersion::new(4, 9)),
            ("5.4.2+ds1-2", PodmanVersion::new(5, 4)),
            ("5.10.0", PodmanVersion::new(5, 10)),
            ("6.0.0-rc1", PodmanVersion::new(6, 0)),
            ("7.1-dev", PodmanVersion::new(7, 1)),
        ];
        for (text, version) in cases {
            assert_eq!(text.parse(), Ok(version), "{text}");
        }
    }

    #[test]
    fn versions_are_ordered_by_number_and_written_as_they_are_read() {
        let texts = ["4.9", "4.10", "5.0", "5.9", "5.10", "6.0"];
        let versions = texts.map(|text| text.parse::<PodmanVersion>().unwrap());
        assert!(versions.is_sorted());
        assert_eq!(versions.map(|version| version.to_string()), texts);
    }

    #[test]
    fn a_version_below_the_oldest_is_rejected() {
        for text in ["4.8.3", "4.4.1-rhel", "3.4"] {
            let error = text.parse::<PodmanVersion>().unwrap_err();
            let expected = format!("Podman {text} is too old: kinc needs 4.9 or newer");
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn an_invalid_version_is_quoted() {
        for text in ["", "5", "five", "v5.4", "5.4.2.1", "5.x", "-1.2", "5.99999"] {
            let error = text.parse::<PodmanVersion>().unwrap_err();
            let expected = format!("`{text}` is not a version of Podman, such as 6.0");
            assert_eq!(error.to_string(), expected);
        }
    }
}
