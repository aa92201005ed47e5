//! Gathers what there is of the clusters: files, units, containers, images, networks, data.

mod files;
mod objects;

pub(crate) use crate::ops::observe::files::{Files, rendered_again};

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use futures_util::future::{join, join3};

use crate::declaration::schema::Impact;
use crate::edge::podman;
use crate::edge::systemd::Manager;
use crate::edge::{fs, generator};
use crate::job::{Summary, UnitFiles, UnitState};
use crate::model::cluster::{Cluster, NodeName};
use crate::ops::observe::objects::{Objects, objects};
use crate::ops::{Context, data, drop_ins};
use crate::ops::{linked, pending_change};
use crate::plan::drift::{Container, Found, FoundNode, Network};
use crate::plan::impact::is_live_variable;
use crate::units::dialect::PodmanVersion;
use crate::units::file_set::diff;
use crate::units::unit_names;

/// What the generator would make now: the lines of each unit, by its name; nothing where no drop-in has a say.
type Made = BTreeMap<String, Vec<String>>;

/// What there is of a cluster.
#[derive(Debug)]
pub(crate) struct Observed {
    /// All that drift is judged by.
    pub(crate) found: Found,
    /// Its files.
    pub(crate) files: Files,
}

/// Returns what there is of each of the clusters on disk, and the version of Podman that their files are
/// for. Podman is asked for its networks unless they are given.
///
/// # Errors
/// When systemd or Podman does not answer. A declaration that cannot be written is found as such.
pub(crate) async fn observe(
    context: &Context,
    manager: &Manager,
    clusters: &[Cluster],
    networks: Option<Vec<podman::Network>>,
) -> Result<(PodmanVersion, Vec<Observed>)> {
    let units = async {
        let units = units(manager, clusters).await?;
        let made = generated(context, clusters, &units).await?;
        Ok::<_, anyhow::Error>((units, made))
    };
    let files = async {
        let podman = context.generator.version().await?;
        let of = |cluster| files::read(context, cluster, podman);
        let files: Result<Vec<Files>> = clusters.iter().map(of).collect();
        Ok::<_, anyhow::Error>((podman, files?))
    };
    let objects = objects(context, clusters, networks);
    // Side by side, and all to their end: a program that is given up is not waited for. Podman takes longest, so it
    // is started first.
    let (objects, units, files) = join3(objects, units, files).await;
    let (units, made) = units?;
    let objects = objects?;
    let (podman, files) = files?;
    let of = |((cluster, units), files)| {
        let found = found(context, &objects, &made, cluster, units, &files)?;
        Ok(Observed { found, files })
    };
    let observed: Result<Vec<Observed>> = clusters.iter().zip(units).zip(files).map(of).collect();
    Ok((podman, observed?))
}

/// The units of a cluster as systemd has them.
struct Units {
    /// Those of its nodes, in the order of the declaration.
    nodes: Vec<UnitState>,
    /// That of its balancer, if it has one.
    balancer: Option<UnitState>,
    /// Those that systemd reads itself.
    linked: Vec<UnitFiles>,
}

/// Asks systemd for the units of all clusters at once.
async fn units(manager: &Manager, clusters: &[Cluster]) -> Result<Vec<Units>> {
    let of = |one: &Cluster| -> Vec<String> {
        let nodes = one.node_names().map(|node| node.unit());
        let balancer = one.is_balanced().then(|| one.name.balancer_unit());
        nodes.chain(balancer).collect()
    };
    let names: Vec<String> = clusters.iter().flat_map(of).collect();
    let linked: Vec<Vec<String>> = clusters.iter().map(unit_names::linked_of).collect();
    let all_linked = linked.concat();
    let (units, files) = join(manager.units(&names), manager.unit_files(&all_linked)).await;
    let (mut units, mut files) = (units?.into_iter(), files?.into_iter());
    let of = |(one, linked): (&Cluster, &Vec<String>)| Units {
        nodes: units.by_ref().take(one.nodes.len()).collect(),
        balancer: one.is_balanced().then(|| units.next()).flatten(),
        linked: files.by_ref().take(linked.len()).collect(),
    };
    Ok(clusters.iter().zip(&linked).map(of).collect())
}

/// Returns what the generator would make now, where an operator's drop-in may have changed: systemd
/// looks for newer files of ours by itself, and knows nothing of drop-ins for Quadlet files.
async fn generated(context: &Context, clusters: &[Cluster], units: &[Units]) -> Result<Made> {
    for (cluster, units) in clusters.iter().zip(units) {
        for (node, unit) in cluster.node_names().zip(&units.nodes) {
            if drop_ins::have_changed(context, &cluster.name, &node, unit)? {
                return context.generator.units().await;
            }
        }
    }
    Ok(BTreeMap::new())
}

