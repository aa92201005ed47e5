//! Items of a node's lists: a mount and a port mapping of kind become ours.

use std::net::Ipv6Addr;

use crate::declaration::convert::kind::walk::{Found, Walk};
use crate::declaration::read::{path_of_host, path_of_node};
use crate::declaration::yaml::{Node, Value};

const KNOWN_OF_MOUNT: [&str; 5] = [
    "hostPath",
    "containerPath",
    "readOnly",
    "selinuxRelabel",
    "propagation",
];

const KNOWN_OF_PORT: [&str; 4] = ["containerPort", "hostPort", "listenAddress", "protocol"];

const PROPAGATIONS: [&str; 3] = ["None", "HostToContainer", "Bidirectional"];
const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];

/// Where containerd has its settings.
const OF_CONTAINERD: &str = "/etc/containerd";

/// Returns a mount as ours; `None` for one that there cannot be.
pub(super) fn mount(walk: &mut Walk<'_>, found: &Found<'_>) -> Option<Node> {
    let fields = walk.fields(found.node, &found.path, &KNOWN_OF_MOUNT);
    let mut ours = Ours::new(found);
    // All that is wrong with an item is said at once.
    let wrong = walk.problems.len();
    if let Some(path) = fields.get("hostPath")
        && let Some(text) = walk.text(&path)
    {
        let given = Value::String(text);
        // What is printed may be written to another directory.
        let absolute = path_of_host(walk.source.directory, &given);
        ours.set("hostPath", absolute.map_or(given, Value::String), &path);
    }
    let target = fields.get("containerPath");
    if let Some(path) = &target
        && let Some(text) = walk.text(path)
    {
        ours.set("containerPath", Value::String(text), path);
    }
    // A mount with a wrong path is not handed on: the reader of the declaration would call the path missing.
    let is_whole = walk.problems.len() == wrong;
    if let Some(read_only) = fields.get("readOnly")
        && let Some(value) = walk.boolean(&read_only)
    {
        ours.set("readOnly", Value::Bool(value), &read_only);
    }
    if let Some(relabel) = fields.get("selinuxRelabel")
        && walk.boolean(&relabel) == Some(true)
    {
        let message = "left out: SELinux does not separate a node from the host's files";
        walk.warn(relabel.node.span, &relabel.path, message);
    }
    if let Some(propagation) = fields.get("propagation")
        && let Some(word) = walk.word(&propagation, &PROPAGATIONS)
    {
        ours.set("propagation", Value::from(word), &propagation);
    }
    let Some(target) = target else {
        walk.refuse(
            found.node.span,
            &format!("{}.containerPath", found.path),
            "is missing",
        );
        return None;
    };
    (can_be_target(walk, &target) && is_whole).then_some(ours.node)
}

/// Returns whether a node may have a mount at a path.
fn can_be_target(walk: &mut Walk<'_>, target: &Found<'_>) -> bool {
    let path = target.node.value.as_str().unwrap_or_default();
    if !path.starts_with('/') {
        // The reader of the declaration reports it.
        return true;
    }
    if let Err(why) = path_of_node(&target.node.value) {
        let instead = match path.trim_end_matches('/') {
            "/dev" => "; `devices` are single ones",
            _ => "",
        };
        walk.lose(target.node.span, &target.path, format!("{why}{instead}"));
        return false;
    }
    if path.starts_with(OF_CONTAINERD) {
        let message = "CRI-O does not read this; `spec.registryMirrors` and `spec.crioDropIns` are \
                       its settings";
        walk.warn(target.node.span, &target.path, message);
    }
    true
}

/// Returns a port mapping as ours; `None` for one that there cannot be.
pub(super) fn port(walk: &mut Walk<'_>, found: &Found<'_>) -> Option<Node> {
    let fields = walk.fields(found.node, &found.path, &KNOWN_OF_PORT);
    let mut ours = Ours::new(found);
    for key in ["containerPort", "hostPort"] {
        let Some(port) = fields.get(key) else {
            continue;
        };
        let number = walk.number(&port);
        if !(key == "hostPort" && is_any(&number)) {
            ours.set(key, number, &port);
        }
    }
    // kind listens on all addresses by default, and we do not.
    let mut address = Value::from("0.0.0.0");
    let mut at = found;
    let given = fields.get("listenAddress");
    if let Some(given) = &given
        && let Some(text) = walk.text(given)
    {
        address = Value::String(ipv4(walk, given, text));
        at = given;
    }
    ours.set("listenAddress", address, at);
    if let Some(protocol) = fields.get("protocol")
        && let Some(text) = walk.text(&protocol)
    {
        let node = Node::from(Value::String(text.to_ascii_uppercase()));
        let upper = Found {
            node: &Node {
                span: protocol.node.span,
                ..node
            },
            path: protocol.path.clone(),
        };
        match walk.word(&upper, &PROTOCOLS) {
            Some("SCTP") => {
                let message = "rootless Podman publishes TCP and UDP ports, not SCTP";
                walk.lose(protocol.node.span, &protocol.path, message);
                return None;
            }
            Some(word) => ours.set("protocol", Value::from(word), &protocol),
            None => {}
        }
    }
    Some(ours.node)
}

/// Returns whether a port is left to kind: 0 and -1 are.
pub(super) fn is_any(port: &Value) -> bool {
    matches!(port, Value::Number(number) if ["0", "-0", "-1"].contains(&number.as_str()))
}

/// Returns an address of IPv4, or the counterpart of one of IPv6.
pub(super) fn ipv4(walk: &mut Walk<'_>, found: &Found<'_>, text: String) -> String {
    let Ok(address) = text.parse::<Ipv6Addr>() else {
        return text;
    };
    let counterpart = match address {
        Ipv6Addr::UNSPECIFIED => "0.0.0.0",
        _ => "127.0.0.1",
    };
    let message = format!(
        "`{text}` is IPv6, which is not supported so far; its counterpart is {counterpart}"
    );
    walk.lose(found.node.span, &found.path, message);
    counterpart.to_owned()
}

/// A mapping in the making, whose values are where they were found.
struct Ours {
    node: Node,
}

impl Ours {
    fn new(found: &Found<'_>) -> Self {
        Self {
            node: Node {
                value: Value::Mapping(Vec::new()),
                span: found.node.span,
            },
        }
    }

    fn set(&mut self, key: &str, value: Value, found: &Found<'_>) {
        let span = found.node.span;
        self.node.value.set(key, Node { value, span });
    }
}
