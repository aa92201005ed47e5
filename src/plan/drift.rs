//! Where a cluster is not as it was declared, layer by layer: what was found, and what mends it.
//!
//! Looks at values only; `ops` gathers them.

mod command;

use serde::Serialize;

use crate::declaration::schema::Impact;
use crate::job::{Summary, UnitState};
use crate::model::cluster::{ClusterName, NodeName, Role};
use crate::plan::impact::impact_of;
use crate::units::file_set::Change;
use crate::units::unit_names;

/// Where two things that should agree do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The resolved declaration, and the files made from it.
    Files,
    /// The files, and what systemd has loaded.
    Loaded,
    /// What systemd has loaded, and what runs.
    Running,
    /// What is declared, and what Podman has.
    Podman,
    /// What is declared, and the directories of its data.
    Data,
}

/// One thing that is not as declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// Between which two it lies.
    pub layer: Layer,
    /// The node that it is of; nothing for what the cluster has once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// What was found, as a sentence without its full stop.
    pub what: String,
    /// What mending it takes of the running cluster.
    pub repair: Impact,
}

/// What was found of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The cluster.
    pub cluster: ClusterName,
    /// Why the resolved declaration can no longer be planned or rendered; its files are compared with
    /// nothing then.
    pub unwritable: Option<String>,
    /// What writing the files anew would change.
    pub files: Vec<Change>,
    /// The operator's drop-ins, which count as well.
    pub drop_ins: Vec<String>,
    /// The units that systemd does not have from our files.
    pub unlinked: Vec<String>,
    /// The image that is declared.
    pub image: String,
    /// The id of that image now; nothing when it is gone.
    pub image_id: Option<String>,
    /// The subnet that is declared for the network.
    pub node_subnet: String,
    /// The network; nothing when there is none.
    pub network: Option<Network>,
    /// Whether a drop-in of the operator sets whether the network is isolated.
    pub sets_isolation: bool,
    /// The balancer's unit, where there are several control planes.
    pub balancer: Option<UnitState>,
    /// Its nodes.
    pub nodes: Vec<FoundNode>,
}

/// What was found of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundNode {
    /// The node.
    pub name: NodeName,
    /// Its unit.
    pub unit: UnitState,
    /// What it takes to have the unit that Podman's generator would make of the files and drop-ins
    /// as they are now; nothing when that is the one that is loaded.
    pub outdated: Option<Impact>,
    /// What an earlier apply has left undone.
    pub pending: Option<Impact>,
    /// Its container, while it runs.
    pub container: Option<Container>,
    /// What is wrong with the directories of its data, each in words.
    pub data: Vec<String>,
}

/// A network as Podman has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// Its subnets.
    pub subnets: Vec<String>,
    /// Whether other clusters cannot reach what is in it.
    pub is_isolated: bool,
}

/// A running container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Container {
    /// The command that made it.
    pub command: Vec<String>,
    /// The id of its image.
    pub image_id: String,
}

/// Returns everything that is not as declared, the layers in order.
#[must_use]
pub(crate) fn drift(found: &Found) -> Vec<Drift> {
    let mut drift = files(found);
    drift.extend(found.nodes.iter().filter_map(loaded));
    drift.extend(unlinked(found));
    drift.extend(found.nodes.iter().flat_map(running));
    drift.extend(unbalanced(found));
    drift.extend(podman(found));
    drift.extend(found.nodes.iter().flat_map(data));
    drift
}

fn files(found: &Found) -> Vec<Drift> {
    let drift = |node: Option<NodeName>, what, repair| Drift {
        layer: Layer::Files,
        node: node.map(|node| node.to_string()),
        what,
        repair,
    };
    let unwritable = found.unwritable.iter().map(|reason| {
        let what = format!("its declaration can no longer be written: {reason}");
        drift(None, what, Impact::NoRestart)
    });
    let changed = found.files.iter().map(|change| {
        let node = unit_names::node_of(&found.cluster, change.path());
        drift(node, file(change), impact_of(change))
    });
    unwritable.chain(changed).collect()
}

fn file(change: &Change) -> String {
    let (path, first) = (change.path(), |text: &str| {
        text.lines().next().map(str::to_owned)
    });
    match change {
        Change::Create { .. } => format!("`{path}` is missing"),
        Change::Remove { .. } => format!("`{path}` no longer belongs to this cluster"),
        Change::Update { old, file, .. } if first(&old.text) != first(&file.text) => {
            format!("`{path}` was written by another version of kinc")
        }
        Change::Update { old, file, .. } if old.text == file.text => {
            format!("`{path}` has mode {:o}, not {:o}", old.mode, file.mode)
        }
        Change::Update { .. } => format!("`{path}` was edited"),
    }
}