/// Returns what it takes to have the unit as it would be made now; nothing when it is that one.
fn outdated(made: &Made, unit: &UnitState) -> Result<Option<Impact>> {
    let Some(lines) = made.get(&unit.name) else {
        return Ok(None);
    };
    let written = generator::written(Path::new(&unit.fragment_path))?;
    // The words of a line are sorted, so the key may stand anywhere in it.
    let commands = |lines: &[String]| -> Vec<String> {
        let commands = lines.iter().filter(|line| line.contains("ExecStart="));
        let words = commands.flat_map(|line| line.split(' '));
        words
            .filter(|word| !is_live_variable(word) && *word != "--env")
            .map(str::to_owned)
            .collect()
    };
    Ok(if *lines == written {
        None
    } else if commands(lines) == commands(&written) {
        Some(Impact::NoRestart)
    } else {
        Some(Impact::Restart)
    })
}

fn found(
    context: &Context,
    objects: &Objects,
    made: &Made,
    cluster: &Cluster,
    units: Units,
    files: &Files,
) -> Result<Found> {
    let name = &cluster.name;
    let (files, unwritable) = match &files.rendered {
        Ok(rendered) => (diff(&files.there, &rendered.files), None),
        Err(reason) => (Vec::new(), Some(reason.clone())),
    };
    let mut networks = objects.networks.iter();
    let network = networks.find(|network| network.name == name.network());
    let network = network.map(|network| Network {
        subnets: network.subnets.clone(),
        is_isolated: network.is_isolated,
    });
    let node_subnet = cluster.node_subnet.map(|subnet| subnet.to_string());
    let Units {
        nodes,
        balancer,
        linked,
    } = units;
    Ok(Found {
        cluster: name.clone(),
        unwritable,
        balancer,
        files,
        unlinked: linked::missing_of(context, &linked, name)?,
        drop_ins: drop_ins::of(context, cluster, &nodes, &linked)?,
        sets_isolation: drop_ins::set_isolation(context, name)?,
        image_id: objects.images.get(&cluster.image).cloned(),
        image: cluster.image.clone(),
        network: network.filter(|_| node_subnet.is_some()),
        node_subnet: node_subnet.unwrap_or_default(),
        nodes: cluster
            .node_names()
            .zip(nodes)
            .map(|(node, unit)| found_node(context, objects, made, cluster, node, unit))
            .collect::<Result<_>>()?,
    })
}

fn found_node(
    context: &Context,
    objects: &Objects,
    made: &Made,
    cluster: &Cluster,
    name: NodeName,
    unit: UnitState,
) -> Result<FoundNode> {
    let runs = unit.summary() == Summary::Ready;
    let container = objects.containers.get(name.container());
    Ok(FoundNode {
        outdated: outdated(made, &unit)?,
        pending: pending_change::to(context, &name, &unit)?,
        container: container.filter(|_| runs).map(|running| Container {
            command: without_links(&running.command),
            image_id: running.image_id.clone(),
        }),
        data: data::faults(cluster, &name),
        unit: UnitState {
            exec_start: without_links(&unit.exec_start),
            ..unit
        },
        name,
    })
}

/// Returns a command with the links resolved in the paths of its mounts, `HOST:CONTAINER`: a directory
/// that was moved, and linked to where it was, has the same files.
fn without_links(command: &[String]) -> Vec<String> {
    let word = |word: &String| match word.split_once(':') {
        Some((host, rest)) if host.starts_with('/') => {
            // systemd has undone its own doubling only where it starts the program.
            let host = fs::resolve(Path::new(&host.replace("$$", "$")));
            format!("{}:{rest}", host.display())
        }
        _ => word.clone(),
    };
    command.iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_and_linked_directory_gives_the_same_command() {
        let scratch = tempfile::tempdir().unwrap();
        let (link, kept) = (scratch.path().join("link"), scratch.path().join("a$b"));
        fs::create_directory(&kept).unwrap();
        std::os::unix::fs::symlink("a$b", &link).unwrap();
        let command = |path: &Path| {
            let mount = format!("{}:/etc/kinc:ro", path.display());
            without_links(&["-v".to_owned(), mount, "a:b".to_owned()])
        };
        assert_eq!(command(&link), command(&fs::resolve(&kept)));
        let doubled = scratch.path().join("a$$b");
        assert_eq!(command(&link), command(&doubled));
        assert_eq!(command(&link)[2], "a:b");
    }
}
