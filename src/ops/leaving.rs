//! Nodes that leave their cluster, and what goes with them, as the cluster itself says it.

mod pods;

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value as Json;

use crate::edge::podman::{Exec, Podman};
use crate::job::Summary;
use crate::model::cluster::NodeName;
use crate::ops::leaving::pods::{has_controller, hinders, is_evicted, name};
use crate::ops::{Context, is_interrupted};
use crate::plan::drift::Found;
use crate::plan::{Leaving, LocalClaim};
use crate::resolve::ResolvedCluster;

/// Returns the first control plane that can be asked; nothing while none is ready.
pub(crate) fn asked<'a>(
    resolved: &'a ResolvedCluster,
    found: Option<&Found>,
) -> Option<&'a NodeName> {
    let found = found?;
    let is_ready = |node: &&NodeName| found.state_of(node) == Some(Summary::Ready);
    resolved
        .control_planes()
        .map(|node| &node.name)
        .find(is_ready)
}

/// How long a plan waits for an answer. kubectl gives up before, unless its node hangs.
const LIMIT: Duration = Duration::from_secs(15);

/// Returns nodes that leave, each with what goes with it as far as the cluster says so: a plan is made without its
/// answer, too.
///
/// # Errors
/// When the user interrupts it.
pub(crate) async fn look_at(
    context: &Context,
    resolved: &ResolvedCluster,
    found: Option<&Found>,
    nodes: impl Iterator<Item = NodeName>,
) -> Result<Vec<Leaving>> {
    let control_plane = asked(resolved, found);
    let mut unknown = match control_plane {
        Some(_) => None,
        None => Some(format!("cluster `{}` is not ready", resolved.cluster)),
    };
    let mut all = Vec::new();
    for node in nodes {
        let state = found.and_then(|found| found.state_of(&node));
        let is_ready = state == Some(Summary::Ready);
        if let (Some(control_plane), None) = (control_plane, &unknown) {
            match look(context, control_plane, &node, is_ready).await {
                Ok(leaving) => {
                    all.push(leaving);
                    continue;
                }
                Err(error) if is_interrupted(&error) => return Err(error),
                // It would not answer for the other nodes either, and each takes its time.
                Err(error) => unknown = Some(format!("{error:#}")),
            }
        }
        let why = unknown.clone().unwrap_or_default();
        all.push(Leaving::unknown(node, is_ready, why));
    }
    Ok(all)
}

/// Returns what goes with a node, by what the cluster itself knows.
async fn look(
    context: &Context,
    control_plane: &NodeName,
    node: &NodeName,
    is_ready: bool,
) -> Result<Leaving> {
    let podman = context.podman.clone().limit(LIMIT);
    let selector = format!("--field-selector=spec.nodeName={node}");
    let all = ["--all-namespaces", "--output=json"];
    let pods = [&["get", "pods"], &all[..], &[&selector]].concat();
    let budgets = [&["get", "pdb"], &all[..]].concat();
    let (pods, budgets, claims) = tokio::try_join!(
        kubectl(&podman, control_plane, &pods),
        kubectl(&podman, control_plane, &budgets),
        local_claims(&podman, control_plane, node),
    )?;
    let mut pods = items(&pods)?;
    pods.retain(is_evicted);
    let names = |pods: &mut dyn Iterator<Item = &Json>| -> Vec<String> {
        pods.map(|pod| name(&pod["metadata"])).collect()
    };
    let budgets = items(&budgets)?;
    let mut hindering = budgets
        .iter()
        .filter(|budget| is_ready && pods.iter().any(|pod| hinders(budget, pod)));
    Ok(Leaving {
        node: node.clone(),
        drained: is_ready,
        hindered_by: names(&mut hindering),
        lost_pods: names(&mut pods.iter().filter(|pod| !has_controller(pod))),
        pods: names(&mut pods.iter()),
        claims,
        unknown: None,
    })
}

