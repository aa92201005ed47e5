//! The same wherever a use case is when the user breaks off: after each change, at each program, before it begins.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::future::{Future, poll_fn};
use std::task::Poll;

use kinc::job::Summary;
use kinc::ops::{delete, is_interrupted, lifecycle};
use kinc::plan::Step;
use kinc_ops::store::Fault;

use super::{NOTHING_DONE, beginnings, breaking_off_at_call, is, said, with_one_to_prune};
use crate::host::Start;
use crate::interrupting::{found, steps, traces};
use crate::world::{LIMITS, NODE, World, default, name};

/// What is noted among the calls when the user breaks off.
const BROKEN_OFF: &str = "the user breaks off";

/// Does work to its end; the user interrupts it when it has changed something that often. Returns whether that
/// happened.
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
async fn nothing_is_started_after_an_interrupt_at_any_wait() {
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
async fn an_interrupted_delete_says_what_is_left_and_can_be_repeated() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.calls();
    let delete = async |world: &World| {
        let mut report = |report| world.report(report);
        let how = delete::Options::within(LIMITS);
        delete::delete(&world.context, &name("dev"), &how, &mut report).await
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
            "interrupted; nothing of cluster `dev` was removed",
            "interrupted; cluster `dev` was removed only in part"
        ]
    );
}

#[tokio::test]
async fn start_stop_and_delete_do_nothing_after_an_interrupt() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.calls();
    world.context.cancel.cancel();
    let told = RefCell::new(Vec::new());
    let mut report = |report| told.borrow_mut().push(report);
    let (context, dev) = (&world.context, &name("dev"));
    let stopped = lifecycle::stop(context, dev, LIMITS, &mut report).await;
    assert_eq!(said(&world, stopped).0, NOTHING_DONE);
    let restarted = lifecycle::restart(context, dev, LIMITS, &mut report).await;
    assert_eq!(said(&world, restarted).0, NOTHING_DONE);
    let deleted = delete::delete(context, dev, &delete::Options::within(LIMITS), &mut report).await;
    let nothing = "interrupted; nothing of cluster `dev` was removed";
    assert_eq!(said(&world, deleted).0, nothing);
    assert_eq!(world.calls(), Vec::<String>::new());
    assert_eq!(told.into_inner(), []);
}

#[tokio::test]
async fn an_interrupted_restart_continues_in_systemd() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.host.starts(NODE, Some(Start::Held));
    let starting = is("dev", Summary::Starting);
    let mut report = |report| {
        if starting(&report) {
            world.context.cancel.cancel();
        }
    };
    let restarted = lifecycle::restart(&world.context, &name("dev"), LIMITS, &mut report).await;
    assert!(!restarted.unwrap().ended);
    assert_eq!(world.fake.facts(NODE).active_state, "activating");
}
