//! What is traced of the calls, for `kinc -v`.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use ::tracing::Level;
use kinc::edge::cancel::Cancel;
use kinc::edge::systemd::Error;
use tracing_subscriber::fmt::MakeWriter;

use super::{LIMIT, Scenario, UNIT, ended, ignore, manager, pair, pending, stopped};

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

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Lines {
    /// Collects what this thread traces for as long as the guard is held.
    fn collect(level: Level) -> (Self, ::tracing::subscriber::DefaultGuard) {
        let lines = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .without_time()
            .with_level(false)
            .with_target(false)
            .with_ansi(false)
            .with_writer(lines.clone())
            .finish();
        (lines, ::tracing::subscriber::set_default(subscriber))
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
    let (lines, _guard) = Lines::collect(Level::DEBUG);
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
    let (lines, _guard) = Lines::collect(Level::DEBUG);
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
