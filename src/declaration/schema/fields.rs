//! The table itself, in the order of [`Field`](crate::model::field::Field).

mod cluster;
mod kubernetes;
mod networking;
mod node;
mod resources;
mod runtime;

use crate::declaration::schema::{Description, Group};

/// What is together, in the order of the document.
pub(crate) const GROUPS: &[Group] = &[
    Group {
        path: "metadata",
        meaning: "The name of the cluster, and notes on it.",
    },
    Group {
        path: "spec",
        meaning: "The desired state of the cluster. All fields are optional.",
    },
    Group {
        path: "spec.nodes[]",
        meaning: "The nodes. Only one is supported yet: the control plane, which runs all workloads.",
    },
    Group {
        path: "spec.networking",
        meaning: "Addresses of the API server on the host, and of nodes, pods and services.",
    },
    Group {
        path: "spec.resources",
        meaning: "Limits for all nodes of the cluster together. A systemd slice enforces them, and kubelet \
                  takes them into account.",
    },
];

/// Every field, in the order of [`Field`](crate::model::field::Field).
pub(crate) const FIELDS: &[Description] = &[
    cluster::NAME,
    cluster::UID,
    cluster::ANNOTATIONS,
    cluster::KUBERNETES_VERSION,
    cluster::IMAGE,
    cluster::AUTOSTART,
    cluster::DATA_DIR,
    node::ROLE,
    node::NAME,
    node::ADDRESS,
    node::LABELS,
    node::TAINTS,
    node::EXTRA_MOUNTS,
    node::EXTRA_PORT_MAPPINGS,
    node::DEVICES,
    node::SYSCTLS,
    node::ENVIRONMENT,
    node::FILES,
    node::UNITS,
    networking::API_SERVER_ADDRESS,
    networking::API_SERVER_PORT,
    networking::API_SERVER_CERT_SANS,
    networking::IP_FAMILY,
    networking::POD_SUBNET,
    networking::SERVICE_SUBNET,
    networking::NODE_SUBNET,
    networking::DNS_DOMAIN,
    networking::DNS_SEARCH,
    networking::CNI,
    networking::KUBE_PROXY_MODE,
    cluster::STORAGE,
    kubernetes::FEATURE_GATES,
    kubernetes::RUNTIME_CONFIG,
    kubernetes::KUBEADM_CONFIG_PATCHES,
    kubernetes::KUBEADM_CONFIG_PATCHES_JSON_6902,
    kubernetes::SCHEDULER_CONFIG,
    runtime::CRIO_DROP_INS,
    runtime::REGISTRY_MIRRORS,
    runtime::CA_CERTIFICATES,
    runtime::MANIFESTS,
    resources::MEMORY,
    resources::CPU,
    resources::CPU_WEIGHT,
    resources::IO_WEIGHT,
    resources::TASKS,
];
