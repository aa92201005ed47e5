//! The lines of the kernel's tables of sockets and routes, as values. Pure.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::model::subnet::Subnet;

/// Returns the IPv4 address and the port of a socket in that state.
pub(super) fn listener(line: &str, state: &str) -> Option<(Ipv4Addr, u16)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (address, port) = fields.get(1)?.rsplit_once(':')?;
    (*fields.get(3)? == state).then_some(())?;
    Some((ipv4(address)?, u16::from_str_radix(port, 16).ok()?))
}

/// Reads an address as the kernel prints it, in words of the machine's own byte order.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    if text.len() == 8 {
        let word = u32::from_str_radix(text, 16).ok()?;
        return Some(Ipv4Addr::from(word.to_ne_bytes()));
    }
    let word = |start: usize| u32::from_str_radix(text.get(start..start + 8)?, 16).ok();
    let mut bytes = [0; 16];
    for (index, part) in bytes.chunks_exact_mut(4).enumerate() {
        part.copy_from_slice(&word(index * 8)?.to_ne_bytes());
    }
    let address = Ipv6Addr::from(bytes);
    // Whoever listens on all addresses of IPv6 has those of IPv4 as well, as a rule.
    if address.is_unspecified() {
        return Some(Ipv4Addr::UNSPECIFIED);
    }
    address.to_ipv4_mapped()
}

/// Returns where a route leads, of the kernel's table; `None` for the default route.
pub(super) fn route(line: &str) -> Option<Subnet> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    // The kernel prints addresses as numbers of the machine's own byte order.
    let address = |field: &str| {
        let number = u32::from_str_radix(field, 16).ok()?;
        Some(Ipv4Addr::from(number.to_ne_bytes()))
    };
    let destination = address(fields.get(1)?)?;
    let prefix = u32::from(address(fields.get(7)?)?).count_ones();
    if prefix == 0 {
        return None;
    }
    Subnet::containing(destination, u8::try_from(prefix).ok()?).ok()
}

/// Returns what the routes are for that end here, of the kernel's trie of routes: a line with an address,
/// and below it one for each of its prefixes.
pub(super) fn local(lines: &[String]) -> Vec<Subnet> {
    let mut address = None;
    let mut found = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["|--", leaf] => address = leaf.parse::<Ipv4Addr>().ok(),
            [prefix, "host", "LOCAL"] => {
                let prefix = prefix.strip_prefix('/').and_then(|text| text.parse().ok());
                let subnet = address.zip(prefix);
                let subnet =
                    subnet.and_then(|(address, prefix)| Subnet::containing(address, prefix).ok());
                found.extend(subnet);
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_route_is_no_subnet_in_use() {
        let bridge = "podman1\t0000C80A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0";
        let default = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0";
        let printed = route(bridge).map(|subnet| subnet.to_string());
        assert_eq!(printed.as_deref(), Some("10.200.0.0/24"));
        assert!(route(default).is_none());
    }
}
