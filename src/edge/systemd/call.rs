//! One D-Bus call: a time limit, and an error that says what was being done.
//!
//! Every call is traced, with its time. The only place where the result of zbus becomes a result of this edge.

use std::future::Future;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tracing::debug;

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
    // On the heap: the futures of zbus are large, and each caller would carry them.
    let call = Box::pin(traced(doing, call));
    match timeout(limit, call).await {
        Ok(answer) => answer.map_err(|error| Error::from_zbus(error, doing, unit)),
        Err(_) => Err(Error::NoAnswer {
            doing: doing.to_owned(),
            waited: limit,
        }),
    }
}

/// Waits for the answer to a call, and traces what it was for, what came of it and how long it took.
pub(crate) async fn traced<T>(
    doing: &str,
    call: impl Future<Output = zbus::Result<T>>,
) -> zbus::Result<T> {
    let mut asked = TracedCall {
        doing,
        begun: Instant::now(),
        is_answered: false,
    };
    let answer = call.await;
    asked.is_answered = true;
    let took = asked.begun.elapsed();
    match &answer {
        Ok(_) => debug!("D-Bus: {doing}: {took:.1?}"),
        Err(error) => debug!("D-Bus: {doing}: {error}, {took:.1?}"),
    }
    answer
}

/// A call that was made. One that is no longer waited for is traced too: it may be what held all up.
struct TracedCall<'a> {
    doing: &'a str,
    begun: Instant,
    is_answered: bool,
}

impl Drop for TracedCall<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            let (doing, waited) = (self.doing, self.begun.elapsed());
            debug!("D-Bus: {doing}: no answer after {waited:.1?}");
        }
    }
}
