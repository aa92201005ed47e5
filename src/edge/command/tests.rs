use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;

use super::*;

fn program(name: &str) -> Program {
    Program::new(name, &Cancel::default())
}

/// A limit that only ends a test that would hang.
const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_error_has_the_command_its_status_and_its_last_output() {
    let error = program("sh")
        .args(["-c", "echo no such thing >&2; exit 3"])
        .output()
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`sh -c 'echo no such thing >&2; exit 3'` ended with exit status: 3: no such thing"
    );
}

#[tokio::test]
async fn a_program_inherits_the_environment_with_changes() {
    let script = "echo ${KINC_SET-unset} ${HOME-unset} ${PATH:+set} $LC_ALL";
    let changed = program("/bin/sh").args(["-c", script]).environment(&[
        ("KINC_SET".to_owned(), Some("a b".to_owned())),
        ("HOME".to_owned(), None),
    ]);
    assert_eq!(changed.output().await.unwrap(), "a b unset set C.UTF-8\n");
}

#[tokio::test]
async fn a_program_that_hangs_is_killed_and_its_last_output_is_reported() {
    let hangs = program("sh").args(["-c", "echo waiting for a lock >&2; exec sleep 60"]);
    let started = Instant::now();
    let error = hangs
        .limit(Duration::from_millis(300))
        .output()
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`sh -c 'echo waiting for a lock >&2; exec sleep 60'` did not end within 0.3 s: \
         waiting for a lock"
    );
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "it was not ended by SIGTERM"
    );
}

#[tokio::test]
async fn background_processes_of_a_program_are_not_waited_for() {
    let leaves = program("sh").args(["-c", "sleep 60 & echo done"]);
    let started = Instant::now();
    assert_eq!(leaves.output().await.unwrap(), "done\n");
    assert!(started.elapsed() < LONG);
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let error = program("kinc-no-such-program").output().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`kinc-no-such-program` did not start: No such file or directory (os error 2)"
    );
}

#[test]
fn errors_on_our_side_are_not_blamed_on_the_program() {
    let full = io::Error::from_raw_os_error(28);
    let error = program("podman")
        .args(["ps"])
        .failed("making a temporary file for its output", &full);
    assert_eq!(
        error.to_string(),
        "running `podman ps`: making a temporary file for its output: No space left on device (os error 28)"
    );
}

#[tokio::test]
async fn waiting_for_a_program_does_not_block_others() {
    let scratch = tempfile::tempdir().unwrap();
    let fifo = fifo(&scratch).await;
    // The first one ends when the second one has run.
    let waits = program("cat").args([&fifo]);
    let wakes = program("sh").args(["-c", &format!("echo woken > '{}'", fifo.display())]);
    let (woken, wakes) = tokio::join!(waits.output(), wakes.output());
    assert_eq!(
        (woken.unwrap(), wakes.unwrap()),
        ("woken\n".to_owned(), String::new())
    );
}

/// Makes a pipe with a name.
pub(crate) async fn fifo(scratch: &TempDir) -> PathBuf {
    let fifo = scratch.path().join("fifo");
    let made = program("mkfifo").args([&fifo]).output().await;
    assert_eq!(made.unwrap(), "");
    fifo
}

/// A script that holds the writing end of a pipe, as do all that it starts, says so by a byte, and waits.
fn holding(fifo: &Path) -> [String; 2] {
    // As `podman unshare` starts another program, and waits for its end.
    let script = format!(
        "exec 3>'{}'; echo 1; printf x >&3; sh -c 'sleep 60; :'; :",
        fifo.display()
    );
    ["-c".to_owned(), script]
}

/// Does what ends the holders of a pipe's writing end once there are some, and waits until there are none.
pub(crate) async fn without_holders<T>(
    fifo: &Path,
    running: impl Future<Output = T>,
    end: impl FnOnce(),
) -> T {
    let mut reader = pipe::OpenOptions::new().open_receiver(fifo).unwrap();
    let started = Instant::now();
    let read = async {
        // Without a writer yet, nothing is read.
        while reader.read(&mut [0]).await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        end();
        assert_eq!(reader.read(&mut [0]).await.unwrap(), 0);
    };
    let (ended, ()) = tokio::join!(running, read);
    assert!(started.elapsed() < LONG);
    ended
}

#[tokio::test]
async fn an_interrupt_kills_a_program_and_its_children() {
    let scratch = tempfile::tempdir().unwrap();
    let fifo = fifo(&scratch).await;
    let cancel = Cancel::default();
    let sleeps = Program::new("sh", &cancel).args(holding(&fifo));
    let ended = without_holders(&fifo, sleeps.output(), || cancel.cancel()).await;
    assert_eq!(ended.unwrap_err().ending, Ending::Cancelled);
    // One that is not to be started any more: it could not be.
    let after = Program::new("kinc-no-such-program", &cancel);
    let error = after.output().await.unwrap_err();
    assert_eq!(error.ending, Ending::Cancelled, "it was started");
}

#[tokio::test]
async fn a_time_out_kills_a_program_and_its_children() {
    let scratch = tempfile::tempdir().unwrap();
    let fifo = fifo(&scratch).await;
    let lists = program("sh")
        .args(holding(&fifo))
        .limit(Duration::from_millis(300));
    let listing = without_holders(&fifo, lists.listing(), || {})
        .await
        .unwrap();
    assert_eq!((listing.text.as_str(), listing.is_whole), ("1\n", false));
}

#[tokio::test]
async fn dropping_the_wait_kills_a_program_and_its_children() {
    let scratch = tempfile::tempdir().unwrap();
    let fifo = fifo(&scratch).await;
    let sleeps = program("sh").args(holding(&fifo));
    let (given_up, told) = tokio::sync::oneshot::channel();
    let waits = async {
        tokio::select! {
            ended = sleeps.output() => panic!("it ended: {ended:?}"),
            told = told => told.unwrap(),
        }
    };
    without_holders(&fifo, waits, || given_up.send(()).unwrap()).await;
}
