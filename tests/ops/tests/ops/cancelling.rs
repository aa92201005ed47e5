//! When the user breaks off, whatever is waited for: nothing more is begun, and the next one goes on.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::future::{Future, poll_fn};
use std::task::Poll;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Result;
use kinc::cancel::Cancelled;
use kinc::cluster::Cluster;
use kinc::fs::{Locking, try_lock};
use kinc::job::{Summary, Verb};
use kinc::ops::apply::{self, Action, Applied, Options};
use kinc::ops::{Interrupted, Report, delete, is_interrupted, power};
use kinc::proposal::Step;
use kinc_ops::store::Fault;

use crate::host::Start;
use crate::interrupting::{found, steps, traces};
use crate::world::{LIMITS, NODE, World, declared, default, name, options, outcomes};

/// What the user sees in which he breaks off.
type Moment<'a> = &'a dyn Fn(&Report) -> bool;

/// Applies, and breaks off at the first report of that moment.
async fn broken_off_at(
    world: &World,
    clusters: &[Cluster],
    options: &Options,
    moment: Moment<'_>,
) -> Result<Vec<Applied>> {
    let mut tell = |report: Report| {
        if moment(&report) {
            world.context.cancel.cancel();
        }
        world.tell(report);
    };
    let mut approve = |_: &[_]| Ok(());
    let apply = apply::apply(&world.context, clusters, options, &mut approve, &mut tell);
    Box::pin(apply).await
}

/// The words of a use case that the user broke off, and of their hint.
fn said<T>(world: &World, outcome: Result<T>) -> (String, Vec<String>) {
    let Err(error) = outcome else {
        panic!("it came to its end");
    };
    assert!(is_interrupted(&error), "{error:#}");
    let interrupted = error.downcast_ref::<Interrupted>();
    let hints = interrupted.map(Interrupted::hints).unwrap_or_default();
    (world.short(&format!("{error:#}")), hints)
}

#[tokio::test]
async fn a_question_to_the_user_that_is_broken_off_is_no_answer() {
    let (world, changed, options) = with_one_to_prune().await;
    let files = ["config", "data"].map(|place| world.files(place));
    let mut approve = |_: &[_]| {
        world.context.cancel.cancel();
        Err(Cancelled.into())
    };
    let mut tell = |report| world.tell(report);
    let clusters = [changed];
    let apply = apply::apply(&world.context, &clusters, &options, &mut approve, &mut tell);
    let applied = Box::pin(apply).await;
    assert_eq!(said(&world, applied).0, NOTHING_DONE);
    assert_eq!(["config", "data"].map(|place| world.files(place)), files);
    assert_eq!(world.changes(), Vec::<String>::new());
}

/// Returns how the calls of these programs began, each once, in their order.
fn beginnings(world: &World, programs: &[&str]) -> Vec<String> {
    let mut beginnings: Vec<String> = Vec::new();
    for call in world.store.take_calls() {
        let beginning: String = call.split_inclusive(' ').take(3).collect();
        let is_asked = programs.iter().any(|name| call.starts_with(name));
        if is_asked && !beginnings.contains(&beginning) {
            beginnings.push(beginning);
        }
    }
    beginnings
}

/// Has the user break off while a program that was called so does not answer.
fn breaking_off_at_call(world: &World, call: &str) -> JoinHandle<()> {
    let (store, cancel) = (world.store.clone(), world.context.cancel.clone());
    let call = call.to_owned();
    thread::spawn(move || {
        while !store.has_call(&call) {
            thread::yield_now();
        }
        cancel.cancel();
    })
}

const NOTHING_DONE: &str = "interrupted; nothing is done";

#[tokio::test]
async fn a_wait_for_the_lock_is_told_with_its_holder_and_ends_with_nothing_done() {
    let world = World::new().await;
    let lock = try_lock(&world.path("runtime/kinc.lock")).unwrap();
    assert!(matches!(lock, Locking::Taken(_)));
    let waits = |report: &Report| matches!(report, Report::Waiting(_));
    let applied = broken_off_at(&world, &[default("dev")], &options(), &waits).await;
    assert_eq!(said(&world, applied).0, NOTHING_DONE);
    let holder = std::process::id();
    let waiting = format!("waiting for another kinc, PID {holder}, to end");
    assert_eq!(world.told(), [waiting]);
    assert!(world.files("config").is_empty());
}

