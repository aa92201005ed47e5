//! What a declaration takes for granted of the host: files, devices and addresses.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::Result;

use crate::edge::fs;
use crate::edge::host::Host;
use crate::model::field::Field;
use crate::model::problem::{Problem, Problems};
use crate::ops::prepare::Prepared;
use crate::resolve::ResolvedCluster;

/// Podman makes nothing on the host that a node is to see of it: the node would not start.
pub(super) fn have_paths(resolved: &ResolvedCluster) -> Result<()> {
    let declared = &resolved.declaration;
    let mounts = declared
        .node
        .mounts
        .iter()
        .map(|mount| mount.host_path.as_str());
    let devices = declared.node.devices.iter().map(String::as_str);
    let devices = devices.filter(|device| device.starts_with('/'));
    let problem = |field: Field, path: &str| {
        let fault = match fs::exists(Path::new(path)) {
            Ok(true) => return None,
            Ok(false) if field == Field::ExtraMounts => format!(
                "there is no `{path}` on this host; create it first, since Podman creates no file or directory to \
                 mount"
            ),
            Ok(false) => format!("there is no `{path}` on this host"),
            Err(error) => format!("{error:#}"),
        };
        Some(declared.problem(field, fault))
    };
    let of_mounts = mounts.filter_map(|path| problem(Field::ExtraMounts, path));
    let of_devices = devices.filter_map(|path| problem(Field::Devices, path));
    let problems: Vec<Problem> = of_mounts.chain(of_devices).collect();
    Ok(Problems::or(problems, ())?)
}

/// Nobody can listen on an address that the host does not have. One that a cluster has had may come back,
/// as a VPN's does, so only those are looked at that are declared now.
pub(super) fn have_addresses(host: &Host, cluster: &Prepared) -> Result<()> {
    let declared = &cluster.resolved.declaration;
    let ports = declared.node.ports.iter();
    let fields = [
        (Field::ApiServerAddress, vec![declared.api_server_address]),
        (
            Field::ExtraPortMappings,
            ports.map(|port| port.listen_address).collect(),
        ),
    ];
    let mut problems = Vec::new();
    for (field, mut addresses) in fields {
        addresses.retain(|address| !address.is_loopback() && !address.is_unspecified());
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() || !(cluster.is_new() || cluster.changes_field(field)) {
            continue;
        }
        let absent = host.absent(&addresses)?;
        let problem = |address: &Ipv4Addr| {
            let message = format!(
                "this host has no address `{address}`, so no port can be published on it; `ip -4 address` lists \
                 those that it has, and 0.0.0.0 is all of them"
            );
            declared.problem(field, message)
        };
        problems.extend(absent.iter().map(problem));
    }
    Ok(Problems::or(problems, ())?)
}
