//! What list, status and plan say, also of a host on which something is missing.

use std::fs;
use std::future::pending;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kinc::edge::podman::Podman;
use kinc::ops::apply::Options;
use kinc::ops::status::{self, ClusterStatus};
use kinc::ops::{NoSuchNode, Target, lifecycle, plan};
use kinc::plan::Step;
use kinc_ops::store::Fault;

use crate::host::Start;
use crate::world::{LIMITS, NODE, World, declared, default, name, options, outcomes};

async fn list(world: &World) -> Vec<ClusterStatus> {
    let mut report = |report| world.report(report);
    status::list(&world.context, &mut report).await.unwrap()
}

async fn steps(world: &World) -> Vec<Step> {
    let mut report = |report| world.report(report);
    let planned = plan::existing(&world.context, &mut report).await.unwrap();
    let planned = planned.into_iter();
    planned.map(|planned| planned.plan.step).collect()
}

#[tokio::test]
async fn a_list_has_the_state_of_each_cluster_in_one_word() {
    let world = World::new().await;
    let failed = Start::Fails(70, "failed: kubeadm init ended with 1");
    world
        .host
        .starts("kinc-b-control-plane.service", Some(failed));
    world.apply(&["a", "b"].map(default)).await.unwrap();
    let list = list(&world).await;
    let said: Vec<_> = list
        .iter()
        .map(|one| {
            (
                one.name.as_str(),
                one.state,
                one.status.as_str(),
                one.drift.len(),
            )
        })
        .collect();
    let expected = [
        ("a", "ready", "ready", 0),
        ("b", "failed", "failed: kubeadm init ended with 1", 0),
    ];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn a_ready_node_that_lacks_something_is_listed_as_degraded() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    world.fake.set(NODE, |facts| {
        facts.status_text = "Ready.";
        facts.active_enter = u64::try_from(now.as_micros()).unwrap();
    });
    let mut ignore = |_| ();
    let listed = status::list(&world.context, &mut ignore);
    let uncovered = async {
        // What a node takes for it, and more than a look does.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let lack = "ready, but not every manifest is applied";
        world.fake.set(NODE, |facts| facts.status_text = lack);
    };
    let (list, ()) = tokio::join!(listed, uncovered);
    let list = list.unwrap();
    let said = (list[0].state, list[0].status.as_str());
    let expected = ("degraded", "ready, but not every manifest is applied");
    assert_eq!(said, expected);
}

#[tokio::test]
async fn the_last_status_of_an_older_node_is_that_of_pid_1() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.fake.set(NODE, |facts| facts.status_text = "Ready.");
    let list = list(&world).await;
    assert_eq!(
        (list[0].state, list[0].status.as_str()),
        ("ready", "Ready.")
    );
}

#[tokio::test]
async fn a_cluster_that_systemd_refused_to_start_has_failed_with_the_cause() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    lifecycle::stop(&world.context, &name("dev"), LIMITS, &mut |_| {})
        .await
        .unwrap();
    let said = async || {
        let status = list(&world).await.remove(0);
        (status.state, status.status)
    };
    assert_eq!(said().await, ("stopped", String::new()));
    let data = world.path("data/kinc/clusters/dev/kinc-dev-control-plane");
    fs::rename(data.join("var"), data.join("away")).unwrap();
    let manager = world.context.manager.clone().unwrap();
    let refused = manager.start(NODE, LIMITS.wait, pending(), |_| ()).await;
    refused.unwrap_err();
    let words = format!(
        "systemd refused the start: `{}/var` is missing",
        data.display()
    );
    assert_eq!(said().await, ("failed", words));
    fs::rename(data.join("away"), data.join("var")).unwrap();
    let started = lifecycle::start(&world.context, &name("dev"), LIMITS, &mut |_| {}).await;
    assert!(started.unwrap().ended);
    assert_eq!(said().await, ("ready", "ready".to_owned()));
}

