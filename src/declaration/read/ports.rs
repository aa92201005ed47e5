//! What a declaration says of ports of the host.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::declaration::read::reader::{Fields, Reader, kind};
use crate::declaration::read::values;
use crate::declaration::yaml::Value;
use crate::model::cluster::{PortMapping, Protocol};
use crate::model::field::Field;
use crate::model::item::Item;

/// What stands for a port that is to be chosen, as in kind.
const CHOSEN: [i64; 2] = [0, -1];

/// Reads which ports of the host lead to the node.
pub(super) fn read(reader: &mut Reader, node: &Fields) -> Vec<Item<PortMapping>> {
    let path = Field::ExtraPortMappings.path();
    let mut ports = Vec::new();
    for item in reader.items(node.get("extraPortMappings"), path) {
        let below = |key: &str| format!("{path}[].{key}");
        let container = reader.required(
            &item,
            "containerPort",
            &below("containerPort"),
            port_of_node,
        );
        let host_port = reader.of_item(&item, path, "hostPort", port_of_host);
        let listen_address = reader.of_item(&item, path, "listenAddress", listen_address);
        let protocol = reader.of_item(&item, path, "protocol", protocol);
        if let Some(container_port) = container {
            let mapping = PortMapping {
                container_port,
                host_port: host_port.flatten(),
                listen_address: listen_address.unwrap_or(Ipv4Addr::LOCALHOST),
                protocol: protocol.unwrap_or(Protocol::Tcp),
            };
            ports.push(Item::at(reader.place(item.span()), mapping));
        }
    }
    ports
}

/// Reads a port of the node, which may be any.
fn port_of_node(value: &Value) -> Result<u16, String> {
    let found = number(value)?;
    port(found).ok_or_else(|| format!("{found} is not a port from 1 to {}", u16::MAX))
}

/// Reads a port of the host; `None` for one that is to be chosen. Which ones a user may have is the
/// host's matter.
pub(super) fn port_of_host(value: &Value) -> Result<Option<u16>, String> {
    let found = number(value)?;
    if CHOSEN.contains(&found) {
        return Ok(None);
    }
    let message = || {
        let last = u16::MAX;
        format!("{found} is not a port from 1 to {last}; with 0 or -1, kinc chooses one")
    };
    port(found).map(Some).ok_or_else(message)
}

fn number(value: &Value) -> Result<i64, String> {
    let Value::Number(found) = value else {
        return Err(format!("expected a port number, found {}", kind(value)));
    };
    let number = found.parse();
    number.map_err(|_| format!("`{}` is not a port number", found.escape_debug()))
}

fn port(number: i64) -> Option<u16> {
    u16::try_from(number).ok().filter(|port| *port > 0)
}

/// Reads an address of the host to listen on.
pub(super) fn listen_address(value: &Value) -> Result<Ipv4Addr, String> {
    let found = values::text(value)?;
    if found.is_empty() {
        return Err(
            "an empty address is ambiguous: `0.0.0.0` is for all addresses of the host, `127.0.0.1` for \
             the host itself"
                .to_owned(),
        );
    }
    let bare = found.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<Ipv6Addr>() {
        let instead = if address.is_loopback() {
            "`127.0.0.1`"
        } else if address.is_unspecified() {
            "`0.0.0.0`, which is for all IPv4 addresses of the host"
        } else {
            "an IPv4 address of the host"
        };
        return Err(format!(
            "`{found}` is an IPv6 address, which is not supported yet; give {instead}"
        ));
    }
    values::address(value)
}

/// Reads what is spoken; kind takes it in lower case as well.
fn protocol(value: &Value) -> Result<Protocol, String> {
    let found = values::text(value)?.to_ascii_uppercase();
    if found == "SCTP" {
        return Err("rootless Podman publishes TCP and UDP ports, not SCTP".to_owned());
    }
    values::choice(&Value::String(found), &Protocol::ALL, Protocol::name)
}
