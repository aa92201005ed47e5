//! Runs shards of tests in parallel, each in its own process with its own log.
//!
//! It returns how each ended; the caller prints it.

use std::iter::Sum;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::cache::Cache;
use crate::release::Release;
use crate::suite::shard::Shard;
use crate::{command, fs, paths};

/// A test program, and how it is started.
#[derive(Debug)]
pub(super) struct Runner<'run> {
    /// The program.
    pub(super) program: &'run Path,
    /// The Debian of the hosts.
    pub(super) release: Release,
    /// How many shards run in parallel.
    pub(super) workers: usize,
    /// Where the logs go.
    pub(super) cache: &'run Cache,
}

/// How many tests ended how: what the test runner says in its last line.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Count {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) ignored: usize,
}

/// How the tests of a shard ended.
#[derive(Debug)]
pub(super) struct Outcome<'run> {
    /// What the shard is called.
    pub(super) name: &'run str,
    /// Whether each test passed.
    pub(super) passed: bool,
    /// How long it took.
    pub(super) took: Duration,
    /// The file of all that it said.
    pub(super) log: PathBuf,
    /// What is in that file.
    pub(super) text: String,
    /// How many of its tests ended how.
    pub(super) count: Count,
}

impl Runner<'_> {
    /// Runs all shards, also when one fails, calls `ended` for each at once, and returns how all of them ended.
    ///
    /// # Errors
    /// When the program cannot be started, or a log cannot be written.
    pub(super) fn run<'run>(
        &self,
        shards: &'run [Shard],
        ended: impl Fn(&Outcome<'_>) + Sync,
    ) -> Result<Vec<Outcome<'run>>> {
        let next = AtomicUsize::new(0);
        let slots = Slots::new(self.workers);
        let work = || -> Result<Vec<Outcome<'run>>> {
            let mut outcomes = Vec::new();
            while let Some(shard) = shards.get(next.fetch_add(1, Ordering::Relaxed)) {
                let slots = slots.take(shard.slots);
                let outcome = self.run_shard(shard)?;
                drop(slots);
                ended(&outcome);
                outcomes.push(outcome);
            }
            Ok(outcomes)
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..self.workers).map(|_| scope.spawn(work)).collect();
            let mut all = Vec::new();
            for worker in workers {
                let ended = worker.join();
                all.extend(ended.unwrap_or_else(|panic| resume_unwind(panic))?);
            }
            Ok(all)
        })
    }

    /// Runs the tests of one shard where a person can look on, and returns whether they passed.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub(super) fn show(&self, shard: &Shard) -> Result<bool> {
        command::pass_through(&mut self.command(shard))
    }

    fn command(&self, shard: &Shard) -> Command {
        let mut program = command::program(&self.program.to_string_lossy());
        program.env(paths::RELEASE_VARIABLE, self.release.name());
        // The user has agreed before the first shard.
        program.env(paths::YES_VARIABLE, "1");
        program.args(["--test-threads=1", "--exact"]);
        program.args(&shard.tests);
        program
    }

    fn run_shard<'run>(&self, shard: &'run Shard) -> Result<Outcome<'run>> {
        let started = Instant::now();
        let log = format!("tests-{}/{}", self.release.name(), shard.name);
        let log = self.cache.log(&log);
        let succeeded = command::run_into(&mut self.command(shard), &log)?;
        let text = fs::read_lossy(&log)?;
        let mut count = counted(&text).unwrap_or_default();
        if !succeeded && count.failed == 0 {
            // It ended badly before it could count, or after.
            count = Count {
                failed: shard.tests.len(),
                ..Count::default()
            };
        }
        Ok(Outcome {
            name: &shard.name,
            passed: count.passed == shard.tests.len(),
            took: started.elapsed(),
            log,
            text,
            count,
        })
    }
}

/// What the shards that run share: as many slots as run in parallel, of which each takes its own.
#[derive(Debug)]
struct Slots {
    all: usize,
    free: Mutex<usize>,
    freed: Condvar,
}

