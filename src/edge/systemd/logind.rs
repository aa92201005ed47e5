//! Lingering through logind on the system bus: whether a user's units start at boot.
//!
//! It is never switched off here: something else of the user's may rely on it.

use std::time::Duration;
use zbus::Connection;
use zbus::proxy::CacheProperties;

use crate::edge::systemd::call::{call, call_within};
use crate::edge::systemd::error::{Error, Result};
use crate::edge::systemd::proxies::{LoginManagerProxy, LoginUserProxy};

/// Somebody may have to find and type a password.
const PASSWORD_TIMEOUT: Duration = Duration::from_mins(2);

/// A connection to logind.
#[derive(Debug, Clone)]
pub struct Logind {
    connection: Connection,
}

impl Logind {
    /// Connects to the system bus.
    ///
    /// # Errors
    ///
    /// When there is no system bus, as in most containers.
    pub(crate) async fn connect() -> Result<Logind> {
        let connected = Connection::system();
        let connection = call("connecting to the system bus", connected).await?;
        Ok(Logind::new(connection))
    }

    /// Uses a connection that is already there.
    #[must_use]
    pub fn new(connection: Connection) -> Logind {
        Logind { connection }
    }

    /// Returns whether the user lingers. A user that logind does not know does not.
    ///
    /// # Errors
    ///
    /// When logind does not answer.
    pub async fn linger(&self, uid: u32) -> Result<bool> {
        let path = match self.user(uid).await {
            Err(error) if error.is_refusal("NoSuchUser") => return Ok(false),
            path => path?,
        };
        let read = async {
            let user = LoginUserProxy::builder(&self.connection)
                .path(path)
                .cache_properties(CacheProperties::No)
                .build()
                .await?;
            user.linger().await
        };
        call(&doing(uid), read).await
    }

    /// Lets the user's units start at boot and live on after the last logout.
    ///
    /// # Errors
    ///
    /// [`Error::Linger`], whose hint is the command that an administrator runs instead.
    pub async fn enable_linger(&self, uid: u32) -> Result<()> {
        let reply = async { self.manager().await?.set_user_linger(uid, true, true).await };
        let called = call_within(PASSWORD_TIMEOUT, "asking logind", reply).await;
        called.map_err(|error| Error::Linger {
            uid,
            why: error.to_string(),
        })
    }

    async fn user(&self, uid: u32) -> Result<zbus::OwnedObjectPath> {
        let reply = async { self.manager().await?.get_user(uid).await };
        call(&doing(uid), reply).await
    }

    async fn manager(&self) -> zbus::Result<LoginManagerProxy<'static>> {
        LoginManagerProxy::builder(&self.connection)
            .cache_properties(CacheProperties::No)
            .build()
            .await
    }
}

fn doing(uid: u32) -> String {
    format!("asking logind whether user {uid} lingers")
}
