//! A resolved cluster: the cluster with every value concrete, ports and subnets allocated.
//!
//! A pure function of the declaration, of what is in use, and of what was decided before.
//! Looks at no host, and knows no file format.

pub(crate) mod addresses;
mod allocate;
mod change;
mod data;
mod host_port;
mod limits;
mod nodes;
mod ports;
mod previous;
mod resolved_cluster;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::model::cluster::{Cluster, ClusterName, Node, NodeSettings, Uid};
use crate::model::problem::{Problem, Problems};
use crate::model::subnet::Subnet;
use crate::resolve::addresses::AddressPlan;
use crate::resolve::allocate::Allocator;
pub(crate) use crate::resolve::change::{CHANGED, FieldChange, changes};
pub use crate::resolve::data::DataFacts;
pub use crate::resolve::host_port::HostPort;
use crate::resolve::host_port::extra_ports;
pub(crate) use crate::resolve::limits::changed_shares;
use crate::resolve::nodes::{nodes, too_small};
use crate::resolve::previous::{immutable_changes, inherit};
pub use crate::resolve::resolved_cluster::{ResolvedCluster, ResolvedNode};

/// What other clusters and the host already use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InUse {
    /// The clusters on disk; an entry of the resolved cluster itself is ignored.
    pub clusters: Vec<ClusterInUse>,
    /// What programs listen on, those of our clusters included.
    pub listening: BTreeSet<HostPort>,
    /// The first port that a user may listen on; zero on a host of which nothing is known.
    pub first_unprivileged_port: u16,
    /// Where the host's routes lead, its interfaces' own ones included.
    pub routes: Vec<Subnet>,
    /// Podman networks of others.
    pub networks: Vec<Subnet>,
    /// Files of clusters that cannot be read: these may have any port and any subnet.
    pub unreadable: Vec<String>,
    /// The ports that declarations name which are resolved together, and whose: no other one chooses them.
    pub named: Vec<(ClusterName, HostPort)>,
    /// Where data goes.
    pub data: DataFacts,
}

impl InUse {
    /// Records what a resolved cluster will use, in place of what it used before.
    fn take(&mut self, resolved: &ResolvedCluster) {
        self.clusters.retain(|other| other.name != resolved.cluster);
        self.clusters.push(ClusterInUse {
            name: resolved.cluster.clone(),
            uid: Some(resolved.uid.clone()),
            api_server_address: resolved.declaration.api_server_address,
            api_server_port: resolved.api_server_port,
            node_subnet: resolved.node_subnet,
            extra_ports: extra_ports(&resolved.declaration),
        });
    }
}

/// What one cluster on disk uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterInUse {
    /// Its name.
    pub name: ClusterName,
    /// What tells it from all others; none where an older kinc made it.
    pub uid: Option<Uid>,
    /// The address of the host that its API server is published on.
    pub api_server_address: Ipv4Addr,
    /// Its API server's port on the host.
    pub api_server_port: u16,
    /// Its node subnet.
    pub node_subnet: Subnet,
    /// More ports of the host that lead to its node.
    pub extra_ports: BTreeSet<HostPort>,
}

impl ClusterInUse {
    /// Returns what a resolved declaration uses; `None` if it is not resolved.
    #[must_use]
    pub fn of(cluster: &Cluster) -> Option<Self> {
        Some(Self {
            name: cluster.name.clone(),
            uid: cluster.uid.clone(),
            api_server_address: cluster.api_server_address,
            api_server_port: cluster.api_server_port?,
            node_subnet: cluster.node_subnet?,
            extra_ports: extra_ports(cluster),
        })
    }

    /// Returns all ports of the host that lead to its node.
    fn host_ports(&self) -> impl Iterator<Item = HostPort> {
        let api_server = HostPort::tcp(self.api_server_address, self.api_server_port);
        std::iter::once(api_server).chain(self.extra_ports.iter().copied())
    }
}

/// Decides every open value of all clusters, against what is in use and against each other.
///
/// `previous` are the resolved declarations on disk, of these clusters and of others.
///
/// # Errors
/// With every problem of every cluster, as [`resolve`] finds them.
pub fn resolve_all(
    clusters: &[Cluster],
    mut in_use: InUse,
    previous: &[Cluster],
) -> Result<Vec<ResolvedCluster>, Problems> {
    let mut all = Vec::new();
    let mut problems = Vec::new();
    in_use.named = clusters.iter().flat_map(named).collect();
    for cluster in clusters {
        let own = previous.iter().find(|own| own.name == cluster.name);
        match resolve(cluster, &in_use, own) {
            Ok(resolved) => {
                // What the others must not take is where it will be, not where it was.
                in_use.take(&resolved);
                all.push(resolved);
            }
            Err(found) => problems.extend(found),
        }
    }
    Problems::or(problems, all)
}

