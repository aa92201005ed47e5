//! A Podman, a generator and a journalctl that stand in for the real ones: which of them, a link's name
//! says.
//!
//! They have what lies in the directory `podman` beside that of the link, and write their calls
//! there.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it answers on its streams, and stops at once"
)]

mod generator;
mod journal;
mod kubectl;
mod podman;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use kinc_ops::store::{Fault, Store};

/// What comes of a call.
struct Answer {
    status: u8,
    stdout: String,
    stderr: String,
}

impl Answer {
    fn well(stdout: impl Into<String>) -> Self {
        Self {
            status: 0,
            stdout: stdout.into(),
            stderr: String::new(),
        }
    }

    fn badly(status: u8, words: impl Into<String>) -> Self {
        Self {
            status,
            stdout: String::new(),
            stderr: words.into(),
        }
    }
}

fn main() -> ExitCode {
    let mut arguments = env::args();
    let program = PathBuf::from(arguments.next().unwrap());
    let place = program.parent().unwrap().parent().unwrap();
    let store = Store::new(place.join("podman"));
    let name = program.file_name().unwrap().to_str().unwrap();
    let arguments: Vec<String> = arguments.collect();
    let call = format!("{name} {}", arguments.join(" "));
    store.note(&call);
    let act = || match name {
        "podman" => podman::answer(&store, &arguments),
        "journalctl" => journal::answer(&store, &arguments),
        _ => generator::answer(&store, place, &arguments),
    };
    let answer = match store.fault(&call) {
        Some(Fault::Hangs) => loop {
            thread::park();
        },
        Some(Fault::Fails(status, words)) => Answer::badly(status, words),
        Some(Fault::FailsAfter(status, words)) => {
            act();
            Answer::badly(status, words)
        }
        None => act(),
    };
    print!("{}", answer.stdout);
    eprint!("{}", answer.stderr);
    ExitCode::from(answer.status)
}
