//! What a single value of a declaration must look like, and why.
//!
//! Each function takes one YAML value and returns a typed one or a message; no context.

use std::net::Ipv4Addr;

use crate::declaration::read::suggest::suggestion;
use crate::declaration::yaml::{Value, kind};
use crate::model::cluster::{ClusterName, Uid};
use crate::model::subnet::Subnet;

/// Image references are bounded by the registries' own limit on names.
const IMAGE_MAX_CHARS: usize = 255;

/// The longest name that DNS can tell (RFC 1035).
const DOMAIN_MAX_CHARS: usize = 253;

/// A node takes a /24 of the pod subnet; the controller manager divides by at most 16 bits.
const POD_PREFIXES: (u8, u8) = (8, 24);

/// The API server accepts at most 20 host bits; a /24 is ample for its own needs.
const SERVICE_PREFIXES: (u8, u8) = (12, 24);

/// A /29 still has a gateway and five nodes.
const NODE_PREFIXES: (u8, u8) = (16, 29);

/// "This" network, loopback, link-local, multicast and reserved addresses: RFC 6890.
const NOT_FOR_HOSTS: [Subnet; 4] = [
    Subnet::constant([0, 0, 0, 0], 8),
    Subnet::constant([127, 0, 0, 0], 8),
    Subnet::constant([169, 254, 0, 0], 16),
    Subnet::constant([224, 0, 0, 0], 3),
];

pub(super) fn name(value: &Value) -> Result<ClusterName, String> {
    ClusterName::new(text(value)?).map_err(|error| error.to_string())
}

pub(super) fn uid(value: &Value) -> Result<Uid, String> {
    let found = text(value)?;
    Uid::parse(found).ok_or_else(|| format!("`{}` is not a UUID", found.escape_debug()))
}

pub(super) fn exactly(value: &Value, expected: &str) -> Result<(), String> {
    match text(value)? {
        found if found == expected => Ok(()),
        found => Err(format!(
            "expected `{expected}`, found `{}`",
            found.escape_debug()
        )),
    }
}

pub(super) fn boolean(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(value) => Ok(*value),
        other => Err(format!("expected true or false, found {}", kind(other))),
    }
}

pub(super) fn choice<T: Copy>(
    value: &Value,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, String> {
    let found = text(value)?;
    if let Some(choice) = all.iter().find(|choice| name(**choice) == found) {
        return Ok(*choice);
    }
    let names: Vec<&str> = all.iter().map(|choice| name(*choice)).collect();
    let expected = names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(" or ");
    let meant = match suggestion(found, &names) {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None => String::new(),
    };
    Err(format!(
        "expected {expected}, found `{}`{meant}",
        found.escape_debug()
    ))
}

pub(super) fn image(value: &Value) -> Result<String, String> {
    let found = text(value)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    let well_formed = found.starts_with(|c: char| c.is_ascii_alphanumeric())
        && found.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && found.chars().all(allowed)
        && found.len() <= IMAGE_MAX_CHARS;
    if !well_formed {
        return Err(format!(
            "`{}` is not an image reference",
            found.escape_debug()
        ));
    }
    // Podman would try its registries in turn, and take whatever it finds first.
    let host = found.split_once('/').map_or("", |(host, _)| host);
    if host != "localhost" && !host.contains(['.', ':']) {
        return Err(format!(
            "`{found}` is a short name; use the full name, such as `localhost/{found}`"
        ));
    }
    Ok(found.to_owned())
}

pub(super) fn version(value: &Value) -> Result<String, String> {
    let found = text(value)?;
    let number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let bare = found.strip_prefix('v').unwrap_or(found);
    let (core, suffix) = bare
        .split_once('-')
        .map_or((bare, None), |(a, b)| (a, Some(b)));
    let suffix_allowed = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let well_formed = core.split('.').count() == 3
        && core.split('.').all(number)
        && suffix.is_none_or(|suffix| !suffix.is_empty() && suffix.chars().all(suffix_allowed));
    if well_formed {
        Ok(format!("v{bare}"))
    } else {
        Err(format!(
            "`{}` is not a version such as v1.36.3",
            found.escape_debug()
        ))
    }
}

pub(super) fn address(value: &Value) -> Result<Ipv4Addr, String> {
    let found = text(value)?;
    let address: Ipv4Addr = found.parse().map_err(|_| {
        format!(
            "`{}` is not an IPv4 address such as 127.0.0.1",
            found.escape_debug()
        )
    })?;
    if address.is_multicast() || address.is_broadcast() {
        return Err(format!("{address} is not an address to listen on"));
    }
    Ok(address)
}

pub(super) fn pod_subnet(value: &Value) -> Result<Subnet, String> {
    subnet(value, POD_PREFIXES)
}

pub(super) fn service_subnet(value: &Value) -> Result<Subnet, String> {
    subnet(value, SERVICE_PREFIXES)
}

pub(super) fn node_subnet(value: &Value) -> Result<Subnet, String> {
    subnet(value, NODE_PREFIXES)
}

fn subnet(value: &Value, (largest, smallest): (u8, u8)) -> Result<Subnet, String> {
    let subnet: Subnet = text(value)?.parse().map_err(|error| format!("{error}"))?;
    if !(largest..=smallest).contains(&subnet.prefix_len()) {
        return Err(format!(
            "{subnet} must be between a /{largest} and a /{smallest}"
        ));
    }
    match NOT_FOR_HOSTS
        .iter()
        .find(|special| special.overlaps(subnet))
    {
        Some(special) => Err(format!(
            "{subnet} overlaps {special}, which is not for hosts"
        )),
        None => Ok(subnet),
    }
}

/// Returns what is wrong with the value of a name.
pub(super) fn of_name(name: &str, why: &str) -> String {
    format!("`{}`: {why}", name.escape_debug())
}

/// Reads a domain, which is of lower-case labels (RFC 1123).
pub(super) fn domain(value: &Value) -> Result<String, String> {
    let found = text(value)?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    if found.len() <= DOMAIN_MAX_CHARS
        && found.chars().all(allowed)
        && found.split('.').all(is_label)
    {
        return Ok(found.to_owned());
    }
    Err(format!("`{}` is not a domain", found.escape_debug()))
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
}

/// Reads a name or an address of the API server.
pub(super) fn cert_san(value: &Value) -> Result<String, String> {
    let found = text(value)?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.*".contains(c);
    let is_name = found.chars().all(allowed) && found.split('.').all(is_label);
    if found.len() <= DOMAIN_MAX_CHARS && (is_name || found.parse::<std::net::IpAddr>().is_ok()) {
        return Ok(found.to_owned());
    }
    Err(format!(
        "`{}` is neither a host name nor an address",
        found.escape_debug()
    ))
}

/// Returns whether a character ends a line, for one reader or another, or is a control character.
pub(super) fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Returns an address without the name and the password in it, which no message shows.
pub(crate) fn without_userinfo(address: &str) -> String {
    let start = address.find("//").map_or(0, |span| span + 2);
    let end = address[start..]
        .find(['/', '?', '#'])
        .map_or(address.len(), |span| start + span);
    // A password may have a slash in it, which does not belong there.
    match address[start..end]
        .rfind('@')
        .or_else(|| address[start..].rfind('@'))
    {
        Some(span) => format!("{}{}", &address[..start], &address[start + span + 1..]),
        None => address.to_owned(),
    }
}

pub(super) fn text(value: &Value) -> Result<&str, String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(_) | Value::Number(_) => Err(format!(
            "expected a string, found {}; put it in quotes",
            kind(value)
        )),
        other => Err(format!("expected a string, found {}", kind(other))),
    }
}
