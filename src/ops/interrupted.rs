//! What is reported when the user interrupts: what continues, and what was not started.

use std::fmt;

use anyhow::Error;

use crate::edge::cancel::Cancelled;

/// What the user interrupted, and the current state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    message: String,
    hint: Option<String>,
}

impl Interrupted {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    /// Adds the command that continues.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// Returns the command that continues.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        self.hint.iter().cloned().collect()
    }

    /// Takes the place of an error that says no more than that the user interrupted it; any other stays.
    pub(crate) fn instead_of(self, error: Error) -> Error {
        if is_interrupted(&error) && !error.is::<Self>() {
            return self.into();
        }
        error
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "interrupted; {}", self.message)
    }
}

impl std::error::Error for Interrupted {}

/// Returns whether an error is that the user interrupted it.
#[must_use]
pub fn is_interrupted(error: &Error) -> bool {
    error
        .chain()
        .any(|cause| cause.is::<Cancelled>() || cause.is::<Interrupted>())
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;
    use crate::edge::systemd;

    #[test]
    fn an_interrupted_wait_is_reported_once_and_most_specifically() {
        let said = |error: Error| {
            let error = Interrupted::new("nothing is done").instead_of(error);
            (is_interrupted(&error), format!("{error:#}"))
        };
        let nothing = (true, "interrupted; nothing is done".to_owned());
        assert_eq!(said(Cancelled.into()), nothing);
        let asking = Error::from(systemd::Error::Interrupted).context("checking the units");
        assert_eq!(said(asking), nothing);
        let known = (true, "interrupted; `dev` is partly removed".to_owned());
        assert_eq!(
            said(Interrupted::new("`dev` is partly removed").into()),
            known
        );
        let other = (false, "no space".to_owned());
        assert_eq!(said(anyhow!("no space")), other);
    }
}
