//! Declared changes of kubeadm's configuration: pure, tree in, tree out.
//!
//! What kinc itself counts on cannot be changed; that the rest means something to kubeadm is for
//! kubeadm to say, which is asked before anything is written.

use serde_json::Value as Json;

use crate::declaration;
use crate::declaration::yaml::{self, At, Node, Value};
use crate::model::cluster::{JsonPatch, KubernetesSettings, Patch};
use crate::model::field::Field;
use crate::model::problem::Place;
use crate::units::render::fixed::{kept, unchanged};
use crate::units::render::json::{json, value};
use crate::units::render::merge::merge;
use crate::units::render::operation::operate;

/// What is wrong with a patch: its field, where it stands when that is known, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) field: Field,
    pub(super) place: Option<Place>,
    pub(super) reason: String,
}

/// Returns kubeadm's configuration with all patches; without any, as it was, comments and all.
///
/// # Errors
/// When a patch does not fit, or changes what is fixed.
pub(super) fn patched(text: &str, settings: &KubernetesSettings) -> Result<String, Refused> {
    if settings.patches.is_empty() && settings.json_patches.is_empty() {
        return Ok(text.to_owned());
    }
    let original = documents(text).map_err(|reason| Refused {
        field: Field::KubeadmConfigPatches,
        place: None,
        reason,
    })?;
    let merged = merged(&original, &settings.patches)?;
    let mut documents = merged;
    for patch in &settings.json_patches {
        operated(&original, &mut documents, patch)?;
    }
    kept(&original, &mut documents).map_err(|reason| Refused {
        field: Field::KubeadmConfigPatchesJson6902,
        place: None,
        reason,
    })?;
    documents.iter_mut().for_each(texts);
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

fn merged(original: &[Json], patches: &[Patch]) -> Result<Vec<Json>, Refused> {
    let mut documents = original.to_vec();
    for patch in patches {
        let refused = |place, reason| Refused {
            field: Field::KubeadmConfigPatches,
            place,
            reason,
        };
        let start = patch.lines.place(1, 1, 0);
        let parts = yaml::parse_as_kubernetes(&patch.text)
            .map_err(|error| refused(start.clone(), error.to_string()))?;
        for part in &parts {
            let document = of_kind(&mut documents, &patch.kind)
                .map_err(|reason| refused(start.clone(), reason))?;
            let listed = declaration::listed(&patch.kind, part, &patch.text);
            merge(document, &json(&listed.value));
            unchanged(original, &documents)
                .map_err(|changed| refused(place(patch, &listed, changed.path), changed.reason))?;
        }
    }
    Ok(documents)
}

/// Returns where a part says something of a field, or of what the field is in.
fn place(patch: &Patch, part: &Node, field: &str) -> Option<Place> {
    let mut node = part;
    for name in field.split('.') {
        let below = match &node.value {
            Value::Mapping(entries) => {
                let entry = entries.iter().find(|entry| entry.key == name);
                entry.map(|entry| &entry.node)
            }
            Value::Sequence(items) => items.iter().rfind(|item| {
                let named = item.value.get("name").and_then(Value::as_str);
                named == Some(name)
            }),
            _ => None,
        };
        node = below.unwrap_or(node);
    }
    patch
        .lines
        .place(node.at.line, node.at.column, node.at.length)
}

/// Makes texts of all arguments, which an operation may have set to numbers.
fn texts(document: &mut Json) {
    let Json::Object(fields) = document else {
        return;
    };
    for (key, value) in fields {
        match value {
            Json::Array(items) if declaration::ARGUMENTS.contains(&key.as_str()) => {
                let values = items.iter_mut().filter_map(|item| item.get_mut("value"));
                for value in values.filter(|value| value.is_number() || value.is_boolean()) {
                    *value = Json::String(value.to_string());
                }
            }
            value => texts(value),
        }
    }
}

/// Does the operations of a patch, each of which is refused where it stands.
fn operated(
    original: &[Json],
    documents: &mut [Json],
    JsonPatch { kind, patch, lines }: &JsonPatch,
) -> Result<(), Refused> {
    let refused = |at: At, reason| Refused {
        field: Field::KubeadmConfigPatchesJson6902,
        place: lines
            .place(at.line, at.column, at.length)
            .or_else(|| lines.place(1, 1, 0)),
        reason,
    };
    let parsed = yaml::parse_as_kubernetes(patch)
        .map_err(|error| refused(error.at.unwrap_or(At::START), error.to_string()))?;
    let Some(Value::Sequence(operations)) = parsed.last().map(|node| &node.value) else {
        let reason = format!("the operations on {kind} are not a list");
        return Err(refused(At::START, reason));
    };
    for (index, operation) in operations.iter().enumerate() {
        let document = of_kind(documents, kind).map_err(|reason| refused(operation.at, reason))?;
        operate(document, json(&operation.value)).map_err(|error| {
            let reason = format!("operation {} on {kind} {error}", index + 1);
            refused(operation.at, reason)
        })?;
        unchanged(original, documents).map_err(|changed| refused(operation.at, changed.reason))?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::problem::Lines;

    const CONF: &str = "# Generated\nkind: ClusterConfiguration\nclusterName: kinc-dev\napiServer:\n  certSANs:\n  - localhost\n---\nkind: KubeletConfiguration\nfailSwapOn: false\n";

    fn merging(kind: &str, text: &str) -> KubernetesSettings {
        KubernetesSettings {
            patches: vec![Patch {
                kind: kind.to_owned(),
                text: text.to_owned(),
                lines: Lines::default(),
            }],
            ..KubernetesSettings::default()
        }
    }

    fn operating(kind: &str, patch: &str) -> KubernetesSettings {
        KubernetesSettings {
            json_patches: vec![JsonPatch {
                kind: kind.to_owned(),
                patch: patch.to_owned(),
                lines: Lines::default(),
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
    fn an_argument_becomes_a_text_and_a_mapping_of_them_a_list() {
        let listed = "apiServer: {extraArgs: [{name: v, value: 010}]}\n";
        let mapped = "apiServer: {extraArgs: {v: 010}}\n";
        for text in [listed, mapped] {
            let text = patched(CONF, &merging("ClusterConfiguration", text)).unwrap();
            let expected = "  extraArgs:\n  - name: v\n    value: \"010\"\n";
            assert!(text.contains(expected), "{text}");
        }
        let patch = "- {op: add, path: /apiServer/extraArgs, value: []}\n\
                     - {op: add, path: /apiServer/extraArgs/-, value: {name: v, value: 4}}\n";
        let text = patched(CONF, &operating("ClusterConfiguration", patch)).unwrap();
        assert!(text.contains("  - name: v\n    value: \"4\"\n"), "{text}");
    }

    #[test]
    fn a_field_that_is_fixed_is_refused_where_it_stands() {
        let place = |line, column, length| Place {
            source: "c".to_owned(),
            line,
            column,
            length,
        };
        let mut settings = merging("KubeletConfiguration", "maxPods: 50\nstaticPodPath: /srv\n");
        settings.patches[0].lines = Lines::new([place(7, 5, 0), place(8, 5, 0)]);
        assert_eq!(
            patched(CONF, &settings),
            Err(Refused {
                field: Field::KubeadmConfigPatches,
                place: Some(place(8, 20, 4)),
                reason:
                    "`staticPodPath` of KubeletConfiguration cannot be changed by a patch: the \
                         node has its static pods in /etc/kubernetes/manifests"
                        .to_owned(),
            })
        );
    }

    #[test]
    fn an_operation_is_refused_where_it_stands() {
        let place = |line| Place {
            source: "c".to_owned(),
            line,
            column: 7,
            length: 0,
        };
        let patch = "- {op: add, path: /maxPods, value: 50}\n- {op: remove, path: /nope}\n";
        let mut settings = operating("KubeletConfiguration", patch);
        settings.json_patches[0].lines = Lines::new([place(27), place(28)]);
        let refused = patched(CONF, &settings).unwrap_err();
        let at = refused.place.map(|place| (place.line, place.column));
        assert_eq!(at, Some((28, 9)));
        assert_eq!(
            refused.reason,
            "operation 2 on KubeletConfiguration does not fit: there is no `/nope`"
        );
    }

    #[test]
    fn a_dns_cache_of_the_node_may_be_named_and_no_other_server() {
        let naming = |server: &str| {
            let text = format!("clusterDNS: [{server}]\n");
            patched(CONF, &merging("KubeletConfiguration", &text)).is_ok()
        };
        assert!(naming("169.254.20.10"));
        assert!(!naming("10.96.0.53"));
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
                "`controllerManager.extraArgs.allocate-node-cidrs` of ClusterConfiguration cannot be \
                 changed by a patch: each node takes its part of `spec.networking.podSubnet` by its \
                 address",
            ),
        ];
        for (settings, reason) in cases {
            assert_eq!(patched(CONF, &settings).unwrap_err().reason, reason);
        }
        let missing = operating("KubeletConfiguration", "- {op: remove, path: /maxPods}\n");
        assert_eq!(
            patched(CONF, &missing),
            Err(Refused {
                field: Field::KubeadmConfigPatchesJson6902,
                place: None,
                reason: "operation 1 on KubeletConfiguration does not fit: there is no `/maxPods`"
                    .to_owned(),
            })
        );
    }
}
