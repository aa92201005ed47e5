//! The state of clusters as text for people. Pure: no clock and no printing here.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::cli::table::columns;
use crate::job::UnitState;
use crate::model::duration;
use crate::ops::status::{ClusterStatus, Detail, NodeStatus, Pod};

/// Returns the clusters as a table with a heading.
pub(crate) fn clusters(list: &[ClusterStatus]) -> String {
    let heading = [
        "NAME",
        "STATE",
        "NODES",
        "DRIFT",
        "KUBERNETES",
        "API SERVER",
    ]
    .map(str::to_owned);
    let row = |cluster: &ClusterStatus| {
        let ready = cluster.nodes.iter().filter(|node| node.is_ready());
        [
            cluster.name.clone(),
            cluster.state.to_owned(),
            format!("{}/{}", ready.count(), cluster.nodes.len()),
            yes_or_no(!cluster.drift.is_empty()).to_owned(),
            cluster.kubernetes_version.clone(),
            cluster.api_server.clone(),
        ]
    };
    let rows: Vec<[String; 6]> = std::iter::once(heading)
        .chain(list.iter().map(row))
        .collect();
    columns(&rows)
}

/// Returns a cluster's state as text, seen at a moment.
pub(crate) fn detail(detail: &Detail, now: SystemTime) -> String {
    let cluster = &detail.cluster;
    let mut rows = vec![row("cluster", &cluster.name)];
    rows.extend(detail.node.iter().map(|node| row("node", node)));
    rows.extend([
        row("state", state(cluster, now)),
        row("kubernetes", &cluster.kubernetes_version),
        row("api server", &cluster.api_server),
    ]);
    let alone = match cluster.nodes.as_slice() {
        [node] => Some(node),
        _ => None,
    };
    rows.extend(alone.map(|node| row("unit", &node.unit)));
    rows.extend([
        row("files", &detail.directory),
        row("data", data(detail)),
        row("starts at boot", yes_or_no(cluster.autostart)),
    ]);
    if let Some(node) = alone {
        rows.extend(node.ports.iter().map(|port| row("port", port.to_string())));
        if node.restarts > 0 {
            rows.push(row("restarts by systemd", node.restarts.to_string()));
        }
    }
    let memory = cluster.memory.iter();
    rows.extend(memory.map(|bytes| row("memory", format!("{} MiB", bytes >> 20))));
    rows.extend(cluster.drift.iter().map(|drift| row("drift", &drift.what)));
    rows.extend(detail.drop_ins.iter().map(|path| row("your drop-in", path)));
    rows.extend(detail.trouble.iter().map(|trouble| row("trouble", trouble)));
    let (ready, others): (Vec<&Pod>, Vec<&Pod>) = detail.pods.iter().partition(|pod| pod.ready);
    if !detail.pods.is_empty() {
        let all = detail.pods.len();
        rows.push(row("pods", format!("{} of {all} ready", ready.len())));
    }
    let mut text = columns(&rows);
    for Pod {
        namespace,
        name,
        phase,
        ..
    } in others
    {
        let _ = writeln!(text, "  not ready: {namespace}/{name} ({phase})");
    }
    if alone.is_none() {
        let _ = write!(text, "\n{}", nodes(&cluster.nodes));
    }
    text
}

fn row(key: &str, value: impl Into<String>) -> [String; 2] {
    [key.to_owned(), value.into()]
}

/// Returns a table of nodes, a line each.
fn nodes(nodes: &[NodeStatus]) -> String {
    let heading = [
        "NODE", "ROLE", "STATE", "RESTARTS", "MEMORY", "PORTS", "STATUS",
    ]
    .map(str::to_owned);
    let row = |node: &NodeStatus| {
        let ports: Vec<String> = node.ports.iter().map(ToString::to_string).collect();
        let memory = node.memory.map(|bytes| format!("{} MiB", bytes >> 20));
        let or_none = |text: String| {
            if text.is_empty() {
                "-".to_owned()
            } else {
                text
            }
        };
        [
            node.name.clone(),
            node.role.to_owned(),
            node.state.to_owned(),
            node.restarts.to_string(),
            or_none(memory.unwrap_or_default()),
            or_none(ports.join(",")),
            or_none(node.status.clone()),
        ]
    };
    let rows: Vec<[String; 7]> = std::iter::once(heading)
        .chain(nodes.iter().map(row))
        .collect();
    columns(&rows)
}

/// Returns the state with the age of the start and what it lacks, or with its cause.
///
/// Nobody notes since when a cluster is degraded.
fn state(cluster: &ClusterStatus, now: SystemTime) -> String {
    let (state, status) = (cluster.state, cluster.status.as_str());
    let age = cluster
        .active_since_usec()
        .map(|since| duration::shown(age(since, now)));
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

#[cfg(test)]
mod tests;
