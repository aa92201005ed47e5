//! Which fields kubeadm's own documents have. kubeadm passes over any other with a warning that nobody sees.

use crate::declaration::kubeadm::{CLUSTER, INIT, JOIN, Wrong, below};
use crate::declaration::yaml::{Node, Value};
use crate::model::problem::Span;

/// The fields of a kind, and of what is below a path in it
/// (<https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/>).
const FIELDS: [(&str, &str, &[&str]); 17] = [
    (
        JOIN,
        "",
        &["apiVersion", "kind", "nodeRegistration", "patches"],
    ),
    (JOIN, "nodeRegistration", &REGISTRATION),
    (JOIN, "patches", &["directory"]),
    (
        INIT,
        "",
        &[
            "apiVersion",
            "kind",
            "bootstrapTokens",
            "dryRun",
            "nodeRegistration",
            "localAPIEndpoint",
            "certificateKey",
            "skipPhases",
            "patches",
            "timeouts",
        ],
    ),
    (INIT, "nodeRegistration", &REGISTRATION),
    (INIT, "localAPIEndpoint", &["advertiseAddress", "bindPort"]),
    (INIT, "patches", &["directory"]),
    (
        INIT,
        "timeouts",
        &[
            "controlPlaneComponentHealthCheck",
            "kubeletHealthCheck",
            "kubernetesAPICall",
            "etcdAPICall",
            "tlsBootstrap",
            "discovery",
            "upgradeManifests",
        ],
    ),
    (
        CLUSTER,
        "",
        &[
            "apiVersion",
            "kind",
            "etcd",
            "networking",
            "kubernetesVersion",
            "controlPlaneEndpoint",
            "apiServer",
            "controllerManager",
            "scheduler",
            "dns",
            "proxy",
            "certificatesDir",
            "imageRepository",
            "featureGates",
            "clusterName",
            "encryptionAlgorithm",
            "certificateValidityPeriod",
            "caCertificateValidityPeriod",
        ],
    ),
    (CLUSTER, "etcd", &["local", "external"]),
    (
        CLUSTER,
        "etcd.local",
        &[
            "imageRepository",
            "imageTag",
            "dataDir",
            "extraArgs",
            "extraEnvs",
            "serverCertSANs",
            "peerCertSANs",
        ],
    ),
    (
        CLUSTER,
        "networking",
        &["serviceSubnet", "podSubnet", "dnsDomain"],
    ),
    (
        CLUSTER,
        "apiServer",
        &["extraArgs", "extraVolumes", "extraEnvs", "certSANs"],
    ),
    (CLUSTER, "controllerManager", &COMPONENT),
    (CLUSTER, "scheduler", &COMPONENT),
    (CLUSTER, "dns", &["imageRepository", "imageTag", "disabled"]),
    (CLUSTER, "proxy", &["disabled"]),
];

/// The fields of the items of a list; taints are checked where they become those of a node.
const ITEMS: [(&str, &[&str]); 5] = [
    ("extraArgs", &["name", "value"]),
    ("kubeletExtraArgs", &["name", "value"]),
    ("extraEnvs", &["name", "value", "valueFrom"]),
    (
        "extraVolumes",
        &["name", "hostPath", "mountPath", "readOnly", "pathType"],
    ),
    (
        "bootstrapTokens",
        &["token", "description", "ttl", "expires", "usages", "groups"],
    ),
];

const COMPONENT: [&str; 3] = ["extraArgs", "extraVolumes", "extraEnvs"];

const REGISTRATION: [&str; 7] = [
    "name",
    "criSocket",
    "taints",
    "kubeletExtraArgs",
    "ignorePreflightErrors",
    "imagePullPolicy",
    "imagePullSerial",
];

/// Takes the fields that kubeadm does not have out of a document of its own, and returns each by its path, with where
/// it is.
pub(crate) fn take_unknown(kind: &str, part: &mut Value) -> Vec<(Span, String)> {
    let mut taken = Vec::new();
    take_below(kind, "", part, &mut taken);
    taken
}

fn take_below(kind: &str, path: &str, value: &mut Value, taken: &mut Vec<(Span, String)>) {
    match value {
        Value::Mapping(entries) => {
            let Some(fields) = fields(kind, path) else {
                return;
            };
            entries.retain_mut(|entry| {
                let below = below(path, &entry.key);
                let is_known = fields.contains(&entry.key.as_str());
                if is_known {
                    take_below(kind, &below, &mut entry.node.value, taken);
                } else {
                    taken.push((entry.span, below));
                }
                is_known
            });
        }
        Value::Sequence(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                take_below(kind, &format!("{path}[{index}]"), &mut item.value, taken);
            }
        }
        _ => {}
    }
}

/// Returns which fields there are at a path; `None` if that is not for this table to say.
fn fields(kind: &str, path: &str) -> Option<&'static [&'static str]> {
    let is_kubeadms = FIELDS.iter().any(|(of, ..)| *of == kind);
    let list = path
        .rsplit_once('[')
        .filter(|_| is_kubeadms && path.ends_with(']'));
    if let Some((list, _)) = list {
        let name = list.rsplit('.').next();
        let of_list = ITEMS.iter().find(|(known, _)| Some(*known) == name);
        return of_list.map(|(_, fields)| *fields);
    }
    let mut all = FIELDS.iter();
    let of_path = all.find(|(of, at, _)| *of == kind && *at == path);
    of_path.map(|(.., fields)| *fields)
}

/// Returns the field that a JSON pointer goes through, or ends at, and that kubeadm does not have.
pub(crate) fn unknown_in_pointer(kind: &str, pointer: &str) -> Option<String> {
    let mut path = String::new();
    for token in pointer.split('/').skip(1) {
        let name = token.replace("~1", "/").replace("~0", "~");
        let fields = fields(kind, &path)?;
        path = below(&path, &name);
        if !fields.contains(&name.as_str()) {
            return Some(path);
        }
    }
    None
}

/// Adds the fields that kubeadm does not have to what is wrong with a document.
pub(super) fn wrong(kind: &str, part: &Node, wrong: &mut Vec<Wrong>) {
    let unknown = take_unknown(kind, &mut part.value.clone()).into_iter();
    wrong.extend(unknown.map(|(span, path)| (span, unknown_field(kind, &path))));
}

/// Says that kubeadm does not have a field.
pub(crate) fn unknown_field(kind: &str, path: &str) -> String {
    let path = path.escape_debug();
    format!("`{path}` of {kind}: kubeadm has no such field")
}
