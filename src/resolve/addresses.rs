//! The address plan of a cluster: which addresses its nodes may have, and which of the pods'
//! addresses belong to a node.
//!
//! Pure. All of it follows from a node's number, its place in the node subnet; so a node that comes
//! or goes moves no other, and each knows the way to all pods without asking.

use std::net::Ipv4Addr;

use crate::model::subnet::Subnet;

/// The gateway of the nodes' network.
const GATEWAY: u32 = 1;

/// The control planes; the first one makes the cluster.
const CONTROL_PLANES: std::ops::RangeInclusive<u32> = 2..=8;

/// Where the API server is reached, whichever node it runs on: a balancer before several control
/// planes, the only one itself.
const API: u32 = 9;

/// The first of the workers, who have all that follows.
const FIRST_WORKER: u32 = 10;

/// Each node has a subnet of this size for its pods.
const PODS_PREFIX: u8 = 24;

/// The subnets that a cluster's addresses come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AddressPlan {
    /// Addresses of nodes. In a small one, what lies behind its end is missing.
    pub nodes: Subnet,
    /// Addresses of pods.
    pub pods: Subnet,
}

impl AddressPlan {
    /// Returns the gateway of the nodes' network.
    #[must_use]
    pub(crate) fn gateway(&self) -> Option<Ipv4Addr> {
        self.nodes.nth_host(GATEWAY)
    }

    /// Returns the addresses that control planes may have, in the order in which they get them.
    pub(crate) fn control_planes(&self) -> impl Iterator<Item = Ipv4Addr> + use<> {
        let nodes = self.nodes;
        CONTROL_PLANES.map_while(move |number| nodes.nth_host(number))
    }

    /// Returns the address that the API server's name leads to, whichever node it runs on; nothing
    /// where the subnet ends before it, as a /29 does.
    #[must_use]
    pub(crate) fn api(&self) -> Option<Ipv4Addr> {
        self.nodes.nth_host(API)
    }

    /// Returns the addresses that workers may have, in the order in which they get them.
    pub(crate) fn workers(&self) -> impl Iterator<Item = Ipv4Addr> + use<> {
        let nodes = self.nodes;
        (FIRST_WORKER..).map_while(move |number| nodes.nth_host(number))
    }

    /// Returns the addresses of a node's pods: the first node has the first subnet. Nothing where
    /// the pods' subnet ends before it.
    #[must_use]
    pub(crate) fn pods_of(&self, node: Ipv4Addr) -> Option<Subnet> {
        let index = self.nodes.number_of(node)?;
        let index = index.checked_sub(*CONTROL_PLANES.start())?;
        self.pods.nth_subnet(PODS_PREFIX, index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(nodes: &str, pods: &str) -> AddressPlan {
        let subnet = |text: &str| text.parse().unwrap();
        AddressPlan {
            nodes: subnet(nodes),
            pods: subnet(pods),
        }
    }

    /// Returns the last parts of addresses.
    fn last(addresses: impl Iterator<Item = Ipv4Addr>) -> Vec<u8> {
        addresses.map(|address| address.octets()[3]).collect()
    }

    #[test]
    fn each_address_of_a_subnet_has_one_purpose() {
        let resolved = resolve("10.200.7.0/24", "10.244.0.0/16");
        let gateway = resolved.gateway().into_iter();
        let api = resolved.api().into_iter();
        assert_eq!(last(resolved.control_planes()), (2..=8).collect::<Vec<_>>());
        assert_eq!(last(resolved.workers()), (10..=254).collect::<Vec<_>>());
        let all = gateway.chain(resolved.control_planes()).chain(api);
        assert_eq!(
            last(all.chain(resolved.workers())),
            (1..=254).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_small_subnet_has_fewer_addresses() {
        let cases: [(_, &[u8], _, &[u8]); 3] = [
            (
                "10.200.0.0/28",
                &[2, 3, 4, 5, 6, 7, 8],
                Some(9),
                &[10, 11, 12, 13, 14],
            ),
            ("10.200.0.0/29", &[2, 3, 4, 5, 6], None, &[]),
            ("10.200.0.0/30", &[2], None, &[]),
        ];
        for (nodes, control_planes, api, workers) in cases {
            let resolved = resolve(nodes, "10.244.0.0/24");
            assert_eq!(last(resolved.control_planes()), control_planes, "{nodes}");
            assert_eq!(
                last(resolved.api().into_iter()).first().copied(),
                api,
                "{nodes}"
            );
            assert_eq!(last(resolved.workers()), workers, "{nodes}");
        }
    }

    #[test]
    fn each_node_has_its_own_pod_subnet() {
        let resolved = resolve("10.200.4.0/22", "10.244.0.0/16");
        let pods = |node: [u8; 4]| {
            let found = resolved.pods_of(Ipv4Addr::from(node));
            found.map(|subnet| subnet.to_string())
        };
        let cases = [
            ([10, 200, 4, 2], Some("10.244.0.0/24")),
            ([10, 200, 4, 3], Some("10.244.1.0/24")),
            ([10, 200, 4, 10], Some("10.244.8.0/24")),
            ([10, 200, 5, 1], Some("10.244.255.0/24")),
            // The pods' subnet has no more, the gateway no pods, and others none of ours.
            ([10, 200, 5, 2], None),
            ([10, 200, 4, 1], None),
            ([10, 200, 9, 2], None),
        ];
        for (node, expected) in cases {
            assert_eq!(pods(node).as_deref(), expected, "{node:?}");
        }
    }
}
