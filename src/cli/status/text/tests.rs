//! What `kinc list` and `kinc status` print.

use super::*;
use crate::declaration::schema::Impact;
use crate::ops::Size;
use crate::ops::status::Port;
use crate::plan::drift::{Drift, Layer};

fn node() -> NodeStatus {
    NodeStatus {
        name: "kinc-dev-control-plane".to_owned(),
        role: "control-plane",
        state: "ready",
        status: "Ready.".to_owned(),
        unit: "kinc-dev-control-plane.service".to_owned(),
        ports: Vec::new(),
        active_since_usec: Some(1_000_000),
        restarts: 0,
        memory: Some(512 << 20),
    }
}

fn dev() -> ClusterStatus {
    ClusterStatus {
        name: "dev".to_owned(),
        state: "ready",
        status: "Ready.".to_owned(),
        kubernetes_version: "v1.36.3".to_owned(),
        api_server: "127.0.0.1:6443".to_owned(),
        autostart: true,
        memory: Some(512 << 20),
        drift: Vec::new(),
        nodes: vec![node()],
    }
}

#[test]
fn clusters_are_listed_in_columns() {
    assert_eq!(
        clusters(&[dev()]),
        "NAME  STATE  NODES  DRIFT  KUBERNETES  API SERVER\n\
         dev   ready  1/1    no     v1.36.3     127.0.0.1:6443\n"
    );
}

#[test]
fn the_state_of_a_degraded_cluster_shows_the_reason() {
    let now = UNIX_EPOCH + Duration::from_secs(3);
    let said = |status: &str| {
        let status = status.to_owned();
        state(&ClusterStatus { status, ..dev() }, now)
    };
    assert_eq!(said("Ready."), "ready for 2s");
    assert_eq!(said("ready"), "ready for 2s");
    assert_eq!(
        said("ready, and waiting for a pod network"),
        "ready for 2s, and waiting for a pod network"
    );
    let degraded = ClusterStatus {
        state: "degraded",
        status: "ready, but etcd has no space (NOSPACE)".to_owned(),
        ..dev()
    };
    assert_eq!(
        state(&degraded, now),
        "degraded, up for 2s: etcd has no space (NOSPACE)"
    );
}

#[test]
fn a_failed_cluster_shows_its_cause_and_no_status_of_a_former_run() {
    let said = |state: &'static str, status: &str| {
        let status = status.to_owned();
        let down = ClusterStatus {
            state,
            status,
            nodes: vec![NodeStatus {
                active_since_usec: None,
                ..node()
            }],
            ..dev()
        };
        super::state(&down, UNIX_EPOCH)
    };
    assert_eq!(said("stopped", "ready"), "stopped");
    assert_eq!(said("stopping", "stopping"), "stopping");
    assert_eq!(said("stopping", "stopping pods"), "stopping: stopping pods");
    assert_eq!(said("failed", "failed: no disk"), "failed: no disk");
    assert_eq!(
        said("failed", "systemd refused the start: `/data` is missing"),
        "failed: systemd refused the start: `/data` is missing"
    );
}

#[test]
fn status_names_the_pods_that_are_not_ready() {
    let pod = |name: &str, ready| Pod {
        namespace: "kube-system".to_owned(),
        name: name.to_owned(),
        phase: "Running".to_owned(),
        ready,
    };
    let shown = Detail {
        cluster: ClusterStatus {
            drift: vec![Drift {
                layer: Layer::Files,
                node: None,
                what: "`kinc-dev.network` was edited".to_owned(),
                repair: Impact::Restart,
            }],
            nodes: vec![NodeStatus {
                ports: vec![Port {
                    listen_address: "127.0.0.1".to_owned(),
                    host_port: 20000,
                    container_port: 30080,
                    protocol: "TCP",
                }],
                ..node()
            }],
            ..dev()
        },
        node: None,
        directory: "/home/ops/.config/containers/systemd/kinc-dev".to_owned(),
        data_directory: "/home/ops/.local/share/kinc/clusters/dev".to_owned(),
        data_size: Some(Size {
            bytes: (300 << 20) + 1,
            at_least: true,
        }),
        drop_ins: vec!["/home/ops/10-mine.conf".to_owned()],
        pods: vec![pod("etcd", true), pod("coredns", false)],
        trouble: None,
    };
    let now = UNIX_EPOCH + Duration::from_secs(3700);
    assert_eq!(
        detail(&shown, now),
        "cluster         dev\n\
         state           ready for 1h 1min\n\
         kubernetes      v1.36.3\n\
         api server      127.0.0.1:6443\n\
         unit            kinc-dev-control-plane.service\n\
         files           /home/ops/.config/containers/systemd/kinc-dev\n\
         data            /home/ops/.local/share/kinc/clusters/dev (at least 301 MiB)\n\
         starts at boot  yes\n\
         port            127.0.0.1:20000->30080/tcp\n\
         memory          512 MiB\n\
         drift           `kinc-dev.network` was edited\n\
         your drop-in    /home/ops/10-mine.conf\n\
         pods            1 of 2 ready\n  \
         not ready: kube-system/coredns (Running)\n"
    );
}

#[test]
fn status_of_a_node_names_it() {
    let shown = Detail {
        cluster: dev(),
        node: Some("kinc-dev-control-plane".to_owned()),
        directory: "/files".to_owned(),
        data_directory: "/data/kinc-dev-control-plane".to_owned(),
        data_size: None,
        drop_ins: Vec::new(),
        pods: Vec::new(),
        trouble: None,
    };
    let text = detail(&shown, UNIX_EPOCH);
    let lines: Vec<&str> = text.lines().take(2).collect();
    let expected = [
        "cluster         dev",
        "node            kinc-dev-control-plane",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn status_shows_each_of_several_nodes_on_a_line() {
    let port = Port {
        listen_address: "127.0.0.1".to_owned(),
        host_port: 8080,
        container_port: 80,
        protocol: "TCP",
    };
    let failed = NodeStatus {
        name: "kinc-dev-worker".to_owned(),
        role: "worker",
        state: "failed",
        status: "failed: no disk".to_owned(),
        unit: "kinc-dev-worker.service".to_owned(),
        ports: vec![port],
        active_since_usec: None,
        restarts: 3,
        memory: None,
    };
    let shown = Detail {
        cluster: ClusterStatus {
            state: "degraded",
            status: "kinc-dev-worker is failed".to_owned(),
            nodes: vec![node(), failed],
            ..dev()
        },
        node: None,
        directory: "/files".to_owned(),
        data_directory: "/data".to_owned(),
        data_size: None,
        drop_ins: Vec::new(),
        pods: Vec::new(),
        trouble: None,
    };
    assert_eq!(
        detail(&shown, UNIX_EPOCH),
        "cluster         dev\n\
         state           degraded: kinc-dev-worker is failed\n\
         kubernetes      v1.36.3\n\
         api server      127.0.0.1:6443\n\
         files           /files\n\
         data            /data\n\
         starts at boot  yes\n\
         memory          512 MiB\n\
         \n\
         NODE                    ROLE           STATE   RESTARTS  MEMORY   PORTS                   STATUS\n\
         kinc-dev-control-plane  control-plane  ready   0         512 MiB  -                       Ready.\n\
         kinc-dev-worker         worker         failed  3         -        127.0.0.1:8080->80/tcp  failed: no disk\n"
    );
    let lines = clusters(&[shown.cluster]);
    assert!(
        lines.ends_with("dev   degraded  1/2    no     v1.36.3     127.0.0.1:6443\n"),
        "{lines}"
    );
}
