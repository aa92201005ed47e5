//! Ports of the host, and when two of them are in each other's way.
//!
//! Values only; who has which is known by others.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::model::cluster::{Cluster, PortMapping, Protocol};

/// A port of the host that leads to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostPort {
    /// The address of the host.
    pub address: Ipv4Addr,
    /// The number.
    pub port: u16,
    /// What is spoken.
    pub protocol: Protocol,
}

impl HostPort {
    /// Returns the port of the host that a mapping takes; nothing while it is open.
    pub(super) fn of(mapping: &PortMapping) -> Option<Self> {
        Some(Self {
            address: mapping.listen_address,
            port: mapping.host_port?,
            protocol: mapping.protocol,
        })
    }

    /// Returns a port at all addresses.
    pub(super) fn anywhere(port: u16, protocol: Protocol) -> Self {
        Self {
            address: Ipv4Addr::UNSPECIFIED,
            port,
            protocol,
        }
    }

    /// Returns a port where TCP is spoken.
    pub(super) fn tcp(address: Ipv4Addr, port: u16) -> Self {
        Self {
            address,
            port,
            protocol: Protocol::Tcp,
        }
    }

    /// Returns whether both have the same number and protocol, be it at different addresses.
    pub(super) fn has_number_of(self, other: Self) -> bool {
        self.port == other.port && self.protocol == other.protocol
    }

    /// Returns whether only one of the two can be listened on: whoever listens on all addresses does so
    /// on each of them.
    pub(super) fn collides(self, other: Self) -> bool {
        let is_everywhere = self.address.is_unspecified() || other.address.is_unspecified();
        self.has_number_of(other) && (is_everywhere || self.address == other.address)
    }

    fn key(self) -> (u16, Ipv4Addr, &'static str) {
        (self.port, self.address, self.protocol.name())
    }
}

impl Ord for HostPort {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for HostPort {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Returns the ports of the host, beside that of the API server, that lead to the nodes.
pub(super) fn extra_ports(cluster: &Cluster) -> BTreeSet<HostPort> {
    let nodes = cluster.nodes.iter();
    let mappings = nodes.flat_map(|node| &node.settings.ports);
    mappings.filter_map(|one| HostPort::of(one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_on_all_addresses_conflicts_with_every_address() {
        let [all, one, two] = [[0, 0, 0, 0], [127, 0, 0, 1], [127, 0, 0, 2]].map(Ipv4Addr::from);
        let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
        let at = |address, port, protocol| HostPort {
            address,
            port,
            protocol,
        };
        let cases = [
            (at(one, 80, tcp), at(one, 80, tcp), true),
            (at(one, 80, tcp), at(all, 80, tcp), true),
            (at(one, 80, tcp), at(two, 80, tcp), false),
            (at(all, 80, tcp), at(all, 81, tcp), false),
            (at(all, 80, tcp), at(all, 80, udp), false),
        ];
        for (a, b, collide) in cases {
            assert_eq!(a.collides(b), collide, "{a:?} {b:?}");
            assert_eq!(b.collides(a), collide, "{b:?} {a:?}");
        }
    }
}