/// Returns the claims whose volumes lie on a node alone.
///
/// # Errors
/// When the control plane does not answer.
pub(crate) async fn local_claims(
    podman: &Podman,
    control_plane: &NodeName,
    node: &NodeName,
) -> Result<Vec<LocalClaim>> {
    let get = ["get", "pv", "--output=json"];
    let volumes = items(&kubectl(podman, control_plane, &get).await?)?;
    let on_node = volumes
        .iter()
        .filter(|volume| lies_on(volume, node.as_str()));
    Ok(on_node.map(local_claim).collect())
}

/// Runs kubectl in a control plane, and returns what it prints.
pub(crate) async fn kubectl(
    podman: &Podman,
    control_plane: &NodeName,
    words: &[&str],
) -> Result<String> {
    let command = [&["kubectl"], words, &["--request-timeout=10s"]].concat();
    let exec = Exec {
        container: control_plane.container(),
        command: &command,
    };
    podman.exec(exec).await
}

fn items(json: &str) -> Result<Vec<Json>> {
    let list: Json = serde_json::from_str(json).context("reading what kubectl lists")?;
    Ok(list["items"].as_array().cloned().unwrap_or_default())
}

fn local_claim(volume: &Json) -> LocalClaim {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let claim = &volume["spec"]["claimRef"];
    LocalClaim {
        claim: name(claim),
        claim_uid: text(&claim["uid"]),
        volume: text(&volume["metadata"]["name"]),
        volume_uid: text(&volume["metadata"]["uid"]),
    }
}

/// Returns whether a volume that is claimed can be mounted on this node alone.
///
/// One of the terms has to hold, with all of its expressions (`NodeSelector` in the API reference).
fn lies_on(volume: &Json, node: &str) -> bool {
    let terms = &volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"];
    let terms = terms.as_array().map_or(&[][..], Vec::as_slice);
    let names_it = |one: &Json| {
        one["key"] == "kubernetes.io/hostname"
            && one["operator"] == "In"
            && one["values"].as_array().is_some_and(|values| {
                values.iter().all(|value| value == node) && !values.is_empty()
            })
    };
    let is_bound_to_it = |term: &Json| {
        let expressions = term["matchExpressions"].as_array();
        expressions.is_some_and(|all| all.iter().any(names_it))
    };
    volume["spec"]["claimRef"].is_object() && !terms.is_empty() && terms.iter().all(is_bound_to_it)
}

#[cfg(test)]
mod tests {
    use std::slice;

    use serde_json::json;

    use super::*;

    fn volume(terms: &Json) -> Json {
        json!({"spec": {
            "claimRef": {"namespace": "default", "name": "data"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": terms}},
        }})
    }

    fn host(operator: &str, names: &[&str]) -> Json {
        json!({"key": "kubernetes.io/hostname", "operator": operator, "values": names})
    }

    #[test]
    fn a_volume_lies_on_a_node_if_no_other_can_mount_it() {
        let disk = json!({"key": "disk", "operator": "In", "values": ["ssd"]});
        let term = |expressions: &[Json]| json!({"matchExpressions": expressions});
        let here = host("In", &["worker"]);
        let on_it = [
            json!([term(slice::from_ref(&here))]),
            json!([term(&[disk.clone(), here.clone()])]),
            json!([
                term(slice::from_ref(&here)),
                term(&[here.clone(), disk.clone()])
            ]),
        ];
        for terms in on_it {
            assert!(lies_on(&volume(&terms), "worker"), "{terms}");
        }
        let elsewhere = [
            json!([]),
            json!([term(slice::from_ref(&disk))]),
            json!([term(&[host("In", &["worker", "worker2"])])]),
            json!([term(&[host("NotIn", &["worker"])])]),
            json!([term(&[host("Exists", &[])])]),
            json!([term(slice::from_ref(&here)), term(slice::from_ref(&disk))]),
            json!([term(&[host("In", &["worker2"])])]),
        ];
        for terms in elsewhere {
            assert!(!lies_on(&volume(&terms), "worker"), "{terms}");
        }
        let mut free = volume(&json!([term(slice::from_ref(&here))]));
        free["spec"]["claimRef"] = Json::Null;
        assert!(!lies_on(&free, "worker"));
    }
}