#[tokio::test]
async fn a_wait_for_the_lock_has_a_limit_that_names_its_holder() {
    let mut world = World::new().await;
    world.context.lock_limit = Duration::from_millis(50);
    let lock = try_lock(&world.path("runtime/kinc.lock")).unwrap();
    assert!(matches!(lock, Locking::Taken(_)));
    let error = world.apply(&[default("dev")]).await.unwrap_err();
    let holder = std::process::id();
    assert_eq!(
        world.words(&error),
        (
            format!("another kinc, PID {holder}, did not end within 0.05 s"),
            vec![format!("ps -o pid,etime,args -p {holder}")]
        )
    );
    assert!(world.files("config").is_empty());
}

#[tokio::test]
async fn a_question_to_podman_or_the_generator_is_broken_off_with_nothing_done() {
    let spec = "{resources: {memory: 4Gi}}";
    for (before, after) in [
        (None, default("dev")),
        (Some(default("dev")), declared("dev", spec)),
    ] {
        let asked = {
            let world = World::new().await;
            world.apply(before.as_slice()).await.unwrap();
            world.calls();
            let told = |report: &Report| matches!(report, Report::Done(_));
            let applied =
                broken_off_at(&world, std::slice::from_ref(&after), &options(), &told).await;
            applied.unwrap();
            beginnings(&world, &["podman ", "quadlet "])
        };
        assert!(asked.len() >= 3, "{asked:?}");
        for call in asked {
            let mut world = World::new().await;
            world.apply(before.as_slice()).await.unwrap();
            let files = ["config", "data"].map(|place| world.files(place));
            world.calls();
            world.store.break_calls(&call, &Fault::Hangs);
            let user = breaking_off_at_call(&world, &call);
            let applied = world.apply(std::slice::from_ref(&after)).await;
            user.join().unwrap();
            assert_eq!(said(&world, applied).0, NOTHING_DONE);
            assert_eq!(["config", "data"].map(|place| world.files(place)), files);
            world.store.mend_calls();
            world.next_kinc();
            world.apply(std::slice::from_ref(&after)).await.unwrap();
            assert_eq!(steps(&world, &after).await, [Step::Nothing]);
        }
    }
}

#[tokio::test]
async fn between_writing_and_reloading_a_cluster_is_left_written_and_the_next_not_begun() {
    let mut world = World::new().await;
    let clusters = ["a", "b"].map(default);
    let written =
        |report: &Report| matches!(report, Report::Done(done) if done.starts_with("wrote"));
    let applied = broken_off_at(&world, &clusters, &options(), &written)
        .await
        .unwrap();
    assert_eq!(
        outcomes(&applied),
        [Ok(Action::OnlyWritten), Ok(Action::NotBegun)]
    );
    let wrote = "told wrote /config/containers/systemd/kinc-a";
    assert_eq!(world.changes(), [wrote]);
    world.next_kinc();
    let applied = world.apply(&clusters).await.unwrap();
    assert_eq!(
        outcomes(&applied),
        [Ok(Action::Started), Ok(Action::Created)]
    );
}

/// Tells of a report whether a cluster's node is so.
fn is(cluster: &str, wanted: Summary) -> impl Fn(&Report) -> bool {
    let node = format!("kinc-{cluster}-control-plane.service");
    move |report| match report {
        Report::Progress { unit, progress } => *unit == node && progress.summary == Some(wanted),
        _ => false,
    }
}

