//! What a delete removes, what it leaves, and what of it can be repeated.

use anyhow::Result;
use kinc::ops::delete;
use kinc_ops::store::Fault;
use serde_json::json;

use crate::world::{LIMITS, NODE, World, default, name};

async fn delete(world: &World, cluster: &str) -> Result<bool> {
    let mut tell = |report| world.tell(report);
    delete::delete(&world.context, &name(cluster), None, LIMITS, &mut tell).await
}

/// All that a host can have of clusters.
fn left(world: &World) -> (Vec<String>, Vec<String>) {
    let files = ["config", "data"].map(|place| world.files(place).into_keys());
    let files = files.into_iter().flatten().collect();
    let kinds = ["container", "network", "volume"];
    let objects = kinds.iter().flat_map(|kind| world.store.names(kind));
    (files, objects.collect())
}

#[tokio::test]
async fn a_delete_stops_the_node_and_then_removes_all_of_the_cluster_the_declaration_last() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.calls();
    assert!(delete(&world, "dev").await.unwrap());
    let node = "/data/kinc/clusters/dev/kinc-dev-control-plane";
    assert_eq!(
        world.changes(),
        [
            &format!("systemd StopUnit {NODE}"),
            "systemd StopUnit kinc-dev-control-plane-containers-volume.service",
            "podman network rm kinc-dev",
            "podman volume rm kinc-dev-control-plane-containers",
            "podman unshare cat /proc/self/mountinfo",
            &format!("podman unshare rm --recursive --force --one-file-system -- {node}"),
            "systemd DisableUnitFiles kinc-dev.slice false",
            "systemd DisableUnitFiles kinc-dev-resolver.timer false",
            "systemd DisableUnitFiles kinc-dev-resolver.service false",
            "systemd DisableUnitFiles kinc-dev-uplink.service false",
            "systemd Reload",
        ]
    );
    assert_eq!(left(&world), (vec![], vec![]));
    assert!(!delete(&world, "dev").await.unwrap());
}

#[tokio::test]
async fn a_delete_touches_nothing_of_another_cluster() {
    let world = World::new().await;
    world.apply(&[default("dev-2")]).await.unwrap();
    let before = left(&world);
    world.apply(&[default("dev")]).await.unwrap();
    delete(&world, "dev").await.unwrap();
    assert_eq!(left(&world), before);
    let unit = "kinc-dev-2-control-plane.service";
    assert_eq!(world.fake.facts(unit).active_state, "active");
}

#[tokio::test]
async fn a_volume_in_use_is_told_and_the_delete_can_be_repeated() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let user = json!({"StandIn": {"Volumes": ["kinc-dev-control-plane-containers"]}});
    world.store.put("container", "backup", &user);
    let error = delete(&world, "dev").await.unwrap_err();
    assert_eq!(
        world.words(&error),
        (
            "not all of cluster `dev` is removed: `/bin/podman volume rm kinc-dev-control-plane-containers` \
             ended with exit status: 2: Error: volume kinc-dev-control-plane-containers is being used by \
             the following container(s): backup: volume is being used"
                .to_owned(),
            vec!["kinc delete dev".to_owned()]
        )
    );
    assert!(world.unit_dir("dev").join("cluster.yaml").exists());
    world.store.remove("container", "backup");
    assert!(delete(&world, "dev").await.unwrap());
    assert_eq!(left(&world), (vec![], vec![]));
}

#[tokio::test]
async fn a_delete_that_ends_at_any_call_of_podman_can_be_repeated() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.calls();
    delete(&world, "dev").await.unwrap();
    let calls = world.store.take_calls().into_iter();
    let calls: Vec<String> = calls.filter(|call| call.starts_with("podman ")).collect();
    for call in calls {
        for fault in [Fault::Fails, Fault::FailsAfter] {
            world.apply(&[default("dev")]).await.unwrap();
            world
                .store
                .break_calls(&call, &fault(125, "Error: killed\n".to_owned()));
            assert!(delete(&world, "dev").await.is_err(), "{call}");
            assert!(
                world.unit_dir("dev").join("cluster.yaml").exists(),
                "{call}"
            );
            world.store.mend_calls();
            assert!(delete(&world, "dev").await.unwrap(), "{call}");
            assert_eq!(left(&world), (vec![], vec![]), "{call}");
        }
    }
}
