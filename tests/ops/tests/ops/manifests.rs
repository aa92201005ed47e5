//! Manifests beside a declaration are copied, and the copies are all that a cluster needs.

use std::fs;

use kinc::edge::manifests;
use kinc::model::cluster::Cluster;
use kinc::model::problem::Problem;
use kinc::ops::apply::Action;
use kinc::ops::plan::{self, Planned};
use kinc::plan::Step;

use crate::world::{World, declared, outcomes};

const OBJECT: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: web}}\n";
const COPY: &str = "kinc-dev-control-plane.manifest-0.file";

/// Declares a cluster with the manifests of a directory, as they are now.
fn cluster(world: &World) -> Result<Cluster, Vec<Problem>> {
    let path = world.path("deploy").display().to_string();
    let mut clusters = [declared(
        "dev",
        &format!("{{manifests: [{{path: '{path}'}}]}}"),
    )];
    let problems = manifests::read(&mut clusters);
    let [cluster] = clusters;
    if problems.is_empty() {
        Ok(cluster)
    } else {
        Err(problems)
    }
}

/// Returns what a plan without a file says of the cluster: what becomes of it, and what is not as declared.
async fn planned(world: &World) -> (Step, Vec<String>) {
    let mut report = |report| world.report(report);
    let mut planned = plan::existing(&world.context, &mut report).await.unwrap();
    let Planned { plan, .. } = planned.remove(0);
    let drift = plan.drift.into_iter();
    (
        plan.step,
        drift.map(|drift| world.short(&drift.what)).collect(),
    )
}

#[tokio::test]
async fn a_copied_manifest_needs_its_source_only_for_the_next_apply() {
    let world = World::new().await;
    fs::create_dir(world.path("deploy")).unwrap();
    fs::write(world.path("deploy/a.yaml"), OBJECT).unwrap();
    let first = [cluster(&world).unwrap()];
    world.apply(&first).await.unwrap();
    let copy = world.unit_dir("dev").join(COPY);
    assert_eq!(fs::read_to_string(&copy).unwrap(), OBJECT);
    let again = world.apply(&first).await.unwrap();
    assert_eq!(outcomes(&again), [Ok(Action::Unchanged)]);

    fs::rename(world.path("deploy"), world.path("away")).unwrap();
    assert_eq!(planned(&world).await, (Step::Nothing, Vec::new()));
    assert_eq!(cluster(&world).unwrap_err().len(), 1);

    let other = OBJECT.replace("web", "other");
    fs::create_dir(world.path("deploy")).unwrap();
    fs::write(world.path("deploy/a.yaml"), &other).unwrap();
    let applied = world.apply(&[cluster(&world).unwrap()]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Restarted)]);
    assert_eq!(fs::read_to_string(&copy).unwrap(), other);
}

#[tokio::test]
async fn a_changed_or_removed_copy_is_reported_and_made_again() {
    let world = World::new().await;
    fs::create_dir(world.path("deploy")).unwrap();
    fs::write(world.path("deploy/a.yaml"), OBJECT).unwrap();
    let cluster = [cluster(&world).unwrap()];
    world.apply(&cluster).await.unwrap();
    let copy = world.unit_dir("dev").join(COPY);
    for other in [
        Some("{apiVersion: v1, kind: Secret, metadata: {name: a}}"),
        None,
    ] {
        match other {
            Some(text) => fs::write(&copy, text).unwrap(),
            None => fs::remove_file(&copy).unwrap(),
        }
        let (step, drift) = planned(&world).await;
        assert_eq!(step, Step::Change);
        let lost = "the copy of `/deploy/a.yaml` in the cluster's directory was removed or changed; apply \
                    the declaration that names it";
        assert!(drift[0].ends_with(lost), "{drift:?}");
        world.apply(&cluster).await.unwrap();
        assert_eq!(fs::read_to_string(&copy).unwrap(), OBJECT);
        assert_eq!(planned(&world).await, (Step::Nothing, Vec::new()));
    }
}
