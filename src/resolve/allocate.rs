//! Which node subnet a cluster gets; the ports are in `ports`.
//!
//! Only choices among values; what is in use was found out by others.

use crate::model::cluster::{Cluster, Uid};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
use crate::model::problem::Problem;
use crate::model::subnet::Subnet;
use crate::resolve::{ClusterInUse, InUse};

/// Nodes of the clusters: one /24 each, in a range that few networks use, or in the other when all of
/// that is taken, for example by a VPN's 10.0.0.0/8.
const NODE_NETWORKS: [[u8; 2]; 2] = [[10, 200], [192, 168]];

/// A route shorter than this is a default route in disguise, as VPNs install them.
const SHORTEST_USED_PREFIX: u8 = 8;

/// A route of this length or less is to a whole organisation, of which a cluster hides a small part; what
/// is longer may be the network that the host is in.
const WIDE_PREFIX: u8 = 16;

/// What is needed to tell a free value from a used one.
pub(super) struct Allocator<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) in_use: &'a InUse,
    pub(super) previous: Option<&'a Cluster>,
}

impl Allocator<'_> {
    /// Reports a declared uid that is another cluster's: a mark would tell their data apart no more.
    pub(super) fn taken_uid(&self) -> Option<Problem> {
        let uid = self
            .cluster
            .uid
            .as_ref()
            .filter(|uid| **uid != Uid::nil())?;
        let other = self
            .others()
            .find(|other| other.uid.as_ref() == Some(uid))?;
        let message = format!(
            "`{uid}` is the uid of cluster `{}`; omit it, and kinc generates another one",
            other.name
        );
        Some(self.cluster.problem(Field::Uid, message))
    }

    /// Returns the declared node subnet unless somebody else has it, else the first free one.
    ///
    /// Routes of the host matter only to what is chosen now: a declared one may overlap them, and one
    /// that is in use stays so whatever comes later, such as a VPN.
    pub(super) fn node_subnet(&self) -> Result<Subnet, Problem> {
        let Some(subnet) = self.cluster.node_subnet else {
            return self.chosen_subnet();
        };
        let is_recorded = self.previous.and_then(|own| own.node_subnet) == Some(subnet);
        let network = || self.network_over(subnet).filter(|_| !is_recorded);
        match self.cluster_over(subnet).or_else(network) {
            None => Ok(subnet),
            Some(user) => {
                let message = propose(format!("{subnet} overlaps {user}"), self.free_subnet());
                Err(self.cluster.problem(Field::NodeSubnet, message))
            }
        }
    }

    fn chosen_subnet(&self) -> Result<Subnet, Problem> {
        self.can_choose(Field::NodeSubnet)?;
        let [[a, b], [c, d]] = NODE_NETWORKS;
        let message =
            format!("all of {a}.{b}.0.0/16 and {c}.{d}.0.0/16 is in use; choose another one");
        let free = self.free_subnet();
        free.ok_or_else(|| self.cluster.problem(Field::NodeSubnet, message))
    }

    /// Returns the first subnet that nobody uses; where routes lead everywhere, as those of some VPNs do,
    /// the first one that is only a small part of what they lead to.
    fn free_subnet(&self) -> Option<Subnet> {
        let all = || {
            let networks = NODE_NETWORKS.into_iter();
            networks
                .flat_map(|[a, b]| (0..=u8::MAX).map(move |n| Subnet::constant([a, b, n, 0], 24)))
        };
        let has_no_user = |subnet: &Subnet| {
            self.cluster_over(*subnet).is_none() && self.network_over(*subnet).is_none()
        };
        let routes = &self.in_use.routes;
        let narrow: Vec<Subnet> = routes
            .iter()
            .copied()
            .filter(|route| route.prefix_len() > WIDE_PREFIX)
            .collect();
        let free = |routes: &[Subnet]| {
            all().find(|subnet| route_over(*subnet, routes).is_none() && has_no_user(subnet))
        };
        free(routes).or_else(|| free(&narrow))
    }

    /// Fails when a value has to be chosen, and it is not known what another cluster has.
    pub(super) fn can_choose(&self, field: impl Into<FieldRef>) -> Result<(), Problem> {
        let Some(file) = self.in_use.unreadable.first() else {
            return Ok(());
        };
        let message = format!(
            "cannot be chosen while `{file}` cannot be read, because that cluster may use any; repair it, \
             or set a value here"
        );
        Err(self.cluster.problem(field, message))
    }

    /// Returns what of ours has addresses of a subnet.
    fn cluster_over(&self, subnet: Subnet) -> Option<String> {
        if let Some(other) = self
            .others()
            .find(|other| other.node_subnet.overlaps(subnet))
        {
            return Some(format!("{} of cluster `{}`", other.node_subnet, other.name));
        }
        let inner = [self.cluster.pod_subnet, self.cluster.service_subnet];
        let inner = inner.into_iter().find(|inner| inner.overlaps(subnet));
        inner.map(|inner| format!("{inner}, the cluster's own pods or services"))
    }

    /// Returns the network of Podman, of somebody else, that has addresses of a subnet: Podman makes no
    /// second one.
    fn network_over(&self, subnet: Subnet) -> Option<String> {
        let mut networks = self.in_use.networks.iter();
        let network = networks.find(|network| network.overlaps(subnet));
        network.map(|network| format!("{network}, a network of Podman"))
    }

    pub(super) fn others(&self) -> impl Iterator<Item = &ClusterInUse> {
        self.in_use
            .clusters
            .iter()
            .filter(|other| other.name != self.cluster.name)
    }
}

/// Returns the route of the host that leads to addresses of a subnet; one that is a default route in
/// disguise leads everywhere.
pub(super) fn route_over(subnet: Subnet, routes: &[Subnet]) -> Option<Subnet> {
    let mut routes = routes.iter().copied();
    routes.find(|route| route.prefix_len() >= SHORTEST_USED_PREFIX && route.overlaps(subnet))
}

pub(super) fn propose(message: String, free: Option<impl std::fmt::Display>) -> String {
    match free {
        Some(free) => format!("{message}; {free} is free"),
        None => message,
    }
}