/// Returns the ports that a declaration names.
fn named(cluster: &Cluster) -> Vec<(ClusterName, HostPort)> {
    let port = cluster.api_server_port;
    let api_server = port.map(|port| HostPort::tcp(cluster.api_server_address, port));
    let ports = extra_ports(cluster).into_iter().chain(api_server);
    ports.map(|port| (cluster.name.clone(), port)).collect()
}

/// Decides every open value of `cluster`.
///
/// `previous` is the resolved declaration on disk. What it says is kept for all that
/// `cluster` does not give, so that nothing moves when a declaration is applied again.
///
/// # Errors
/// With every value that another cluster or the host uses, that cannot change any more, or
/// that cannot be allocated.
pub fn resolve(
    cluster: &Cluster,
    in_use: &InUse,
    previous: Option<&Cluster>,
) -> Result<ResolvedCluster, Problems> {
    let merged = previous.map_or_else(|| cluster.clone(), |previous| inherit(cluster, previous));
    let allocator = Allocator {
        cluster: &merged,
        in_use,
        previous,
    };
    let port = allocator.port();
    let node_subnet = allocator.node_subnet();
    let mut problems = previous.map_or_else(Vec::new, |old| {
        immutable_changes(&merged, old, &in_use.data)
    });
    // One that is there keeps its own, whoever else has it.
    problems.extend(previous.map_or_else(|| allocator.taken_uid(), |_| None));
    problems.extend(port.clone().err());
    problems.extend(node_subnet.clone().err());
    let known_port = port.as_ref().ok().copied();
    problems.extend(allocator.privileged());
    problems.extend(allocator.taken_extra_ports(known_port));
    let mappings = allocator.mappings(known_port);
    problems.extend(mappings.clone().err());
    Problems::or(problems, ())?;
    let nodes = merged.nodes.iter().zip(mappings?);
    let nodes = nodes.map(|(node, ports)| Node {
        settings: NodeSettings {
            ports,
            ..node.settings.clone()
        },
        ..node.clone()
    });
    let merged = Cluster {
        nodes: nodes.collect(),
        ..merged
    };
    Ok(assemble(&merged, port?, node_subnet?, &in_use.data)?)
}

/// Decides a resolved declaration again, without a look at anything else: all in it was decided once.
///
/// # Errors
/// As [`resolve`], such as when somebody has edited it.
pub(crate) fn resolve_again(resolved: &Cluster) -> Result<ResolvedCluster, Problems> {
    resolve(resolved, &InUse::default(), Some(resolved))
}

fn assemble(
    cluster: &Cluster,
    api_server_port: u16,
    node_subnet: Subnet,
    data: &DataFacts,
) -> Result<ResolvedCluster, Problem> {
    let addresses = AddressPlan {
        nodes: node_subnet,
        pods: cluster.pod_subnet,
    };
    let nodes = nodes(cluster, addresses)?;
    let uid = cluster.uid.clone();
    let uid = uid.unwrap_or_else(|| data.uid(&cluster.name));
    let data_dir = data.directory(cluster)?;
    let gateway = addresses.gateway();
    let first = nodes.first().map(|node| node.address);
    // The only control plane can do without an address of its own for the API server; a balancer cannot.
    let first = first.filter(|_| !cluster.is_balanced());
    let too_small = || too_small(cluster, node_subnet);
    let declared = cluster.nodes.iter().zip(&nodes);
    let declared = declared.map(|(node, resolved)| Node {
        address: Some(resolved.address),
        ..node.clone()
    });
    Ok(ResolvedCluster {
        cluster: cluster.name.clone(),
        api_server_port,
        node_subnet,
        api_address: addresses.api().or(first).ok_or_else(too_small)?,
        gateway: gateway.ok_or_else(too_small)?,
        declaration: Cluster {
            uid: Some(uid.clone()),
            data_dir: Some(data_dir.clone()),
            api_server_port: Some(api_server_port),
            node_subnet: Some(node_subnet),
            nodes: declared.collect(),
            ..cluster.clone()
        },
        uid,
        data_dir,
        nodes,
    })
}

#[cfg(test)]
mod tests;
