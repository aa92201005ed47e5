//! What of kubeadm's configuration no patch may change, and where it is said instead. Pure.

use serde_json::{Value as Json, json};

use crate::declaration::{CLUSTER, INIT, KUBELET, PROXY};
use crate::units::render::merge::merge;

/// A field that certificates, etcd, the network, the node image or kinc itself are made by.
struct Fixed {
    kind: &'static str,
    /// Where it stands; of an argument, the list that it stands in.
    pointer: &'static str,
    /// The name of the argument, where it is one.
    argument: Option<&'static str>,
    /// Whence its value comes, which is where it can be changed.
    instead: &'static str,
}

const fn field(kind: &'static str, pointer: &'static str, instead: &'static str) -> Fixed {
    Fixed {
        kind,
        pointer,
        argument: None,
        instead,
    }
}

const fn argument(
    kind: &'static str,
    pointer: &'static str,
    name: &'static str,
    instead: &'static str,
) -> Fixed {
    Fixed {
        kind,
        pointer,
        argument: Some(name),
        instead,
    }
}

const CRI_O: &str = "the node runs CRI-O";
const OF_THE_NAME: &str = "it follows from `metadata.name`";
const OF_THE_IMAGE: &str =
    "the node image brings the images of all parts; take another with `spec.image`";
const OF_THE_DATA: &str = "the node has its data there; on the host it is in `spec.dataDir`";

const FIXED: [Fixed; 21] = [
    field(
        INIT,
        "/localAPIEndpoint/advertiseAddress",
        "it follows from `spec.networking.nodeSubnet`",
    ),
    field(
        INIT,
        "/localAPIEndpoint/bindPort",
        "the port on the host is `spec.networking.apiServerPort`",
    ),
    field(INIT, "/nodeRegistration/name", OF_THE_NAME),
    field(INIT, "/nodeRegistration/criSocket", CRI_O),
    field(
        INIT,
        "/patches/directory",
        "it is in the node image; take another with `spec.image`",
    ),
    field(CLUSTER, "/clusterName", OF_THE_NAME),
    field(
        CLUSTER,
        "/kubernetesVersion",
        "it is `spec.kubernetesVersion`, and that of the node image",
    ),
    field(CLUSTER, "/controlPlaneEndpoint", OF_THE_NAME),
    field(CLUSTER, "/certificatesDir", OF_THE_DATA),
    field(CLUSTER, "/etcd/local/dataDir", OF_THE_DATA),
    // The node image names etcd's image itself, so each of these three would be dropped in silence there.
    field(CLUSTER, "/imageRepository", OF_THE_IMAGE),
    field(CLUSTER, "/etcd/local/imageRepository", OF_THE_IMAGE),
    field(CLUSTER, "/etcd/local/imageTag", OF_THE_IMAGE),
    field(
        CLUSTER,
        "/networking/podSubnet",
        "it is `spec.networking.podSubnet`",
    ),
    field(
        CLUSTER,
        "/networking/serviceSubnet",
        "it is `spec.networking.serviceSubnet`",
    ),
    field(
        CLUSTER,
        "/networking/dnsDomain",
        "it is `spec.networking.dnsDomain`",
    ),
    field(CLUSTER, "/etcd/external", "the node has an etcd of its own"),
    field(
        KUBELET,
        "/featureGates/KubeletInUserNamespace",
        "a node needs it to run at all",
    ),
    field(
        PROXY,
        "/mode",
        "kube-proxy works with nftables, or not at all with `spec.networking.kubeProxyMode: none`",
    ),
    argument(
        INIT,
        "/nodeRegistration/kubeletExtraArgs",
        "container-runtime-endpoint",
        CRI_O,
    ),
    argument(
        CLUSTER,
        "/controllerManager/extraArgs",
        "allocate-node-cidrs",
        "each node takes its part of `spec.networking.podSubnet` by its address",
    ),
];

/// Fails when a patch has changed what is fixed, or which documents there are.
pub(super) fn unchanged(before: &[Json], after: &[Json]) -> Result<(), String> {
    for (before, after) in before.iter().zip(after) {
        let kind = before
            .get("kind")
            .and_then(Json::as_str)
            .unwrap_or_default();
        for pointer in ["/kind", "/apiVersion"] {
            if before.pointer(pointer) != after.pointer(pointer) {
                let name = dotted(pointer);
                return Err(format!("`{name}` of {kind} cannot be changed by a patch"));
            }
        }
        for fixed in FIXED.iter().filter(|fixed| fixed.kind == kind) {
            if fixed.values(before) != fixed.values(after) {
                return Err(fixed.refusal());
            }
        }
    }
    Ok(())
}

/// The names by which the host reaches the API server.
const CERT_SANS: &str = "/apiServer/certSANs";

/// Without a list, kubeadm taints the node.
const TAINTS: &str = "/nodeRegistration/taints";

/// Puts back what a patch has taken out without meaning to: the names in the API server's certificate, for
/// want of which kubectl fails on the host and nothing in the cluster would tell, and the empty list of
/// taints.
///
/// # Errors
/// When the names are no list.
pub(super) fn kept(before: &[Json], after: &mut [Json]) -> Result<(), String> {
    for (before, after) in before.iter().zip(after) {
        if let Some(taints) = before.pointer(TAINTS)
            && after.pointer(TAINTS).is_none_or(Json::is_null)
        {
            merge(after, &json!({"nodeRegistration": {"taints": taints}}));
        }
        let Some(Json::Array(ours)) = before.pointer(CERT_SANS) else {
            continue;
        };
        match after.pointer_mut(CERT_SANS) {
            Some(Json::Array(names)) => {
                let missing = ours.iter().filter(|name| !names.contains(name));
                let missing: Vec<Json> = missing.cloned().collect();
                names.splice(0..0, missing);
            }
            Some(other) if !other.is_null() => {
                return Err(format!("`{}` of {CLUSTER} is no list", dotted(CERT_SANS)));
            }
            _ => merge(after, &json!({"apiServer": {"certSANs": ours}})),
        }
    }
    Ok(())
}

impl Fixed {
    /// Returns the value, or all of an argument that may be given more than once.
    fn values<'a>(&self, document: &'a Json) -> Vec<&'a Json> {
        let found = document.pointer(self.pointer).into_iter();
        match self.argument {
            None => found.collect(),
            Some(name) => found
                .filter_map(Json::as_array)
                .flatten()
                .filter(|item| item["name"] == name)
                .collect(),
        }
    }

    fn refusal(&self) -> String {
        let mut name = dotted(self.pointer);
        if let Some(argument) = self.argument {
            name = format!("{name}[{argument}]");
        }
        let Self { kind, instead, .. } = self;
        format!("`{name}` of {kind} cannot be changed by a patch: {instead}")
    }
}

fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}
