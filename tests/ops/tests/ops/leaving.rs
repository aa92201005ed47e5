//! Nodes that leave a cluster: the cordon, the pods, and the data on them.

use kinc::ops::apply::{self, Action};
use kinc::ops::{Target, lifecycle, plan};
use kinc::plan::Leaving;
use kinc_ops::store::Fault;
use serde_json::{Value, json};

use crate::nodes::{KUBECTL, ONE, with_worker};
use crate::world::{LIMITS, World, declared, name, options, outcomes};

/// How the control plane gets labels and taints.
const MARK: &str =
    "podman exec kinc-dev-control-plane /usr/libexec/kinc/mark kinc-dev-control-plane";

/// Has the drain of the worker fail.
fn break_drain(world: &World) {
    let fault = Fault::Fails(1, "no".to_owned());
    world.store.break_calls(&format!("{KUBECTL} drain"), &fault);
}

/// A node with this cordon, and this mark of who did it.
fn cordoned(is_ours: bool) -> Value {
    let mark = if is_ours {
        json!({"kinc.dev/draining": "true"})
    } else {
        json!({})
    };
    json!({
        "metadata": {"name": "kinc-dev-worker", "annotations": mark},
        "spec": {"unschedulable": true},
    })
}

#[tokio::test]
async fn pods_may_run_again_on_a_node_that_could_not_be_drained_unless_somebody_else_cordoned_it() {
    let free = json!({"metadata": {"name": "kinc-dev-worker", "annotations": {}}, "spec": {}});
    let cases = [
        ("nobody cordoned it", free.clone(), free.clone()),
        ("a kinc that was killed did", cordoned(true), free),
        ("somebody else did", cordoned(false), cordoned(false)),
    ];
    for (case, before, after) in cases {
        let world = with_worker().await;
        world.store.put("node", "kinc-dev-worker", &before);
        break_drain(&world);
        let applied = world.apply(&[declared("dev", ONE)]).await.unwrap();
        assert!(outcomes(&applied)[0].is_err(), "{case}");
        assert_eq!(
            world.store.get("node", "kinc-dev-worker"),
            Some(after),
            "{case}"
        );
    }
}

#[tokio::test]
async fn a_node_says_while_it_is_drained_that_kinc_cordoned_it() {
    let world = with_worker().await;
    break_drain(&world);
    // What is taken back is not, so that what was there before can be seen.
    let patch = |value: &str| {
        format!(
            "{KUBECTL} patch node kinc-dev-worker --type=merge --patch={{\"metadata\":{{\"annotations\":{{\"kinc.dev/draining\":{value}"
        )
    };
    let fault = Fault::Fails(1, "gone".to_owned());
    world.store.break_calls(&patch("null"), &fault);
    let applied = world.apply(&[declared("dev", ONE)]).await.unwrap();
    let said = outcomes(&applied)[0].clone().unwrap_err();
    assert!(
        said.contains("node `kinc-dev-worker` stays cordoned: "),
        "{said}"
    );
    assert_eq!(
        world.store.get("node", "kinc-dev-worker"),
        Some(cordoned(true))
    );
}

#[tokio::test]
async fn pods_may_run_on_the_control_plane_before_the_last_worker_is_drained() {
    let world = with_worker().await;
    world.apply(&[declared("dev", ONE)]).await.unwrap();
    let changes = world.changes();
    let place = |call: &str| changes.iter().position(|one| one.starts_with(call));
    let mark =
        place("podman exec kinc-dev-control-plane /usr/libexec/kinc/mark kinc-dev-control-plane");
    let drained = place(&format!("{KUBECTL} drain kinc-dev-worker"));
    assert!(mark.is_some() && mark < drained, "{changes:#?}");
}

#[tokio::test]
async fn the_control_plane_is_tainted_again_when_the_last_worker_cannot_be_drained() {
    let world = with_worker().await;
    break_drain(&world);
    world.apply(&[declared("dev", ONE)]).await.unwrap();
    let changes = world.changes();
    let marks = changes.iter().filter_map(|call| call.strip_prefix(MARK));
    let taint = "node-role.kubernetes.io/control-plane:NoSchedule";
    let is_tainted: Vec<bool> = marks.map(|mark| mark.contains(taint)).collect();
    assert_eq!(is_tainted, [false, true], "{changes:#?}");
}

