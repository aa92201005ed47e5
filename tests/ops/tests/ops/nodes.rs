//! Nodes that come to a cluster and leave it again.

use kinc::ops::apply::Action;
use kinc_ops::store::Fault;

use crate::world::{World, declared, outcomes};

pub(crate) const ONE: &str = "{nodes: [{role: control-plane}]}";
pub(crate) const WITH_WORKER: &str = "{nodes: [{role: control-plane}, {role: worker}]}";

/// How kinc asks the cluster.
pub(crate) const KUBECTL: &str = "podman exec kinc-dev-control-plane kubectl";

/// A cluster with a worker, of which nothing is recorded.
pub(crate) async fn with_worker() -> World {
    let world = World::new().await;
    world.apply(&[declared("dev", WITH_WORKER)]).await.unwrap();
    world.calls();
    world
}

#[tokio::test]
async fn a_new_worker_is_linked_and_started_and_no_other_node_restarted() {
    let world = World::new().await;
    // A control plane with workers is tainted; this one is so from the start.
    let taint = "taints: ['node-role.kubernetes.io/control-plane:NoSchedule']";
    let one = format!("{{nodes: [{{role: control-plane, {taint}}}]}}");
    let two = format!("{{nodes: [{{role: control-plane, {taint}}}, {{role: worker}}]}}");
    world.apply(&[declared("dev", &one)]).await.unwrap();
    world.calls();
    let applied = world.apply(&[declared("dev", &two)]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Started)]);
    assert_eq!(
        world.changes(),
        [
            "told wrote /config/containers/systemd/kinc-dev",
            "systemd LinkUnitFiles /config/containers/systemd/kinc-dev/kinc-dev-worker-join@.service false false",
            "systemd LinkUnitFiles /config/containers/systemd/kinc-dev/kinc-dev-worker-join.socket false false",
            "told linked kinc-dev-worker-join.socket",
            "systemd Reload",
            "systemd ResetFailedUnit kinc-dev-worker.service",
            "systemd StartUnit kinc-dev-worker.service",
        ]
    );
    let uid = world.path("data/kinc/clusters/dev/kinc-dev-worker/var/.kinc/uid");
    assert!(uid.exists());
}

#[tokio::test]
async fn a_node_that_is_not_declared_any_more_is_drained_and_removed_before_its_files() {
    let world = with_worker().await;
    let applied = world.apply(&[declared("dev", ONE)]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Changed)]);
    let changes = world.changes();
    let place = |call: &str| {
        let is = |one: &String| one.starts_with(call);
        changes
            .iter()
            .position(is)
            .unwrap_or_else(|| panic!("{call}: {changes:#?}"))
    };
    let steps = [
        format!("{KUBECTL} drain kinc-dev-worker"),
        "told drained node kinc-dev-worker".to_owned(),
        "systemd StopUnit kinc-dev-worker.service".to_owned(),
        format!("{KUBECTL} delete node kinc-dev-worker"),
        "systemd DisableUnitFiles kinc-dev-worker-join.socket".to_owned(),
        "told removed node kinc-dev-worker, with its data".to_owned(),
        "told wrote /config/containers/systemd/kinc-dev".to_owned(),
        "systemd Reload".to_owned(),
    ];
    let places: Vec<usize> = steps.iter().map(|step| place(step)).collect();
    assert!(places.is_sorted(), "{changes:#?}");
    assert!(
        !world
            .path("data/kinc/clusters/dev/kinc-dev-worker")
            .exists()
    );
    assert!(
        !world
            .unit_dir("dev")
            .join("kinc-dev-worker.container")
            .exists()
    );
}

#[tokio::test]
async fn a_worker_before_others_leaves_alone_if_these_are_named() {
    let of = |workers: &str| {
        declared(
            "dev",
            &format!("{{nodes: [{{role: control-plane}}, {workers}]}}"),
        )
    };
    let world = World::new().await;
    let three = "{role: worker}, {role: worker}, {role: worker}";
    world.apply(&[of(three)]).await.unwrap();
    let file = |node: &str| {
        world
            .unit_dir("dev")
            .join(format!("kinc-dev-{node}.container"))
    };
    let text = |node: &str| std::fs::read_to_string(file(node)).unwrap();
    let before = (text("worker"), text("worker3"));
    world.calls();
    let applied = world
        .apply(&[of("{role: worker}, {role: worker, name: kinc-dev-worker3}")])
        .await
        .unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Changed)]);
    assert_eq!((text("worker"), text("worker3")), before);
    assert!(!file("worker2").exists());
    let changes = world.changes();
    let concern = |call: &&String| {
        call.contains("kinc-dev-worker.service") || call.contains("kinc-dev-worker3")
    };
    assert_eq!(changes.iter().find(concern), None, "{changes:#?}");
    // Its number is the first that is free.
    world
        .apply(&[of(
            "{role: worker}, {role: worker, name: kinc-dev-worker3}, {role: worker}",
        )])
        .await
        .unwrap();
    assert!(file("worker2").exists());
    assert_eq!((text("worker"), text("worker3")), before);
}

#[tokio::test]
async fn a_drain_that_does_not_end_removes_nothing_and_the_next_apply_tries_again() {
    let world = with_worker().await;
    let files = || world.files("config/containers/systemd/kinc-dev");
    let before = files();
    let words = "error when evicting pods/\"a\": Cannot evict pod as it would violate the pod's disruption budget.";
    let drain = format!("{KUBECTL} drain");
    world
        .store
        .break_calls(&drain, &Fault::Fails(1, words.to_owned()));
    let other = declared("other", "{}");
    let applied = world.apply(&[declared("dev", ONE), other]).await.unwrap();
    let outcomes_of = outcomes(&applied);
    let said = outcomes_of[0].as_ref().unwrap_err();
    assert!(
        said.starts_with("removing node `kinc-dev-worker`: draining it: "),
        "{said}"
    );
    assert!(said.contains("disruption budget"), "{said}");
    // It holds up its own cluster alone.
    assert_eq!(outcomes_of[1], Ok(Action::Created));
    assert_eq!(files(), before);
    world.store.mend_calls();
    let applied = world.apply(&[declared("dev", ONE)]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Changed)]);
}

#[tokio::test]
async fn a_changed_port_restarts_the_balancer_of_several_control_planes_and_no_node() {
    let of = |port: u16| {
        let spec = format!(
            "{{networking: {{apiServerPort: {port}}}, nodes: [{{role: control-plane}}, {{role: control-plane}}, {{role: control-plane}}]}}"
        );
        declared("dev", &spec)
    };
    let world = World::new().await;
    let applied = world.apply(&[of(7001)]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Created)]);
    let started = world.changes();
    let started = started.iter().filter(|one| one.contains("StartUnit"));
    assert_eq!(started.count(), 3, "systemd itself upholds the balancer");
    world.fake.set("kinc-dev-api.service", |facts| {
        facts.active_state = "active";
    });
    let applied = world.apply(&[of(7002)]).await.unwrap();
    assert_eq!(outcomes(&applied), [Ok(Action::Changed)]);
    assert_eq!(
        world.changes(),
        [
            "told wrote /config/containers/systemd/kinc-dev",
            "systemd Reload",
            "systemd RestartUnit kinc-dev-api.service",
        ]
    );
}