#[tokio::test]
async fn a_start_that_is_broken_off_goes_on_and_no_other_cluster_is_started() {
    let mut world = World::new().await;
    let held = "kinc-a-control-plane.service";
    world.host.starts(held, Some(Start::Held));
    let clusters = ["a", "b"].map(default);
    let one_at_a_time = Options {
        parallel: 1,
        ..options()
    };
    let starting = is("a", Summary::Starting);
    let applied = broken_off_at(&world, &clusters, &one_at_a_time, &starting).await;
    assert_eq!(
        outcomes(&applied.unwrap()),
        [
            Ok(Action::Interrupted(Verb::Start)),
            Ok(Action::OnlyWritten)
        ]
    );
    let calls = world.calls();
    let starts = calls.iter().filter(|call| call.contains("StartUnit"));
    assert_eq!(
        starts.collect::<Vec<_>>(),
        [&format!("systemd StartUnit {held}")]
    );
    world.host.starts(held, None);
    world.next_kinc();
    let applied = world.apply(&clusters).await.unwrap();
    assert_eq!(
        outcomes(&applied),
        [Ok(Action::Started), Ok(Action::Started)]
    );
}

/// A host with the clusters `a` and `b`, of which one has left their file, and how the next apply goes
/// about it.
async fn with_one_to_prune() -> (World, Cluster, Options) {
    let world = World::new().await;
    let (file, _) = world.apply_from_file(["a", "b"]).await;
    world.calls();
    let spec = "{nodes: [{role: control-plane, sysctls: {net.core.somaxconn: '1024'}}]}";
    let mut changed = declared("a", spec);
    changed.set_declared_in(Some(file.display().to_string()));
    let options = Options {
        prune: vec![file],
        ..options()
    };
    (world, changed, options)
}

#[tokio::test]
async fn before_a_prune_a_cluster_that_left_its_file_is_kept_with_its_data() {
    let (mut world, changed, options) = with_one_to_prune().await;
    let clusters = [changed];
    let kept = ["config/containers/systemd/kinc-b", "data/kinc/clusters/b"];
    let files = kept.map(|place| world.files(place));
    let ready = is("a", Summary::Ready);
    let applied = broken_off_at(&world, &clusters, &options, &ready).await;
    let outcomes_now = outcomes(&applied.unwrap());
    assert_eq!(outcomes_now[1], Ok(Action::NotDeleted));
    let calls = world.changes();
    assert!(
        calls.iter().all(|call| !call.contains("kinc-b")),
        "{calls:?}"
    );
    assert_eq!(kept.map(|place| world.files(place)), files);
    world.next_kinc();
    let applied = world.apply_with(&clusters, &options).await.unwrap();
    assert_eq!(
        outcomes(&applied),
        [Ok(Action::Unchanged), Ok(Action::Deleted)]
    );
}

/// What is noted among the calls when the user breaks off.
const BROKEN_OFF: &str = "the user breaks off";

/// Does work to its end; the user breaks off when it has changed something that often. Tells whether he
/// did.
async fn with_user<T>(world: &World, work: impl Future<Output = T>, changes: usize) -> (T, bool) {
    let mut work = Box::pin(work);
    let mut left = Some(changes);
    let mut last = traces(world);
    let mut outcome = std::pin::pin!(poll_fn(|context| {
        if left == Some(0) {
            left = None;
            world.store.note(BROKEN_OFF);
            world.context.cancel.cancel();
        }
        let polled = work.as_mut().poll(context);
        if let (Poll::Pending, Some(count)) = (&polled, left) {
            let now = traces(world);
            if now != last {
                last = now;
                left = Some(count - 1);
                // The next poll is the user's.
                context.waker().wake_by_ref();
            }
        }
        polled
    }));
    let outcome = outcome.as_mut().await;
    (outcome, world.context.cancel.is_cancelled())
}

/// Returns what was changed after the user broke off.
fn begun_later(world: &World) -> Vec<String> {
    let changes = world.changes().into_iter();
    let later = changes.skip_while(|call| call != BROKEN_OFF).skip(1);
    later.filter(|call| !call.starts_with("told ")).collect()
}

