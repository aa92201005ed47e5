//! What kubeadm reads when a control plane joins others (kubeadm-config.v1beta4, `JoinConfiguration`): made from the
//! configuration with which it would make a cluster, so that a control plane is the same either way.

use crate::declaration::yaml::{self, Value};
use crate::units::render::mounted_files::HEADER;

/// The kubeconfig that another control plane has given, as the node keeps it.
const DISCOVERY: &str = "/run/kinc/discovery.conf";

/// What both kinds have.
const SHARED: [&str; 3] = ["nodeRegistration", "patches", "timeouts"];

/// Returns the configuration that joins a node of this kubeadm.conf as a control plane.
///
/// # Errors
/// When the text has no `InitConfiguration`.
pub(super) fn join_conf(kubeadm_conf: &str) -> Result<String, String> {
    let documents = yaml::parse_as_kubernetes(kubeadm_conf).map_err(|error| error.to_string())?;
    let is_init =
        |value: &&Value| value.get("kind").and_then(Value::as_str) == Some("InitConfiguration");
    let init = documents.iter().map(|node| &node.value).find(is_init);
    let init = init.ok_or("there is no InitConfiguration")?;
    let mut join = Value::Mapping(Vec::new());
    if let Some(version) = init.get("apiVersion") {
        join.set("apiVersion", version.clone());
    }
    join.set("kind", Value::from("JoinConfiguration"));
    let file = mapping("kubeConfigPath", Value::from(DISCOVERY));
    join.set("discovery", mapping("file", file));
    if let Some(endpoint) = init.get("localAPIEndpoint") {
        join.set(
            "controlPlane",
            mapping("localAPIEndpoint", endpoint.clone()),
        );
    }
    for name in SHARED {
        if let Some(value) = init.get(name) {
            join.set(name, value.clone());
        }
    }
    Ok(format!("{HEADER}{}", yaml::to_string(&join)))
}

fn mapping(key: &str, value: Value) -> Value {
    let mut mapping = Value::Mapping(Vec::new());
    mapping.set(key, value);
    mapping
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_plane_joins_with_what_it_would_make_a_cluster_with() {
        let conf = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n\
                    localAPIEndpoint:\n  advertiseAddress: 10.200.0.3\n\
                    nodeRegistration:\n  name: kinc-dev-control-plane2\n  taints: []\n\
                    skipPhases:\n- addon\n---\nkind: ClusterConfiguration\n";
        let expected = format!(
            "{HEADER}apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n\
             discovery:\n  file:\n    kubeConfigPath: /run/kinc/discovery.conf\n\
             controlPlane:\n  localAPIEndpoint:\n    advertiseAddress: 10.200.0.3\n\
             nodeRegistration:\n  name: kinc-dev-control-plane2\n  taints: []\n"
        );
        assert_eq!(join_conf(conf), Ok(expected));
        assert!(join_conf("kind: ClusterConfiguration\n").is_err());
    }
}