/// Nobody but the operator can mend it.
fn data(node: &FoundNode) -> Vec<Drift> {
    let data = node.data.iter();
    data.map(|what| node.drift(Layer::Data, what.clone(), Impact::NoRestart))
        .collect()
}

fn loaded(node: &FoundNode) -> Option<Drift> {
    let unit = &node.unit;
    if unit.summary() == Summary::Missing {
        let what = format!("systemd has not loaded `{}`", unit.name);
        Some(node.drift(Layer::Loaded, what, Impact::NoRestart))
    } else if unit.need_daemon_reload || node.outdated.is_some() {
        let what = format!(
            "the files of `{}` changed since systemd loaded them",
            unit.name
        );
        let repair = node.outdated.unwrap_or(Impact::NoRestart);
        Some(node.drift(Layer::Loaded, what, repair))
    } else {
        None
    }
}

fn unlinked(found: &Found) -> Vec<Drift> {
    let drift = |unit: &String| {
        let lacks = if unit_names::is_slice(unit) {
            "limits are not enforced"
        } else {
            "the cluster does not follow the host's network"
        };
        Drift {
            layer: Layer::Loaded,
            node: None,
            what: format!("systemd has no `{unit}`: {lacks}"),
            repair: Impact::Restart,
        }
    };
    found.unlinked.iter().map(drift).collect()
}

/// A balancer that is down while a control plane is up: systemd starts it again and again.
fn unbalanced(found: &Found) -> Option<Drift> {
    let balancer = found.balancer.as_ref()?;
    let is_up = |node: &FoundNode| {
        node.name.id().role() == Role::ControlPlane && node.unit.summary() == Summary::Ready
    };
    let is_needed = found.nodes.iter().any(is_up);
    (is_needed && balancer.summary() != Summary::Ready).then(|| Drift {
        layer: Layer::Running,
        node: None,
        what: format!(
            "`{}` is {}: the API server is not reached",
            balancer.name,
            balancer.summary().name()
        ),
        repair: Impact::NoRestart,
    })
}

fn running(node: &FoundNode) -> Vec<Drift> {
    let drift = |what: String, repair| node.drift(Layer::Running, what, repair);
    match node.pending {
        Some(Impact::InPlace) => {
            let what = "the node does not have its new limits yet".to_owned();
            vec![drift(what, Impact::InPlace)]
        }
        Some(_) => {
            let what = "the node runs without the last change".to_owned();
            vec![drift(what, Impact::Restart)]
        }
        None => command::differences(node)
            .into_iter()
            .map(|what| drift(what, Impact::Restart))
            .collect(),
    }
}

fn podman(found: &Found) -> Vec<Drift> {
    let drift = |what: String, repair| Drift {
        layer: Layer::Podman,
        node: None,
        what,
        repair,
    };
    let mut all = Vec::new();
    match &found.image_id {
        None => all.push(drift(
            format!(
                "the image `{}` is missing: the node cannot start again",
                found.image
            ),
            Impact::NoRestart,
        )),
        Some(now) => {
            let is_older = |container: &Container| container.image_id != *now;
            let nodes = found.nodes.iter();
            let older = nodes.filter(|node| node.container.as_ref().is_some_and(is_older));
            all.extend(older.map(|node| {
                let what = format!("`{}` was rebuilt since the node started", found.image);
                node.drift(Layer::Podman, what, Impact::Restart)
            }));
        }
    }
    all.extend(
        found
            .other_network()
            .map(|what| drift(what, Impact::Restart)),
    );
    all
}

impl FoundNode {
    fn drift(&self, layer: Layer, what: String, repair: Impact) -> Drift {
        Drift {
            layer,
            node: Some(self.name.to_string()),
            what,
            repair,
        }
    }
}

impl Found {
    /// Returns how a node is; nothing for one that was not looked for.
    #[must_use]
    pub(crate) fn state_of(&self, node: &NodeName) -> Option<Summary> {
        let found = self.nodes.iter().find(|found| found.name == *node)?;
        Some(found.unit.summary())
    }

    /// Returns in what the network is not as declared; one that is gone is made again at the next start.
    #[must_use]
    pub(crate) fn other_network(&self) -> Option<String> {
        let network = self.network.as_ref()?;
        if !network.subnets.contains(&self.node_subnet) {
            let there = network.subnets.join(", ");
            return Some(format!("the network has {there}, not {}", self.node_subnet));
        }
        let reason = "the network is not isolated: other clusters reach the node";
        (!network.is_isolated && !self.sets_isolation).then(|| reason.to_owned())
    }
}

#[cfg(test)]
mod tests;
