//! What goes wrong between us and systemd or logind, in plain words and with a hint.
//!
//! A job that fails is not an error of the bus: it is a [`JobFailed`] and is only carried here.

use crate::job::{JobFailed, TimedOut};
use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;
use zbus::DBusError;

use crate::edge::cancel::Cancelled;
use crate::edge::systemd::error_messages::{explanation, refusal_hint, short};
use crate::edge::systemd::limits::RELOAD_TIMEOUT;

/// The result of this edge.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of this edge.
#[derive(Debug)]
pub enum Error {
    /// The user has no session bus.
    NoBus {
        /// The socket that was looked for.
        socket: PathBuf,
        /// What is wrong with it.
        why: NoBus,
    },
    /// The other side answered with an error.
    Refused {
        /// What was being done.
        doing: String,
        /// The unit it was done to, if it was one.
        unit: Option<String>,
        /// The D-Bus error name; empty when the answer could not be understood.
        name: String,
        /// The text that came with it.
        message: String,
    },
    /// The other side did not answer a call in time.
    NoAnswer {
        /// What was being done.
        doing: String,
        /// How long was waited.
        waited: Duration,
    },
    /// The connection broke.
    Lost {
        /// What was being done.
        doing: String,
    },
    /// A job did not do what it should.
    Failed(Box<JobFailed>),
    /// The overall deadline of a wait passed.
    TimedOut(Box<TimedOut>),
    /// Lingering could not be enabled.
    Linger {
        /// The user.
        uid: u32,
        /// Why not.
        why: String,
    },
    /// The user interrupted it before anything was asked of systemd that continues.
    Interrupted,
}

/// Why there is no user bus to talk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoBus {
    /// The runtime directory does not exist: nobody is logged in.
    NoSession,
    /// The directory is there, the socket is not.
    NoSocket,
    /// Something else has its name.
    NotASocket,
    /// The socket belongs to another user, as it does under su and sudo.
    NotOurs {
        /// The owner.
        owner: u32,
    },
    /// Connecting failed.
    Unreachable(String),
}

impl Error {
    /// Returns what the user can do about it, if there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NoBus { why, .. } => Some(why.hint().to_owned()),
            Error::Refused { name, unit, .. } => {
                refusal_hint(short(name), unit.as_deref().unwrap_or_default())
            }
            Error::Failed(failed) => Some(failed.hint()),
            Error::TimedOut(timed_out) => Some(timed_out.hint()),
            Error::Linger { uid, .. } => Some(format!("sudo loginctl enable-linger {uid}")),
            Error::NoAnswer { .. } | Error::Lost { .. } => {
                Some("systemctl --user is-system-running".to_owned())
            }
            Error::Interrupted => None,
        }
    }

    /// Returns whether the answer was the D-Bus error of this name, given without its prefix.
    pub(crate) fn is_refusal(&self, error: &str) -> bool {
        matches!(self, Error::Refused { name, .. } if short(name) == error)
    }

    /// Says in our terms what zbus reports.
    pub(crate) fn from_zbus(error: zbus::Error, doing: &str, unit: Option<&str>) -> Error {
        let refused = |name: &str, message: String| Error::Refused {
            doing: doing.to_owned(),
            unit: unit.map(str::to_owned),
            name: name.to_owned(),
            message,
        };
        let lost = || Error::Lost {
            doing: doing.to_owned(),
        };
        match error {
            zbus::Error::MethodError(name, text, _) => {
                refused(name.as_str(), text.unwrap_or_default())
            }
            zbus::Error::FDO(error) => match *error {
                zbus::fdo::Error::ZBus(error) => Error::from_zbus(error, doing, unit),
                zbus::fdo::Error::Disconnected(_) => lost(),
                error => refused(
                    error.name().as_str(),
                    error.description().unwrap_or_default().to_owned(),
                ),
            },
            // zbus reports its own time limit in this way.
            zbus::Error::InputOutput(error) if error.kind() == ErrorKind::TimedOut => {
                Error::NoAnswer {
                    doing: doing.to_owned(),
                    waited: RELOAD_TIMEOUT,
                }
            }
            zbus::Error::InputOutput(error) if error.kind() != ErrorKind::InvalidData => lost(),
            error => refused("", error.to_string()),
        }
    }
}

