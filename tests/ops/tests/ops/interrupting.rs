//! Whatever is interrupted, at whichever await: files are whole, and the next one comes to its end.

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::task::Poll;

use kinc::model::cluster::Cluster;
use kinc::ops::{delete, plan};
use kinc::plan::Step;

use crate::world::{LIMITS, World, declared, default, name};

/// Polls work until it has changed something that often, and drops it then; what came of it when it
/// ended before. Between two changes it is the same at whichever await it ends.
async fn broken_off<T>(world: &World, work: impl Future<Output = T>, changes: usize) -> Option<T> {
    let mut work = Box::pin(work);
    let mut left = changes;
    let mut last = traces(world);
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        if let Poll::Ready(outcome) = work.as_mut().poll(context) {
            return Poll::Ready(Some(outcome));
        }
        let now = traces(world);
        if now != last {
            last = now;
            left -= 1;
        }
        match left {
            0 => Poll::Ready(None),
            _ => Poll::Pending,
        }
    })
    .await
}

/// What changes with the units and files of a host.
pub(crate) fn traces(world: &World) -> String {
    let places = [
        "config",
        "data",
        "runtime",
        "podman/container",
        "podman/network",
        "podman/volume",
    ];
    let marks = places.map(|place| world.marks(place));
    format!("{:?}{marks:?}", world.fake.units())
}

/// All that the next one could find, as a text.
pub(crate) async fn found(world: &World) -> String {
    // What was sent before is done before this is answered.
    let manager = world.context.manager.as_ref().unwrap();
    manager.control_group().await.unwrap();
    let units = world.fake.units();
    let places = ["config", "data", "runtime", "podman"];
    let files = places.map(|place| {
        let mut files = world.files(place);
        files.remove("calls");
        files
    });
    world.short(&format!("{units:?}{files:?}"))
}

/// Returns whether each file of a cluster is as it was before, or as it is to be.
fn are_whole(now: &Files, before: &Files, after: &Files) -> bool {
    let is_one = |(path, file): (&String, &(u32, String))| {
        before.get(path) == Some(file) || after.get(path) == Some(file)
    };
    now.iter().all(is_one)
}

type Files = std::collections::BTreeMap<String, (u32, String)>;

/// The steps that an apply of this cluster would take.
pub(crate) async fn steps(world: &World, cluster: &Cluster) -> Vec<Step> {
    let clusters = [cluster.clone()];
    let mut report = |_| ();
    let planned = plan::plan(&world.context, &clusters, &[], &mut report);
    let planned = Box::pin(planned).await.unwrap().into_iter();
    planned.map(|planned| planned.plan.step).collect()
}

/// Breaks an apply off at each of its awaits; `before` is what is there when it begins.
async fn apply_again_after_every_await(before: Option<&Cluster>, after: &Cluster) {
    let target = World::new().await;
    if let Some(before) = before {
        target.apply(std::slice::from_ref(before)).await.unwrap();
    }
    let old = target.files("config");
    target.apply(std::slice::from_ref(after)).await.unwrap();
    let new: Files = target.files("config");
    let mut seen = BTreeSet::new();
    for changes in 0.. {
        let world = World::new().await;
        // Files name the directory of their host.
        let of_host = |files: &Files| -> Files {
            let place = world.path("").display().to_string();
            let old = target.path("").display().to_string();
            let text = |text: &str| text.replace(&old, &place);
            let files = files.iter();
            files
                .map(|(path, (mode, file))| (path.clone(), (*mode, text(file))))
                .collect()
        };
        if let Some(before) = before {
            world.apply(std::slice::from_ref(before)).await.unwrap();
        }
        let work = world.apply(std::slice::from_ref(after));
        let ended = broken_off(&world, work, changes).await.is_some();
        // The same state has the same future.
        if seen.insert(found(&world).await) {
            let now = world.files("config");
            assert!(
                are_whole(&now, &of_host(&old), &of_host(&new)),
                "{changes}: {now:?}"
            );
            let applied = world.apply(std::slice::from_ref(after)).await;
            let applied = applied.unwrap_or_else(|error| panic!("{changes}: {error:#}"));
            let outcome = applied.into_iter().next().unwrap().outcome;
            outcome.unwrap_or_else(|error| panic!("{changes}: {error:#}"));
            assert_eq!(steps(&world, after).await, [Step::Nothing], "{changes}");
            assert_eq!(world.files("config"), of_host(&new), "{changes}");
        }
        if ended {
            return;
        }
    }
}

#[tokio::test]
async fn a_first_apply_interrupted_at_any_await_is_completed_by_the_next() {
    apply_again_after_every_await(None, &default("dev")).await;
}

#[tokio::test]
async fn a_restart_interrupted_at_any_await_is_completed_by_the_next() {
    let spec = "{nodes: [{role: control-plane, sysctls: {net.core.somaxconn: '1024'}}]}";
    apply_again_after_every_await(Some(&default("dev")), &declared("dev", spec)).await;
}

#[tokio::test]
async fn an_in_place_change_interrupted_at_any_await_is_completed_by_the_next() {
    let spec = "{resources: {memory: 4Gi}}";
    apply_again_after_every_await(Some(&default("dev")), &declared("dev", spec)).await;
}

#[tokio::test]
async fn a_delete_interrupted_at_any_await_is_completed_by_the_next() {
    let mut seen = BTreeSet::new();
    for changes in 0.. {
        let world = World::new().await;
        world.apply(&[default("dev")]).await.unwrap();
        let dev = name("dev");
        let how = delete::Options::within(LIMITS);
        let mut report = |_| ();
        let work = delete::delete(&world.context, &dev, &how, &mut report);
        let ended = broken_off(&world, work, changes).await.is_some();
        if seen.insert(found(&world).await) {
            let again = delete::delete(&world.context, &dev, &how, &mut |_| ()).await;
            again.unwrap_or_else(|error| panic!("{changes}: {error:#}"));
            for place in ["config", "data"] {
                assert_eq!(world.files(place), Files::new(), "{changes}");
            }
            let kinds = ["container", "network", "volume"];
            let left = kinds.map(|kind| world.store.names(kind)).concat();
            assert!(left.is_empty(), "{changes}: {left:?}");
        }
        if ended {
            return;
        }
    }
}
