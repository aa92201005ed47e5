//! When the user breaks off, whatever is waited for: nothing more is begun, and the next one goes on.

mod anywhere;

use std::fs;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Result;
use kinc::edge::cancel::Cancelled;
use kinc::edge::fs::{Locking, try_lock};
use kinc::job::{Summary, Verb};
use kinc::model::cluster::Cluster;
use kinc::ops::apply::{self, Action, Applied, Options};
use kinc::ops::{Interrupted, Report, is_interrupted};
use kinc::plan::Step;
use kinc_ops::store::Fault;

use crate::host::Start;
use crate::interrupting::steps;
use crate::world::{World, declared, default, options, outcomes};

/// What the user sees when interrupting it.
type Moment<'a> = &'a dyn Fn(&Report) -> bool;

/// Applies, and breaks off at the first report of that moment.
async fn broken_off_at(
    world: &World,
    clusters: &[Cluster],
    options: &Options,
    moment: Moment<'_>,
) -> Result<Vec<Applied>> {
    let mut report = |report: Report| {
        if moment(&report) {
            world.context.cancel.cancel();
        }
        world.report(report);
    };
    let mut approve = async |_: &[_]| Ok(());
    let apply = apply::apply(&world.context, clusters, options, &mut approve, &mut report);
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
async fn an_interrupted_question_is_not_an_answer() {
    let (world, changed, options) = with_one_to_prune().await;
    let files = ["config", "data"].map(|place| world.files(place));
    let mut approve = async |_: &[_]| {
        world.context.cancel.cancel();
        Err(Cancelled.into())
    };
    let mut report = |report| world.report(report);
    let clusters = [changed];
    let apply = apply::apply(
        &world.context,
        &clusters,
        &options,
        &mut approve,
        &mut report,
    );
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
async fn a_wait_for_the_lock_names_its_holder_and_can_be_interrupted() {
    let world = World::new().await;
    let lock = try_lock(&world.path("runtime/kinc.lock")).unwrap();
    assert!(matches!(lock, Locking::Taken(_)));
    let waits = |report: &Report| matches!(report, Report::Waiting(_));
    let applied = broken_off_at(&world, &[default("dev")], &options(), &waits).await;
    assert_eq!(said(&world, applied).0, NOTHING_DONE);
    let holder = std::process::id();
    let waiting = format!("waiting up to 600 s for another kinc (PID {holder}) to end");
    assert_eq!(world.reports(), [waiting]);
    assert!(world.files("config").is_empty());
}

#[tokio::test]
async fn a_wait_for_the_lock_has_a_limit_that_names_its_holder() {
    let mut world = World::new().await;
    world.context.lock_limit = Duration::from_millis(50);
    let holder = std::process::id();
    let process = world.path(&format!("proc/{holder}"));
    fs::create_dir(&process).unwrap();
    fs::write(process.join("cmdline"), "kinc\0delete\0dev\0").unwrap();
    let lock = try_lock(&world.path("runtime/kinc.lock")).unwrap();
    assert!(matches!(lock, Locking::Taken(_)));
    let error = world.apply(&[default("dev")]).await.unwrap_err();
    assert_eq!(
        world.words(&error),
        (
            format!("`kinc delete dev` (PID {holder}) did not end within 0.05 s"),
            vec![format!("ps -o pid,etime,args -p {holder}")]
        )
    );
    assert!(world.files("config").is_empty());
}

#[tokio::test]
async fn interrupting_a_query_of_podman_or_the_generator_changes_nothing() {
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
async fn an_interrupt_before_the_reload_leaves_files_written_and_starts_no_other_cluster() {
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
async fn an_interrupted_start_continues_and_no_other_cluster_is_started() {
    let mut world = World::new().await;
    let held = "kinc-a-control-plane.service";
    world.host.starts(held, Some(Start::Held));
    let clusters = ["a", "b"].map(default);
    let one_at_a_time = Options {
        parallel: 1,
        deletes_local_data: false,
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
async fn an_interrupt_before_a_prune_keeps_the_cluster_and_its_data() {
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
