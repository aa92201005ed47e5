//! What is traced of the calls, for `kinc -v`.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, Once};

use ::tracing::{Level, Metadata};
use kinc::edge::cancel::Cancel;
use kinc::edge::systemd::Error;
use tracing_subscriber::fmt::MakeWriter;

use super::{LIMIT, Scenario, UNIT, ended, ignore, manager, pair, pending, stopped};

thread_local! {
    /// The lines of the test that this thread runs, and down to which level they are collected.
    static COLLECTED: RefCell<Option<(Level, Lines)>> = const { RefCell::new(None) };
}

/// One subscriber for all tests: with one for each, `tracing` may not see the first lines of a thread, since it keeps
/// what subscribers that come and go want of a line.
static SUBSCRIBER: Once = Once::new();

/// Takes each line to the test of its thread.
struct OfThread;

impl MakeWriter<'_> for OfThread {
    type Writer = Lines;

    fn make_writer(&self) -> Lines {
        Lines::default()
    }

    fn make_writer_for(&self, line: &Metadata<'_>) -> Lines {
        let collected = COLLECTED.with_borrow(Option::clone);
        let wanted = collected.filter(|(level, _)| line.level() <= level);
        wanted.map_or_else(Lines::default, |(_, lines)| lines)
    }
}

#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Collects what this thread traces from now on.
    fn collect(level: Level) -> Self {
        SUBSCRIBER.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(Level::TRACE)
                .without_time()
                .with_level(false)
                .with_target(false)
                .with_ansi(false)
                .with_writer(OfThread);
            subscriber.init();
        });
        let lines = Self::default();
        COLLECTED.set(Some((level, lines.clone())));
        lines
    }

    /// Returns the lines, without the time at the end.
    fn without_times(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let is_time =
            |word: &str| word.ends_with('s') && word.starts_with(|c: char| c.is_ascii_digit());
        let line = |line: &str| match line.rsplit_once(' ') {
            Some((rest, time)) if is_time(time) => rest.to_owned(),
            _ => line.to_owned(),
        };
        text.lines().map(line).collect()
    }
}

#[tokio::test]
async fn each_call_is_traced_with_its_purpose_and_its_time() {
    let (_fake, manager) = manager(Scenario::DoneBeforeReply, stopped()).await;
    let lines = Lines::collect(Level::DEBUG);
    let started = manager.start(UNIT, LIMIT, pending(), ignore).await;
    assert_eq!(ended(started), pair("active", "running"));
    let calls = [
        "looking up `kinc-dev-control-plane.service`:",
        "listening to signals of `kinc-dev-control-plane.service`:",
        "subscribing to signals of systemd:",
        "reading `kinc-dev-control-plane.service`:",
        "starting `kinc-dev-control-plane.service`:",
        "reading `kinc-dev-control-plane.service`:",
    ];
    let calls = calls.map(|call| format!("D-Bus: {call}"));
    assert_eq!(lines.without_times(), calls);
}

#[tokio::test]
async fn a_failed_call_is_traced_with_its_error_and_an_abandoned_one_as_unanswered() {
    let (_fake, manager) = manager(Scenario::Held, stopped()).await;
    let lines = Lines::collect(Level::DEBUG);
    let refused = manager.reset_failed("absent.service").await;
    assert!(refused.is_err());
    let cancel = Cancel::default();
    let asked = manager.clone().cancelled_by(&cancel);
    let (answer, ()) = tokio::join!(asked.reload(), async { cancel.cancel() });
    assert!(matches!(answer, Err(Error::Interrupted)), "{answer:?}");
    assert_eq!(
        lines.without_times(),
        [
            "D-Bus: resetting `absent.service`: org.freedesktop.systemd1.NoSuchUnit: Unit absent.service not \
             loaded.,",
            "D-Bus: reloading the systemd user manager: no answer after",
        ]
    );
}
