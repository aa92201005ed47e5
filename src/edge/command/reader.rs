//! Whether somebody still reads what is written.

use std::future::pending;
use std::os::fd::{AsFd, AsRawFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Ends when nobody reads a pipe, a socket or a terminal any more, also while nothing is written to it; never
/// for a file.
#[expect(
    deprecated,
    reason = "the other constructors are unsafe; this stream is ours, so its descriptor stays open"
)]
pub(super) async fn gone(stream: impl AsFd + AsRawFd) {
    let Ok(stream) = AsyncFd::with_interest(stream, Interest::ERROR) else {
        return pending().await;
    };
    if stream.ready(Interest::ERROR).await.is_err() {
        pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_reader_that_goes_is_noticed_and_a_file_has_none() {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut waited = Box::pin(gone(writer));
        let early = timeout(Duration::from_millis(20), &mut waited).await;
        assert!(early.is_err(), "the reader was still there");
        drop(reader);
        waited.await;
        let file = tempfile::tempfile().unwrap();
        let waited = timeout(Duration::from_millis(20), gone(file)).await;
        assert!(waited.is_err());
    }
}
