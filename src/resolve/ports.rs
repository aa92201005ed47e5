//! Which ports of the host a cluster gets, and what is in their way.
//!
//! Only choices among values; what is in use was found out by others.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::model::cluster::{Node, PortMapping};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
use crate::model::item::Item;
use crate::model::problem::{Place, Problem};
use crate::resolve::ClusterInUse;
use crate::resolve::allocate::{Allocator, propose};
use crate::resolve::host_port::{HostPort, extra_ports};

/// Ports of API servers: Kubernetes' own, and a hundred more for further clusters.
const API_SERVERS: RangeInclusive<u16> = 6443..=6543;

/// Ports of mappings that name none. Above it are the `NodePort`s, which people like to publish under their
/// own number, and from 32768 on what the kernel gives to connections (`ip_local_port_range`).
const MAPPINGS: RangeInclusive<u16> = 20000..=29999;

impl Allocator<'_> {
    /// Returns the declared port of the API server when it is free, else the first free one.
    pub(super) fn port(&self) -> Result<u16, Problem> {
        let own: Vec<HostPort> = extra_ports(self.cluster).into_iter().collect();
        let free = || {
            let mut ports = API_SERVERS;
            ports.find(|port| self.is_free(self.api_server(*port), &own))
        };
        let Some(port) = self.cluster.api_server_port else {
            self.can_choose(Field::ApiServerPort)?;
            return free().ok_or_else(|| self.all_in_use(Field::ApiServerPort, &API_SERVERS));
        };
        match self.port_user(self.api_server(port)) {
            None => Ok(port),
            Some(user) => {
                let message = propose(format!("port {port} is used by {user}"), free());
                Err(self.cluster.problem(Field::ApiServerPort, message))
            }
        }
    }

    /// Returns the mappings of each node, those that name no port of the host with the first free one.
    pub(super) fn mappings(
        &self,
        api_server_port: Option<u16>,
    ) -> Result<Vec<Vec<Item<PortMapping>>>, Problem> {
        let mut own: Vec<HostPort> = extra_ports(self.cluster).into_iter().collect();
        own.extend(api_server_port.map(|port| self.api_server(port)));
        let nodes = self.cluster.nodes.iter();
        nodes.map(|node| self.mappings_of(node, &mut own)).collect()
    }

    fn mappings_of(
        &self,
        node: &Node,
        own: &mut Vec<HostPort>,
    ) -> Result<Vec<Item<PortMapping>>, Problem> {
        let field = FieldRef::of_node(Field::ExtraPortMappings, node.id);
        let mut mappings = node.settings.ports.clone();
        for mapping in mappings.iter_mut().filter(|one| one.host_port.is_none()) {
            let here = |problem: Problem| Problem {
                place: mapping.place.clone().or(problem.place),
                ..problem
            };
            self.can_choose(field).map_err(here)?;
            let at = |port| HostPort::anywhere(port, mapping.protocol);
            let mut ports = MAPPINGS;
            let port = ports.find(|port| self.is_free(at(*port), own));
            let port = port.ok_or_else(|| here(self.all_in_use(field, &MAPPINGS)))?;
            own.push(at(port));
            mapping.host_port = Some(port);
        }
        Ok(mappings)
    }

    /// Returns whether a port can be chosen: it is free at every address, so that it can stay with another
    /// one.
    fn is_free(&self, port: HostPort, own: &[HostPort]) -> bool {
        let port = HostPort::anywhere(port.port, port.protocol);
        let mut named = self.in_use.named.iter();
        let is_named =
            named.any(|(cluster, named)| *cluster != self.cluster.name && named.collides(port));
        !is_named
            && port.port >= self.in_use.first_unprivileged_port
            && !own.iter().any(|own| own.collides(port))
            && self.port_user(port).is_none()
    }

    fn all_in_use(&self, field: impl Into<FieldRef>, ports: &RangeInclusive<u16>) -> Problem {
        let (first, last) = (ports.start(), ports.end());
        let message = format!("all ports from {first} to {last} are in use; choose another one");
        self.cluster.problem(field, message)
    }

    fn api_server(&self, port: u16) -> HostPort {
        HostPort::tcp(self.cluster.api_server_address, port)
    }

    /// Returns a problem for each field that gives ports which a user of this host may not have.
    ///
    /// One command lowers the limit for all of them, and keeps it lowered.
    pub(super) fn privileged(&self) -> Vec<Problem> {
        let first = self.in_use.first_unprivileged_port;
        let nodes = self.cluster.nodes.iter();
        let mappings = nodes.flat_map(|node| &node.settings.ports);
        let mappings = mappings.filter(|one| one.host_port.is_some_and(|port| port < first));
        // Said once of all of them, at the first.
        let place = mappings.clone().find_map(|mapping| mapping.place.as_ref());
        let mapped: BTreeSet<u16> = mappings.filter_map(|one| one.host_port).collect();
        let api_server = self.cluster.api_server_port.into_iter();
        let api_server = api_server.filter(|port| *port < first).collect();
        let fields = [
            (Field::ExtraPortMappings, place, mapped),
            (Field::ApiServerPort, None, api_server),
        ];
        let lowest = fields.iter().flat_map(|(_, _, ports)| ports).min().copied();
        let problem = |(field, place, ports): (Field, Option<&Place>, BTreeSet<u16>)| {
            let lowest = lowest.filter(|_| !ports.is_empty())?;
            let words: Vec<String> = ports.iter().map(u16::to_string).collect();
            let noun = if words.len() == 1 { "port" } else { "ports" };
            let message = format!(
                "{noun} {} cannot be published: users of this host have the ports from {first} on; to allow \
                 more: echo net.ipv4.ip_unprivileged_port_start={lowest} | sudo tee \
                 /etc/sysctl.d/60-unprivileged-ports.conf && sudo sysctl --system",
                words.join(", ")
            );
            Some(self.cluster.problem_at(field, place, message))
        };
        fields.into_iter().filter_map(problem).collect()
    }

    /// Returns a problem for each further port that is taken, or given twice.
    pub(super) fn taken_extra_ports(&self, api_server_port: Option<u16>) -> Vec<Problem> {
        let api_server = api_server_port.map(|port| self.api_server(port));
        let nodes = self.cluster.nodes.iter();
        let mappings = nodes.flat_map(|node| node.settings.ports.iter().map(|one| (node.id, one)));
        let mappings =
            mappings.filter_map(|(node, one)| Some((node, HostPort::of(one)?, one.place.as_ref())));
        let mut seen: Vec<(HostPort, Option<&Place>)> = Vec::new();
        let mut problems = Vec::new();
        for (node, port, place) in mappings {
            let first = seen.iter().find(|(seen, _)| seen.collides(port));
            let user = if let Some((_, first)) = first {
                Some(first.map_or("another mapping".to_owned(), |first| {
                    format!("the mapping at {first}")
                }))
            } else if api_server.is_some_and(|api_server| api_server.collides(port)) {
                Some("the API server of this cluster".to_owned())
            } else {
                self.port_user(port)
            };
            seen.push((port, place));
            problems.extend(user.map(|user| {
                let message = format!("port {} is used by {user}", port.port);
                let field = FieldRef::of_node(Field::ExtraPortMappings, node);
                self.cluster.problem_at(field, place, message)
            }));
        }
        problems
    }

    fn port_user(&self, port: HostPort) -> Option<String> {
        let has = |other: &&ClusterInUse| other.host_ports().any(|taken| taken.collides(port));
        if let Some(other) = self.others().find(has) {
            return Some(format!("cluster `{}`", other.name));
        }
        // When a cluster runs, it is that very cluster that listens there; another one of ours does so
        // at another address, else it would have been found above.
        let is_own = |listener: HostPort| {
            let own = self.previous.and_then(ClusterInUse::of);
            own.is_some_and(|own| own.host_ports().any(|own| own.has_number_of(listener)))
        };
        let is_ours = |listener: HostPort| {
            let mut ports = self.others().flat_map(ClusterInUse::host_ports);
            ports.any(|taken| taken.has_number_of(listener))
        };
        let mut listeners = self.in_use.listening.iter().copied();
        let is_in_use =
            |listener: HostPort| listener.collides(port) && !is_own(listener) && !is_ours(listener);
        listeners
            .any(is_in_use)
            .then(|| "another program".to_owned())
    }
}

/// Returns mappings with the ports of the host that were decided once, for those that name none.
///
/// A mapping is known by the port of the node, the protocol and the address, so the order does not matter;
/// several with the same ones keep one port each.
pub(super) fn kept(
    declared: &[Item<PortMapping>],
    previous: &[Item<PortMapping>],
) -> Vec<Item<PortMapping>> {
    let key = |mapping: &PortMapping| {
        (
            mapping.container_port,
            mapping.protocol,
            mapping.listen_address,
        )
    };
    let mut decided: Vec<&Item<PortMapping>> = previous
        .iter()
        // What a mapping names is no other one's.
        .filter(|decided| {
            let port = HostPort::of(decided);
            let mut named = declared.iter().filter_map(|one| HostPort::of(one));
            !named.any(|named| port.is_some_and(|port| port.collides(named)))
        })
        .collect();
    let mut kept = declared.to_vec();
    for mapping in kept
        .iter_mut()
        .filter(|mapping| mapping.host_port.is_none())
    {
        let place = decided
            .iter()
            .position(|decided| key(decided) == key(mapping));
        if let Some(place) = place {
            mapping.host_port = decided.remove(place).host_port;
        }
    }
    kept
}
