//! Start, stop and restart, and the way into a cluster.

use std::fs;

use anyhow::Result;
use kinc::ops::{kubeconfig, power};

use crate::host::Start;
use crate::world::{LIMITS, NODE, World, default, name};

async fn start(world: &World) -> Result<bool> {
    let mut tell = |report| world.tell(report);
    power::start(&world.context, &name("dev"), LIMITS, &mut tell).await
}

async fn stop(world: &World) -> Result<bool> {
    let mut tell = |report| world.tell(report);
    power::stop(&world.context, &name("dev"), LIMITS, &mut tell).await
}

async fn restart(world: &World) -> Result<bool> {
    let mut tell = |report| world.tell(report);
    power::restart(&world.context, &name("dev"), LIMITS, &mut tell).await
}

#[tokio::test]
async fn a_cluster_is_stopped_started_and_restarted_by_its_unit_alone() {
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
async fn a_node_that_failed_is_explained_with_its_own_words_and_what_to_do() {
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
                "the node's configuration is missing or invalid (exit code 78); correct the declaration, and apply it again"
                    .to_owned(),
                "kinc logs dev".to_owned(),
                format!("systemctl --user status {NODE}"),
            ]
        )
    );
}

#[tokio::test]
async fn the_kubeconfig_of_a_cluster_is_there_once_it_was_initialised_and_also_while_it_is_down() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let error = kubeconfig::read(&world.context, &name("dev")).unwrap_err();
    assert_eq!(
        world.words(&error),
        (
            "cluster `dev` has not been initialised yet".to_owned(),
            vec!["kinc start dev".to_owned()]
        )
    );
    let admin = "apiVersion: v1\nkind: Config\ncurrent-context: a\n\
                 clusters: [{name: k, cluster: {server: 'https://10.200.0.2:6443'}}]\n\
                 contexts: [{name: a, context: {cluster: k, user: u}}]\n\
                 users: [{name: u, user: {token: t}}]\n";
    let node = "data/kinc/clusters/dev/kinc-dev-control-plane/kubernetes";
    fs::write(world.path(node).join("admin.conf"), admin).unwrap();
    stop(&world).await.unwrap();
    let mut tell = |report| world.tell(report);
    let merged = kubeconfig::merge_into_users(&world.context, &name("dev"), true, &mut tell).await;
    merged.unwrap();
    let (mode, text) = world.files("").remove("kubeconfig").unwrap();
    let expected = "apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    server: https://127.0.0.1:6443\n  \
                    name: kinc-dev\ncontexts:\n- context:\n    cluster: kinc-dev\n    user: kinc-dev\n  \
                    name: kinc-dev\ncurrent-context: kinc-dev\nusers:\n- user:\n    token: t\n  name: kinc-dev\n";
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!((mode, lines(&text)), (0o600, lines(expected)));
}
