//! Clusters whose declaration or whose data is lost, damaged, moved or away.

use std::fs;

use kinc::ops::apply::Action;
use kinc::ops::{adopt, lifecycle};

use crate::world::{LIMITS, NODE, World, declared, default, name, outcomes};

async fn adopt(world: &World, data_dir: Option<&str>) -> anyhow::Result<String> {
    let data_dir = data_dir.map(|path| world.path(path));
    let mut report = |report| world.report(report);
    adopt::adopt(
        &world.context,
        &name("dev"),
        data_dir.as_deref(),
        &mut report,
    )
    .await
}

#[tokio::test]
async fn a_lost_declaration_is_adopted_from_its_copy() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let files = world.files("config");
    fs::remove_file(world.unit_dir("dev").join("cluster.yaml")).unwrap();
    adopt(&world, None).await.unwrap();
    assert_eq!(world.files("config"), files);
    let applied = world.apply(&[default("dev")]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Unchanged)]);
}

#[tokio::test]
async fn creating_a_cluster_over_existing_data_suggests_adopt_and_delete() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    // As `podman quadlet rm` leaves it.
    lifecycle::stop(&world.context, &name("dev"), LIMITS, &mut |_| ())
        .await
        .unwrap();
    fs::remove_dir_all(world.unit_dir("dev")).unwrap();
    let manager = world.context.manager.as_ref().unwrap();
    manager.reload().await.unwrap();
    world.calls();
    let error = world.apply(&[default("dev")]).await.unwrap_err();
    let hints = ["kinc adopt dev", "kinc delete dev"].map(str::to_owned);
    let words =
        "`/data/kinc/clusters/dev` has the data of a deleted cluster `dev`; adopt it, or delete it";
    assert_eq!(world.words(&error), (words.to_owned(), hints.to_vec()));
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn missing_data_is_named_and_never_recreated() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    lifecycle::stop(&world.context, &name("dev"), LIMITS, &mut |_| ())
        .await
        .unwrap();
    fs::rename(world.path("data"), world.path("away")).unwrap();
    let applied = world.apply(&[default("dev")]).await.unwrap();
    let words = world.words(applied[0].outcome.as_ref().unwrap_err()).0;
    assert!(words.contains("is missing"), "{words}");
    assert!(!world.path("data").exists());
    let started = format!("systemd StartUnit {NODE}");
    world.calls();
    fs::rename(world.path("away"), world.path("data")).unwrap();
    world.apply(&[default("dev")]).await.unwrap();
    assert!(world.calls().contains(&started));
}

#[tokio::test]
async fn adopt_keeps_a_damaged_declaration_and_restores_the_copy() {
    let world = World::new().await;
    let elsewhere = declared(
        "dev",
        &format!("{{dataDir: {}}}", world.path("big").display()),
    );
    world.apply(std::slice::from_ref(&elsewhere)).await.unwrap();
    let path = world.unit_dir("dev").join("cluster.yaml");
    let whole = fs::read(&path).unwrap();
    for (number, damaged) in [(1, "{"), (2, ""), (3, "apiVersion: kinc.dev/v1alpha1\n")] {
        fs::write(&path, damaged).unwrap();
        let beginning = "`/config/containers/systemd/kinc-dev/cluster.yaml` is damaged: ";
        let end = "; restore it, or recreate it from the copy beside the data";
        for error in [
            world
                .apply(std::slice::from_ref(&elsewhere))
                .await
                .unwrap_err(),
            lifecycle::start(&world.context, &name("dev"), LIMITS, &mut |_| ())
                .await
                .unwrap_err(),
        ] {
            let (words, hints) = world.words(&error);
            assert!(
                words.starts_with(beginning) && words.ends_with(end),
                "{words}"
            );
            assert_eq!(hints, ["kinc adopt dev"]);
        }
        world.reports();
        adopt(&world, None).await.unwrap();
        let aside = format!("/config/containers/systemd/kinc-dev/cluster.yaml.old-{number}");
        assert_eq!(
            world.reports(),
            [format!("kept the damaged one as {aside}")]
        );
        assert_eq!(
            fs::read_to_string(world.path(&aside[1..])).unwrap(),
            damaged
        );
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
    let applied = world.apply(&[elsewhere]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Unchanged)]);
    let error = adopt(&world, None).await.unwrap_err();
    assert_eq!(
        world.words(&error).0,
        "`/config/containers/systemd/kinc-dev/cluster.yaml` exists; there is nothing to adopt"
    );
}

