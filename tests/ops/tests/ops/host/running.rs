//! What starts and stops: volumes, networks and nodes, as Podman would make and remove them.

use std::fs;
use std::path::Path;

use kinc_ops::quadlet::Unit;
use serde_json::json;

use super::{FakeHost, Start};
use crate::fake::facts::Assert;
use crate::fake::{Facts, Units};

impl FakeHost {
    /// Makes what a unit of a volume or a network makes.
    fn make(&self, unit: &Unit) -> bool {
        let labels: serde_json::Map<_, _> = unit
            .values("Label")
            .filter_map(|label| label.split_once('='))
            .map(|(key, value)| (key.to_owned(), json!(value)))
            .collect();
        if let Some(name) = unit.value("VolumeName") {
            if self.store.get("volume", name).is_none() {
                let mountpoint = self.store.mountpoint(name);
                fs::create_dir_all(&mountpoint).unwrap();
                let volume = json!({"Name": name, "Mountpoint": mountpoint, "Labels": labels});
                self.store.put("volume", name, &volume);
            }
            return true;
        }
        if let Some(name) = unit.value("NetworkName") {
            let subnets = unit
                .values("Subnet")
                .map(|subnet| json!({"subnet": subnet}));
            let subnets: Vec<_> = subnets.collect();
            if self.store.get("network", name).is_none() {
                let options: serde_json::Map<_, _> = unit
                    .values("Options")
                    .filter_map(|option| option.split_once('='))
                    .map(|(key, value)| (key.to_owned(), json!(value)))
                    .collect();
                let network = json!({
                    "name": name, "subnets": subnets, "options": options, "labels": labels,
                });
                self.store.put("network", name, &network);
            }
        }
        false
    }

    /// Makes a node's container and all that it uses; `false` when its image is not there.
    fn run_node(&self, node: &Unit, units: &mut Units) -> bool {
        let image = node.value("Image").unwrap_or_default();
        let Some(image) = self.store.get("image", image) else {
            return false;
        };
        let (mut volumes, mut networks) = (Vec::new(), Vec::new());
        let beside: Vec<Unit> = {
            let state = self.state.lock().unwrap();
            let beside = state.units.values();
            let beside = beside.filter(|unit| unit.source.parent() == node.source.parent());
            beside.cloned().collect()
        };
        let name = node.value("ContainerName").unwrap();
        // A node uses its own volumes, and the network.
        let is_used = |unit: &&Unit| {
            let volume = unit.value("VolumeName");
            unit.name != node.name
                && volume.is_none_or(|volume| volume == format!("{name}-containers"))
        };
        for unit in beside.iter().filter(is_used) {
            let stays = self.make(unit);
            volumes.extend(unit.value("VolumeName").map(str::to_owned));
            networks.extend(unit.value("NetworkName").map(str::to_owned));
            if let Some(facts) = units.get_mut(&unit.name).filter(|_| stays) {
                (facts.active_state, facts.sub_state) = ("active", "exited");
            }
        }
        let container = json!({
            "Name": name,
            "Image": image["Id"],
            "Config": {"CreateCommand": node.command},
            "State": {"Running": true},
            "StandIn": {"Volumes": volumes, "Networks": networks},
        });
        self.store.put("container", name, &container);
        true
    }

    pub(super) fn start(&self, unit: &str, units: &mut Units) -> Option<&'static str> {
        let (made, start, run) = {
            let mut state = self.state.lock().unwrap();
            state.runs += 1;
            let start = state.starts.get(unit).copied();
            (state.units.get(unit).cloned(), start, state.runs)
        };
        let Some(made) = made else {
            set(units, unit, "active", "active");
            return Some("done");
        };
        let facts = units.get_mut(unit).unwrap();
        facts.invocation = vec![run; 16];
        facts.exec_main = (0, 0);
        if let Some(start) = start {
            return ended(facts, start);
        }
        facts.asserts = made.values("AssertPathExists").map(asserted).collect();
        if facts.asserts.iter().any(|assert| assert.4 < 0) {
            return Some("assert");
        }
        if made.value("ContainerName").is_none() {
            if self.make(&made) {
                set(units, unit, "active", "exited");
            }
            return Some("done");
        }
        let runs = self.run_node(&made, units);
        let facts = units.get_mut(unit).unwrap();
        if !runs {
            return ended(facts, Start::Fails(125, ""));
        }
        for directory in made.values("AssertPathExists") {
            fs::write(Path::new(directory).join("of-the-node"), "").unwrap();
        }
        (facts.active_state, facts.sub_state) = ("active", "running");
        facts.status_text = "ready";
        facts.active_enter = 1_700_000_000_000_000 + u64::from(run);
        Some("done")
    }

    pub(super) fn stop(&self, unit: &str, units: &mut Units) {
        let made = self.state.lock().unwrap().units.get(unit).cloned();
        if let Some(name) = made.as_ref().and_then(|made| made.value("ContainerName")) {
            self.store.remove("container", name);
        }
        if units.contains_key(unit) {
            set(units, unit, "inactive", "dead");
            units.get_mut(unit).unwrap().status_text = "";
        }
    }
}

fn set(units: &mut Units, unit: &str, active: &'static str, sub: &'static str) {
    let facts = units.entry(unit.to_owned()).or_insert_with(Facts::missing);
    (facts.active_state, facts.sub_state) = (active, sub);
}

/// Has a start end so, and returns the result of its job; `None` for one that stays.
fn ended(facts: &mut Facts, start: Start) -> Option<&'static str> {
    match start {
        Start::Held => {
            (facts.active_state, facts.sub_state) = ("activating", "start");
            None
        }
        Start::Fails(status, words) => {
            (facts.active_state, facts.sub_state) = ("failed", "failed");
            (facts.result, facts.exec_main) = ("exit-code", (1, status));
            facts.status_text = words;
            Some("failed")
        }
        Start::Lacks(path) => {
            facts.asserts = vec![asserted(path)];
            Some("assert")
        }
    }
}

/// Returns what systemd found of a path that has to exist.
fn asserted(path: &str) -> Assert {
    let result = if Path::new(path).exists() { 1 } else { -1 };
    let kind = "AssertPathExists".to_owned();
    (kind, false, false, path.to_owned(), result)
}
