//! Which addresses the nodes of a cluster have.

use std::net::Ipv4Addr;

use crate::model::cluster::{Cluster, Node, NodeName, Role};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
use crate::model::problem::Problem;
use crate::model::subnet::Subnet;
use crate::resolve::ResolvedNode;
use crate::resolve::addresses::AddressPlan;
use crate::resolve::limits::limits;

/// Returns each node at the address that it has been given, now or once, else at the first free one of its
/// role.
pub(super) fn nodes(cluster: &Cluster, plan: AddressPlan) -> Result<Vec<ResolvedNode>, Problem> {
    let limits = limits(cluster)?;
    let mut taken: Vec<Ipv4Addr> = Vec::new();
    for node in &cluster.nodes {
        if let Some(address) = node.address {
            let field = FieldRef::of_node(Field::NodeAddress, node.id);
            allowed(cluster, plan, node, address)?;
            if taken.contains(&address) {
                return Err(cluster.problem(field, format!("another node has {address}")));
            }
            taken.push(address);
        }
    }
    let mut nodes = Vec::new();
    for (node, limits) in cluster.nodes.iter().zip(limits) {
        let mut of_role = of_role(plan, node.id.role());
        let free = || of_role.find(|address| !taken.contains(address));
        let address = node.address.or_else(free);
        let address = address.ok_or_else(|| too_small(cluster, plan.nodes))?;
        taken.push(address);
        let pod_cidr = plan.pods_of(address).ok_or_else(|| {
            let message = format!("{} is too small for a node {address}", plan.pods);
            cluster.problem(Field::PodSubnet, message)
        })?;
        nodes.push(ResolvedNode {
            name: NodeName::new(&cluster.name, node.id),
            address,
            pod_cidr,
            limits,
        });
    }
    Ok(nodes)
}

/// Returns the addresses that nodes of a role may have.
fn of_role(plan: AddressPlan, role: Role) -> Box<dyn Iterator<Item = Ipv4Addr>> {
    match role {
        Role::ControlPlane => Box::new(plan.control_planes()),
        Role::Worker => Box::new(plan.workers()),
    }
}

fn allowed(
    cluster: &Cluster,
    plan: AddressPlan,
    node: &Node,
    address: Ipv4Addr,
) -> Result<(), Problem> {
    let role = node.id.role();
    let all: Vec<Ipv4Addr> = of_role(plan, role).collect();
    let (Some(first), Some(last)) = (all.first(), all.last()) else {
        return Err(too_small(cluster, plan.nodes));
    };
    if all.contains(&address) {
        return Ok(());
    }
    let title = role.title();
    let message = format!("a {title} has one of {first} to {last}, not {address}");
    let field = FieldRef::of_node(Field::NodeAddress, node.id);
    Err(cluster.problem(field, message))
}

pub(super) fn too_small(cluster: &Cluster, node_subnet: Subnet) -> Problem {
    cluster.problem(Field::NodeSubnet, format!("{node_subnet} is too small"))
}
