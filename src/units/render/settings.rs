//! What a declaration adds to a node and to Kubernetes, as templates need it.

use minijinja::context;
use minijinja::value::Value;

use crate::model::cluster::{KubernetesSettings, Mount, NodeSettings, PortMapping};
use crate::model::item::Item;

/// The gate that every node has; it stands in the template.
const ALWAYS: &str = "KubeletInUserNamespace";

/// Returns mounts, ports, devices and kernel settings, each as the text of its key.
pub(super) fn of_node(node: &NodeSettings) -> Value {
    let mount = |mount: &Item<Mount>| {
        let access = if mount.read_only { "ro" } else { "rw" };
        context! {
            host => mount.host_path.as_str(),
            container => mount.container_path.as_str(),
            options => format!("{access},{}", mount.propagation.option()),
        }
    };
    let port = |port: &Item<PortMapping>| {
        let host_port = port.host_port.map(|port| port.to_string());
        format!(
            "{}:{}:{}/{}",
            port.listen_address,
            host_port.unwrap_or_default(),
            port.container_port,
            port.protocol.name().to_ascii_lowercase()
        )
    };
    let sysctl = |(name, value): (&String, &String)| format!("{name}={value}");
    context! {
        labels => node.label_list(),
        mounts => node.mounts.iter().map(mount).collect::<Vec<_>>(),
        ports => node.ports.iter().map(port).collect::<Vec<_>>(),
        devices => node.devices.iter().map(|device| device.value.clone()).collect::<Vec<_>>(),
        sysctls => node.sysctls.iter().map(sysctl).collect::<Vec<_>>(),
    }
}

/// Returns feature gates and versions of APIs, as flags have them and one by one.
pub(super) fn of_kubernetes(settings: &KubernetesSettings) -> Value {
    let join = |pairs: Vec<String>| (!pairs.is_empty()).then(|| pairs.join(","));
    let gates = || settings.feature_gates.iter();
    let flags = gates().map(|(name, on)| format!("{name}={on}")).collect();
    let own = gates().filter(|(name, _)| *name != ALWAYS);
    let one = |(name, on): (&String, &bool)| context! { name => name.as_str(), on => *on };
    let apis = settings.runtime_config.iter();
    let apis = apis
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    context! {
        feature_gates => join(flags),
        gates => own.map(one).collect::<Vec<_>>(),
        runtime_config => join(apis),
        dns_search => settings.dns_search.clone(),
        has_scheduler_config => settings.scheduler_config.is_some(),
    }
}