/// The slots of a shard, until it is dropped.
#[derive(Debug)]
struct Taken<'slots> {
    slots: &'slots Slots,
    count: usize,
}

impl Slots {
    fn new(all: usize) -> Self {
        Self {
            all,
            free: Mutex::new(all),
            freed: Condvar::new(),
        }
    }

    /// Waits until so many are free, or all if there are fewer.
    fn take(&self, count: usize) -> Taken<'_> {
        let count = count.min(self.all);
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.freed.wait_while(free, |free| *free < count);
        *free.unwrap_or_else(PoisonError::into_inner) -= count;
        Taken { slots: self, count }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let free = self.slots.free.lock();
        *free.unwrap_or_else(PoisonError::into_inner) += self.count;
        self.slots.freed.notify_all();
    }
}

impl Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, one| Self {
            passed: sum.passed + one.passed,
            failed: sum.failed + one.failed,
            ignored: sum.ignored + one.ignored,
        })
    }
}

impl Count {
    /// Returns the last line of a run, in the words of the test runner.
    pub(super) fn summary(self, took: Duration) -> String {
        let Self {
            passed,
            failed,
            ignored,
        } = self;
        let result = if failed == 0 { "ok" } else { "FAILED" };
        format!(
            "test result: {result}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; \
             0 filtered out; finished in {:.2}s",
            took.as_secs_f64()
        )
    }
}

/// Returns what the last line of a test program counts.
fn counted(text: &str) -> Option<Count> {
    let summary = text
        .lines()
        .rfind(|line| line.starts_with("test result: "))?;
    let number = |word: &str| {
        let before = summary.split(word).next()?;
        before.trim_end().rsplit(' ').next()?.parse().ok()
    };
    Some(Count {
        passed: number(" passed;")?,
        failed: number(" failed;")?,
        ignored: number(" ignored;")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how many tests passed, failed and were ignored in shards of two tests each.
    fn run(names: &[&str]) -> [usize; 3] {
        let directory = tempfile::tempdir().unwrap();
        let program = paths::source().join("tests/lab/src/suite/fake-tests");
        let runner = Runner {
            program: &program,
            release: Release::Trixie,
            workers: 2,
            cache: &Cache::at(directory.path().join("cache")).unwrap(),
        };
        let shards = names.iter().enumerate().map(|(number, name)| Shard {
            name: format!("{name}-{number}"),
            tests: vec![(*name).to_owned(), "other".to_owned()],
            slots: 1,
        });
        let shards: Vec<Shard> = shards.collect();
        let outcomes = runner.run(&shards, |_| ()).unwrap();
        let count: Count = outcomes.iter().map(|outcome| outcome.count).sum();
        [count.passed, count.failed, count.ignored]
    }

    #[test]
    fn tests_of_all_shards_are_counted_after_a_failure_too() {
        assert_eq!(run(&["good", "good", "good"]), [6, 0, 0]);
        assert_eq!(run(&["bad", "good"]), [3, 1, 0]);
        assert_eq!(run(&["good", "ignored"]), [3, 0, 1]);
        assert_eq!(run(&["killed", "good", "good"]), [4, 2, 0]);
        assert_eq!(run(&["good", "good but late"]), [2, 2, 0]);
    }

    #[test]
    fn the_sum_is_reported_like_the_test_runner_does() {
        let line = "test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 426.21s";
        let count = counted(&format!("running 7 tests\n\n{line}\n")).unwrap();
        assert_eq!(count.summary(Duration::from_millis(426_210)), line);
    }

    #[test]
    fn a_shard_takes_its_slots_or_all_that_there_are() {
        let slots = Slots::new(3);
        let two = slots.take(2);
        let one = slots.take(1);
        assert_eq!(*slots.free.lock().unwrap(), 0);
        drop((two, one));
        assert_eq!(*slots.free.lock().unwrap(), 3);
        assert_eq!(Slots::new(1).take(2).count, 1);
    }
}
