//! The three signals that matter while one unit is followed, in the order of their arrival.
//!
//! zbus holds 64 messages for each stream, and a full one stops the whole connection, the answer
//! to our own call included. So nothing here waits without draining the streams meanwhile.

use futures_core::Stream;
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use zbus::message::{Message, Sequence, Type as MessageType};
use zbus::{
    Connection, DeserializeDict, MatchRule, MessageStream, ObjectPath, OwnedObjectPath, Type,
};

use crate::edge::systemd::proxies::{MANAGER, SYSTEMD, SYSTEMD_PATH};

/// What a signal says.
#[derive(Debug)]
pub(crate) enum Signal {
    /// A job of the unit was removed.
    JobRemoved {
        job: OwnedObjectPath,
        result: String,
    },
    /// Properties of the unit changed; the new status text, if that is among them.
    Changed { status: Option<String> },
    /// The user manager left the bus, or came (back).
    Owner { present: bool },
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JobRemoved { job, result } => {
                let id = job.as_str().rsplit('/').next().unwrap_or_default();
                write!(f, "job {id} was removed, result `{result}`")
            }
            Self::Changed { status: None } => f.write_str("properties changed"),
            Self::Changed {
                status: Some(status),
            } => write!(f, "properties changed, status `{status}`"),
            Self::Owner { present: true } => f.write_str("the user manager joined the bus"),
            Self::Owner { present: false } => f.write_str("the user manager left the bus"),
        }
    }
}

/// The open streams, and what they have brought so far.
#[derive(Debug)]
pub(crate) struct Signals {
    streams: [MessageStream; 3],
    queue: VecDeque<(Sequence, Signal)>,
    lost: bool,
}

#[derive(Debug, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
struct ChangedProperties {
    status_text: Option<String>,
}

impl Signals {
    /// Opens the streams; when this returns, the bus has all three match rules.
    pub(crate) async fn open(
        connection: &Connection,
        unit: &str,
        path: &ObjectPath<'_>,
    ) -> zbus::Result<Signals> {
        let signal = || MatchRule::builder().msg_type(MessageType::Signal);
        let jobs = signal()
            .sender(SYSTEMD)
            .path(SYSTEMD_PATH)
            .interface(MANAGER)
            .member("JobRemoved")
            .arg(2, unit)
            .build()?;
        let properties = signal()
            .sender(SYSTEMD)
            .path(path)
            .interface("org.freedesktop.DBus.Properties")
            .member("PropertiesChanged")
            .build()?;
        let owner = signal()
            .sender("org.freedesktop.DBus")
            .interface("org.freedesktop.DBus")
            .member("NameOwnerChanged")
            .add_arg(SYSTEMD)
            .build()?;
        let streams = [
            MessageStream::for_match_rule(owner, connection, None).await?,
            MessageStream::for_match_rule(jobs, connection, None).await?,
            MessageStream::for_match_rule(properties, connection, None).await?,
        ];
        Ok(Signals {
            streams,
            queue: VecDeque::new(),
            lost: false,
        })
    }

    /// Waits for `future` and collects the signals that arrive meanwhile.
    ///
    /// zbus hands out messages in the order of the socket, so when an answer is here, every
    /// signal before it is in the queue.
    pub(crate) async fn during<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            self.drain(context);
            let output = future.as_mut().poll(context);
            if output.is_ready() {
                self.drain(context);
            }
            output
        })
        .await
    }

    /// Waits until there is a signal. Returns false when the connection is lost instead.
    pub(crate) async fn wait(&mut self) -> bool {
        poll_fn(|context| {
            self.drain(context);
            match (self.queue.is_empty(), self.lost) {
                (false, _) => Poll::Ready(true),
                (true, true) => Poll::Ready(false),
                (true, false) => Poll::Pending,
            }
        })
        .await
    }

    /// Takes the oldest signal.
    pub(crate) fn take(&mut self) -> Option<Signal> {
        self.queue.pop_front().map(|(_, signal)| signal)
    }

    /// Takes the oldest signal if it came before this place.
    pub(crate) fn take_before(&mut self, position: Sequence) -> Option<Signal> {
        match self.queue.front() {
            Some((place, _)) if *place < position => self.take(),
            _ => None,
        }
    }

    /// Returns whether the manager left or came while nobody looked.
    pub(crate) fn has_owner_change(&self) -> bool {
        let is_owner = |signal: &Signal| matches!(signal, Signal::Owner { .. });
        self.queue.iter().any(|(_, signal)| is_owner(signal))
    }

    /// Returns whether nothing has arrived that was not taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    fn drain(&mut self, context: &mut Context<'_>) {
        for stream in &mut self.streams {
            while !self.lost {
                match Pin::new(&mut *stream).poll_next(context) {
                    Poll::Pending => break,
                    Poll::Ready(Some(Ok(message))) => {
                        let signal = parse(&message);
                        self.queue
                            .extend(signal.map(|signal| (message.recv_position(), signal)));
                    }
                    Poll::Ready(Some(Err(_)) | None) => self.lost = true,
                }
            }
        }
        self.queue
            .make_contiguous()
            .sort_by_key(|(place, _)| *place);
    }
}

/// Reads a signal. One that does not have the documented form says nothing and is dropped.
fn parse(message: &Message) -> Option<Signal> {
    let body = message.body();
    let header = message.header();
    match header.member()?.as_str() {
        "JobRemoved" => {
            let (_, job, _, result): (u32, OwnedObjectPath, String, String) =
                body.deserialize().ok()?;
            Some(Signal::JobRemoved { job, result })
        }
        "PropertiesChanged" => {
            let (_, changed, _): (String, ChangedProperties, Vec<String>) =
                body.deserialize().ok()?;
            Some(Signal::Changed {
                status: changed.status_text,
            })
        }
        "NameOwnerChanged" => {
            let (_, _, new_owner): (String, String, String) = body.deserialize().ok()?;
            Some(Signal::Owner {
                present: !new_owner.is_empty(),
            })
        }
        _ => None,
    }
}
