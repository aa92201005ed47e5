//! Measurements of clusters with several nodes, beside one with one node, each on a new host.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;

use super::table::{ONE_NODE, Row, ratios};
use super::{Options, add, named};
use crate::cache::Cache;
use crate::host::{Host, OPS};
use crate::machine_settings::{self, FOR_MANY_CLUSTERS};

/// What the row of a cluster is called, and how many control planes and workers it has.
const SIZES: [(&str, usize, usize); 3] = [
    (ONE_NODE, 1, 0),
    ("create 1 + 2 nodes", 1, 2),
    ("create 3 + 2 nodes", 3, 2),
];

/// How often the node of etcd's leader is killed.
const KILLS: usize = 20;

/// Has all etcd members say who leads them, and the container of that node killed; then writes through the balancer until
/// that succeeds. Prints the milliseconds from the kill.
const FAILOVER: &str = r#"
members="kinc-dev-control-plane kinc-dev-control-plane2 kinc-dev-control-plane3"
for leader in $members; do
  podman exec $leader bash -c '. /usr/libexec/kinc/etcdctl && is_running &&
    etcdctl endpoint status --write-out json | jq --exit-status ".[0].Status | .leader == .header.member_id"' > /dev/null && break
done
for other in $members; do [ $other = $leader ] || break; done
begin=$(date +%s%N)
podman kill --signal KILL $leader > /dev/null
until podman exec $other kubectl --server https://kinc-dev-api:6443 --request-timeout 1s \
  create configmap written-$begin > /dev/null 2>&1; do :; done
echo $((($(date +%s%N) - begin) / 1000000))
until [ "$(systemctl --user is-active $leader)" = active ]; do sleep 0.5; done
"#;

/// Creates each in turn, so that other load of the machine affects all alike.
pub(super) fn create(host: &Host, options: &Options) -> Result<Vec<Row>> {
    machine_settings::need(&Cache::open()?, &FOR_MANY_CLUSTERS)?;
    let mut rows: Vec<Row> = SIZES.map(|(what, ..)| named(what, None)).into();
    for _ in 0..options.samples.max(1) {
        for (row, (_, control_planes, workers)) in rows.iter_mut().zip(SIZES) {
            add(row, host, |host| one(host, control_planes, workers))?;
        }
    }
    rows.extend(ratios(&rows));
    Ok(rows)
}

/// Kills the node of the leader again and again; the longest row is what a user may have to wait.
pub(super) fn failover(host: &Host, _: &Options) -> Result<Vec<Row>> {
    machine_settings::need(&Cache::open()?, &FOR_MANY_CLUSTERS)?;
    one(host, 3, 0)?;
    let mut all = named("API again after its leader's node was killed", None);
    for _ in 0..KILLS {
        add(&mut all, host, |host| {
            let said = host
                .user(OPS)
                .with_stdin(FAILOVER)
                .run("bash -s")?
                .ok()?
                .stdout;
            Ok(Duration::from_millis(said.trim().parse()?))
        })?;
    }
    let worst = all.samples.iter().copied().fold(0.0, f64::max);
    let mut most = named("the same, the worst", None);
    most.samples.push(worst);
    Ok(vec![all, most])
}

/// Creates a cluster with so many nodes.
fn one(host: &Host, control_planes: usize, workers: usize) -> Result<Duration> {
    let ops = host.user(OPS);
    ops.run("kinc delete dev")?;
    let mut text =
        "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {name: dev}\nspec:\n  nodes:\n"
            .to_owned();
    let roles = [("control-plane", control_planes), ("worker", workers)];
    for (role, count) in roles {
        for _ in 0..count {
            writeln!(text, "  - {{role: {role}}}")?;
        }
    }
    ops.write_file("nodes.yaml", &text)?;
    Ok(ops.run("kinc apply --yes -f nodes.yaml")?.ok()?.elapsed)
}
