//! Addresses and the proxy for services.

use crate::declaration::convert::draft::Draft;
use crate::declaration::convert::kind::items::{ipv4, is_any};
use crate::declaration::convert::kind::walk::{Fields, Found, Walk};
use crate::declaration::yaml::{Node, Value};
use crate::model::problem::Span;
use crate::model::subnet::Subnet;

const KNOWN: [&str; 8] = [
    "ipFamily",
    "apiServerPort",
    "apiServerAddress",
    "podSubnet",
    "serviceSubnet",
    "disableDefaultCNI",
    "kubeProxyMode",
    "dnsSearch",
];

const FAMILIES: [&str; 3] = ["ipv4", "ipv6", "dual"];
const PROXIES: [&str; 4] = ["iptables", "ipvs", "nftables", "none"];

pub(super) fn read(walk: &mut Walk<'_>, node: &Node, draft: &mut Draft) {
    let fields = walk.fields(node, "networking", &KNOWN);
    if let Some(address) = fields.get("apiServerAddress")
        && let Some(text) = walk.text(&address)
    {
        let text = ipv4(walk, &address, text);
        set(draft, "apiServerAddress", Value::String(text), &address);
    }
    if let Some(port) = fields.get("apiServerPort") {
        let number = walk.number(&port);
        if !is_any(&number) {
            set(draft, "apiServerPort", number, &port);
        }
    }
    subnets(walk, &fields, draft);
    if let Some(search) = fields.get("dnsSearch") {
        set(draft, "dnsSearch", search.node.value.clone(), &search);
    }
    if let Some(disabled) = fields.get("disableDefaultCNI")
        && walk.boolean(&disabled) == Some(true)
    {
        set(draft, "cni", Value::from("none"), &disabled);
    }
    if let Some(mode) = fields.get("kubeProxyMode") {
        match walk.word(&mode, &PROXIES) {
            Some("none") => set(draft, "kubeProxyMode", Value::from("none"), &mode),
            Some("iptables" | "ipvs") => walk.warn(mode.node.span, &mode.path, NFTABLES),
            _ => {}
        }
    }
}

/// What becomes of the other ways of kube-proxy.
const NFTABLES: &str = "left out: kube-proxy uses nftables here";

fn set(draft: &mut Draft, key: &str, value: Value, found: &Found<'_>) {
    let span = found.node.span;
    draft.set(&format!("networking.{key}"), Node { value, span });
}

fn subnets(walk: &mut Walk<'_>, fields: &Fields<'_>, draft: &mut Draft) {
    let family = fields.get("ipFamily");
    let word = family
        .as_ref()
        .map_or(Some("ipv4"), |family| walk.word(family, &FAMILIES));
    if let (Some(family), Some("ipv6" | "dual")) = (&family, word) {
        let message = "only IPv4 addresses are supported so far";
        walk.lose(family.node.span, &family.path, message);
    }
    for key in ["podSubnet", "serviceSubnet"] {
        if let Some(found) = fields.get(key)
            && let Some(text) = walk.text(&found)
        {
            let is_dual = word != Some("ipv4");
            if let Some(subnet) = subnet(walk, &found, &text, is_dual) {
                let subnet = without_host_bits(walk, found.node.span, &found.path, subnet);
                set(draft, key, Value::String(subnet), &found);
            }
        }
    }
}

/// Returns the subnet of IPv4 among those that are given, with commas between them.
fn subnet(walk: &mut Walk<'_>, found: &Found<'_>, text: &str, has_others: bool) -> Option<String> {
    let parts = text.split(',').map(str::trim);
    let (ipv6, ipv4): (Vec<&str>, Vec<&str>) = parts.partition(|part| part.contains(':'));
    let message = match (ipv4.as_slice(), ipv6.as_slice()) {
        ([one], []) => return Some((*one).to_owned()),
        ([one], [_]) if has_others => return Some((*one).to_owned()),
        ([], [_]) if has_others => return None,
        ([], [_]) => "an IPv6 subnet needs `ipFamily: ipv6` or `dual`, and is not supported so far",
        _ if has_others => "expected one subnet of each family",
        _ => "expected one subnet",
    };
    walk.refuse(found.node.span, &found.path, message);
    None
}

/// Returns a subnet without host bits, which kind and kubeadm pass over, with a word on that. What is no subnet is for
/// the reader of the declaration to report.
pub(super) fn without_host_bits(
    walk: &mut Walk<'_>,
    span: Span,
    path: &str,
    text: String,
) -> String {
    let parsed = text
        .split_once('/')
        .and_then(|(address, prefix)| Some((address.parse().ok()?, prefix.parse().ok()?)));
    let subnet = parsed.and_then(|(address, prefix)| Subnet::containing(address, prefix).ok());
    match subnet.map(|subnet| subnet.to_string()) {
        Some(subnet) if subnet != text => {
            let message = format!("`{text}` has host bits; its subnet is {subnet}");
            walk.warn(span, path, message);
            subnet
        }
        _ => text,
    }
}
