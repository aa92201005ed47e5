//! One word that ends all waits: said once, and heard by futures and by threads that wait in poll(2).
//!
//! It handles no signal; the command line says the word.

use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use tokio::sync::watch;

/// Whether the user has broken off. All clones are one.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<Word>);

#[derive(Debug)]
struct Word {
    said: watch::Sender<bool>,
    /// Readable from the word on. A process that gets no such descriptor has none left, and starts no
    /// program that a thread could wait for.
    handle: Option<OwnedFd>,
}

impl Default for Word {
    fn default() -> Self {
        Self {
            said: watch::Sender::new(false),
            handle: eventfd(0, EventfdFlags::CLOEXEC).ok(),
        }
    }
}

/// The error of whatever was not begun or not waited for, since the user has broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Cancelled {}

/// What ended a wait in poll(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// What was waited for is there.
    Ready,
    /// The user has broken off.
    Cancelled,
    /// The time is over.
    OutOfTime,
}

impl Cancel {
    /// Ends all waits, those that begin later included.
    pub fn cancel(&self) {
        self.0.said.send_replace(true);
        if let Some(handle) = &self.0.handle {
            // It only fails when the counter is full, and then it is readable.
            let _ = rustix::io::write(handle, &1_u64.to_ne_bytes());
        }
    }

    /// Tells whether the user has broken off.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.said.borrow()
    }

    /// Fails when the user has broken off: for whoever is about to begin something.
    ///
    /// # Errors
    /// [`Cancelled`], then.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            return Err(Cancelled);
        }
        Ok(())
    }

    /// Ends when the user breaks off.
    pub async fn cancelled(&self) {
        // The sender is ours, so it is there.
        let _ = self.0.said.subscribe().wait_for(|said| *said).await;
    }

    /// Does some work until its end, or until the user breaks off. When he has already, it is not begun.
    ///
    /// # Errors
    /// [`Cancelled`] when there is no outcome for that.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, Cancelled> {
        tokio::select! {
            biased;
            () = self.cancelled() => Err(Cancelled),
            outcome = work => Ok(outcome),
        }
    }

    /// Has this thread wait until a descriptor can be read, or the user breaks off, or the time is over.
    ///
    /// # Errors
    /// When poll(2) fails.
    pub fn wait_for(&self, fd: BorrowedFd<'_>, limit: Option<Duration>) -> io::Result<Woken> {
        let deadline = limit.map(|limit| Instant::now() + limit);
        loop {
            let mut handles = vec![PollFd::from_borrowed_fd(fd, PollFlags::IN)];
            let word = self.0.handle.as_ref().map(|handle| handle.as_fd());
            handles.extend(word.map(|word| PollFd::from_borrowed_fd(word, PollFlags::IN)));
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let left = left.map(Timespec::try_from).transpose();
            match poll(&mut handles, left.map_err(io::Error::other)?.as_ref()) {
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(0) => return Ok(Woken::OutOfTime),
                // What is there already is not broken off.
                Ok(_) if !handles[0].revents().is_empty() => return Ok(Woken::Ready),
                Ok(_) => return Ok(Woken::Cancelled),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::io::Write as _;

    use super::*;

    const LONG: Option<Duration> = Some(Duration::from_mins(1));

    #[tokio::test]
    async fn work_that_continues_is_broken_off_and_none_is_begun_after_that() {
        let cancel = Cancel::default();
        assert_eq!(cancel.or(ready(1)).await, Ok(1));
        let other = cancel.clone();
        let (broken_off, ()) = tokio::join!(cancel.or(pending::<()>()), async { other.cancel() });
        assert_eq!(broken_off, Err(Cancelled));
        assert_eq!(cancel.or(ready(1)).await, Err(Cancelled));
        assert_eq!(cancel.check(), Err(Cancelled));
    }

    #[test]
    fn a_thread_is_woken_by_what_it_waits_for_by_its_limit_and_by_the_word() {
        let cancel = Cancel::default();
        let (reader, mut writer) = io::pipe().unwrap();
        let wait = |limit| cancel.wait_for(reader.as_fd(), limit).unwrap();
        assert_eq!(wait(Some(Duration::from_millis(1))), Woken::OutOfTime);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| wait(LONG));
            cancel.cancel();
            assert_eq!(waits.join().unwrap(), Woken::Cancelled);
        });
        assert_eq!(wait(None), Woken::Cancelled);
        writer.write_all(b"y\n").unwrap();
        assert_eq!(wait(None), Woken::Ready);
    }
}
