//! One D-Bus call: a time limit, and an error that says what was being done.
//!
//! The only place where the result of zbus becomes a result of this edge.

use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

use crate::edge::systemd::error::{Error, Result};
use crate::edge::systemd::limits::CALL_TIMEOUT;

/// Waits for the answer to a call.
pub(crate) async fn call<T>(doing: &str, call: impl Future<Output = zbus::Result<T>>) -> Result<T> {
    call_within(CALL_TIMEOUT, doing, call).await
}

/// Waits for the answer to a call about a unit.
pub(crate) async fn call_unit<T>(
    gerund: &str,
    unit: &str,
    call: impl Future<Output = zbus::Result<T>>,
) -> Result<T> {
    limited(
        CALL_TIMEOUT,
        &format!("{gerund} `{unit}`"),
        Some(unit),
        call,
    )
    .await
}

/// Waits for the answer to a call that has its own time limit.
pub(crate) async fn call_within<T>(
    limit: Duration,
    doing: &str,
    call: impl Future<Output = zbus::Result<T>>,
) -> Result<T> {
    limited(limit, doing, None, call).await
}

async fn limited<T>(
    limit: Duration,
    doing: &str,
    unit: Option<&str>,
    call: impl Future<Output = zbus::Result<T>>,
) -> Result<T> {
    match timeout(limit, call).await {
        Ok(answer) => answer.map_err(|error| Error::from_zbus(error, doing, unit)),
        Err(_) => Err(Error::NoAnswer {
            doing: doing.to_owned(),
            waited: limit,
        }),
    }
}
