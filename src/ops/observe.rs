//! Gathers what there is of the clusters: units, containers, image, volumes, networks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread;

use anyhow::{Result, anyhow};

use crate::cluster::{Cluster, ClusterName, NODE_VOLUMES};
use crate::dialect::PodmanVersion;
use crate::drift::{Container, Found};
use crate::effect::is_told_live;
use crate::fileset::diff;
use crate::generator;
use crate::job::{Summary, UnitState};
use crate::ops::{Context, control_plane, owed, rendered, slice};
use crate::plan;
use crate::podman::Running;
use crate::schema::Effect;
use crate::systemd::Manager;

/// What Podman has, asked for once for all clusters.
#[derive(Debug, Default)]
struct Objects {
    containers: BTreeMap<String, Running>,
    images: BTreeMap<String, String>,
    volumes: BTreeSet<String>,
    networks: Vec<(String, String)>,
}

/// Returns what there is of each of the clusters on disk.
///
/// # Errors
/// When a declaration cannot be planned, or systemd or Podman does not answer.
pub(crate) async fn observe(
    context: &Context,
    manager: &Manager,
    clusters: &[Cluster],
    podman: PodmanVersion,
) -> Result<Vec<Found>> {
    let mut units = Vec::new();
    for cluster in clusters {
        let unit = manager.unit(&control_plane(&cluster.name).unit()).await?;
        units.push(unit);
    }
    let objects = objects(context, clusters, &units)?;
    let made = generated(context, clusters)?;
    let mut all = Vec::new();
    for (cluster, unit) in clusters.iter().zip(units) {
        let outdated = outdated(&made, &unit)?;
        let mut one = found(context, manager, &objects, cluster, unit, podman).await?;
        one.outdated = outdated;
        all.push(one);
    }
    Ok(all)
}

/// Returns what the generator would make now, where an operator's drop-in has a say: systemd looks
/// for newer files of ours by itself, and knows nothing of drop-ins for Quadlet files.
fn generated(context: &Context, clusters: &[Cluster]) -> Result<BTreeMap<String, Vec<String>>> {
    for cluster in clusters {
        let file = format!("{}.container", control_plane(&cluster.name));
        if !context.unit_dir.drop_ins(&cluster.name, &file)?.is_empty() {
            return generator::units();
        }
    }
    Ok(BTreeMap::new())
}

/// Returns what it takes to have the unit as it would be made now; nothing when it is that one.
fn outdated(made: &BTreeMap<String, Vec<String>>, unit: &UnitState) -> Result<Option<Effect>> {
    let Some(lines) = made.get(&unit.name) else {
        return Ok(None);
    };
    let written = generator::written(Path::new(&unit.fragment_path))?;
    // The words of a line are sorted, so the key may stand anywhere in it.
    let commands = |lines: &[String]| -> Vec<String> {
        let commands = lines.iter().filter(|line| line.contains("ExecStart="));
        let words = commands.flat_map(|line| line.split(' '));
        words
            .filter(|word| !is_told_live(word))
            .map(str::to_owned)
            .collect()
    };
    Ok(if *lines == written {
        None
    } else if commands(lines) == commands(&written) {
        Some(Effect::None)
    } else {
        Some(Effect::Restart)
    })
}

/// Asks Podman for all that concerns these clusters, by processes side by side.
///
/// A node that runs holds its volumes and its network, so these need no look then.
fn objects(context: &Context, clusters: &[Cluster], units: &[UnitState]) -> Result<Objects> {
    let podman = &context.podman;
    let mut images: Vec<String> = clusters.iter().map(|c| c.image.clone()).collect();
    images.sort();
    images.dedup();
    let is_ready = |unit: &&UnitState| unit.summary() == Summary::Ready;
    let running: Vec<String> = clusters
        .iter()
        .zip(units)
        .filter(|(_, unit)| is_ready(unit))
        .map(|(cluster, _)| control_plane(&cluster.name).container().to_owned())
        .collect();
    let some_are_down = running.len() < clusters.len();
    thread::scope(|scope| {
        let containers = scope.spawn(|| podman.running(&running));
        let images = scope.spawn(|| podman.image_ids(&images));
        let at_rest = some_are_down.then(|| {
            let volumes = scope.spawn(|| podman.labelled("volume", "io.kinc.cluster"));
            (volumes, scope.spawn(|| podman.subnets()))
        });
        let (volumes, networks) = match at_rest {
            Some((volumes, networks)) => (joined(volumes)?, joined(networks)?),
            None => (Vec::new(), Vec::new()),
        };
        Ok(Objects {
            containers: joined(containers)?,
            images: joined(images)?,
            volumes: volumes.into_iter().collect(),
            networks,
        })
    })
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    let panicked = |_| Err(anyhow!("a thread that asked Podman has panicked"));
    thread.join().unwrap_or_else(panicked)
}

async fn found(
    context: &Context,
    manager: &Manager,
    objects: &Objects,
    cluster: &Cluster,
    unit: UnitState,
    podman: PodmanVersion,
) -> Result<Found> {
    let name = &cluster.name;
    let node = control_plane(name);
    let own = plan::again(cluster)?;
    let runs = unit.summary() == Summary::Ready;
    let of_network = |(network, _): &&(String, String)| !runs && *network == name.network();
    let subnets = objects.networks.iter().filter(of_network);
    let subnets: Vec<String> = subnets.map(|(_, subnet)| subnet.clone()).collect();
    let mut lost_volumes: Vec<String> = NODE_VOLUMES.map(|kind| node.volume(kind)).into();
    lost_volumes.retain(|volume| !runs && !objects.volumes.contains(volume));
    // One that was never started has none yet.
    if lost_volumes.len() == NODE_VOLUMES.len() && unit.active_enter_usec.is_none() {
        lost_volumes.clear();
    }
    let container = objects.containers.get(node.container());
    Ok(Found {
        outdated: None,
        files: diff(&context.unit_dir.load(name)?, &rendered(&own, podman)?),
        is_linked: slice::is_linked(context, manager, name).await?,
        owed: owed::to(context, name, &unit)?,
        container: container.filter(|_| runs).map(|running| Container {
            command: running.command.clone(),
            image_id: running.image_id.clone(),
        }),
        image_id: objects.images.get(&cluster.image).cloned(),
        image: cluster.image.clone(),
        lost_volumes,
        node_subnet: own.node_subnet.to_string(),
        network: (!subnets.is_empty()).then_some(subnets),
        unit,
    })
}

/// Returns the drop-ins that count for a cluster: of its Quadlet files, and of its units.
///
/// # Errors
/// When a directory cannot be read.
pub(crate) fn drop_ins(
    context: &Context,
    unit: &UnitState,
    name: &ClusterName,
) -> Result<Vec<String>> {
    let file = format!("{}.container", control_plane(name));
    let of_quadlet = context.unit_dir.drop_ins(name, &file)?.into_iter();
    let of_quadlet = of_quadlet.map(|path| path.display().to_string());
    let mut all: Vec<String> = of_quadlet
        .chain(unit.drop_in_paths.iter().cloned())
        .collect();
    all.sort();
    all.dedup();
    Ok(all)
}
