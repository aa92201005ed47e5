//! The table itself: a field is described once, in the file of what it is about.

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
        meaning: "The nodes: one control plane or several, and any number of workers. Control planes without workers run \
                  all pods. Without nodes, there is one control plane.",
    },
    Group {
        path: "spec.nodes[].resources",
        meaning: "What this node may take of the limits of the cluster.",
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

/// Every field, by what it is about. The document has them in the order of
/// [`Field`](crate::model::field::Field).
pub(crate) const FIELDS: [&[Description]; 6] = [
    cluster::FIELDS,
    node::FIELDS,
    networking::FIELDS,
    kubernetes::FIELDS,
    runtime::FIELDS,
    resources::FIELDS,
];
