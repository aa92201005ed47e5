//! Nodes that leave their cluster, and what goes with them, as the cluster itself says it.

use anyhow::{Context as _, Result};
use serde_json::Value as Json;

use crate::edge::podman::{Exec, Podman};
use crate::job::Summary;
use crate::model::cluster::NodeName;
use crate::ops::Context;
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

/// Returns what goes with a node, by what the cluster itself knows.
///
/// # Errors
/// When the control plane does not answer.
pub(crate) async fn look(
    context: &Context,
    control_plane: &NodeName,
    node: NodeName,
) -> Result<Leaving> {
    let selector = format!("--field-selector=spec.nodeName={node}");
    let pods = [
        "get",
        "pods",
        "--all-namespaces",
        "--output=json",
        &selector,
    ];
    let pods = kubectl(&context.podman, control_plane, &pods).await?;
    Ok(Leaving {
        pods: items(&pods)?
            .iter()
            .filter(|pod| is_evicted(pod))
            .map(|pod| name(&pod["metadata"]))
            .collect(),
        claims: local_claims(context, control_plane, &node).await?,
        node,
    })
}

/// Returns the claims whose volumes lie on a node alone.
///
/// # Errors
/// When the control plane does not answer.
pub(crate) async fn local_claims(
    context: &Context,
    control_plane: &NodeName,
    node: &NodeName,
) -> Result<Vec<LocalClaim>> {
    let get = ["get", "pv", "--output=json"];
    let volumes = items(&kubectl(&context.podman, control_plane, &get).await?)?;
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

/// Returns the namespace and name of an object.
fn name(metadata: &Json) -> String {
    let text = |key: &str| metadata[key].as_str().unwrap_or_default();
    format!("{}/{}", text("namespace"), text("name"))
}

/// Returns whether a drain evicts a pod: it runs, and no other would be made in its place on the same node.
fn is_evicted(pod: &Json) -> bool {
    let owners = pod["metadata"]["ownerReferences"].as_array();
    let stays = |owner: &Json| owner["kind"] == "DaemonSet" || owner["kind"] == "Node";
    let has_ended = ["Succeeded", "Failed"]
        .iter()
        .any(|phase| pod["status"]["phase"] == *phase);
    !has_ended && !owners.is_some_and(|owners| owners.iter().any(stays))
}

fn local_claim(volume: &Json) -> LocalClaim {
    let volume_name = volume["metadata"]["name"].as_str();
    LocalClaim {
        claim: name(&volume["spec"]["claimRef"]),
        volume: volume_name.unwrap_or_default().to_owned(),
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
