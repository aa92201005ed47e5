//! What is said and done when something around kinc breaks.

use std::time::Duration;

use kinc::ops::apply::Action;
use kinc_ops::store::Fault;

use crate::world::{World, declared, default, outcomes};

#[tokio::test]
async fn a_podman_that_hangs_is_killed_and_named_and_nothing_is_written() {
    let mut world = World::new().await;
    world.context.podman = world.context.podman.limit(Duration::from_millis(200));
    world.store.break_calls("podman network ls", &Fault::Hangs);
    let error = world.apply(&[default("dev")]).await.unwrap_err();
    assert_eq!(
        world.words(&error).0,
        "`/bin/podman network ls --format json` did not end within 0.2 s"
    );
    assert!(world.files("config").is_empty());
    world.store.mend_calls();
    let applied = world.apply(&[default("dev")]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Created)]);
}

#[tokio::test]
async fn the_error_of_a_failing_podman_is_reported() {
    let world = World::new().await;
    let words = "Error: database is locked\n".to_owned();
    world
        .store
        .break_calls("podman image inspect", &Fault::Fails(125, words));
    let error = world.apply(&[default("dev")]).await.unwrap_err();
    assert_eq!(
        world.words(&error).0,
        "`/bin/podman image inspect localhost/kinc/node:v1.36.3` ended with exit status: 125: \
         Error: database is locked"
    );
    // What ends `inspect` may be that there is no such image, and that is asked for.
    let words = "Error: database is locked\n".to_owned();
    world
        .store
        .break_calls("podman image exists", &Fault::Fails(125, words));
    let error = world.apply(&[default("dev")]).await.unwrap_err();
    assert_eq!(
        world.words(&error).0,
        "looking for the image `localhost/kinc/node:v1.36.3`: podman ended with exit status: 125: \
         Error: database is locked"
    );
    assert!(world.files("config").is_empty());
}

#[tokio::test]
async fn a_manager_that_has_gone_away_is_reported_and_nothing_is_written() {
    let world = World::new().await;
    world.lose_manager().await;
    let error = world.apply(&[default("dev")]).await.unwrap_err();
    assert_eq!(
        world.words(&error).0,
        "reading the manager's environment: the connection to the bus was lost, as at the end of a login session"
    );
    assert!(world.files("config").is_empty());
}

#[tokio::test]
async fn a_change_whose_start_failed_is_completed_by_the_next_apply() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let words = "Error: cannot exec\n".to_owned();
    world
        .store
        .break_calls("podman exec", &Fault::Fails(125, words));
    let changed = declared(
        "dev",
        "{nodes: [{role: control-plane, labels: {disk: fast}}]}",
    );
    let applied = world.apply(std::slice::from_ref(&changed)).await.unwrap();
    assert!(applied[0].outcome.is_err());
    world.store.mend_calls();
    let applied = world.apply(std::slice::from_ref(&changed)).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Changed)]);
    let applied = world.apply(&[changed]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Unchanged)]);
}
