//! What is asked of Kubernetes itself.

use crate::schema::Effect::Restart;
use crate::schema::Form::{Items, List, Map, Switches, Text};
use crate::schema::LeftOut::Default;
use crate::schema::items::JSON_PATCH;
use crate::schema::{Description, Field};

pub(super) const FEATURE_GATES: Description = Description {
    field: Field::FeatureGates,
    path: "spec.featureGates",
    form: Switches,
    meaning: "Feature gates of Kubernetes, for all of its components.",
    default: "none",
    example: "{AllAlpha: false}",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const RUNTIME_CONFIG: Description = Description {
    field: Field::RuntimeConfig,
    path: "spec.runtimeConfig",
    form: Map,
    meaning: "Versions of APIs that the API server serves or not.",
    default: "none",
    example: "{api/alpha: \"true\"}",
    effect: Restart,
    left_out: Default,
    is_sensitive: false,
};

pub(super) const KUBEADM_CONFIG_PATCHES: Description = Description {
    field: Field::KubeadmConfigPatches,
    path: "spec.kubeadmConfigPatches",
    form: List,
    meaning: "Changes of kubeadm's configuration: parts of its documents, each with its `kind`, \
              which are merged into them; `null` takes a field away, and a list replaces a list, but \
              that arguments and volumes are merged by their names. \
              What kinc counts on, such as subnets and etcd's image, cannot be \
              changed so. kubeadm itself checks \
              the outcome before anything is written.",
    default: "none",
    example: "[\"{kind: KubeletConfiguration, maxPods: 50}\"]",
    effect: Restart,
    left_out: Default,
    is_sensitive: true,
};

pub(super) const KUBEADM_CONFIG_PATCHES_JSON_6902: Description = Description {
    field: Field::KubeadmConfigPatchesJson6902,
    path: "spec.kubeadmConfigPatchesJSON6902",
    form: Items(JSON_PATCH),
    meaning: "Changes of kubeadm's configuration by the operations of RFC 6902, after the others.",
    default: "none",
    example: "[{kind: KubeletConfiguration, patch: \"[{op: add, path: /maxPods, value: 50}]\"}]",
    effect: Restart,
    left_out: Default,
    is_sensitive: true,
};

pub(super) const SCHEDULER_CONFIG: Description = Description {
    field: Field::SchedulerConfig,
    path: "spec.schedulerConfig",
    form: Text(""),
    meaning: "The scheduler's configuration, a `KubeSchedulerConfiguration`. How it reaches the API \
              server, and that it elects no leader, is set unless it says so.",
    default: "none",
    example: "\"{apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, parallelism: 8}\"",
    effect: Restart,
    left_out: Default,
    is_sensitive: true,
};