impl From<JobFailed> for Error {
    fn from(failed: JobFailed) -> Error {
        Error::Failed(Box::new(failed))
    }
}

impl From<TimedOut> for Error {
    fn from(timed_out: TimedOut) -> Error {
        Error::TimedOut(Box::new(timed_out))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoBus { socket, why } => {
                write!(f, "connecting to `{}`: {why}", socket.display())
            }
            Error::Refused {
                doing,
                name,
                message,
                ..
            } => match (explanation(short(name)), message.as_str()) {
                (Some(text), "") => write!(f, "{doing}: {text}"),
                (Some(text), message) => write!(f, "{doing}: {text} ({message})"),
                (None, "") => write!(f, "{doing}: `{name}`"),
                (None, message) if name.is_empty() => write!(f, "{doing}: {message}"),
                (None, message) => write!(f, "{doing}: {message} (`{name}`)"),
            },
            Error::NoAnswer { doing, waited } => write!(f, "{doing}: no answer in {waited:?}"),
            Error::Lost { doing } => write!(
                f,
                "{doing}: the connection to the bus was lost, as at the end of a login session"
            ),
            Error::Failed(failed) => failed.fmt(f),
            Error::TimedOut(timed_out) => timed_out.fmt(f),
            Error::Linger { uid, why } => write!(f, "enabling lingering of user {uid}: {why}"),
            // Why, says the source.
            Error::Interrupted => f.write_str("waiting for systemd"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Interrupted => Some(&Cancelled),
            _ => None,
        }
    }
}

impl NoBus {
    fn hint(&self) -> &'static str {
        match self {
            NoBus::NoSession | NoBus::NotOurs { .. } => {
                "su and sudo open no user session: log in through ssh or \
                 `machinectl shell USER@.host`"
            }
            NoBus::NoSocket => "sudo apt install dbus-user-session, then log in again",
            NoBus::NotASocket | NoBus::Unreachable(_) => "systemctl --user status dbus.socket",
        }
    }
}

impl fmt::Display for NoBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoBus::NoSession => f.write_str("this user has no systemd session"),
            NoBus::NoSocket => f.write_str("the session has no user bus"),
            NoBus::NotASocket => f.write_str("it is not a socket"),
            NoBus::NotOurs { owner } => write!(f, "it belongs to user {owner}, not to this one"),
            NoBus::Unreachable(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, message: &str) -> Error {
        Error::Refused {
            doing: "starting `a.service`".to_owned(),
            unit: Some("a.service".to_owned()),
            name: name.to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn known_error_names_become_a_message_and_a_hint() {
        let masked = refused(
            "org.freedesktop.systemd1.UnitMasked",
            "Unit a.service is masked.",
        );
        assert_eq!(
            masked.to_string(),
            "starting `a.service`: the unit is masked (Unit a.service is masked.)"
        );
        assert_eq!(
            masked.hint().as_deref(),
            Some("systemctl --user unmask a.service")
        );
    }

    #[test]
    fn an_unknown_error_name_is_printed_as_it_is() {
        assert_eq!(
            refused("org.freedesktop.systemd1.Odd", "Odd thing.").to_string(),
            "starting `a.service`: Odd thing. (`org.freedesktop.systemd1.Odd`)"
        );
    }

    #[test]
    fn a_bus_without_a_session_is_explained_without_an_error_name() {
        let error = Error::NoBus {
            socket: PathBuf::from("/run/user/1000/bus"),
            why: NoBus::NoSession,
        };
        assert_eq!(
            error.to_string(),
            "connecting to `/run/user/1000/bus`: this user has no systemd session"
        );
    }
}
