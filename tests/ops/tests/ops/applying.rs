//! What an apply does, and in which order.

use std::fs;
use std::time::Duration;

use kinc::ops::apply::Action;

use crate::host::Start;
use crate::world::{NODE, World, declared, default, options, outcomes};

#[tokio::test]
async fn the_first_apply_writes_links_reloads_and_starts_in_this_order() {
    let world = World::new().await;
    let applied = world.apply(&[default("dev")]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Created)]);
    assert_eq!(
        world.changes(),
        [
            "told wrote /config/containers/systemd/kinc-dev",
            "systemd LinkUnitFiles /config/containers/systemd/kinc-dev/kinc-dev.slice false false",
            "systemd LinkUnitFiles /config/containers/systemd/kinc-dev/kinc-dev-resolver.timer false false",
            "systemd LinkUnitFiles /config/containers/systemd/kinc-dev/kinc-dev-resolver.service false false",
            "systemd LinkUnitFiles /config/containers/systemd/kinc-dev/kinc-dev-uplink.service false false",
            "told linked kinc-dev.slice, kinc-dev-resolver.timer, kinc-dev-resolver.service, kinc-dev-uplink.service",
            "systemd Reload",
            &format!("systemd ResetFailedUnit {NODE}"),
            &format!("systemd StartUnit {NODE}"),
        ]
    );
    let files: Vec<String> = world
        .files("config/containers/systemd/kinc-dev")
        .into_keys()
        .collect();
    assert_eq!(
        files,
        [
            "cluster.yaml",
            "containers.conf",
            "kinc-dev-control-plane-containers.volume",
            "kinc-dev-control-plane.container",
            "kinc-dev-control-plane.kubeadm.conf",
            "kinc-dev-resolver.service",
            "kinc-dev-resolver.timer",
            "kinc-dev-uplink.service",
            "kinc-dev.network",
            "kinc-dev.slice",
        ]
    );
}

#[tokio::test]
async fn a_second_apply_changes_nothing_and_makes_the_fewest_calls() {
    let mut world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let files = world.files("config");
    world.calls();
    world.next_kinc();
    let applied = world.apply(&[default("dev")]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Unchanged)]);
    let mut calls = world.calls();
    // Podman and the generator are asked side by side.
    calls.sort();
    assert_eq!(
        calls,
        [
            "podman inspect kinc-dev-control-plane localhost/kinc/node:v1.36.3",
            "podman network ls --format json",
            "quadlet -version",
            "systemd Environment",
        ]
    );
    assert_eq!(world.files("config"), files);
}

#[tokio::test]
async fn the_environment_of_the_manager_is_read_once_in_an_apply() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let calls = world.calls();
    let reads = calls.iter().filter(|call| *call == "systemd Environment");
    assert_eq!(reads.count(), 1);
}

#[tokio::test]
async fn a_change_read_at_the_start_restarts_the_node() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.calls();
    let changed = declared(
        "dev",
        "{nodes: [{role: control-plane, sysctls: {net.core.somaxconn: '1024'}}]}",
    );
    let applied = world.apply(&[changed]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Restarted)]);
    assert_eq!(
        world.changes(),
        [
            "told wrote /config/containers/systemd/kinc-dev",
            "systemd Reload",
            &format!("systemd ResetFailedUnit {NODE}"),
            &format!("systemd RestartUnit {NODE}"),
        ]
    );
}

#[tokio::test]
async fn a_change_of_labels_is_applied_to_the_running_node() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.calls();
    let changed = declared(
        "dev",
        "{nodes: [{role: control-plane, labels: {disk: fast}}]}",
    );
    let applied = world.apply(&[changed]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Changed)]);
    assert_eq!(
        world.changes(),
        [
            "told wrote /config/containers/systemd/kinc-dev",
            "systemd Reload",
            "systemd StartUnit kinc-dev-network.service",
            "podman exec kinc-dev-control-plane /usr/libexec/kinc/relimit none none none",
            "podman exec kinc-dev-control-plane /usr/libexec/kinc/mark kinc-dev-control-plane 10.244.0.0/24 disk=fast ",
        ]
    );
}

#[tokio::test]
async fn a_missing_image_is_an_error_before_anything_is_written() {
    let world = World::new().await;
    world.store.remove("image", &default("dev").image);
    let error = world.apply(&[default("dev")]).await.unwrap_err();
    assert_eq!(
        world.words(&error),
        (
            "the node image `localhost/kinc/node:v1.36.3` is not on this host".to_owned(),
            vec!["kinc image build".to_owned()]
        )
    );
    assert!(world.changes().is_empty());
    assert!(world.files("config").is_empty());
}