#[tokio::test]
async fn a_network_opened_by_a_drop_in_is_not_drift() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let stopped = lifecycle::stop(&world.context, &name("dev"), LIMITS, &mut |_| {}).await;
    assert!(stopped.unwrap().ended);
    assert!(world.store.remove("network", "kinc-dev"));
    let drop_ins = world.unit_dir("dev").join("kinc-dev.network.d");
    fs::create_dir(&drop_ins).unwrap();
    let open = "[Network]\nOptions=isolate=false\n";
    fs::write(drop_ins.join("10-reach.conf"), open).unwrap();
    let manager = world.context.manager.clone().unwrap();
    manager.reload().await.unwrap();
    let started = lifecycle::start(&world.context, &name("dev"), LIMITS, &mut |_| {}).await;
    assert!(started.unwrap().ended);
    let network = world.store.get("network", "kinc-dev").unwrap();
    assert_eq!(network["options"]["isolate"], "false");
    let drift = async || -> Vec<String> {
        let drift = list(&world).await.remove(0).drift.into_iter();
        drift.map(|drift| drift.what).collect()
    };
    assert_eq!(drift().await, [""; 0]);
    // One that sets something else does not hide it.
    fs::write(drop_ins.join("10-reach.conf"), "[Network]\nDNS=192.0.2.1\n").unwrap();
    let reason = "the network is not isolated: other clusters reach the node";
    assert_eq!(drift().await, [reason]);
}

#[tokio::test]
async fn list_and_status_show_the_unit_state_without_podman() {
    let mut world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.reports();
    let absent = world.path("bin/absent").display().to_string();
    world.context.podman = Podman::new(&absent);
    let all = list(&world).await;
    assert_eq!(all[0].state, "ready");
    let mut report = |report| world.report(report);
    let detail = status::describe(&world.context, &name("dev"), &mut report).await;
    let detail = detail.unwrap();
    assert_eq!(detail.cluster.state, "ready");
    assert!(!detail.is_ready());
    let why = "`/bin/absent exec kinc-dev-control-plane kubectl get pods --all-namespaces \
               --request-timeout=5s --output json` did not start: No such file or directory (os error 2)";
    assert_eq!(
        detail.trouble.map(|why| world.short(&why)).as_deref(),
        Some(why)
    );
    let told = world.reports();
    let unknown = "warning: could not check for drift: ";
    let is_unknown = |line: &String| line.starts_with(unknown);
    assert!(told.len() == 2 && told.iter().all(is_unknown), "{told:?}");
}

#[tokio::test]
async fn the_status_of_a_node_has_only_what_concerns_it() {
    let world = World::new().await;
    let failed = Start::Fails(75, "failed: no pod could run in time");
    world.host.starts("kinc-dev-worker2.service", Some(failed));
    let spec = "{nodes: [{role: control-plane}, {role: worker}, {role: worker}]}";
    world.apply(&[declared("dev", spec)]).await.unwrap();
    world.calls();
    let cluster = name("dev");
    let of = async |node| {
        let node = Some(node);
        let target = Target {
            cluster: &cluster,
            node,
        };
        let mut report = |report| world.report(report);
        status::describe(&world.context, target, &mut report).await
    };
    let worker = of("worker").await.unwrap();
    assert!(worker.is_ready());
    let nodes: Vec<&str> = worker
        .cluster
        .nodes
        .iter()
        .map(|n| n.name.as_str())
        .collect();
    assert_eq!(nodes, ["kinc-dev-worker"]);
    assert_eq!(
        world.short(&worker.data_directory),
        "/data/kinc/clusters/dev/kinc-dev-worker"
    );
    let asked = "podman exec kinc-dev-control-plane kubectl get pods --all-namespaces \
                 --request-timeout=5s --output json --field-selector=spec.nodeName=kinc-dev-worker";
    let calls = world.calls();
    assert!(calls.iter().any(|call| call == asked), "{calls:#?}");

    let worker2 = of("kinc-dev-worker2").await.unwrap();
    assert!(!worker2.is_ready());
    let said = (worker2.cluster.state, worker2.cluster.status.as_str());
    assert_eq!(said, ("failed", "failed: no pod could run in time"));

    let absent = of("worker3").await.unwrap_err();
    assert!(absent.is::<NoSuchNode>(), "{absent:#}");
}

#[tokio::test]
async fn a_plan_of_existing_clusters_changes_nothing() {
    let world = World::new().await;
    world.apply(&["a", "b"].map(default)).await.unwrap();
    let all = || ["config", "data", "runtime"].map(|place| world.files(place));
    let files = all();
    world.calls();
    assert_eq!(steps(&world).await, [Step::Nothing, Step::Nothing]);
    assert_eq!(world.changes(), Vec::<String>::new());
    assert!(all() == files, "a plan has changed a file");
}

