//! Where a cluster is not as it was declared, layer by layer: what was found, and what mends it.
//!
//! Looks at values only; `ops` gathers them.

use serde::Serialize;

use crate::declaration::schema::Impact;
use crate::job::{Summary, UnitState};
use crate::plan::impact::{impact_of, is_live_variable};
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
    /// What was found, as a sentence without its full stop.
    pub what: String,
    /// What mending it takes of the running cluster.
    pub repair: Impact,
}

/// What was found of one cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Why the resolved declaration can no longer be planned or rendered; its files are compared with
    /// nothing then.
    pub unwritable: Option<String>,
    /// What writing the files anew would change.
    pub files: Vec<Change>,
    /// The node's unit.
    pub unit: UnitState,
    /// What it takes to have the unit that Podman's generator would make of the files and drop-ins
    /// as they are now; nothing when that is the one that is loaded.
    pub outdated: Option<Impact>,
    /// The operator's drop-ins, which count as well.
    pub drop_ins: Vec<String>,
    /// The units that systemd does not have from our files.
    pub unlinked: Vec<String>,
    /// What an earlier apply has left undone.
    pub pending: Option<Impact>,
    /// The node's container, while it runs.
    pub container: Option<Container>,
    /// The image that is declared.
    pub image: String,
    /// The id of that image now; nothing when it is gone.
    pub image_id: Option<String>,
    /// What is wrong with the directories of its data, each in words.
    pub data: Vec<String>,
    /// The subnet that is declared for the network.
    pub node_subnet: String,
    /// The network; nothing when there is none.
    pub network: Option<Network>,
    /// Whether a drop-in of the operator sets whether the network is isolated.
    pub sets_isolation: bool,
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
pub struct Container {
    /// The command that made it.
    pub command: Vec<String>,
    /// The id of its image.
    pub image_id: String,
}

/// Returns everything that is not as declared, the layers in order.
#[must_use]
pub fn drift(found: &Found) -> Vec<Drift> {
    let mut drift = files(found);
    drift.extend(loaded(found));
    drift.extend(running(found));
    drift.extend(podman(found));
    // Nobody but the operator can mend it.
    let data = found.data.iter().map(|what| Drift {
        layer: Layer::Data,
        what: what.clone(),
        repair: Impact::NoRestart,
    });
    drift.extend(data);
    drift
}

fn files(found: &Found) -> Vec<Drift> {
    let drift = |what, repair| Drift {
        layer: Layer::Files,
        what,
        repair,
    };
    let unwritable = found.unwritable.iter().map(|reason| {
        let what = format!("its declaration can no longer be written: {reason}");
        drift(what, Impact::NoRestart)
    });
    let changed = found.files.iter();
    let changed = changed.map(|change| drift(file(change), impact_of(change)));
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

fn loaded(found: &Found) -> Vec<Drift> {
    let drift = |what: String, repair| Drift {
        layer: Layer::Loaded,
        what,
        repair,
    };
    let unit = &found.unit;
    let mut all = Vec::new();
    if unit.summary() == Summary::Missing {
        all.push(drift(
            format!("systemd has not loaded `{}`", unit.name),
            Impact::NoRestart,
        ));
    } else if unit.need_daemon_reload || found.outdated.is_some() {
        all.push(drift(
            format!(
                "the files of `{}` changed since systemd loaded them",
                unit.name
            ),
            found.outdated.unwrap_or(Impact::NoRestart),
        ));
    }
    for unit in &found.unlinked {
        let lacks = if unit_names::is_slice(unit) {
            "limits are not enforced"
        } else {
            "the cluster does not follow the host's network"
        };
        let what = format!("systemd has no `{unit}`: {lacks}");
        all.push(drift(what, Impact::Restart));
    }
    all
}

fn running(found: &Found) -> Vec<Drift> {
    let drift = |what: String, repair| Drift {
        layer: Layer::Running,
        what,
        repair,
    };
    match found.pending {
        Some(Impact::InPlace) => {
            let what = "the node does not have its new limits yet".to_owned();
            vec![drift(what, Impact::InPlace)]
        }
        Some(_) => {
            let what = "the node runs without the last change".to_owned();
            vec![drift(what, Impact::Restart)]
        }
        None => other_options(found)
            .into_iter()
            .map(|what| drift(what, Impact::Restart))
            .collect(),
    }
}

/// Returns how the command that made the container differs from the one that systemd has loaded.
fn other_options(found: &Found) -> Vec<String> {
    let loaded = options(&found.unit.exec_start);
    // Without an answer of systemd there is nothing to compare with.
    let Some(container) = found.container.as_ref().filter(|_| !loaded.is_empty()) else {
        return Vec::new();
    };
    let now = options(&container.command);
    let only = |here: &[String], there: &[String]| -> Vec<String> {
        let missing = here.iter().filter(|option| !there.contains(option));
        missing
            .map(|option| format!("`{}`", without_value(option)))
            .collect()
    };
    [
        ("with", only(&now, &loaded)),
        ("without", only(&loaded, &now)),
    ]
    .into_iter()
    .filter(|(_, options)| !options.is_empty())
    .map(|(word, options)| format!("the node runs {word} {}", options.join(", ")))
    .collect()
}

/// Returns an option as it is shown: of a variable the name alone, since its value may be a secret that
/// an operator's drop-in gives the node.
fn without_value(option: &str) -> String {
    let variable = ["--env ", "--env=", "-e "]
        .iter()
        .find_map(|flag| option.strip_prefix(flag));
    match variable.and_then(|variable| variable.split_once('=')) {
        Some((_, value)) => format!("{}…", option.trim_end_matches(value)),
        None => option.to_owned(),
    }
}

/// Returns the options of a command line, each with its value, and without the program.
fn options(command: &[String]) -> Vec<String> {
    let mut options: Vec<String> = Vec::new();
    for word in command.iter().skip(1) {
        // systemd has undone its own doubling only where it starts the program.
        let word = word.replace("$$", "$");
        match options.last_mut() {
            Some(last)
                if last.starts_with('-')
                    && !last.contains([' ', '='])
                    && !word.starts_with('-') =>
            {
                last.push(' ');
                last.push_str(&word);
            }
            _ => options.push(word),
        }
    }
    options.retain(|option| !is_live_variable(option));
    options
}

fn podman(found: &Found) -> Vec<Drift> {
    let drift = |what: String, repair| Drift {
        layer: Layer::Podman,
        what,
        repair,
    };
    let mut all = Vec::new();
    match (&found.image_id, &found.container) {
        (None, _) => all.push(drift(
            format!(
                "the image `{}` is missing: the node cannot start again",
                found.image
            ),
            Impact::NoRestart,
        )),
        (Some(now), Some(container)) if *now != container.image_id => all.push(drift(
            format!("`{}` was rebuilt since the node started", found.image),
            Impact::Restart,
        )),
        _ => {}
    }
    all.extend(
        found
            .other_network()
            .map(|what| drift(what, Impact::Restart)),
    );
    all
}

impl Found {
    /// Returns in what the network is not as declared; one that is gone is made again at the next start.
    #[must_use]
    pub fn other_network(&self) -> Option<String> {
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
