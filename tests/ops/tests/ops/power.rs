//! Start, stop and restart.

use anyhow::Result;
use kinc::ops::lifecycle;

use crate::host::Start;
use crate::world::{LIMITS, NODE, World, default, name};

async fn start(world: &World) -> Result<bool> {
    let mut report = |report| world.report(report);
    let outcome = lifecycle::start(&world.context, &name("dev"), LIMITS, &mut report).await;
    Ok(outcome?.ended)
}

async fn stop(world: &World) -> Result<bool> {
    let mut report = |report| world.report(report);
    let outcome = lifecycle::stop(&world.context, &name("dev"), LIMITS, &mut report).await;
    Ok(outcome?.ended)
}

async fn restart(world: &World) -> Result<bool> {
    let mut report = |report| world.report(report);
    let outcome = lifecycle::restart(&world.context, &name("dev"), LIMITS, &mut report).await;
    Ok(outcome?.ended)
}

#[tokio::test]
async fn stop_start_and_restart_act_on_the_unit_only() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let files = world.files("config");
    world.calls();
    assert!(stop(&world).await.unwrap());
    assert_eq!(world.changes(), [format!("systemd StopUnit {NODE}")]);
    assert!(start(&world).await.unwrap());
    let reset = format!("systemd ResetFailedUnit {NODE}");
    let calls = [reset.clone(), format!("systemd StartUnit {NODE}")];
    assert_eq!(world.changes(), calls);
    assert!(restart(&world).await.unwrap());
    assert_eq!(
        world.changes(),
        [reset, format!("systemd RestartUnit {NODE}")]
    );
    assert_eq!(world.files("config"), files);
}

#[tokio::test]
async fn a_failed_node_is_explained_with_its_message_and_a_hint() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    stop(&world).await.unwrap();
    let failed = Start::Fails(78, "failed: kubeadm.conf is missing");
    world.host.starts(NODE, Some(failed));
    let error = start(&world).await.unwrap_err();
    assert_eq!(
        world.words(&error),
        (
            "cluster `dev` did not start: kubeadm.conf is missing".to_owned(),
            vec![
                "the node's configuration is missing or invalid (exit code 78); correct the declaration and apply it again"
                    .to_owned(),
                "kinc logs dev".to_owned(),
                format!("systemctl --user status {NODE}"),
            ]
        )
    );
}