#[tokio::test]
async fn a_plan_reports_the_same_errors_as_an_apply() {
    let absent_file = "{nodes: [{extraMounts: [{hostPath: /no/such/file, containerPath: /a}]}]}";
    let absent_image = "{image: 'localhost/other:v1.36.3'}";
    let patch = "{kubeadmConfigPatches: ['{kind: KubeletConfiguration, failSwapOnn: true}']}";
    let refused = Fault::Fails(1, "error: unknown field \"failSwapOnn\"\n".to_owned());
    for (spec, fault) in [
        (absent_file, None),
        (absent_image, None),
        (patch, Some(refused)),
    ] {
        let world = World::new().await;
        if let Some(fault) = &fault {
            world.store.break_calls("podman run", fault);
        }
        let clusters = [declared("dev", spec)];
        let mut report = |report| world.report(report);
        let planned = plan::plan(&world.context, &clusters, &[], &mut report);
        let planned = Box::pin(planned).await.unwrap_err();
        let applied = world.apply(&clusters).await.unwrap_err();
        assert_eq!(world.words(&planned), world.words(&applied), "{spec}");
        assert!(world.files("config").is_empty(), "{spec}");
    }
}

#[tokio::test]
async fn a_plan_of_existing_clusters_reports_what_an_apply_would_reject() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.reports();
    world.store.remove("image", &default("any").image);
    fs::remove_file(world.unit_dir("dev").join("kinc-dev.network")).unwrap();
    assert_eq!(steps(&world).await, [Step::Restart]);
    let refused = "warning: cluster `dev` cannot be applied: the node image \
                   `localhost/kinc/node:v1.36.3` is not on this host";
    assert_eq!(world.reports(), [refused]);
}

#[tokio::test]
async fn a_rebuilt_image_is_a_restart_in_the_plan() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    world.has_image("sha-2");
    assert_eq!(steps(&world).await, [Step::Restart]);
}

#[tokio::test]
async fn only_clusters_removed_from_their_file_are_pruned() {
    let world = World::new().await;
    let (file, clusters) = world.apply_from_file(["a", "b"]).await;
    world.apply(&[default("c")]).await.unwrap();
    let options = Options {
        prune: vec![file],
        ..options()
    };
    let applied = world.apply_with(&clusters[..1], &options).await.unwrap();
    let words: Vec<String> = outcomes(&applied)
        .iter()
        .map(|outcome| format!("{outcome:?}"))
        .collect();
    assert_eq!(words, ["Ok(Unchanged)", "Ok(Deleted)"]);
    let left: Vec<String> = list(&world).await.into_iter().map(|one| one.name).collect();
    assert_eq!(left, ["a", "c"]);
}

#[tokio::test]
async fn a_cluster_of_an_older_kinc_is_rejected_and_left_unchanged() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let path = world.unit_dir("dev").join("cluster.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let is_new = |line: &&str| !line.contains("uid:") && !line.contains("dataDir:");
    let older: String = text
        .lines()
        .filter(is_new)
        .flat_map(|line| [line, "\n"])
        .collect();
    fs::write(&path, &older).unwrap();
    let files = world.files("config");
    world.calls();
    let error = world.apply(&[default("dev")]).await.unwrap_err();
    let words =
        "created by an older kinc, which kept its data in volumes; delete it: kinc delete dev";
    assert!(world.words(&error).0.contains(words), "{error:#}");
    assert_eq!(world.changes(), Vec::<String>::new());
    assert_eq!(world.files("config"), files);
}

#[tokio::test]
async fn a_failing_podman_is_a_warning_of_list() {
    let world = World::new().await;
    world.apply(&[default("dev")]).await.unwrap();
    let words = "Error: database is locked\n".to_owned();
    world.store.break_calls("podman", &Fault::Fails(125, words));
    assert_eq!(list(&world).await[0].state, "ready");
    let told = world.reports();
    let said = |line: &String| line.contains("Error: database is locked");
    assert!(told.last().is_some_and(said), "{told:?}");
}
