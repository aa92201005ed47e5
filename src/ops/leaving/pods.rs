//! What a drain does to pods, and what hinders it, by the objects of the API. Pure.

use serde_json::Value as Json;

/// Returns the namespace and name of an object.
pub(super) fn name(metadata: &Json) -> String {
    let text = |key: &str| metadata[key].as_str().unwrap_or_default();
    format!("{}/{}", text("namespace"), text("name"))
}

/// Returns whether a drain evicts a pod: it runs, and no other would be made in its place on the same node.
pub(super) fn is_evicted(pod: &Json) -> bool {
    let owners = pod["metadata"]["ownerReferences"].as_array();
    let stays = |owner: &Json| owner["kind"] == "DaemonSet" || owner["kind"] == "Node";
    let has_ended = ["Succeeded", "Failed"]
        .iter()
        .any(|phase| pod["status"]["phase"] == *phase);
    !has_ended && !owners.is_some_and(|owners| owners.iter().any(stays))
}

/// Returns whether another pod is made in the place of one that goes.
pub(super) fn has_controller(pod: &Json) -> bool {
    let owners = pod["metadata"]["ownerReferences"].as_array();
    owners.is_some_and(|owners| owners.iter().any(|owner| owner["controller"] == true))
}

/// Returns whether a disruption budget forbids the eviction of a pod now.
pub(super) fn hinders(budget: &Json, pod: &Json) -> bool {
    let allowed = budget["status"]["disruptionsAllowed"].as_u64();
    allowed.unwrap_or_default() == 0
        && budget["metadata"]["namespace"] == pod["metadata"]["namespace"]
        && selects(&budget["spec"]["selector"], &pod["metadata"]["labels"])
}

/// Returns whether a `LabelSelector` selects something with these labels: an empty one selects all, none nothing.
fn selects(selector: &Json, labels: &Json) -> bool {
    let Some(selector) = selector.as_object() else {
        return false;
    };
    let empty = Json::Null;
    let part = |key: &str| selector.get(key).unwrap_or(&empty);
    let equals = part("matchLabels").as_object();
    let expressions = part("matchExpressions").as_array();
    let is_equal = |(key, value): (&String, &Json)| labels[key.as_str()] == *value;
    equals.is_none_or(|all| all.iter().all(is_equal))
        && expressions.is_none_or(|all| all.iter().all(|one| holds(one, labels)))
}

/// Returns whether a `LabelSelectorRequirement` holds.
fn holds(expression: &Json, labels: &Json) -> bool {
    let value = &labels[expression["key"].as_str().unwrap_or_default()];
    let values = expression["values"].as_array();
    let is_in = values.is_some_and(|values| values.contains(value));
    match expression["operator"].as_str() {
        Some("In") => is_in,
        Some("NotIn") => !is_in,
        Some("Exists") => value.is_string(),
        Some("DoesNotExist") => !value.is_string(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn budget(selector: &Json, allowed: u64) -> Json {
        json!({
            "metadata": {"namespace": "default", "name": "web"},
            "spec": {"selector": selector},
            "status": {"disruptionsAllowed": allowed},
        })
    }

    #[test]
    fn a_budget_hinders_a_pod_of_its_namespace_that_it_selects_while_it_allows_no_disruption() {
        let pod = json!({"metadata": {
            "namespace": "default", "labels": {"app": "web", "tier": "front"},
        }});
        let term = |operator: &str, key: &str, values: &[&str]| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        let cases = [
            (json!({"matchLabels": {"app": "web"}}), true),
            (
                json!({"matchLabels": {"app": "web", "tier": "back"}}),
                false,
            ),
            (json!({}), true),
            (Json::Null, false),
            (term("In", "app", &["a", "web"]), true),
            (term("In", "app", &["a"]), false),
            (term("NotIn", "app", &["a"]), true),
            (term("NotIn", "app", &["web"]), false),
            (term("NotIn", "absent", &["web"]), true),
            (term("Exists", "tier", &[]), true),
            (term("Exists", "absent", &[]), false),
            (term("DoesNotExist", "absent", &[]), true),
            (term("DoesNotExist", "tier", &[]), false),
        ];
        for (selector, expected) in cases {
            assert_eq!(hinders(&budget(&selector, 0), &pod), expected, "{selector}");
            assert!(!hinders(&budget(&selector, 1), &pod), "{selector}");
        }
        let other = json!({"metadata": {"namespace": "other"}});
        assert!(!hinders(&budget(&json!({}), 0), &other));
    }

    #[test]
    fn only_a_controller_makes_a_pod_anew() {
        let owned = |owners: Json| json!({"metadata": {"ownerReferences": owners}});
        assert!(has_controller(&owned(
            json!([{"kind": "ReplicaSet", "controller": true}])
        )));
        assert!(!has_controller(&owned(json!([{"kind": "ConfigMap"}]))));
        assert!(!has_controller(&owned(Json::Null)));
    }
}
