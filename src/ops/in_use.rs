//! Loads what other clusters and the host have taken already.

use anyhow::Result;

use crate::cluster::Cluster;
use crate::ops::{Context, Report, Reporter, resolved};
use crate::plan::{ClusterInUse, InUse};
use crate::subnet::Subnet;

/// Returns the resolved declarations on disk. One that cannot be read is a warning: it must not
/// stop work on the others, and its port and subnet are then not known to be taken.
pub(crate) fn declared(context: &Context, report: Reporter<'_>) -> Result<Vec<Cluster>> {
    let mut clusters = Vec::new();
    for name in context.unit_dir.clusters()? {
        let text = context.unit_dir.declaration(&name);
        match text.and_then(|text| resolved(context, &name, &text.unwrap_or_default())) {
            Ok(cluster) => clusters.push(cluster),
            Err(error) => report(Report::Warning(format!("{error:#}"))),
        }
    }
    Ok(clusters)
}

/// Returns everything taken, by clusters and by the host.
///
/// Podman's networks are looked up only when a subnet has to be chosen: it costs a process.
pub(crate) fn load(context: &Context, clusters: &[Cluster], choosing: bool) -> Result<InUse> {
    let mut in_use = InUse {
        clusters: clusters.iter().filter_map(ClusterInUse::of).collect(),
        ports: context.host.listening_ports()?,
        subnets: context.host.routes()?,
        ..InUse::default()
    };
    if choosing {
        let ours: Vec<String> = clusters.iter().map(|c| c.name.network()).collect();
        let networks = context.podman.networks()?;
        let foreign = networks.iter().filter(|one| !ours.contains(&one.name));
        let subnets = foreign.flat_map(|one| &one.subnets);
        // Podman's networks may be of IPv6, which cannot be in our way.
        in_use
            .subnets
            .extend(subnets.filter_map(|subnet| subnet.parse::<Subnet>().ok()));
    }
    Ok(in_use)
}
