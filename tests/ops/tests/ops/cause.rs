//! The cause of a start that fails before there is a node: Podman's words, which only the journal has.

use std::time::Duration;

use kinc::edge::journal::Journal;
use kinc_ops::store::{Fault, Store};

use crate::starting::{failing, run_id, stopped};
use crate::world::{NODE, World};

/// A run that Podman itself ended (podman-run(1)).
const BY_PODMAN: (i32, &str) = (125, "");

/// What a start ends with whose runs found no network.
const NO_NETWORK: &str = "cluster `dev` did not start in 3 tries: unable to find network with name or ID kinc-dev: \
                          network not found";

/// The runs of a cluster that fails three times, with what the journal says of each of them.
async fn logging(text: &str) -> World {
    let world = stopped().await;
    for run in 1..=3 {
        world.store.log(&run_id(run), text);
    }
    world
}

#[tokio::test]
async fn three_failures_of_podman_end_a_start_with_its_own_error() {
    let mut world = logging(&Store::recorded_run("no-network.txt")).await;
    let error = failing(&mut world, [BY_PODMAN; 3]).await;
    assert_eq!(
        world.words(&error),
        (
            NO_NETWORK.to_owned(),
            vec![
                format!("journalctl --user -u {NODE} -n 50"),
                format!("systemctl --user status {NODE}"),
                format!("systemd keeps trying; to stop it: systemctl --user stop {NODE}"),
            ]
        )
    );
}

#[tokio::test]
async fn podman_is_quoted_where_one_of_several_runs_had_no_node() {
    let mut world = logging("").await;
    let text = Store::recorded_run("no-network.txt");
    world.store.log(&run_id(2), &text);
    let error = failing(&mut world, [(1, ""), BY_PODMAN, (1, "")]).await;
    assert_eq!(world.words(&error).0, NO_NETWORK);
}

#[tokio::test]
async fn a_cleanup_error_of_podman_does_not_hide_the_cause() {
    let cause = Store::recorded_run("no-network.txt");
    let tidying_up = Store::recorded_run("ended-by-reboot.txt");
    let mut world = logging(&format!("{cause}{tidying_up}")).await;
    let error = failing(&mut world, [BY_PODMAN; 3]).await;
    assert_eq!(world.words(&error).0, NO_NETWORK);
}

/// What a start ends with when the journal says nothing of its runs.
const RESULT: &str =
    "cluster `dev` did not start in 3 tries: unit result `exit-code`, exit status 125";

#[tokio::test]
async fn a_start_ends_with_the_result_of_systemd_when_the_journal_has_no_error() {
    for text in [
        "",
        "Started kinc-dev-control-plane.service.\n",
        "Error: \nError:no\n\u{0}\u{1b}[2J error: \u{fffd}\n{\"MESSAGE\":",
    ] {
        let mut world = logging(text).await;
        let error = failing(&mut world, [BY_PODMAN; 3]).await;
        assert_eq!(world.words(&error).0, RESULT, "{text:?}");
    }
}

#[tokio::test]
async fn a_start_ends_with_the_result_of_systemd_when_there_is_no_journalctl() {
    let mut world = logging("Error: not asked for\n").await;
    let program = world.path("no-such-journalctl").display().to_string();
    world.context.journal = Journal::new(&program);
    let error = failing(&mut world, [BY_PODMAN; 3]).await;
    assert_eq!(world.words(&error).0, RESULT);
}

#[tokio::test]
async fn a_journalctl_that_hangs_or_fails_is_asked_once() {
    let words = "Failed to add match '_SYSTEMD_INVOCATION_ID=': Invalid argument\n".to_owned();
    for fault in [Fault::Hangs, Fault::Fails(1, words)] {
        let mut world = logging("Error: not asked for\n").await;
        let journal = world.context.journal.clone();
        world.context.journal = journal.limit(Duration::from_millis(200));
        world.store.break_calls("journalctl", &fault);
        let error = failing(&mut world, [BY_PODMAN; 3]).await;
        assert_eq!(world.words(&error).0, RESULT, "{fault:?}");
        let calls = world.calls().into_iter();
        let asked = calls.filter(|call| call.starts_with("journalctl"));
        assert_eq!(asked.count(), 1, "{fault:?}");
    }
}