/// A volume of the claim `default/data` that only the worker can mount.
fn local_volume() -> Value {
    let hostname =
        json!({"key": "kubernetes.io/hostname", "operator": "In", "values": ["kinc-dev-worker"]});
    json!({"metadata": {"name": "pvc-1", "uid": "v1"}, "spec": {
        "claimRef": {"namespace": "default", "name": "data", "uid": "c1"},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [hostname]}]}},
    }})
}

/// Adds the volume, and a claim of its name.
fn put_data(world: &World, claim_uid: &str) {
    let claim = json!({"metadata": {"name": "data", "uid": claim_uid}});
    world.store.put("pv", "pvc-1", &local_volume());
    world.store.put("pvc", "data", &claim);
}

/// Removes the worker with the data on it, and returns which claims and volumes are left.
async fn left(world: &World) -> Vec<String> {
    let with_data = apply::Options {
        deletes_local_data: true,
        ..options()
    };
    let applied = world.apply_with(&[declared("dev", ONE)], &with_data).await;
    assert_eq!(outcomes(&applied.unwrap()), [Ok(Action::Changed)]);
    [world.store.names("pvc"), world.store.names("pv")].concat()
}

#[tokio::test]
async fn a_node_with_volumes_of_claims_stays_unless_their_data_may_go() {
    let world = with_worker().await;
    put_data(&world, "c1");
    let error = world.apply(&[declared("dev", ONE)]).await.unwrap_err();
    assert_eq!(
        world.words(&error),
        (
            "the volumes of default/data are on `kinc-dev-worker`, and would be removed with it"
                .to_owned(),
            vec!["move what is in them, or repeat with --delete-local-data".to_owned()]
        )
    );
    assert_eq!(left(&world).await, [""; 0]);
}

#[tokio::test]
async fn a_claim_that_was_made_anew_under_the_name_is_kept() {
    let world = with_worker().await;
    put_data(&world, "c2");
    assert_eq!(left(&world).await, ["data"]);
}

#[tokio::test]
async fn a_claim_that_is_gone_is_no_failure_and_one_that_cannot_be_deleted_is() {
    let world = with_worker().await;
    put_data(&world, "c1");
    world.store.remove("pvc", "data");
    assert_eq!(left(&world).await, [""; 0]);

    let world = with_worker().await;
    put_data(&world, "c1");
    let fault = Fault::Fails(1, "the server is down".to_owned());
    let delete = "podman exec kinc-dev-control-plane sh -c";
    world.store.break_calls(delete, &fault);
    let with_data = apply::Options {
        deletes_local_data: true,
        ..options()
    };
    let applied = world.apply_with(&[declared("dev", ONE)], &with_data).await;
    let said = outcomes(&applied.unwrap())[0].clone().unwrap_err();
    assert!(said.contains("the server is down"), "{said}");
}

#[tokio::test]
async fn a_claim_that_comes_to_a_node_that_is_down_keeps_it() {
    let world = with_worker().await;
    let cluster = name("dev");
    let worker = Target {
        cluster: &cluster,
        node: Some("worker"),
    };
    lifecycle::stop(&world.context, worker, LIMITS, &mut |_| ())
        .await
        .unwrap();
    world.store.put("later-pv", "pvc-1", &local_volume());
    world.calls();
    let applied = world.apply(&[declared("dev", ONE)]).await.unwrap();
    let said = outcomes(&applied)[0].clone().unwrap_err();
    assert_eq!(
        said,
        "removing node `kinc-dev-worker`: the volume of default/data has come to it meanwhile"
    );
    let changes = world.changes();
    let gone = format!("{KUBECTL} delete node");
    assert!(
        !changes.iter().any(|call| call.starts_with(&gone)),
        "{changes:#?}"
    );
}

