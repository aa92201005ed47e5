//! Declared changes of kubeadm's configuration: pure, tree in, tree out.
//!
//! What kinc itself counts on cannot be changed; that the rest means something to kubeadm is for
//! kubeadm to say, which is asked before anything is written.

use serde_json::{Map, Value as Json};

use crate::declaration::yaml::{self, Entry, Node, Value};
use crate::model::cluster::{JsonPatch, KubernetesSettings, Patch};
use crate::model::field::Field;
use crate::units::render::fixed::{kept, unchanged};
use crate::units::render::merge::merge;
use crate::units::render::operation::operate;

/// Returns kubeadm's configuration with all patches; without any, as it was, comments and all.
///
/// # Errors
/// When a patch does not fit, or changes what is fixed.
pub(super) fn patched(
    text: &str,
    settings: &KubernetesSettings,
) -> Result<String, (Field, String)> {
    if settings.patches.is_empty() && settings.json_patches.is_empty() {
        return Ok(text.to_owned());
    }
    let blame = |field| move |reason| (field, reason);
    let field = Field::KubeadmConfigPatches;
    let original = documents(text).map_err(blame(field))?;
    let merged = merged(original.clone(), &settings.patches).map_err(blame(field))?;
    unchanged(&original, &merged).map_err(blame(field))?;
    let field = Field::KubeadmConfigPatchesJson6902;
    let mut documents = operated(merged, &settings.json_patches).map_err(blame(field))?;
    unchanged(&original, &documents).map_err(blame(field))?;
    kept(&original, &mut documents).map_err(blame(field))?;
    // The first lines say whose file it is.
    let mut out: String = text.lines().take_while(|line| line.starts_with('#')).fold(
        String::new(),
        |mut header, line| {
            header.push_str(line);
            header.push('\n');
            header
        },
    );
    let written: Vec<String> = documents
        .iter()
        .map(|json| yaml::to_string(&value(json)))
        .collect();
    out.push_str(&written.join("---\n"));
    Ok(out)
}

fn merged(mut documents: Vec<Json>, patches: &[Patch]) -> Result<Vec<Json>, String> {
    for patch in patches {
        for part in self::documents(&patch.text)? {
            merge(of_kind(&mut documents, &patch.kind)?, &part);
        }
    }
    Ok(documents)
}

fn operated(mut documents: Vec<Json>, patches: &[JsonPatch]) -> Result<Vec<Json>, String> {
    for JsonPatch { kind, patch } in patches {
        let document = of_kind(&mut documents, kind)?;
        let operations = self::documents(patch)?.pop().unwrap_or(Json::Null);
        let Json::Array(operations) = operations else {
            return Err(format!("the operations on {kind} are not a list"));
        };
        for (index, operation) in operations.into_iter().enumerate() {
            operate(document, operation)
                .map_err(|error| format!("operation {} on {kind} {error}", index + 1))?;
        }
    }
    Ok(documents)
}

fn documents(text: &str) -> Result<Vec<Json>, String> {
    let nodes = yaml::parse_as_kubernetes(text).map_err(|error| error.to_string())?;
    Ok(nodes.iter().map(|node| json(&node.value)).collect())
}

fn of_kind<'a>(documents: &'a mut [Json], kind: &str) -> Result<&'a mut Json, String> {
    documents
        .iter_mut()
        .find(|document| document.get("kind").and_then(Json::as_str) == Some(kind))
        .ok_or_else(|| format!("there is no {kind} to change"))
}

fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        // What JSON has no number for stays what it was in YAML.
        Value::Number(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone()))
        }
        Value::String(text) => Json::String(text.clone()),
        Value::Sequence(items) => items.iter().map(|item| json(&item.value)).collect(),
        Value::Mapping(entries) => {
            let pair = |entry: &Entry| (entry.key.clone(), json(&entry.node.value));
            Json::Object(entries.iter().map(pair).collect::<Map<_, _>>())
        }
    }
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(number.to_string()),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => {
            Value::Sequence(items.iter().map(|item| Node::from(value(item))).collect())
        }
        Json::Object(fields) => Value::Mapping(
            fields
                .iter()
                .map(|(key, json)| Entry::from((key.as_str(), value(json))))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONF: &str = "# Generated\nkind: ClusterConfiguration\nclusterName: kinc-dev\napiServer:\n  certSANs:\n  - localhost\n---\nkind: KubeletConfiguration\nfailSwapOn: false\n";

    fn merging(kind: &str, text: &str) -> KubernetesSettings {
        KubernetesSettings {
            patches: vec![Patch {
                kind: kind.to_owned(),
                text: text.to_owned(),
            }],
            ..KubernetesSettings::default()
        }
    }

    fn operating(kind: &str, patch: &str) -> KubernetesSettings {
        KubernetesSettings {
            json_patches: vec![JsonPatch {
                kind: kind.to_owned(),
                patch: patch.to_owned(),
            }],
            ..KubernetesSettings::default()
        }
    }

    #[test]
    fn without_a_patch_the_text_stays_to_the_letter() {
        let none = KubernetesSettings::default();
        assert_eq!(patched(CONF, &none).as_deref(), Ok(CONF));
    }

    #[test]
    fn a_part_is_merged_into_the_document_of_its_kind() {
        let patch = "kind: KubeletConfiguration\nmaxPods: 50\nfailSwapOn: null\n";
        let expected = "# Generated\nkind: ClusterConfiguration\nclusterName: kinc-dev\napiServer:\n  certSANs:\n  - localhost\n---\nkind: KubeletConfiguration\nmaxPods: 50\n";
        let settings = merging("KubeletConfiguration", patch);
        assert_eq!(patched(CONF, &settings).as_deref(), Ok(expected));
    }

    #[test]
    fn operations_are_done_on_the_document_of_their_kind() {
        let patch = "- {op: add, path: /apiServer/certSANs/-, value: 192.0.2.7}\n";
        let settings = operating("ClusterConfiguration", patch);
        let text = patched(CONF, &settings).unwrap();
        assert!(text.contains("  - localhost\n  - 192.0.2.7\n"), "{text}");
    }

    #[test]
    fn what_does_not_fit_or_is_fixed_is_refused() {
        let cases = [
            (
                merging("Cluster", "kind: Cluster\n"),
                "there is no Cluster to change",
            ),
            (
                merging("ClusterConfiguration", "clusterName: other\n"),
                "`clusterName` of ClusterConfiguration cannot be changed by a patch: \
                 it follows from `metadata.name`",
            ),
            (
                operating(
                    "ClusterConfiguration",
                    "- {op: remove, path: /clusterName}\n",
                ),
                "`clusterName` of ClusterConfiguration cannot be changed by a patch: \
                 it follows from `metadata.name`",
            ),
            (
                merging("ClusterConfiguration", "kind: Other\n"),
                "`kind` of ClusterConfiguration cannot be changed by a patch",
            ),
            (
                merging(
                    "ClusterConfiguration",
                    "etcd: {local: {imageTag: 3.7.3-0}}\n",
                ),
                "`etcd.local.imageTag` of ClusterConfiguration cannot be changed by a patch: \
                 the node image brings the images of all parts; take another with `spec.image`",
            ),
            (
                merging(
                    "ClusterConfiguration",
                    "imageRepository: registry.example\n",
                ),
                "`imageRepository` of ClusterConfiguration cannot be changed by a patch: \
                 the node image brings the images of all parts; take another with `spec.image`",
            ),
            (
                merging(
                    "ClusterConfiguration",
                    "controllerManager: {extraArgs: [{name: allocate-node-cidrs, value: 'true'}]}\n",
                ),
                "`controllerManager.extraArgs[allocate-node-cidrs]` of ClusterConfiguration cannot be \
                 changed by a patch: each node takes its part of `spec.networking.podSubnet` by its \
                 address",
            ),
        ];
        for (settings, reason) in cases {
            assert_eq!(patched(CONF, &settings).unwrap_err().1, reason);
        }
        let missing = operating("KubeletConfiguration", "- {op: remove, path: /maxPods}\n");
        let (field, reason) = patched(CONF, &missing).unwrap_err();
        assert_eq!(field, Field::KubeadmConfigPatchesJson6902);
        assert_eq!(
            reason,
            "operation 1 on KubeletConfiguration does not fit: there is no `/maxPods`"
        );
    }
}
