//! What patches are for, by where they are declared, and what they come to.

use crate::declaration::convert::kind::registration::Registration;
use crate::declaration::convert::kind::walk::Walk;
use crate::declaration::convert::tree::take;
use crate::declaration::kubeadm::{INIT, JOIN, KUBEADM_KINDS};
use crate::declaration::yaml::{Node, Value};

/// Where patches are declared.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope {
    /// For all nodes.
    Cluster {
        /// Whether there are nodes that join.
        is_joined: bool,
    },
    /// For the first control plane.
    First,
    /// For one node that joins.
    Joining,
}

impl Scope {
    /// Says why a patch of a document of this kind changes nothing; `None` if it does.
    pub(super) fn leaves_out(self, kind: &str) -> Option<String> {
        let why = match (self, kind) {
            (Self::Cluster { is_joined: true } | Self::Joining, JOIN) => return None,
            (Self::Cluster { .. }, JOIN) => "nothing joins a cluster of one node",
            (Self::First, JOIN) => "the first control plane does not join",
            (_, "") => "it does not name the `kind` of a document",
            (Self::Joining, kind) if KUBEADM_KINDS.contains(&kind) => {
                "of a node that joins, kubeadm reads only a JoinConfiguration; put the patch beside `nodes`"
            }
            (_, kind) if KUBEADM_KINDS.contains(&kind) => return None,
            (_, kind) => {
                let kind = kind.escape_debug();
                return Some(format!(
                    "left out: kubeadm has no document of kind `{kind}`"
                ));
            }
        };
        Some(format!("left out: {why}"))
    }
}

/// What patches come to: ours, and what they say of nodes.
#[derive(Debug, Default)]
pub(super) struct Patches {
    /// Parts that are merged.
    pub(super) merged: Vec<Node>,
    /// JSON patches.
    pub(super) operated: Vec<Node>,
    /// How the first control plane registers.
    pub(super) first: Registration,
    /// How nodes that join register.
    pub(super) joining: Registration,
}

impl Patches {
    /// Takes out of a part of a document of this kind how nodes register.
    pub(super) fn take_registration(
        &mut self,
        walk: &mut Walk<'_>,
        path: &str,
        kind: &str,
        part: &mut Node,
    ) {
        match kind {
            INIT => self.first.take_taints(walk, path, &mut part.value),
            JOIN => {
                self.joining.take_arguments(walk, path, &mut part.value);
                self.joining.take_taints(walk, path, &mut part.value);
                let others = take(&mut part.value, "nodeRegistration");
                let Some(Value::Mapping(others)) = others.map(|others| others.value) else {
                    return;
                };
                for other in &others {
                    let key = other.key.escape_debug();
                    let message = format!(
                        "`nodeRegistration.{key}` of {JOIN} is left out: kubeadm has no such field"
                    );
                    walk.warn(other.span, path, message);
                }
            }
            _ => {}
        }
    }
}
