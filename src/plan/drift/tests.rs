//! What counts as drift, over literal findings.

use super::*;
use crate::units::file_set::{File, MODE_PRIVATE, MODE_PUBLIC};

fn file(text: &str) -> File {
    File {
        text: text.to_owned(),
        mode: MODE_PUBLIC,
    }
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

const NODE: &str = "kinc-dev-control-plane";

/// A cluster that runs as declared.
fn well() -> Found {
    let command = "/usr/bin/podman run --name n -d --env KINC_MEMORY=none -v a:/b image";
    let cluster = ClusterName::new("dev").unwrap();
    Found {
        nodes: vec![FoundNode {
            name: NodeName::of(&cluster, NODE).unwrap(),
            unit: UnitState {
                name: "n.service".to_owned(),
                load_state: "loaded".to_owned(),
                active_state: "active".to_owned(),
                exec_start: words(command),
                ..UnitState::default()
            },
            outdated: None,
            pending: None,
            container: Some(Container {
                command: words(command),
                image_id: "sha".to_owned(),
            }),
            data: Vec::new(),
        }],
        cluster,
        unwritable: None,
        balancer: None,
        files: Vec::new(),
        drop_ins: Vec::new(),
        unlinked: Vec::new(),
        image: "localhost/image".to_owned(),
        image_id: Some("sha".to_owned()),
        node_subnet: "10.200.0.0/24".to_owned(),
        network: Some(network("10.200.0.0/24")),
        sets_isolation: false,
    }
}

/// Returns what is found, as lines of layer, repair and sentence.
fn network(subnet: &str) -> Network {
    Network {
        subnets: vec![subnet.to_owned()],
        is_isolated: true,
    }
}

fn lines(found: &Found) -> Vec<String> {
    drift(found)
        .into_iter()
        .map(|drift| format!("{:?} {:?}: {}", drift.layer, drift.repair, drift.what))
        .collect()
}

#[test]
fn a_balancer_is_missed_while_a_control_plane_runs() {
    let balancer = |active_state: &str| UnitState {
        name: "kinc-dev-api.service".to_owned(),
        load_state: "loaded".to_owned(),
        active_state: active_state.to_owned(),
        ..UnitState::default()
    };
    let found = |node: &str, state: &str| {
        let mut found = well();
        found.balancer = Some(balancer(state));
        found.nodes[0].unit.active_state = node.to_owned();
        let drift = drift(&found).into_iter();
        drift.map(|one| one.what).collect::<Vec<_>>()
    };
    assert_eq!(found("active", "active"), [""; 0]);
    assert_eq!(
        found("active", "failed"),
        ["`kinc-dev-api.service` is failed: the API server is not reached"]
    );
    let of_node = |what: &String| !what.contains("API server");
    assert!(found("inactive", "inactive").iter().all(of_node));
}

#[test]
fn a_cluster_as_declared_has_no_drift() {
    assert_eq!(lines(&well()), Vec::<String>::new());
}

#[test]
fn files_that_are_missing_edited_outdated_or_left_over_are_drift() {
    let old = |text: &str, mode| File { mode, ..file(text) };
    let update = |old: File| Change::Update {
        path: "a.container".to_owned(),
        old,
        file: file("# kinc 2\nx\n"),
    };
    let found = Found {
        files: vec![
            Change::Create {
                path: "a.container".to_owned(),
                file: file("x"),
            },
            update(old("# kinc 2\ny\n", MODE_PUBLIC)),
            update(old("# kinc 1\nx\n", MODE_PUBLIC)),
            update(old("# kinc 2\nx\n", MODE_PRIVATE)),
            Change::Remove {
                path: "a.container".to_owned(),
                old: file("x"),
            },
        ],
        ..well()
    };
    assert_eq!(
        lines(&found),
        [
            "Files Restart: `a.container` is missing",
            "Files Restart: `a.container` was edited",
            "Files NoRestart: `a.container` was written by another version of kinc",
            "Files NoRestart: `a.container` has mode 600, not 644",
            "Files Restart: `a.container` no longer belongs to this cluster",
        ]
    );
}

#[test]
fn a_declaration_that_cannot_be_rendered_is_reported_with_all_other_drift() {
    let found = Found {
        unwritable: Some("`spec.a`: no".to_owned()),
        image_id: None,
        ..well()
    };
    assert_eq!(
        lines(&found),
        [
            "Files NoRestart: its declaration can no longer be written: `spec.a`: no",
            "Podman NoRestart: the image `localhost/image` is missing: the node cannot start again",
        ]
    );
}

#[test]
fn units_that_systemd_has_not_loaded_are_reported() {
    let mut found = well();
    found.nodes[0].unit.need_daemon_reload = true;
    found.unlinked = ["a.slice", "a-resolver.timer"].map(str::to_owned).into();
    assert_eq!(
        lines(&found),
        [
            "Loaded NoRestart: the files of `n.service` changed since systemd loaded them",
            "Loaded Restart: systemd has no `a.slice`: limits are not enforced",
            "Loaded Restart: systemd has no `a-resolver.timer`: the cluster does not follow the host's network",
        ]
    );
    found = well();
    found.nodes[0].outdated = Some(Impact::Restart);
    assert_eq!(
        lines(&found),
        ["Loaded Restart: the files of `n.service` changed since systemd loaded them"]
    );
    found = well();
    found.nodes[0].unit.load_state = "not-found".to_owned();
    found.nodes[0].unit.active_state = "inactive".to_owned();
    found.nodes[0].container = None;
    assert_eq!(
        lines(&found),
        ["Loaded NoRestart: systemd has not loaded `n.service`"]
    );
}

#[test]
fn a_node_with_other_options_is_drift_unless_updated_in_place() {
    let mut found = well();
    found.nodes[0].unit.exec_start =
        words("/usr/bin/podman run --name n -d --env KINC_MEMORY=1 --env A=$$b -v a:/c image");
    assert_eq!(
        lines(&found),
        [
            "Running Restart: the node runs with `-v a:/b`",
            "Running Restart: the node runs without `--env A=…`, `-v a:/c`",
        ]
    );
    found.nodes[0].pending = Some(Impact::InPlace);
    assert_eq!(
        lines(&found),
        ["Running InPlace: the node does not have its new limits yet"]
    );
    found.nodes[0].pending = Some(Impact::Restart);
    assert_eq!(
        lines(&found),
        ["Running Restart: the node runs without the last change"]
    );
}

#[test]
fn differences_in_podman_are_reported() {
    let mut found = well();
    found.image_id = Some("other".to_owned());
    found.network = Some(network("10.9.0.0/24"));
    found.nodes[0].data = vec!["`/d/var` is missing".to_owned()];
    assert_eq!(
        lines(&found),
        [
            "Podman Restart: `localhost/image` was rebuilt since the node started",
            "Podman Restart: the network has 10.9.0.0/24, not 10.200.0.0/24",
            "Data NoRestart: `/d/var` is missing",
        ]
    );
    found = well();
    found.network.as_mut().unwrap().is_isolated = false;
    assert_eq!(
        lines(&found),
        ["Podman Restart: the network is not isolated: other clusters reach the node"]
    );
    found.sets_isolation = true;
    assert_eq!(lines(&found), [""; 0]);
    found = well();
    found.image_id = None;
    // A network that is gone is made again at the next start.
    found.network = None;
    assert_eq!(
        lines(&found),
        ["Podman NoRestart: the image `localhost/image` is missing: the node cannot start again"]
    );
}

#[test]
fn drift_of_a_node_names_the_node() {
    let mut found = well();
    let remove = |path: &str| Change::Remove {
        path: path.to_owned(),
        old: file("x"),
    };
    found.files = vec![
        remove("kinc-dev-control-plane.container"),
        remove("kinc-dev.network"),
    ];
    found.unlinked = vec!["a.slice".to_owned()];
    found.nodes[0].data = vec!["`/d/var` is missing".to_owned()];
    let nodes: Vec<(Layer, Option<String>)> = drift(&found)
        .into_iter()
        .map(|drift| (drift.layer, drift.node))
        .collect();
    let node = || Some(NODE.to_owned());
    assert_eq!(
        nodes,
        [
            (Layer::Files, node()),
            (Layer::Files, None),
            (Layer::Loaded, None),
            (Layer::Data, node()),
        ]
    );
}
