//! What of kubeadm's configuration a patch may not change or add, and what it takes out without meaning to. Pure.

use serde_json::{Value as Json, json};

use crate::declaration::{CLUSTER, FIXED, Fixed, take_unknown, unknown_field};
use crate::units::render::json::value;
use crate::units::render::merge::merge;

/// Says which field a patch may not change, or add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) path: String,
    pub(super) reason: String,
}

/// Returns what of the fixed is not as it was, which documents are others, and which fields kubeadm does not
/// have.
pub(super) fn changed(before: &[Json], after: &[Json]) -> Vec<Changed> {
    let mut changed = Vec::new();
    for (before, after) in before.iter().zip(after) {
        let kind = before
            .get("kind")
            .and_then(Json::as_str)
            .unwrap_or_default();
        for key in ["kind", "apiVersion"] {
            if before.get(key) != after.get(key) {
                changed.push(Changed {
                    path: key.to_owned(),
                    reason: format!("`{key}` of {kind} cannot be changed by a patch"),
                });
            }
        }
        for fixed in FIXED.iter().filter(|fixed| fixed.kind == kind) {
            let (before, after) = (values(before, fixed.path), values(after, fixed.path));
            let is_excepted = !after.is_empty() && after.iter().all(|value| may_be(fixed, value));
            if before != after && !is_excepted {
                changed.push(Changed {
                    path: fixed.path.to_owned(),
                    reason: fixed.refusal(),
                });
            }
        }
        let unknown = take_unknown(kind, &mut value(after)).into_iter();
        changed.extend(unknown.map(|(_, path)| Changed {
            reason: unknown_field(kind, &path),
            path,
        }));
    }
    changed
}

/// The names by which the host reaches the API server.
const CERT_SANS: &str = "/apiServer/certSANs";

/// Without a list, kubeadm taints the node.
const TAINTS: &str = "/nodeRegistration/taints";

/// Puts back what a patch has taken out without meaning to: the names in the API server's certificate, for
/// want of which kubectl fails on the host and nothing in the cluster would tell, and the empty list of
/// taints.
///
/// # Errors
/// When the names are no list.
pub(super) fn kept(before: &[Json], after: &mut [Json]) -> Result<(), String> {
    for (before, after) in before.iter().zip(after) {
        if let Some(taints) = before.pointer(TAINTS)
            && after.pointer(TAINTS).is_none_or(Json::is_null)
        {
            merge(after, &json!({"nodeRegistration": {"taints": taints}}));
        }
        let Some(Json::Array(ours)) = before.pointer(CERT_SANS) else {
            continue;
        };
        match after.pointer_mut(CERT_SANS) {
            Some(Json::Array(names)) => {
                let missing = ours.iter().filter(|name| !names.contains(name));
                let missing: Vec<Json> = missing.cloned().collect();
                names.splice(0..0, missing);
            }
            Some(other) if !other.is_null() => {
                return Err(format!("`apiServer.certSANs` of {CLUSTER} is not a list"));
            }
            _ => merge(after, &json!({"apiServer": {"certSANs": ours}})),
        }
    }
    Ok(())
}

/// Returns the value of a field, or all of an argument that may be given more than once.
fn values<'a>(document: &'a Json, path: &str) -> Vec<&'a Json> {
    path.split('.').fold(vec![document], |found, key| {
        let below = |value: &'a Json| match value {
            Json::Array(items) => items
                .iter()
                .filter(|item| item["name"] == key)
                .map(|item| item.get("value").unwrap_or(item))
                .collect(),
            value => value.get(key).into_iter().collect::<Vec<_>>(),
        };
        found.into_iter().flat_map(below).collect()
    })
}

fn may_be(fixed: &Fixed, value: &Json) -> bool {
    let is_excepted = |value: &Json| {
        let text = value.as_str().zip(fixed.except);
        text.is_some_and(|(text, beginning)| text.starts_with(beginning))
    };
    match value {
        Json::Array(items) => !items.is_empty() && items.iter().all(is_excepted),
        value => is_excepted(value),
    }
}
