//! The table itself, in the order of [`Field`](crate::schema::Field).

mod cluster;
mod kubernetes;
mod networking;
mod node;
mod resources;
mod runtime;

use crate::schema::{Description, Group};

/// What stands together, in the order of the document.
pub(crate) const GROUPS: &[Group] = &[
    Group {
        path: "metadata",
        meaning: "What the cluster is called.",
    },
    Group {
        path: "spec",
        meaning: "What the cluster is like. All of it may be left out.",
    },
    Group {
        path: "spec.nodes[]",
        meaning: "The nodes. There can be one so far, the control plane, which runs all workloads; what \
                  it gets of the host is said here.",
    },
    Group {
        path: "spec.networking",
        meaning: "Addresses: of the API server on the host, of nodes, pods and services.",
    },
    Group {
        path: "spec.resources",
        meaning: "What all nodes of the cluster together may take of the host: one systemd slice \
                  holds it, and kubelet counts with it.",
    },
];

/// Every field, in the order of [`Field`](crate::schema::Field).
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
