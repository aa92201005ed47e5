//! Follows one unit from before its job is queued until it is known how that ended.
//!
//! Decides nothing about retries: a failed job is reported once, and whether to continue watching
//! a unit that systemd restarts is the caller's choice.

use crate::job::{Event, JobFailed, JobResult, Outcome, TimedOut, UnitState, Verb};
use std::future::Future;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tracing::trace;
use zbus::OwnedObjectPath;

use crate::edge::systemd::Manager;
use crate::edge::systemd::call::traced;
use crate::edge::systemd::dependencies::failed_dependencies;
use crate::edge::systemd::error::{Error, Result};
use crate::edge::systemd::signals::{Signal, Signals};
use crate::edge::systemd::state::{self, Reading};

/// How long a wait that is over still tries to read what the unit is doing, for the message.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Runs the verb's job, if it has one, and follows the unit until `limit` or `cancel`. Broken off before
/// a job is asked for, it is [`Error::Interrupted`].
pub(crate) async fn follow(
    manager: &Manager,
    unit: &str,
    verb: Verb,
    limit: Duration,
    cancel: impl Future<Output = ()>,
    on_event: &mut dyn FnMut(&Event),
) -> Result<Outcome> {
    let mut seen = Seen {
        // There is no job to ask for: systemd continues in any case.
        is_asked: verb == Verb::Watch,
        ..Seen::default()
    };
    let follow = Follow {
        manager,
        unit,
        verb,
        seen: &mut seen,
        on_event,
    };
    // On the heap: the futures of zbus are large, and each caller would carry this one.
    let run = Box::pin(follow.run());
    tokio::select! {
        biased;
        ended = run => match ended {
            Err(Error::Interrupted) => return seen.interrupted(),
            ended => return ended,
        },
        () = cancel => return seen.interrupted(),
        () = sleep(limit) => {}
    }
    // The last event may be old, so the message is made from what is true now.
    let doing = match timeout(LAST_WORDS, Box::pin(manager.unit(unit))).await {
        Ok(Ok(state)) => state.describe(),
        _ => seen.last_words(),
    };
    Err(TimedOut {
        unit: unit.to_owned(),
        verb,
        waited: limit,
        doing,
    }
    .into())
}

/// What is known so far; it outlives the wait that fills it.
#[derive(Debug, Default)]
struct Seen {
    /// Whether systemd has something to do by now.
    is_asked: bool,
    job: Option<OwnedObjectPath>,
    /// The result of that job, once it was removed.
    result: Option<JobResult>,
    state: Option<Box<UnitState>>,
    status: String,
    manager: ManagerState,
}

/// Where the user manager is.
#[derive(Debug, Default, PartialEq, Eq)]
enum ManagerState {
    #[default]
    Here,
    Away,
    /// It is back from a re-execution and does not know yet that we listen.
    Back,
    /// It knows, but a signal of our job may have been lost meanwhile.
    Subscribed,
}

impl Seen {
    fn job_id(&self) -> Option<u32> {
        self.job.as_ref()?.as_str().rsplit('/').next()?.parse().ok()
    }

    fn interrupted(self) -> Result<Outcome> {
        if !self.is_asked {
            return Err(Error::Interrupted);
        }
        Ok(Outcome::Interrupted {
            job: self.job_id(),
            state: self.state,
        })
    }

    fn last_words(&self) -> String {
        match &self.state {
            _ if self.manager == ManagerState::Away => {
                "the systemd user manager is not on the bus".to_owned()
            }
            Some(state) => format!("systemd does not answer, last seen {}", state.describe()),
            None => "systemd does not answer".to_owned(),
        }
    }
}

struct Follow<'a> {
    manager: &'a Manager,
    unit: &'a str,
    verb: Verb,
    seen: &'a mut Seen,
    on_event: &'a mut dyn FnMut(&Event),
}

