//! The exit codes of a node, and what they mean to its operator. Pure.
//!
//! Numbered as in sysexits(3); defined by the contract in images/node/README.md.

/// What an exit code of the node means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeExit {
    /// The code, as `ExecMainStatus` of the unit shows it.
    pub code: i32,
    /// What went wrong.
    pub meaning: &'static str,
    /// What the operator can do beside reading the log.
    pub advice: &'static str,
    /// Whether systemd restarts the unit.
    pub retried: bool,
}

/// All exit codes of the contract.
pub const NODE_EXITS: [NodeExit; 5] = [
    NodeExit {
        code: 69,
        meaning: "the container runtime did not start",
        advice: "the log has CRI-O's messages; if the host has no cgroup controllers, see README.md",
        retried: true,
    },
    NodeExit {
        code: 70,
        meaning: "kubeadm could not initialise the control plane",
        advice: "fix the cause and start the cluster again; the failed attempt is cleaned up automatically",
        retried: false,
    },
    NodeExit {
        code: 74,
        meaning: "the cluster's data is damaged or missing",
        advice: "nothing was changed; restore the data, or delete the cluster",
        retried: false,
    },
    NodeExit {
        code: 75,
        meaning: "the node did not become ready in time",
        advice: "the log shows what it was waiting for",
        retried: true,
    },
    NodeExit {
        code: 78,
        meaning: "the node's configuration is missing or invalid",
        advice: "correct the declaration and apply it again",
        retried: false,
    },
];

/// Returns what an exit code means; `None` if the contract does not define it.
#[must_use]
pub fn explain(code: i32) -> Option<&'static NodeExit> {
    NODE_EXITS.iter().find(|exit| exit.code == code)
}
