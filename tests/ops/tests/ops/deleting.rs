//! What a delete removes, what it leaves, and what of it can be repeated.

use std::cell::Cell;
use std::fs;

use anyhow::Result;
use kinc::ops::Report;
use kinc::ops::delete::{self, Options};
use kinc_ops::store::Fault;
use serde_json::json;

use crate::world::{LIMITS, NODE, World, declared, default, name};

async fn delete(world: &World, cluster: &str) -> Result<bool> {
    delete_with(world, cluster, &Options::within(LIMITS)).await
}

async fn delete_with(world: &World, cluster: &str, options: &Options) -> Result<bool> {
    let mut report = |report| world.report(report);
    delete::delete(&world.context, &name(cluster), options, &mut report).await
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
async fn a_delete_stops_the_node_and_removes_the_declaration_last() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.calls();
    assert!(delete(&world, "dev").await.unwrap());
    let mounts = "podman unshare cat /proc/self/mountinfo";
    assert_eq!(
        world.changes(),
        [
            mounts,
            &format!("systemd StopUnit {NODE}"),
            "systemd StopUnit kinc-dev-control-plane-containers-volume.service",
            mounts,
            "podman network rm kinc-dev",
            "podman volume rm kinc-dev-control-plane-containers",
            "podman unshare rm --recursive --force --one-file-system -- /data/kinc/clusters/dev/.kinc/removed",
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
async fn a_volume_in_use_is_reported_and_the_delete_can_be_repeated() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let user = json!({"StandIn": {"Volumes": ["kinc-dev-control-plane-containers"]}});
    world.store.put("container", "backup", &user);
    let error = delete(&world, "dev").await.unwrap_err();
    assert_eq!(
        world.words(&error),
        (
            "not all of cluster `dev` was removed: `/bin/podman volume rm kinc-dev-control-plane-containers` \
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
async fn a_delete_that_fails_at_any_call_of_podman_can_be_repeated() {
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

/// Where the data of the cluster `dev` is.
const DATA: &str = "data/kinc/clusters/dev";

/// The unit that is stopped after the node.
const LATER: &str = "kinc-dev-control-plane-containers-volume.service";

/// Deletes the cluster `dev`, and has something happen once the node is stopped.
async fn delete_while(world: &World, happens: impl Fn()) -> Result<bool> {
    let has_happened = Cell::new(false);
    let mut report = |report| {
        let is_stopped = matches!(&report, Report::Progress { unit, .. } if unit == LATER);
        if is_stopped && !has_happened.replace(true) {
            happens();
        }
    };
    let how = Options::within(LIMITS);
    let deleted = delete::delete(&world.context, &name("dev"), &how, &mut report).await;
    assert!(has_happened.get());
    deleted
}

/// Has another cluster be where the cluster `dev` was.
fn replace(world: &World) {
    for place in ["config", "data"] {
        for (path, (_, text)) in world.files(place) {
            let text = text.replace("0f1e2d3c", "00000000");
            fs::write(world.path(place).join(path), text).unwrap();
        }
    }
}

#[tokio::test]
async fn a_cluster_created_again_during_its_delete_stays() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let error = delete_while(&world, || replace(&world)).await.unwrap_err();
    assert_eq!(
        world.words(&error).0,
        "another cluster `dev` was created while this one was being deleted; it was not removed"
    );
    let mark = fs::read_to_string(world.path(DATA).join(".kinc/uid")).unwrap();
    assert_eq!(mark, "00000000-4b5a-6978-8796-a5b4c3d2e1f0\n");
    assert!(world.unit_dir("dev").join("cluster.yaml").exists());
    assert!(
        world
            .path(DATA)
            .join("kinc-dev-control-plane/var/of-the-node")
            .exists()
    );
    assert_eq!(world.store.names("network"), ["kinc-dev"]);
}

#[tokio::test]
async fn nothing_is_removed_of_a_cluster_that_is_started_during_its_delete() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let before = left(&world).0;
    let start = || {
        world.fake.set(NODE, |facts| {
            (facts.active_state, facts.sub_state) = ("active", "running");
        });
    };
    let error = delete_while(&world, start).await.unwrap_err();
    assert_eq!(
        world.words(&error),
        (
            format!(
                "`{NODE}` was started while cluster `dev` was being deleted; nothing was removed"
            ),
            vec!["kinc delete dev".to_owned()]
        )
    );
    assert_eq!(left(&world).0, before);
}

/// Checks that a delete is refused before it does anything, and returns why.
async fn refused(world: &World) -> (String, Vec<String>) {
    let before = left(world);
    world.calls();
    let error = delete(world, "dev").await.unwrap_err();
    assert_eq!(left(world), before);
    let calls = world.calls();
    assert!(
        !calls.iter().any(|call| call.contains("StopUnit")),
        "{calls:?}"
    );
    world.words(&error)
}

#[tokio::test]
async fn files_beside_the_data_of_a_node_do_not_belong_to_it() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let backup = world.path(DATA).join("kinc-dev-control-plane.bak");
    fs::create_dir_all(backup.join("var")).unwrap();
    let error = "`/data/kinc/clusters/dev/kinc-dev-control-plane.bak` does not belong to kinc, and would be removed \
                 with the data of cluster `dev`; move it away";
    assert_eq!(
        refused(&world).await,
        (error.to_owned(), vec!["kinc delete dev".to_owned()])
    );
    fs::rename(&backup, world.path("data/backup")).unwrap();
    assert!(delete(&world, "dev").await.unwrap());
    assert_eq!(left(&world), (vec![], vec![]));
    assert!(world.path("data/backup/var").exists());
}

#[tokio::test]
async fn unmounted_data_is_left_only_on_request() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    fs::rename(world.path("data/kinc"), world.path("data/away")).unwrap();
    let error = "the data of cluster `dev` is not in `/data/kinc/clusters/dev`; mount its disk, pass its \
                 directory, or delete everything else";
    let hints = [
        "kinc delete dev --data-dir DIR",
        "kinc delete dev --ignore-missing-data",
    ];
    assert_eq!(
        refused(&world).await,
        (error.to_owned(), hints.map(str::to_owned).to_vec())
    );
    let without = Options {
        ignores_missing_data: true,
        ..Options::within(LIMITS)
    };
    assert!(delete_with(&world, "dev", &without).await.unwrap());
    assert!(world.files("config").is_empty());
    // Somebody finds it later.
    let away = Options {
        data_dir: Some(world.path("data/away")),
        ..Options::within(LIMITS)
    };
    assert!(delete_with(&world, "dev", &away).await.unwrap());
    assert_eq!(left(&world), (vec![], vec![]));
}

#[tokio::test]
async fn data_of_a_damaged_declaration_is_found_by_its_unit() {
    let world = World::new().await;
    let elsewhere = format!("{{dataDir: {}}}", world.path("data/big").display());
    world.apply(&[declared("dev", &elsewhere)]).await.unwrap();
    for damaged in ["", "{", "\0\0", "metadata: {name: dev}\n"] {
        world.apply(&[declared("dev", &elsewhere)]).await.unwrap();
        fs::write(world.unit_dir("dev").join("cluster.yaml"), damaged).unwrap();
        assert!(delete(&world, "dev").await.unwrap(), "{damaged:?}");
        assert_eq!(left(&world), (vec![], vec![]), "{damaged:?}");
    }
}

#[tokio::test]
async fn data_of_an_unreadable_cluster_is_not_guessed_by_name() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    fs::write(world.unit_dir("dev").join("cluster.yaml"), "{").unwrap();
    fs::remove_file(
        world
            .unit_dir("dev")
            .join("kinc-dev-control-plane.container"),
    )
    .unwrap();
    let error = "the `cluster.yaml` of cluster `dev` cannot be read, so the place of its data is unknown; \
                 pass the directory, or delete everything else";
    assert_eq!(refused(&world).await.0, error);
    let given = Options {
        data_dir: Some(world.path("data/kinc")),
        ..Options::within(LIMITS)
    };
    assert!(delete_with(&world, "dev", &given).await.unwrap());
    assert_eq!(left(&world), (vec![], vec![]));
}

#[tokio::test]
async fn mounts_at_or_in_the_data_are_not_removed() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.store.mount(&world.path(DATA));
    let error = "`/data/kinc/clusters/dev` is a mount point, and kinc removes no mounted data; \
                 unmount it, and delete everything else";
    assert_eq!(refused(&world).await.0, error);
    world
        .store
        .mount(&world.path(DATA).join("kinc-dev-control-plane/var/mnt"));
    let error = "`/data/kinc/clusters/dev/kinc-dev-control-plane/var/mnt` is mounted in the data of cluster \
                 `dev`; unmount it first";
    assert_eq!(refused(&world).await.0, error);
    world.store.mount(&world.path("data/kinc/clusters/dev-2"));
    assert!(delete(&world, "dev").await.unwrap());
}

#[tokio::test]
async fn data_left_by_an_interrupted_delete_is_removed_without_a_declaration() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    fs::remove_dir_all(world.unit_dir("dev")).unwrap();
    let taken_out = world.path(DATA).join(".kinc/removed");
    fs::create_dir(&taken_out).unwrap();
    let node = world.path(DATA).join("kinc-dev-control-plane");
    fs::rename(node, taken_out.join("kinc-dev-control-plane")).unwrap();
    // Half of it is gone, the marks with it.
    fs::remove_dir_all(taken_out.join("kinc-dev-control-plane/var/.kinc")).unwrap();
    assert!(delete(&world, "dev").await.unwrap());
    assert!(world.files("data").is_empty());
    assert!(!world.path(DATA).exists());
}