#[tokio::test]
async fn a_node_stays_while_something_lies_in_its_directory_that_is_not_its_own() {
    let world = with_worker().await;
    let directory = world.path("data/kinc/clusters/dev/kinc-dev-worker");
    std::fs::write(directory.join("backup.tar"), "mine").unwrap();
    world.calls();
    let error = world.apply(&[declared("dev", ONE)]).await.unwrap_err();
    let said = "`/data/kinc/clusters/dev/kinc-dev-worker/backup.tar` does not belong to kinc, and would be removed with \
                the data of node `kinc-dev-worker`; move it away";
    assert_eq!(world.words(&error), (said.to_owned(), Vec::new()));
    let changes = world.changes();
    assert!(
        changes
            .iter()
            .all(|call| call.starts_with(&format!("{KUBECTL} get"))),
        "{changes:#?}"
    );
}

#[tokio::test]
async fn a_node_is_not_removed_from_a_cluster_that_is_down() {
    let world = with_worker().await;
    lifecycle::stop(&world.context, &name("dev"), LIMITS, &mut |_| ())
        .await
        .unwrap();
    let error = world.apply(&[declared("dev", ONE)]).await.unwrap_err();
    assert_eq!(
        world.words(&error),
        (
            "cluster `dev` must be ready to remove `kinc-dev-worker` from it".to_owned(),
            vec!["kinc start dev".to_owned()]
        )
    );
}

/// Returns how the worker would leave.
async fn planned(world: &World) -> Leaving {
    let mut report = |report| world.report(report);
    let planned = plan::plan(&world.context, &[declared("dev", ONE)], &[], &mut report).await;
    planned.unwrap().remove(0).plan.leaving.remove(0)
}

#[tokio::test]
async fn a_plan_names_the_pods_of_a_node_that_leaves_and_what_hinders_their_eviction() {
    let world = with_worker().await;
    let pod = |name: &str, owners: Value| {
        json!({"metadata": {
            "namespace": "default", "name": name, "ownerReferences": owners, "labels": {"app": name},
        }})
    };
    let pods = json!({"items": [
        pod("web", json!([{"kind": "ReplicaSet", "controller": true}])),
        pod("alone", Value::Null),
        pod("flannel", json!([{"kind": "DaemonSet", "controller": true}])),
    ]});
    world.store.put("pods", "all", &pods);
    for (name, app) in [("one", "web"), ("two", "flannel"), ("three", "absent")] {
        let budget = json!({
            "metadata": {"namespace": "default", "name": name},
            "spec": {"selector": {"matchLabels": {"app": app}}},
            "status": {"disruptionsAllowed": 0},
        });
        world.store.put("pdb", name, &budget);
    }
    let leaving = planned(&world).await;
    assert!(leaving.drained);
    assert_eq!(leaving.pods, ["default/web", "default/alone"]);
    assert_eq!(leaving.lost_pods, ["default/alone"]);
    assert_eq!(leaving.hindered_by, ["default/one"]);
    assert_eq!(leaving.unknown, None);
}

#[tokio::test]
async fn a_plan_without_an_answer_of_the_cluster_says_so_and_an_apply_needs_one() {
    let world = with_worker().await;
    let fault = Fault::Fails(1, "the server is down".to_owned());
    world
        .store
        .break_calls(&format!("{KUBECTL} get pdb"), &fault);
    let why = planned(&world).await.unknown.unwrap();
    assert!(why.ends_with("the server is down"), "{why}");
    world.calls();
    let error = world.apply(&[declared("dev", ONE)]).await.unwrap_err();
    let (said, hints) = world.words(&error);
    let kept = "cluster `dev` did not say what is on `kinc-dev-worker`, so it stays: ";
    assert!(said.starts_with(kept), "{said}");
    assert_eq!(hints, ["kinc status dev"]);
    let drain = format!("{KUBECTL} drain");
    assert!(!world.store.has_call(&drain));

    world.store.mend_calls();
    lifecycle::stop(&world.context, &name("dev"), LIMITS, &mut |_| ())
        .await
        .unwrap();
    let leaving = planned(&world).await;
    assert!(!leaving.drained);
    let why = leaving.unknown.as_deref();
    assert_eq!(why, Some("cluster `dev` is not ready"));
}
