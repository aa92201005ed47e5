//! Loads what other clusters and the host have taken already.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::declaration;
use crate::edge::host::{Host, Transport};
use crate::edge::podman::Network;
use crate::model::cluster::{Cluster, ClusterName, Protocol};
use crate::model::subnet::Subnet;
use crate::ops::{Context, Report, Reporter, recorded, resolved};
use crate::resolve::{ClusterInUse, HostPort, InUse};
use crate::units::file_set::DECLARATION;

/// The resolved declarations on disk.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    /// Those that can be read.
    pub(crate) clusters: Vec<Cluster>,
    /// The files of those that cannot, or that do not say what they have taken.
    pub(crate) unreadable: Vec<String>,
}

impl Declared {
    /// Fails when one of these clusters has a declaration on disk that cannot be read: it is not a new one.
    pub(crate) fn has_read(&self, context: &Context, clusters: &[Cluster]) -> Result<()> {
        let is_read = |name: &ClusterName| self.clusters.iter().any(|one| one.name == *name);
        let names = clusters.iter().map(|cluster| &cluster.name);
        for name in names.filter(|name| !is_read(name)) {
            if let Some(text) = context.unit_dir.declaration(name)? {
                recorded(context, name, &text)?;
            }
        }
        Ok(())
    }
}

/// Returns the resolved declarations on disk. One that cannot be read is a warning: it must not stop
/// work on the others, and nothing is chosen that it may have.
pub(crate) fn declared(context: &Context, report: Reporter<'_>) -> Result<Declared> {
    let mut declared = Declared::default();
    for name in context.unit_dir.clusters()? {
        let file = context.unit_dir.directory(&name).join(DECLARATION);
        let file = file.display().to_string();
        match read(context, &name) {
            Ok(cluster) => {
                if ClusterInUse::of(&cluster).is_none() {
                    let what = "its port or its node subnet";
                    report(Report::Warning(format!("`{file}` does not say {what}")));
                    declared.unreadable.push(file.clone());
                }
                for wrong in declaration::unnamed(&cluster) {
                    report(Report::Warning(format!("`{file}`: {wrong}")));
                }
                declared.clusters.push(cluster);
            }
            Err(error) => {
                report(Report::Warning(format!("{error:#}")));
                declared.unreadable.push(file);
            }
        }
    }
    Ok(declared)
}

fn read(context: &Context, name: &ClusterName) -> Result<Cluster> {
    let text = context.unit_dir.declaration(name)?.unwrap_or_default();
    resolved(context, name, &text)
}

/// Returns everything taken, by clusters and by the host; of Podman's networks those that are given, since
/// they matter only where a cluster is new, and it costs a process to ask for them.
pub(crate) fn load(
    context: &Context,
    declared: &Declared,
    networks: Option<&[Network]>,
) -> Result<InUse> {
    let clusters = &declared.clusters;
    let mut in_use = InUse {
        clusters: clusters.iter().filter_map(ClusterInUse::of).collect(),
        listening: listening(&context.host)?,
        first_unprivileged_port: context.host.first_unprivileged_port()?,
        routes: context.host.routes()?,
        unreadable: declared.unreadable.clone(),
        ..InUse::default()
    };
    if let Some(networks) = networks {
        let ours: Vec<String> = clusters.iter().map(|c| c.name.network()).collect();
        let foreign = networks.iter().filter(|one| !ours.contains(&one.name));
        let subnets = foreign.flat_map(|one| &one.subnets);
        // Podman's networks may be of IPv6, which cannot be in our way.
        in_use.networks = subnets
            .filter_map(|subnet| subnet.parse::<Subnet>().ok())
            .collect();
    }
    Ok(in_use)
}

/// Returns what is listened on, by whomever.
fn listening(host: &Host) -> Result<BTreeSet<HostPort>> {
    let mut listening = BTreeSet::new();
    for protocol in Protocol::ALL {
        let transport = match protocol {
            Protocol::Tcp => Transport::Tcp,
            Protocol::Udp => Transport::Udp,
        };
        let found = host.listening(transport)?.into_iter();
        listening.extend(found.map(|(address, port)| HostPort {
            address,
            port,
            protocol,
        }));
    }
    Ok(listening)
}
