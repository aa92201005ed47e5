//! What a declaration takes for granted of the host: files, devices and addresses.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::Result;

use crate::edge::fs;
use crate::edge::host::Host;
use crate::model::cluster::{Cluster, Node};
use crate::model::field::Field;
use crate::model::field_ref::FieldRef;
use crate::model::problem::{Place, Problem, Problems};
use crate::ops::prepare::Prepared;
use crate::resolve::ResolvedCluster;

/// Podman makes nothing on the host that a node is to see of it: the node would not start.
pub(super) fn have_paths(resolved: &ResolvedCluster) -> Result<()> {
    let nodes = resolved.declaration.nodes.iter();
    let problems = nodes.flat_map(|node| absent_paths(&resolved.declaration, node));
    let problems: Vec<Problem> = problems.collect();
    Ok(Problems::or(problems, ())?)
}

fn absent_paths(declared: &Cluster, node: &Node) -> Vec<Problem> {
    let mounts = node.settings.mounts.iter();
    let mounts = mounts.map(|mount| (mount.host_path.as_str(), &mount.place));
    let devices = node.settings.devices.iter();
    let devices = devices.map(|device| (device.as_str(), &device.place));
    let devices = devices.filter(|(device, _)| device.starts_with('/'));
    let problem = |field: Field, path: &str, place: &Option<Place>| {
        let fault = match fs::exists(Path::new(path)) {
            Ok(true) => return None,
            Ok(false) if field == Field::ExtraMounts => format!(
                "there is no `{path}` on this host; create it first, because Podman does \
                 not"
            ),
            Ok(false) => format!("there is no `{path}` on this host"),
            Err(error) => format!("{error:#}"),
        };
        let field = FieldRef::of_node(field, node.id);
        Some(declared.problem_at(field, place.as_ref(), fault))
    };
    let of_mounts = mounts.filter_map(|(path, place)| problem(Field::ExtraMounts, path, place));
    let of_devices = devices.filter_map(|(path, place)| problem(Field::Devices, path, place));
    of_mounts.chain(of_devices).collect()
}

/// Nobody can listen on an address that the host does not have. One that a cluster has had may come back,
/// as a VPN's does, so only those are looked at that are declared now.
pub(super) fn have_addresses(host: &Host, cluster: &Prepared) -> Result<()> {
    let declared = &cluster.resolved.declaration;
    let api_server = FieldRef::from(Field::ApiServerAddress);
    let mut fields = vec![(api_server, vec![(declared.api_server_address, None)])];
    fields.extend(declared.nodes.iter().map(|node| {
        let ports = node.settings.ports.iter();
        let ports = ports.map(|port| (port.listen_address, port.place.as_ref()));
        let field = FieldRef::of_node(Field::ExtraPortMappings, node.id);
        (field, ports.collect())
    }));
    fields.retain(|(field, _)| cluster.is_new() || cluster.changes_field(*field));
    for (_, addresses) in &mut fields {
        addresses.retain(|(address, _)| !address.is_loopback() && !address.is_unspecified());
        // Each at the first that has it.
        addresses.sort_by_key(|(address, _)| *address);
        addresses.dedup_by_key(|(address, _)| *address);
    }
    let all = fields.iter().flat_map(|(_, addresses)| addresses);
    let all: Vec<Ipv4Addr> = all.map(|(address, _)| *address).collect();
    if all.is_empty() {
        return Ok(());
    }
    let absent = host.absent(&all)?;
    let mut problems = Vec::new();
    for (field, addresses) in fields {
        let is_absent = |(address, _): &&(Ipv4Addr, Option<&Place>)| absent.contains(address);
        let problem = |(address, place): &(Ipv4Addr, Option<&Place>)| {
            let message = format!(
                "this host has no address `{address}`, so no port can be published on it; `ip -4 address` lists \
                 those that it has, and 0.0.0.0 is all of them"
            );
            declared.problem_at(field, *place, message)
        };
        problems.extend(addresses.iter().filter(is_absent).map(problem));
    }
    Ok(Problems::or(problems, ())?)
}
