//! Which addresses the nodes of a cluster have, and what of its limits.

use std::net::Ipv4Addr;

use crate::model::cluster::{CPU_MILLIS, Cluster, MEMORY, Node, NodeLimits, NodeName, Role, TASKS};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
use crate::model::problem::Problem;
use crate::model::quantity;
use crate::model::subnet::Subnet;
use crate::resolve::ResolvedNode;
use crate::resolve::addresses::AddressPlan;

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

/// What a node needs before it runs pods of the user, with the field of the cluster's limit, that of a node,
/// the numbers, and how they are written.
struct Kind {
    of_cluster: Field,
    of_node: Field,
    least: u64,
    total: Option<u64>,
    each: fn(&NodeLimits) -> Option<u64>,
    write: fn(u64) -> String,
}

/// Divides the limits of a cluster.
///
/// # Errors
/// When the nodes declare more than the cluster has, or less is left for another than it needs.
fn limits(cluster: &Cluster) -> Result<Vec<NodeLimits>, Problem> {
    let total = &cluster.resources;
    let declared: Vec<NodeLimits> = cluster.nodes.iter().map(|node| node.limits).collect();
    let divided = total.divide(&declared);
    let kinds = [
        Kind {
            of_cluster: Field::Memory,
            of_node: Field::NodeMemory,
            least: *MEMORY.start(),
            total: total.memory_bytes,
            each: |node| node.memory_bytes,
            write: quantity::bytes,
        },
        Kind {
            of_cluster: Field::Cpu,
            of_node: Field::NodeCpu,
            least: *CPU_MILLIS.start(),
            total: total.cpu_millis,
            each: |node| node.cpu_millis,
            write: quantity::millis,
        },
        Kind {
            of_cluster: Field::Tasks,
            of_node: Field::NodeTasks,
            least: *TASKS.start(),
            total: total.tasks,
            each: |node| node.tasks,
            write: |number| number.to_string(),
        },
    ];
    match kinds
        .iter()
        .find_map(|kind| kind.problem(cluster, &declared, &divided))
    {
        Some(problem) => Err(problem),
        None => Ok(divided),
    }
}

impl Kind {
    fn problem(
        &self,
        cluster: &Cluster,
        declared: &[NodeLimits],
        divided: &[NodeLimits],
    ) -> Option<Problem> {
        let total = self.total?;
        let path = self.of_cluster.path();
        let taken: u64 = declared.iter().filter_map(self.each).sum();
        if taken > total {
            let (taken, total) = ((self.write)(taken), (self.write)(total));
            let message = format!("the nodes have {taken} together, and `{path}` is {total}");
            return Some(cluster.problem(self.of_node, message));
        }
        let least = divided.iter().filter_map(self.each).min()?;
        (least < self.least).then(|| {
            let (least, needed) = ((self.write)(least), (self.write)(self.least));
            let message = format!(
                "leaves {least} for a node, which is too low: a node without your pods needs {needed}"
            );
            cluster.problem(self.of_cluster, message)
        })
    }
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
