//! What a unit asserts of the host before it starts, in words for when it is not so.

use std::fmt;

/// What a unit asserts of the host before it starts (systemd.unit(5)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// `AssertPathExists` and the like.
    pub kind: String,
    /// Whether the opposite is asserted.
    pub is_negated: bool,
    /// What it is about, such as a path.
    pub parameter: String,
}

impl fmt::Display for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameter = &self.parameter;
        match (self.kind.as_str(), self.is_negated) {
            ("AssertPathExists" | "AssertPathIsDirectory", false) => {
                write!(f, "`{parameter}` is missing")
            }
            ("AssertDirectoryNotEmpty" | "AssertFileNotEmpty", false) => {
                write!(f, "`{parameter}` is missing or empty")
            }
            (kind, is_negated) => {
                let not = if is_negated { "!" } else { "" };
                write!(f, "`{kind}={not}{parameter}` does not hold")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assertion_that_failed_says_what_is_missing_or_does_not_hold() {
        let cases = [
            ("AssertPathExists", false, "`/data` is missing"),
            ("AssertPathIsDirectory", false, "`/data` is missing"),
            (
                "AssertDirectoryNotEmpty",
                false,
                "`/data` is missing or empty",
            ),
            (
                "AssertPathExists",
                true,
                "`AssertPathExists=!/data` does not hold",
            ),
            (
                "AssertPathIsMountPoint",
                false,
                "`AssertPathIsMountPoint=/data` does not hold",
            ),
        ];
        for (kind, is_negated, words) in cases {
            let assertion = Assertion {
                kind: kind.to_owned(),
                is_negated,
                parameter: "/data".to_owned(),
            };
            assert_eq!(assertion.to_string(), words);
        }
    }
}