impl Follow<'_> {
    async fn run(mut self) -> Result<Outcome> {
        let path = self.manager.load(self.unit).await?;
        // The match rules come before the job: a short one is over before its reply is here.
        let open = Signals::open(&self.manager.connection, self.unit, &path);
        let doing = format!("listening to signals of `{}`", self.unit);
        let signals = traced(&doing, open).await;
        let mut signals = signals.map_err(|error| self.error(error))?;
        signals.during(self.manager.subscribe()).await?;
        if self.verb != Verb::Watch {
            // The status of the run before is not news.
            let before = signals.during(self.read(&path)).await;
            let before = before.map_err(|error| self.error(error))?;
            self.seen.status = before.state.status_text;
            self.seen.is_asked = true;
            let job = signals
                .during(self.manager.enqueue(self.verb, self.unit))
                .await?;
            self.seen.job = Some(job);
            if let Some(id) = self.seen.job_id() {
                (self.on_event)(&Event::Queued(id));
            }
        }
        self.follow_to_end(&path, &mut signals).await
    }

    async fn follow_to_end(
        &mut self,
        path: &OwnedObjectPath,
        signals: &mut Signals,
    ) -> Result<Outcome> {
        loop {
            self.drain(signals).await?;
            // Only a state that was read after the job was removed is the state it led to.
            let result = self.seen.result.clone();
            let reading = match signals.during(self.read(path)).await {
                Ok(reading) => reading,
                Err(_) if signals.has_owner_change() => continue,
                Err(error) => return Err(self.error(error)),
            };
            let mut is_quiet = true;
            while let Some(signal) = signals.take_before(reading.position) {
                self.note_signal(signal);
                is_quiet = false;
            }
            self.note_state(&reading.state);
            if let Some(result) = result {
                return signals.during(self.conclude(result, reading.state)).await;
            }
            if !is_quiet || !signals.is_empty() {
                continue;
            }
            if self.seen.job.is_none() && reading.state.is_settled() {
                return self.conclude_without_result(reading.state);
            }
            self.wait(signals).await?;
        }
    }

    async fn read(&self, path: &OwnedObjectPath) -> zbus::Result<Reading> {
        let reading = state::read(&self.manager.connection, path);
        traced(&format!("reading `{}`", self.unit), reading).await
    }

    /// Takes all that has arrived, and waits for more while there is no manager to ask.
    async fn drain(&mut self, signals: &mut Signals) -> Result<()> {
        loop {
            while let Some(signal) = signals.take() {
                self.note_signal(signal);
            }
            match self.seen.manager {
                ManagerState::Here | ManagerState::Subscribed => return Ok(()),
                ManagerState::Away => self.wait(signals).await?,
                ManagerState::Back => match signals.during(self.manager.subscribe()).await {
                    Ok(()) => self.seen.manager = ManagerState::Subscribed,
                    Err(_) if signals.has_owner_change() => {}
                    Err(error) => return Err(error),
                },
            }
        }
    }

    async fn wait(&self, signals: &mut Signals) -> Result<()> {
        trace!("waiting for signals of `{}`", self.unit);
        if signals.wait().await {
            return Ok(());
        }
        Err(Error::Lost {
            doing: self.doing(),
        })
    }

    fn note_signal(&mut self, signal: Signal) {
        trace!("D-Bus signal while {}: {signal}", self.doing());
        match signal {
            Signal::Changed { status } => self.note_status(status.as_deref()),
            Signal::JobRemoved { job, result } if self.seen.job.as_ref() == Some(&job) => {
                let result = JobResult::parse(&result);
                (self.on_event)(&Event::JobRemoved(result.clone()));
                self.seen.result = Some(result);
            }
            // Another job of the unit, such as one that ours took the place of.
            Signal::JobRemoved { .. } => {}
            Signal::Owner { present: false } => {
                self.seen.manager = ManagerState::Away;
                (self.on_event)(&Event::ManagerLeft);
            }
            Signal::Owner { present: true } => {
                self.seen.manager = ManagerState::Back;
                (self.on_event)(&Event::ManagerBack);
            }
        }
    }

    fn note_status(&mut self, status: Option<&str>) {
        let Some(text) = status.filter(|text| *text != self.seen.status) else {
            return;
        };
        text.clone_into(&mut self.seen.status);
        if !text.is_empty() {
            (self.on_event)(&Event::Status(text.to_owned()));
        }
    }

    fn note_state(&mut self, state: &UnitState) {
        self.note_status(Some(&state.status_text));
        if self.seen.state.as_deref() != Some(state) {
            let state = Box::new(state.clone());
            self.seen.state = Some(state.clone());
            (self.on_event)(&Event::State(state));
        }
        // Jobs survive a re-execution with their numbers. One that is gone ended unseen.
        if self.seen.manager == ManagerState::Subscribed {
            self.seen.manager = ManagerState::Here;
            if self.seen.result.is_none() && state.job != self.seen.job_id() {
                self.seen.job = None;
            }
        }
    }

    async fn conclude(&self, result: JobResult, state: UnitState) -> Result<Outcome> {
        if result.is_success() {
            return Ok(Outcome::Ended(Box::new(state)));
        }
        let dependencies = match result {
            JobResult::Dependency => failed_dependencies(self.manager, self.unit).await,
            _ => Vec::new(),
        };
        Err(self.failed(result, state, dependencies))
    }

    fn conclude_without_result(&self, state: UnitState) -> Result<Outcome> {
        if self.verb.reached(&state) {
            return Ok(Outcome::Ended(Box::new(state)));
        }
        let result = JobResult::Other("unknown, systemd was re-executed".to_owned());
        Err(self.failed(result, state, Vec::new()))
    }

    fn failed(&self, result: JobResult, state: UnitState, dependencies: Vec<String>) -> Error {
        let unit = self.unit.to_owned();
        JobFailed {
            unit,
            verb: self.verb,
            result,
            state,
            dependencies,
        }
        .into()
    }

    fn error(&self, error: zbus::Error) -> Error {
        Error::from_zbus(error, &self.doing(), Some(self.unit))
    }

    fn doing(&self) -> String {
        format!("{} `{}`", self.verb.gerund(), self.unit)
    }
}
