//! What is asked of Kubernetes itself.

use crate::declaration::schema::Description;
use crate::declaration::schema::FieldType::{BoolMap, List, Map, ObjectList, Text};
use crate::declaration::schema::Impact::Restart;
use crate::declaration::schema::WhenOmitted::Default;
use crate::declaration::schema::items::JSON_PATCH;
use crate::model::field::Field;

pub(super) const FIELDS: &[Description] = &[
    Description {
        field: Field::FeatureGates,
        field_type: BoolMap,
        meaning: "Feature gates for all components of Kubernetes.",
        default: "none",
        example: "{AllAlpha: false}",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::RuntimeConfig,
        field_type: Map,
        meaning: "API versions that the API server enables or disables.",
        default: "none",
        example: "{api/alpha: \"true\"}",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: false,
    },
    Description {
        field: Field::KubeadmConfigPatches,
        field_type: List,
        meaning: "Merge patches for the configuration of kubeadm, each with the `kind` of its document. \
                  `null` removes a field, and a list replaces a list, except that arguments and volumes \
                  are merged by name. What kinc relies on, such as subnets and etcd's image, cannot be \
                  patched. kubeadm validates the result before anything is written.",
        default: "none",
        example: "[\"{kind: KubeletConfiguration, maxPods: 50}\"]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: true,
    },
    Description {
        field: Field::KubeadmConfigPatchesJson6902,
        field_type: ObjectList(JSON_PATCH),
        meaning: "JSON patches (RFC 6902) for the configuration of kubeadm, applied after the merge \
                  patches. A path may name an item of a list, as in `/apiServer/extraArgs/v`.",
        default: "none",
        example: "[{kind: KubeletConfiguration, patch: \"[{op: add, path: /maxPods, value: 50}]\"}]",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: true,
    },
    Description {
        field: Field::SchedulerConfig,
        field_type: Text(""),
        meaning: "The configuration of the scheduler, a `KubeSchedulerConfiguration`. kinc adds the \
                  connection to the API server, and disables leader election, unless they are set.",
        default: "none",
        example: "\"{apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, parallelism: 8}\"",
        impact: Restart,
        when_omitted: Default,
        is_sensitive: true,
    },
];
