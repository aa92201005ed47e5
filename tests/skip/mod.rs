//! Skipping a test on a machine that lacks what it needs: said in one form everywhere, and a failure
//! where `CI` is set.

use std::io::{self, Write as _};
use std::thread;

/// Says that the test of this thread is skipped, and what the machine lacks for it.
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "who runs the tests says so in the environment"
)]
pub(crate) fn skip(lack: &str) {
    assert!(
        std::env::var_os("CI").is_none(),
        "where `CI` is set no test is skipped: {lack}"
    );
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    // Not by a macro: the test runner keeps to itself what a test prints that passes. It may be amid a
    // line of its own.
    let _ = writeln!(io::stderr(), "\nskipped: {test}: {lack}");
}