#[tokio::test]
async fn whatever_is_awaited_nothing_is_begun_after_the_user_broke_off() {
    let mut seen = BTreeSet::new();
    for changes in 0.. {
        let (mut world, changed, options) = with_one_to_prune().await;
        let clusters = [changed.clone()];
        let work = world.apply_with(&clusters, &options);
        let (applied, is_broken_off) = with_user(&world, work, changes).await;
        if !is_broken_off {
            assert!(changes > 5, "the user never came to it");
            return;
        }
        // What was asked just before may arrive just after.
        let later = begun_later(&world);
        assert!(later.len() <= 1, "{changes}: {later:?}");
        match applied {
            Err(error) => assert!(is_interrupted(&error), "{changes}: {error:#}"),
            Ok(applied) => {
                for one in &applied {
                    if let Err(error) = &one.outcome {
                        assert!(is_interrupted(error), "{changes}: {error:#}");
                    }
                }
            }
        }
        world.next_kinc();
        // The same state has the same future.
        if !seen.insert(found(&world).await) {
            continue;
        }
        let applied = world.apply_with(&clusters, &options).await;
        applied.unwrap_or_else(|error| panic!("{changes}: {error:#}"));
        assert_eq!(steps(&world, &changed).await, [Step::Nothing], "{changes}");
        assert!(!world.unit_dir("b").exists(), "{changes}");
        assert!(world.files("data/kinc/clusters/b").is_empty(), "{changes}");
    }
}

#[tokio::test]
async fn a_delete_that_is_broken_off_at_any_program_says_what_is_left_and_can_be_repeated() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.calls();
    let delete = async |world: &World| {
        let mut tell = |report| world.tell(report);
        let how = delete::Options::within(LIMITS);
        delete::delete(&world.context, &name("dev"), &how, &mut tell).await
    };
    delete(&world).await.unwrap();
    let calls = beginnings(&world, &["podman "]);
    let again = vec!["kinc delete dev".to_owned()];
    let mut words = Vec::new();
    for call in calls {
        let mut world = World::new().await;
        world.apply(&[default("dev")]).await.unwrap();
        world.store.break_calls(&call, &Fault::Hangs);
        world.calls();
        let user = breaking_off_at_call(&world, &call);
        let deleted = delete(&world).await;
        user.join().unwrap();
        let (said, hints) = said(&world, deleted);
        assert_eq!(hints, again, "{call}");
        if words.last() != Some(&said) {
            words.push(said);
        }
        assert!(
            world.unit_dir("dev").join("cluster.yaml").exists(),
            "{call}"
        );
        let mark = world.path("data/kinc/clusters/dev/.kinc/uid");
        assert!(fs::exists(mark).unwrap(), "{call}");
        world.store.mend_calls();
        world.next_kinc();
        assert!(delete(&world).await.unwrap(), "{call}");
        assert!(world.files("config").is_empty(), "{call}");
    }
    assert_eq!(
        words,
        [
            "interrupted; nothing of cluster `dev` is removed",
            "interrupted; cluster `dev` is removed in part"
        ]
    );
}

#[tokio::test]
async fn a_start_a_stop_and_a_delete_are_not_begun_once_the_user_broke_off() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.calls();
    world.context.cancel.cancel();
    let told = RefCell::new(Vec::new());
    let mut tell = |report| told.borrow_mut().push(report);
    let (context, dev) = (&world.context, &name("dev"));
    let stopped = power::stop(context, dev, LIMITS, &mut tell).await;
    assert_eq!(said(&world, stopped).0, NOTHING_DONE);
    let restarted = power::restart(context, dev, LIMITS, &mut tell).await;
    assert_eq!(said(&world, restarted).0, NOTHING_DONE);
    let deleted = delete::delete(context, dev, &delete::Options::within(LIMITS), &mut tell).await;
    let nothing = "interrupted; nothing of cluster `dev` is removed";
    assert_eq!(said(&world, deleted).0, nothing);
    assert_eq!(world.calls(), Vec::<String>::new());
    assert_eq!(told.into_inner(), []);
}

#[tokio::test]
async fn a_restart_that_is_broken_off_goes_on_in_systemd() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.host.starts(NODE, Some(Start::Held));
    let starting = is("dev", Summary::Starting);
    let mut tell = |report| {
        if starting(&report) {
            world.context.cancel.cancel();
        }
    };
    let restarted = power::restart(&world.context, &name("dev"), LIMITS, &mut tell).await;
    assert!(!restarted.unwrap());
    assert_eq!(world.fake.facts(NODE).active_state, "activating");
}