#[tokio::test]
async fn a_missing_image_is_reported_at_its_line_with_the_available_ones() {
    let cases = [
        (
            "{kubernetesVersion: v1.35.0}",
            "27: `spec.kubernetesVersion`",
            "kinc/node:v1.35.0",
        ),
        (
            "{image: 'localhost/other:1'}",
            "15: `spec.image`",
            "other:1",
        ),
    ];
    for (spec, field, image) in cases {
        let world = World::new().await;
        for here in [
            "this host has `localhost/kinc/node:v1.36.3`",
            "this host has no node image",
        ] {
            let error = world.apply(&[declared("dev", spec)]).await.unwrap_err();
            let words = format!(
                "cluster.yaml:4:{field}: the node image `localhost/{image}` is not on this host: {here}, and `kinc \
                 image build` builds v1.36.3"
            );
            assert_eq!(world.words(&error), (words, Vec::new()));
            world.store.remove("image", &default("any").image);
        }
        assert!(world.files("config").is_empty());
    }
}

#[tokio::test]
async fn of_three_clusters_one_fails_and_the_others_are_ready() {
    let world = World::new().await;
    let failed = Start::Fails(78, "failed: kubeadm.conf is missing");
    world
        .host
        .starts("kinc-b-control-plane.service", Some(failed));
    let clusters = ["a", "b", "c"].map(default);
    let applied = world.apply(&clusters).await.unwrap();
    let words = "cluster `b` did not start: kubeadm.conf is missing".to_owned();
    assert_eq!(
        outcomes(&applied),
        [Ok(Action::Created), Err(words), Ok(Action::Created)]
    );
    let states = ["a", "b", "c"].map(|name| {
        let unit = format!("kinc-{name}-control-plane.service");
        world.fake.facts(&unit).active_state
    });
    assert_eq!(states, ["active", "failed", "active"]);
}

#[tokio::test]
async fn a_unit_missing_after_a_reload_is_loaded_by_another() {
    let world = World::new().await;
    world.host.vanishes(&[NODE]);
    let applied = world.apply(&[default("dev")]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Created)]);
    let reloads = world.calls();
    let reloads = reloads.iter().filter(|call| *call == "systemd Reload");
    assert_eq!(reloads.count(), 2);
}

#[tokio::test]
async fn a_unit_missing_after_two_reloads_is_an_error_and_the_next_apply_completes() {
    let world = World::new().await;
    world.host.vanishes(&[NODE, NODE]);
    let error = world.apply(&[default("dev")]).await.unwrap_err();
    assert_eq!(
        world.words(&error),
        (
            format!("systemd did not load `{NODE}`: not-found"),
            vec!["journalctl --user -b -t quadlet-generator -t podman-user-generator".to_owned()]
        )
    );
    let started = format!("systemd StartUnit {NODE}");
    assert!(!world.calls().contains(&started));
    let applied = world.apply(&[default("dev")]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Started)]);
}

#[tokio::test]
async fn a_node_that_is_not_ready_in_time_continues_and_the_next_apply_waits_for_it() {
    let world = World::new().await;
    world.host.starts(NODE, Some(Start::Held));
    let mut options = options();
    options.limits.wait = Duration::from_millis(200);
    let applied = world.apply_with(&[default("dev")], &options).await.unwrap();
    let words = format!("starting `{NODE}`: not done after 200ms: activating (start)");
    assert_eq!(outcomes(&applied), [Err(words)]);
    world.host.starts(NODE, None);
    let applied = world.apply(&[default("dev")]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Started)]);
}

#[tokio::test]
async fn beside_an_unreadable_cluster_nothing_is_allocated() {
    let world = World::new().await;
    let path = world.unit_dir("broken").join("cluster.yaml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "kind: Cluster\n").unwrap();
    let error = world.apply(&[default("dev")]).await.unwrap_err();
    let of = |field: &str| {
        format!(
            "`spec.networking.{field}`: cannot be chosen while \
             `/config/containers/systemd/kinc-broken/cluster.yaml` cannot be read, because \
             that cluster may use any; repair it, or set a value here"
        )
    };
    let words = [of("apiServerPort"), of("nodeSubnet")].join("\n");
    assert_eq!(world.words(&error).0, words);
    let spec = "{networking: {apiServerPort: 7443, nodeSubnet: 10.210.0.0/24}}";
    let applied = world.apply(&[declared("dev", spec)]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Created)]);
    let warned = "warning: /config/containers/systemd/kinc-broken/cluster.yaml";
    let told = world.reports();
    assert!(told.iter().any(|line| line.starts_with(warned)), "{told:?}");
    assert_eq!(fs::read_to_string(path).unwrap(), "kind: Cluster\n");
}
