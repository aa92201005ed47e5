//! Values as text for people. Pure: no clock and no printing here.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::job::UnitState;
use crate::ops::apply::{Action, Applied};
use crate::ops::is_interrupted;
use crate::ops::status::{ClusterStatus, Detail, NodeStatus, Port};

/// Returns the clusters as a table with a heading.
pub(crate) fn clusters(list: &[ClusterStatus]) -> String {
    let heading = ["NAME", "STATE", "DRIFT", "KUBERNETES", "API SERVER", "UNIT"].map(str::to_owned);
    let row = |cluster: &ClusterStatus| {
        let units = cluster.nodes.iter().map(|node| node.unit.as_str());
        [
            cluster.name.clone(),
            cluster.state.to_owned(),
            yes_or_no(!cluster.drift.is_empty()).to_owned(),
            cluster.kubernetes_version.clone(),
            cluster.api_server.clone(),
            units.collect::<Vec<_>>().join(" "),
        ]
    };
    let rows: Vec<[String; 6]> = std::iter::once(heading)
        .chain(list.iter().map(row))
        .collect();
    columns(&rows)
}

/// Returns what became of each cluster, as a table with a heading.
pub(crate) fn applied(list: &[Applied]) -> String {
    let heading = ["NAME", "OUTCOME", "API SERVER"].map(str::to_owned);
    let outcome = |applied: &Applied| match &applied.outcome {
        Ok(Action::Unchanged) => "unchanged",
        Ok(Action::Created) => "created",
        Ok(Action::Changed) => "changed",
        Ok(Action::Restarted) => "restarted",
        Ok(Action::Started) => "started",
        Ok(Action::Deleted) => "deleted",
        Ok(Action::Interrupted(_)) => "interrupted",
        Ok(Action::OnlyWritten) => "only written",
        Ok(Action::NotBegun) => "not begun",
        Ok(Action::NotDeleted) => "not deleted",
        Err(error) if is_interrupted(error) => "interrupted",
        Err(_) => "failed",
    };
    let row = |applied: &Applied| {
        let name = applied.cluster.to_string();
        [name, outcome(applied).to_owned(), applied.server.clone()]
    };
    let rows: Vec<[String; 3]> = std::iter::once(heading)
        .chain(list.iter().map(row))
        .collect();
    columns(&rows)
}

/// Returns a cluster's state as text, seen at a moment.
pub(crate) fn detail(detail: &Detail, now: SystemTime) -> String {
    let cluster = &detail.cluster;
    let mut rows = vec![
        ["cluster".to_owned(), cluster.name.clone()],
        ["state".to_owned(), state(cluster, now)],
        ["kubernetes".to_owned(), cluster.kubernetes_version.clone()],
        ["api server".to_owned(), cluster.api_server.clone()],
    ];
    rows.extend(nodes(cluster));
    rows.extend([
        ["files".to_owned(), detail.directory.clone()],
        ["data".to_owned(), data(detail)],
        [
            "starts at boot".to_owned(),
            yes_or_no(cluster.autostart).to_owned(),
        ],
    ]);
    for node in &cluster.nodes {
        let port = |port: &Port| ["port".to_owned(), port.to_string()];
        rows.extend(node.ports.iter().map(port));
        if node.restarts > 0 {
            rows.push(["restarts by systemd".to_owned(), node.restarts.to_string()]);
        }
    }
    if let Some(memory) = cluster.memory {
        rows.push(["memory".to_owned(), format!("{} MiB", memory >> 20)]);
    }
    for drift in &cluster.drift {
        rows.push(["drift".to_owned(), drift.what.clone()]);
    }
    for path in &detail.drop_ins {
        rows.push(["your drop-in".to_owned(), path.clone()]);
    }
    if let Some(trouble) = &detail.trouble {
        rows.push(["trouble".to_owned(), trouble.clone()]);
    }
    if !detail.pods.is_empty() {
        let ready = detail.pods.iter().filter(|pod| pod.ready).count();
        rows.push([
            "pods".to_owned(),
            format!("{ready} of {} ready", detail.pods.len()),
        ]);
    }
    let mut text = columns(&rows);
    for pod in detail.pods.iter().filter(|pod| !pod.ready) {
        let _ = writeln!(
            text,
            "  not ready: {}/{} ({})",
            pod.namespace, pod.name, pod.phase
        );
    }
    text
}

/// Returns the units of the nodes, with their states where there are several.
fn nodes(cluster: &ClusterStatus) -> Vec<[String; 2]> {
    let is_alone = cluster.nodes.len() == 1;
    let row = |node: &NodeStatus| {
        let state = if is_alone { "" } else { node.state };
        let unit = format!("{} {state}", node.unit);
        ["unit".to_owned(), unit.trim_end().to_owned()]
    };
    cluster.nodes.iter().map(row).collect()
}

/// Returns the state with the age of the start and what it lacks, or with its cause.
///
/// Nobody notes since when a cluster is degraded.
fn state(cluster: &ClusterStatus, now: SystemTime) -> String {
    let (state, status) = (cluster.state, cluster.status.as_str());
    let age = cluster
        .active_since_usec()
        .map(|since| duration(age(since, now)));
    match (age, status) {
        (Some(age), _) => {
            if let Some(lack) = status.strip_prefix(UnitState::LACKING) {
                return format!("{state}, up for {age}: {lack}");
            }
            let wait = status.strip_prefix("ready").unwrap_or_default();
            format!("{state} for {age}{wait}")
        }
        (None, "") => state.to_owned(),
        // The last words of a run that is over.
        (None, _) if state == "stopped" => state.to_owned(),
        (None, _) if state == status => state.to_owned(),
        (None, status) => {
            let cause = status.trim_start_matches("failed: ");
            format!("{state}: {cause}")
        }
    }
}

/// Returns where the data is, and how much disk it takes.
fn data(detail: &Detail) -> String {
    let size = detail.data_size.map(|size| {
        let words = if size.at_least { "at least " } else { "" };
        format!(" ({words}{} MiB)", size.bytes.div_ceil(1 << 20))
    });
    format!("{}{}", detail.data_directory, size.unwrap_or_default())
}

fn yes_or_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn age(since_usec: u64, now: SystemTime) -> Duration {
    let since = UNIX_EPOCH + Duration::from_micros(since_usec);
    now.duration_since(since).unwrap_or_default()
}

/// The two largest units, as systemctl has it.
fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}min {}s", seconds % 60),
        (0, _, _) => format!("{hours}h {minutes}min"),
        _ => format!("{days}d {hours}h"),
    }
}

/// Pads all columns but the last to their widest cell.
fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::schema::Impact;
    use crate::ops::Size;
    use crate::ops::status::Pod;
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
            "NAME  STATE  DRIFT  KUBERNETES  API SERVER      UNIT\n\
             dev   ready  no     v1.36.3     127.0.0.1:6443  kinc-dev-control-plane.service\n"
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
}
