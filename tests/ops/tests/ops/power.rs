//! Start, stop and restart.

use anyhow::Result;
use kinc::ops::{NoSuchNode, Target, lifecycle};

use crate::host::Start;
use crate::world::{LIMITS, NODE, World, declared, default, name};

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

const WORKERS: &str = "{nodes: [{role: control-plane}, {role: worker}, {role: worker}]}";

#[tokio::test]
async fn a_node_is_stopped_and_started_alone_by_either_of_its_names() {
    let world = World::new().await;
    world.apply(&[declared("dev", WORKERS)]).await.unwrap();
    world.calls();
    let unit = "kinc-dev-worker2.service";
    let dev = &name("dev");
    for node in ["worker2", "kinc-dev-worker2"] {
        let target = Target {
            cluster: dev,
            node: Some(node),
        };
        let context = &world.context;
        let stopped = lifecycle::stop(context, target, LIMITS, &mut |_| ()).await;
        assert_eq!(stopped.unwrap().units, [unit]);
        assert_eq!(world.changes(), [format!("systemd StopUnit {unit}")]);
        let started = lifecycle::start(context, target, LIMITS, &mut |_| ()).await;
        assert_eq!(started.unwrap().units, [unit]);
        let calls = ["ResetFailedUnit", "StartUnit"].map(|call| format!("systemd {call} {unit}"));
        assert_eq!(world.changes(), calls);
    }
}

#[tokio::test]
async fn an_unknown_node_is_an_error_that_names_those_that_there_are() {
    let world = World::new().await;
    world.apply(&[declared("dev", WORKERS)]).await.unwrap();
    world.calls();
    let target = Target {
        cluster: &name("dev"),
        node: Some("worker3"),
    };
    let error = lifecycle::restart(&world.context, target, LIMITS, &mut |_| ()).await;
    let error = error.unwrap_err();
    let expected = NoSuchNode {
        cluster: "dev".to_owned(),
        node: "worker3".to_owned(),
        others: ["control-plane", "worker", "worker2"]
            .map(str::to_owned)
            .to_vec(),
    };
    assert_eq!(error.downcast_ref::<NoSuchNode>(), Some(&expected));
    assert_eq!(world.changes(), [""; 0]);
}

#[tokio::test]
async fn a_worker_that_fails_is_named_instead_of_its_cluster() {
    let world = World::new().await;
    world.apply(&[declared("dev", WORKERS)]).await.unwrap();
    stop(&world).await.unwrap();
    let failed = Start::Fails(78, "failed: kubeadm.conf is missing");
    world.host.starts("kinc-dev-worker2.service", Some(failed));
    let (words, hints) = world.words(&start(&world).await.unwrap_err());
    assert_eq!(
        words,
        "node `kinc-dev-worker2` did not start: kubeadm.conf is missing"
    );
    assert_eq!(
        hints[1..],
        [
            "kinc logs dev --node worker2",
            "systemctl --user status kinc-dev-worker2.service"
        ]
    );
}
