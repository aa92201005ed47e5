//! Which node of a cluster: its role, and a number from the second of a role on, as kind counts them.

use std::fmt;

/// What a node does in its cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Runs etcd, the API server, the controllers and, as the only node, all workloads.
    ControlPlane,
    /// Runs workloads.
    Worker,
}

impl Role {
    /// Every role, in the order in which help texts list them.
    pub(crate) const ALL: [Self; 2] = [Self::ControlPlane, Self::Worker];

    /// Returns the role as kind and kubeadm write it.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ControlPlane => "control-plane",
            Self::Worker => "worker",
        }
    }

    /// Returns the role as people write it: `control plane`.
    #[must_use]
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::ControlPlane => "control plane",
            Self::Worker => "worker",
        }
    }
}

/// A node of a cluster, whatever the cluster is called: `control-plane`, `worker2`.
///
/// It stays the same when others come and go, so changes are found by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    role: Role,
    number: u16,
}

impl NodeId {
    /// Returns the first node of a role.
    #[must_use]
    pub const fn first(role: Role) -> Self {
        Self { role, number: 1 }
    }

    /// Returns the next node of the same role.
    #[must_use]
    pub(crate) const fn next(self) -> Self {
        Self {
            role: self.role,
            number: self.number.saturating_add(1),
        }
    }

    /// Returns the role.
    #[must_use]
    pub(crate) const fn role(self) -> Role {
        self.role
    }

    /// Returns the node that is written so; `None` if that is not one, such as `worker1` or `worker02`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut roles = Role::ALL.into_iter();
        let (role, number) =
            roles.find_map(|role| Some((role, text.strip_prefix(role.name())?)))?;
        let number = match number {
            "" => 1,
            number => number.parse().ok().filter(|parsed| *parsed > 1)?,
        };
        let id = Self { role, number };
        (id.to_string() == text).then_some(id)
    }
}

/// The first of its role has no number, as with kind.
impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.role.name())?;
        if self.number > 1 {
            write!(f, "{}", self.number)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_node_of_a_role_has_no_number() {
        let first = NodeId::first(Role::Worker);
        let written: Vec<String> = [first, first.next(), first.next().next()]
            .map(|id| id.to_string())
            .into();
        assert_eq!(written, ["worker", "worker2", "worker3"]);
        for id in [
            first,
            first.next(),
            NodeId::first(Role::ControlPlane).next(),
        ] {
            assert_eq!(NodeId::parse(&id.to_string()), Some(id));
        }
    }

    #[test]
    fn a_node_name_has_one_spelling() {
        for text in [
            "",
            "worker1",
            "worker0",
            "worker02",
            "worker+2",
            "worker-2",
            "worker 2",
            "Worker",
            "workers",
            "worker65536",
            "control-plane1",
            "2",
            "x-worker",
        ] {
            assert_eq!(NodeId::parse(text), None, "{text}");
        }
    }
}
