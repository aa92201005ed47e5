//! One word that ends all waits: said once, and heard by every future that waits.
//!
//! It handles no signal; the command line says the word.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;

/// Whether the user has interrupted. All clones are one.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<watch::Sender<bool>>);

/// The error of whatever was not begun or not waited for, since the user has interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Cancelled {}

impl Cancel {
    /// Ends all waits, those that begin later included.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Returns whether the user has interrupted.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Fails when the user has interrupted: for whoever is about to begin something.
    ///
    /// # Errors
    /// [`Cancelled`], then.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            return Err(Cancelled);
        }
        Ok(())
    }

    /// Ends when the user interrupts it.
    pub(crate) async fn cancelled(&self) {
        // The sender is ours, so it is there.
        let _ = self.0.subscribe().wait_for(|said| *said).await;
    }

    /// Does some work until its end, or until the user interrupts it. If that has already happened, it is not started.
    ///
    /// # Errors
    /// [`Cancelled`] when there is no outcome for that.
    pub(crate) async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, Cancelled> {
        tokio::select! {
            biased;
            () = self.cancelled() => Err(Cancelled),
            outcome = work => Ok(outcome),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn cancellation_interrupts_running_work_and_prevents_new_work() {
        let cancel = Cancel::default();
        assert_eq!(cancel.or(ready(1)).await, Ok(1));
        let other = cancel.clone();
        let (broken_off, ()) = tokio::join!(cancel.or(pending::<()>()), async { other.cancel() });
        assert_eq!(broken_off, Err(Cancelled));
        assert_eq!(cancel.or(ready(1)).await, Err(Cancelled));
        assert_eq!(cancel.check(), Err(Cancelled));
    }
}
