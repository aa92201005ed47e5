//! What a start says that does not come to its end.

use std::pin::pin;

use kinc::job::node_exit;
use kinc::ops::{Report, lifecycle};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::fake::Facts;
use crate::host::Start;
use crate::world::{LIMITS, NODE, World, default, name};

/// How a run ends: its exit status and the last status of its node.
pub(crate) type End = (i32, &'static str);

/// Brings the unit to after a run of this number, with the next one to come.
fn between_tries(facts: &mut Facts, run: u8, (exit_status, status_text): End) {
    (facts.active_state, facts.sub_state) = ("activating", "auto-restart");
    (facts.result, facts.exec_main) = ("exit-code", (1, exit_status));
    facts.status_text = status_text;
    facts.n_restarts = u32::from(run) - 1;
    facts.invocation = vec![run; 16];
    facts.job = 0;
}

/// Returns the identifier of a run in the journal.
pub(crate) fn run_id(run: u8) -> String {
    format!("{run:02x}").repeat(16)
}

/// Waits until so many tries have been seen to fail.
async fn seen(tries: &mut UnboundedReceiver<usize>, count: usize) {
    while tries.recv().await.expect("the start is over") < count {}
}

/// A host with a cluster that is down.
pub(crate) async fn stopped() -> World {
    let mut world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let stopped = lifecycle::stop(&world.context, &name("dev"), LIMITS, &mut |_| {}).await;
    assert!(stopped.unwrap().ended);
    world.calls();
    // Those of the first start are not what a test waits for.
    world.fake.calls();
    world
}

/// Starts the cluster, has each of three runs end so, and returns what the start ends with.
pub(crate) async fn failing(world: &mut World, ends: [End; 3]) -> anyhow::Error {
    world.host.starts(NODE, Some(Start::Held));
    let (sender, mut tries) = unbounded_channel();
    let mut report = |report| {
        if let Report::Progress { progress, .. } = report {
            // The script may be over.
            let _ = sender.send(progress.tries.len());
        }
    };
    let fake = &mut world.fake;
    let script = async {
        fake.called(&format!("StartUnit {NODE}")).await;
        let job = fake.facts(NODE).job;
        fake.set(NODE, |facts| between_tries(facts, 1, ends[0]));
        fake.remove_job(job, NODE, "failed").await;
        for (run, end) in [(2, ends[1]), (3, ends[2])] {
            seen(&mut tries, usize::from(run) - 1).await;
            fake.announce(|facts| between_tries(facts, run, end)).await;
        }
        std::future::pending::<()>().await;
    };
    let dev = name("dev");
    let mut start = pin!(lifecycle::start(&world.context, &dev, LIMITS, &mut report));
    let started = tokio::select! {
        started = &mut start => started,
        () = script => unreachable!(),
    };
    started.unwrap_err()
}

#[tokio::test]
async fn three_failures_end_a_start_with_their_cause_and_systemd_continues() {
    let mut world = stopped().await;
    let no_route = (75, "failed: no route");
    let error = failing(&mut world, [(75, "failed: no address"), no_route, no_route]).await;
    let exit = node_exit::explain(75).unwrap();
    let (words, hints) = world.words(&error);
    assert_eq!(words, "cluster `dev` did not start in 3 tries: no route");
    assert_eq!(
        hints,
        [
            "an earlier try failed differently: no address".to_owned(),
            format!("{} (exit code 75); {}", exit.meaning, exit.advice),
            "kinc logs dev".to_owned(),
            format!("systemctl --user status {NODE}"),
            format!("systemd keeps trying; to stop it: systemctl --user stop {NODE}"),
        ]
    );
    let changes = world.changes();
    assert!(
        changes.iter().all(|call| !call.contains("StopUnit")),
        "{changes:?}"
    );
}

#[tokio::test]
async fn a_failure_without_retry_ends_a_start_immediately() {
    let world = stopped().await;
    let fails = Start::Fails(74, "failed: /var is empty");
    world.host.starts(NODE, Some(fails));
    let started = lifecycle::start(&world.context, &name("dev"), LIMITS, &mut |_| {}).await;
    let (words, hints) = world.words(&started.unwrap_err());
    assert_eq!(words, "cluster `dev` did not start: /var is empty");
    assert!(
        hints.iter().all(|hint| !hint.contains("goes on")),
        "{hints:?}"
    );
}

#[tokio::test]
async fn a_missing_data_directory_is_named_by_a_failed_start() {
    let world = stopped().await;
    world.host.starts(NODE, Some(Start::Lacks("/srv/data/dev")));
    let started = lifecycle::start(&world.context, &name("dev"), LIMITS, &mut |_| {}).await;
    let (words, _) = world.words(&started.unwrap_err());
    assert_eq!(
        words,
        "cluster `dev` did not start: `/srv/data/dev` is missing"
    );
}
