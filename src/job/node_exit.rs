//! The exit codes of a node, and what they mean to its operator. Pure.
//!
//! They are those of sysexits(3), fixed by the contract in images/node/README.md.

/// What an exit code of the node means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeExit {
    /// The code, as `ExecMainStatus` of the unit shows it.
    pub code: i32,
    /// What went wrong, in the terms of the node.
    pub meaning: &'static str,
    /// What the operator can do beside reading the log.
    pub advice: &'static str,
    /// Whether systemd tries again by itself.
    pub retried: bool,
}

/// All exit codes of the contract.
pub const NODE_EXITS: [NodeExit; 5] = [
    NodeExit {
        code: 69,
        meaning: "the container runtime did not start in the node",
        advice: "CRI-O's own words are in the log; on a host without cgroup controllers see README.md",
        retried: true,
    },
    NodeExit {
        code: 70,
        meaning: "kubeadm could not initialise the control plane",
        advice: "after mending the cause, start it again: what is half-done is reset by itself",
        retried: false,
    },
    NodeExit {
        code: 74,
        meaning: "the cluster's data is damaged or gone",
        advice: "nothing was changed; restore what is missing, or delete the cluster",
        retried: false,
    },
    NodeExit {
        code: 75,
        meaning: "the cluster was not ready in time",
        advice: "the log shows what it waited for",
        retried: true,
    },
    NodeExit {
        code: 78,
        meaning: "the node's configuration is missing or invalid",
        advice: "correct the declaration, and apply it again",
        retried: false,
    },
];

/// Returns what an exit code means; nothing for one that is not of the contract.
#[must_use]
pub fn explain(code: i32) -> Option<&'static NodeExit> {
    NODE_EXITS.iter().find(|exit| exit.code == code)
}
