use std::time::Instant;

use super::*;

fn program(name: &str) -> Program {
    Program::new(name, &Cancel::default())
}

#[test]
fn an_error_says_what_ran_how_it_ended_and_its_last_words() {
    let error = program("sh")
        .args(["-c", "echo no such thing >&2; exit 3"])
        .output()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`sh -c 'echo no such thing >&2; exit 3'` ended with exit status: 3: no such thing"
    );
}

#[test]
fn a_program_has_our_environment_with_the_changes() {
    let script = "echo ${KINC_SET-unset} ${HOME-unset} ${PATH:+set}";
    let changed = program("/bin/sh").args(["-c", script]).environment(&[
        ("KINC_SET".to_owned(), Some("a b".to_owned())),
        ("HOME".to_owned(), None),
    ]);
    assert_eq!(changed.output().unwrap(), "a b unset set\n");
}

#[test]
fn a_program_that_hangs_is_ended_and_its_last_words_are_told() {
    let hangs = program("sh").args(["-c", "echo waiting for a lock >&2; exec sleep 60"]);
    let started = Instant::now();
    let error = hangs
        .limit(Duration::from_millis(300))
        .output()
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

#[test]
fn what_a_program_leaves_in_the_background_holds_nothing_up() {
    let leaves = program("sh").args(["-c", "sleep 60 & echo done"]);
    let started = Instant::now();
    assert_eq!(leaves.output().unwrap(), "done\n");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_program_that_is_not_there_says_so() {
    let error = program("kinc-no-such-program").output().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`kinc-no-such-program` did not start: No such file or directory (os error 2)"
    );
}

#[test]
fn a_program_and_all_that_it_has_started_is_ended_when_the_user_breaks_off() {
    let directory = tempfile::tempdir().unwrap();
    let fifo = directory.path().join("fifo");
    let made = program("mkfifo").args([&fifo]).output();
    assert_eq!(made.unwrap(), "");
    let cancel = Cancel::default();
    // Nothing of what is started here holds the writing end once it has been ended.
    let script = format!("exec 3>'{}'; sleep 60; echo woken", fifo.display());
    let sleeps = Program::new("sh", &cancel).args(["-c", &script]);
    let started = Instant::now();
    std::thread::scope(|scope| {
        let output = scope.spawn(|| sleeps.output());
        let mut reader = File::open(&fifo).unwrap();
        cancel.cancel();
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
        let error = output.join().unwrap().unwrap_err();
        assert_eq!(error.ending, Ending::Cancelled);
    });
    assert!(started.elapsed() < Duration::from_secs(30));
    let error = program_after(&cancel).output().unwrap_err();
    assert_eq!(error.ending, Ending::Cancelled, "it was started");
}

#[test]
fn a_program_and_all_that_it_has_started_is_ended_when_its_time_is_over() {
    let directory = tempfile::tempdir().unwrap();
    let fifo = directory.path().join("fifo");
    let made = program("mkfifo").args([&fifo]).output();
    assert_eq!(made.unwrap(), "");
    // As `podman unshare` starts another program, and waits for its end.
    let script = format!(
        "exec 3>'{}'; echo 1; sh -c 'sleep 60; :'; :",
        fifo.display()
    );
    let lists = program("sh")
        .args(["-c", &script])
        .limit(Duration::from_millis(300));
    let started = Instant::now();
    std::thread::scope(|scope| {
        let listing = scope.spawn(|| lists.listing());
        let mut reader = File::open(&fifo).unwrap();
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
        let listing = listing.join().unwrap().unwrap();
        assert_eq!((listing.text.as_str(), listing.is_whole), ("1\n", false));
    });
    assert!(started.elapsed() < Duration::from_secs(30));
}

/// A program that must not be started any more: this one could not be.
fn program_after(cancel: &Cancel) -> Program {
    Program::new("kinc-no-such-program", cancel)
}