#[tokio::test]
async fn a_damaged_declaration_without_a_copy_is_left_in_place() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    fs::write(world.unit_dir("dev").join("cluster.yaml"), "{").unwrap();
    let before = world.files("config");
    fs::rename(world.path("data/kinc"), world.path("data/away")).unwrap();
    let error = adopt(&world, None).await.unwrap_err();
    assert_eq!(
        world.words(&error),
        (
            "cluster `dev` has no data in `/data/kinc/clusters/dev`".to_owned(),
            vec!["kinc adopt dev --data-dir DIR".to_owned()]
        )
    );
    fs::write(world.path("data/away/clusters/dev/cluster.yaml"), "{").unwrap();
    let error = adopt(&world, Some("data/away")).await.unwrap_err();
    let words = world.words(&error).0;
    let copy = "reading the copy of the declaration in `/data/away/clusters/dev`: ";
    assert!(words.starts_with(copy), "{words}");
    assert_eq!(world.files("config"), before);
}

/// Has the host say of what type the file system of a directory is.
fn mount(world: &World, directory: &str, fs_type: &str) {
    let point = world.path(directory);
    fs::create_dir_all(&point).unwrap();
    let line = format!("36 35 0:30 / {} rw - {fs_type} x rw\n", point.display());
    let table = world.path("proc/self/mountinfo");
    fs::create_dir_all(table.parent().unwrap()).unwrap();
    fs::write(table, line).unwrap();
}

#[tokio::test]
async fn moved_data_is_accepted_only_on_a_suitable_file_system() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    lifecycle::stop(&world.context, &name("dev"), LIMITS, &mut |_| ())
        .await
        .unwrap();
    mount(&world, "moved", "tmpfs");
    fs::rename(
        world.path("data/kinc/clusters"),
        world.path("moved/clusters"),
    )
    .unwrap();
    let before = world.files("config");
    let moved = declared(
        "dev",
        &format!("{{dataDir: {}}}", world.path("moved").display()),
    );
    let error = world.apply(std::slice::from_ref(&moved)).await.unwrap_err();
    let reason = "`/moved` cannot hold the data of a cluster: `/moved` is in memory (tmpfs), and empty after \
                  a reboot";
    assert_eq!(
        world.words(&error).0,
        format!("cluster.yaml:4:17: `spec.dataDir`: {reason}; choose another directory")
    );
    fs::remove_file(world.unit_dir("dev").join("cluster.yaml")).unwrap();
    let error = adopt(&world, Some("moved")).await.unwrap_err();
    assert_eq!(
        world.words(&error).0,
        format!("{reason}; move the data, and pass its directory")
    );
    mount(&world, "moved", "ext4");
    adopt(&world, Some("moved")).await.unwrap();
    assert_ne!(world.files("config"), before);
    let applied = world.apply(&[moved]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Started)]);
}

#[tokio::test]
async fn a_cluster_without_data_does_not_block_others() {
    let world = World::new().await;
    let away = declared(
        "away",
        &format!("{{dataDir: {}}}", world.path("disk").display()),
    );
    world.apply(&[away, default("dev")]).await.unwrap();
    lifecycle::stop(&world.context, &name("away"), LIMITS, &mut |_| ())
        .await
        .unwrap();
    fs::rename(world.path("disk"), world.path("unplugged")).unwrap();
    let before = fs::read(world.unit_dir("away").join("cluster.yaml")).unwrap();
    let changed = |name| declared(name, "{resources: {memory: 4Gi}}");
    let applied = world
        .apply(&[changed("away"), changed("dev"), default("new")])
        .await
        .unwrap();
    let missing = "/disk/clusters/away/kinc-away-control-plane/kubernetes";
    assert_eq!(
        outcomes(&applied)
            .into_iter()
            .map(|one| one.map_err(|error| world.short(&error)))
            .collect::<Vec<_>>(),
        [
            Err(format!(
                "the data of cluster `away` is missing: `{missing}` is missing; restore it, or delete the \
                 cluster"
            )),
            Ok(Action::Changed),
            Ok(Action::Created),
        ]
    );
    // A change that nobody could take is not written either.
    let after = fs::read(world.unit_dir("away").join("cluster.yaml")).unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_cluster_without_a_loaded_unit_is_stopped() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let stop = async || lifecycle::stop(&world.context, &name("dev"), LIMITS, &mut |_| ()).await;
    stop().await.unwrap();
    fs::remove_dir_all(world.unit_dir("dev")).unwrap();
    let manager = world.context.manager.as_ref().unwrap();
    manager.reload().await.unwrap();
    adopt(&world, None).await.unwrap();
    assert!(stop().await.unwrap().ended);
}
