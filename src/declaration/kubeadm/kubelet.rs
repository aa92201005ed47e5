//! What kubelet's fields hold, of those that are often set
//! (<https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>).

use crate::declaration::kubeadm::{KUBELET, Wrong, mismatch};
use crate::declaration::yaml::{Node, Value};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Number,
    Bool,
    Text,
    BoolMap,
    TextMap,
}

const TYPES: [(Type, &[&str]); 5] = [
    (
        Type::Number,
        &[
            "containerLogMaxFiles",
            "containerLogMaxWorkers",
            "eventBurst",
            "eventRecordQPS",
            "healthzPort",
            "imageGCHighThresholdPercent",
            "imageGCLowThresholdPercent",
            "kubeAPIBurst",
            "kubeAPIQPS",
            "maxOpenFiles",
            "maxParallelImagePulls",
            "maxPods",
            "nodeStatusMaxImages",
            "oomScoreAdj",
            "podPidsLimit",
            "podsPerCore",
            "port",
            "readOnlyPort",
            "registryBurst",
            "registryPullQPS",
        ],
    ),
    (
        Type::Bool,
        &[
            "cgroupsPerQOS",
            "cpuCFSQuota",
            "enableControllerAttachDetach",
            "enableDebugFlagsHandler",
            "enableDebuggingHandlers",
            "enableProfilingHandler",
            "enableServer",
            "enableSystemLogHandler",
            "enableSystemLogQuery",
            "failCgroupV1",
            "failSwapOn",
            "localStorageCapacityIsolation",
            "makeIPTablesUtilChains",
            "protectKernelDefaults",
            "registerNode",
            "rotateCertificates",
            "seccompDefault",
            "serializeImagePulls",
            "serverTLSBootstrap",
        ],
    ),
    (
        Type::Text,
        &[
            "address",
            "cgroupDriver",
            "clusterDomain",
            "containerLogMaxSize",
            "cpuManagerPolicy",
            "cpuManagerReconcilePeriod",
            "evictionPressureTransitionPeriod",
            "imageMaximumGCAge",
            "imageMinimumGCAge",
            "memoryManagerPolicy",
            "nodeStatusReportFrequency",
            "nodeStatusUpdateFrequency",
            "reservedSystemCPUs",
            "resolvConf",
            "runtimeRequestTimeout",
            "shutdownGracePeriod",
            "shutdownGracePeriodCriticalPods",
            "staticPodPath",
            "streamingConnectionIdleTimeout",
            "syncFrequency",
            "topologyManagerPolicy",
        ],
    ),
    (Type::BoolMap, &["featureGates"]),
    (
        Type::TextMap,
        &[
            "evictionHard",
            "evictionMinimumReclaim",
            "evictionSoft",
            "evictionSoftGracePeriod",
            "kubeReserved",
            "systemReserved",
        ],
    ),
];

pub(super) fn wrong(part: &Node, wrong: &mut Vec<Wrong>) {
    let Value::Mapping(entries) = &part.value else {
        return;
    };
    for entry in entries {
        let known = TYPES
            .iter()
            .find(|(_, names)| names.contains(&entry.key.as_str()));
        if let Some((wanted, _)) = known {
            wanted.check(&entry.key, &entry.node, wrong);
        }
    }
}

impl Type {
    fn check(self, path: &str, node: &Node, wrong: &mut Vec<Wrong>) {
        let is_fitting = match (self, &node.value) {
            (_, Value::Null) => true,
            (Self::BoolMap | Self::TextMap, Value::Mapping(entries)) => {
                let one = match self {
                    Self::BoolMap => Self::Bool,
                    _ => Self::Text,
                };
                for entry in entries {
                    one.check(&format!("{path}.{}", entry.key), &entry.node, wrong);
                }
                true
            }
            (wanted, Value::Number(_)) => wanted == Self::Number,
            (wanted, Value::Bool(_)) => wanted == Self::Bool,
            (wanted, Value::String(_)) => wanted == Self::Text,
            _ => false,
        };
        if !is_fitting {
            let expected = match self {
                Self::Number => "a number",
                Self::Bool => "true or false",
                Self::Text => "a string",
                Self::BoolMap | Self::TextMap => "a mapping",
            };
            wrong.push(mismatch(KUBELET, path, node.span, expected, &node.value));
        }
    }
}
