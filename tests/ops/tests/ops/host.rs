//! What lies below the fake manager: the unit directory, the links, and the Podman that stands in.
//!
//! A reload loads what is in the directories, by the real names; a start makes what Podman would.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use kinc_ops::quadlet::{self, Unit};
use kinc_ops::store::Store;
use serde_json::json;

use crate::fake::{Facts, Host, Units};

/// How a node's start ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start {
    /// It stays on its way.
    Held,
    /// It fails with this status, and a status line of the node.
    Fails(i32, &'static str),
    /// A path that the unit asserts is not there.
    Lacks(&'static str),
}

/// The directories, and what systemd made of them.
#[derive(Debug)]
pub(crate) struct FakeHost {
    place: PathBuf,
    store: Store,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    units: BTreeMap<String, Unit>,
    /// The texts of the files that a unit was loaded from.
    texts: BTreeMap<String, Vec<String>>,
    starts: BTreeMap<String, Start>,
    vanishing: Vec<String>,
    runs: u8,
}

impl FakeHost {
    pub(crate) fn new(place: PathBuf, store: Store) -> Self {
        Self {
            place,
            store,
            state: Mutex::default(),
        }
    }

    /// Has the next starts of a unit end so.
    pub(crate) fn starts(&self, unit: &str, start: Option<Start>) {
        let starts = &mut self.state.lock().unwrap().starts;
        match start {
            Some(start) => drop(starts.insert(unit.to_owned(), start)),
            None => drop(starts.remove(unit)),
        }
    }

    /// Has a unit be left out, once for each time that it is named.
    pub(crate) fn vanishes(&self, units: &[&str]) {
        let units = units.iter().map(|unit| (*unit).to_owned());
        self.state.lock().unwrap().vanishing.extend(units);
    }

    fn unit_dir(&self) -> PathBuf {
        self.place.join("config/containers/systemd")
    }

    fn link_path(&self, unit: &str) -> PathBuf {
        self.place.join("config/systemd/user").join(unit)
    }

    fn fragment(&self, unit: &str) -> PathBuf {
        self.place.join("runtime/systemd/generator").join(unit)
    }

    fn slices(&self) -> Vec<String> {
        let entries = fs::read_dir(self.place.join("config/systemd/user"));
        let names = entries
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name());
        let names = names.map(|name| name.into_string().unwrap());
        // A link to nowhere is no file.
        names.filter(|name| self.link_path(name).exists()).collect()
    }

    /// Writes what the generator makes, as if it had taken its time.
    fn write_fragments(&self, units: &BTreeMap<String, Unit>) {
        let directory = self.place.join("runtime/systemd/generator");
        // There is none before the first reload.
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        let made = newest(&self.unit_dir()) + Duration::from_nanos(1);
        for unit in units.values() {
            let path = directory.join(&unit.name);
            fs::write(&path, unit.text()).unwrap();
            File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(made)
                .unwrap();
        }
    }

    fn texts(&self, unit: &str) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let source = match state.units.get(unit) {
            Some(unit) => unit.source.clone(),
            None => self.link_path(unit),
        };
        fs::read_to_string(source).into_iter().collect()
    }

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
        for unit in beside.iter().filter(|unit| unit.name != node.name) {
            let stays = self.make(unit);
            volumes.extend(unit.value("VolumeName").map(str::to_owned));
            networks.extend(unit.value("NetworkName").map(str::to_owned));
            if let Some(facts) = units.get_mut(&unit.name).filter(|_| stays) {
                (facts.active_state, facts.sub_state) = ("active", "exited");
            }
        }
        let name = node.value("ContainerName").unwrap();
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

    fn start(&self, unit: &str, units: &mut Units) -> Option<&'static str> {
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
        match start {
            Some(Start::Held) => {
                (facts.active_state, facts.sub_state) = ("activating", "start");
                return None;
            }
            Some(Start::Fails(status, words)) => {
                (facts.active_state, facts.sub_state) = ("failed", "failed");
                (facts.result, facts.exec_main) = ("exit-code", (1, status));
                facts.status_text = words;
                return Some("failed");
            }
            Some(Start::Lacks(path)) => {
                let kind = "AssertPathExists".to_owned();
                facts.asserts = vec![(kind, false, false, path.to_owned(), -1)];
                return Some("assert");
            }
            None => {}
        }
        if made.value("ContainerName").is_none() {
            if self.make(&made) {
                set(units, unit, "active", "exited");
            }
            return Some("done");
        }
        let directories: Vec<&Path> = made.values("AssertPathExists").map(Path::new).collect();
        if !directories.iter().all(|directory| directory.is_dir()) {
            return Some("assert");
        }
        let runs = self.run_node(&made, units);
        let facts = units.get_mut(unit).unwrap();
        if !runs {
            (facts.active_state, facts.sub_state) = ("failed", "failed");
            (facts.result, facts.exec_main) = ("exit-code", (1, 125));
            return Some("failed");
        }
        for directory in directories {
            fs::write(directory.join("of-the-node"), "").unwrap();
        }
        (facts.active_state, facts.sub_state) = ("active", "running");
        facts.status_text = "ready";
        facts.active_enter = 1_700_000_000_000_000 + u64::from(run);
        Some("done")
    }

    fn stop(&self, unit: &str, units: &mut Units) {
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

impl Host for FakeHost {
    fn reload(&self, units: &mut Units) {
        let mut made = quadlet::units(&self.unit_dir());
        let vanishing = std::mem::take(&mut self.state.lock().unwrap().vanishing);
        let mut left = vanishing.clone();
        for unit in vanishing {
            if made.remove(&unit).is_some() {
                left.remove(left.iter().position(|one| *one == unit).unwrap());
            }
        }
        self.write_fragments(&made);
        let slices = self.slices();
        {
            let mut state = self.state.lock().unwrap();
            state.vanishing = left;
            state.units = made.clone();
        }
        let is_there = |name: &String| made.contains_key(name) || slices.contains(name);
        // One that runs without a file stays until it stops.
        units.retain(|name, facts| is_there(name) || facts.active_state == "active");
        for (name, facts) in units.iter_mut().filter(|(name, _)| !is_there(name)) {
            *facts = Facts {
                load_state: "not-found",
                fragment_path: String::new(),
                source_path: String::new(),
                ..facts.clone()
            };
            self.state.lock().unwrap().texts.remove(name);
        }
        let stopped = || Facts {
            invocation: Vec::new(),
            ..Facts::new("inactive", "dead")
        };
        for name in slices {
            let facts = units.entry(name.clone()).or_insert_with(stopped);
            facts.load_state = "loaded";
            facts.fragment_path = self.link_path(&name).display().to_string();
        }
        for (name, unit) in made {
            let facts = units.entry(name.clone()).or_insert_with(stopped);
            facts.load_state = "loaded";
            facts.fragment_path = self.fragment(&name).display().to_string();
            facts.source_path = unit.source.display().to_string();
            facts.exec_start = unit.command;
        }
        for name in units.keys() {
            let texts = self.texts(name);
            self.state.lock().unwrap().texts.insert(name.clone(), texts);
        }
    }

    fn link(&self, file: &str) {
        let link = self.link_path(Path::new(file).file_name().unwrap().to_str().unwrap());
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        // The same link may be there.
        let _ = std::os::unix::fs::symlink(file, link);
    }

    fn unlink(&self, unit: &str) -> bool {
        fs::remove_file(self.link_path(unit)).is_ok()
    }

    fn run(&self, call: &str, unit: &str, units: &mut Units) -> Option<&'static str> {
        match call {
            "StopUnit" => {
                self.stop(unit, units);
                Some("done")
            }
            "RestartUnit" => {
                self.stop(unit, units);
                self.start(unit, units)
            }
            _ => self.start(unit, units),
        }
    }

    fn is_outdated(&self, unit: &str) -> bool {
        let texts = self.state.lock().unwrap().texts.get(unit).cloned();
        texts.is_some_and(|texts| texts != self.texts(unit))
    }

    fn environment(&self) -> Vec<String> {
        let place = self.place.display();
        vec![
            format!("XDG_CONFIG_HOME={place}/config"),
            format!("XDG_DATA_HOME={place}/data"),
        ]
    }

    fn note(&self, call: &str) {
        self.store.note(&format!("systemd {call}"));
    }
}

fn set(units: &mut Units, unit: &str, active: &'static str, sub: &'static str) {
    let facts = units.entry(unit.to_owned()).or_insert_with(Facts::missing);
    (facts.active_state, facts.sub_state) = (active, sub);
}

/// Returns when anything below a directory was changed last.
fn newest(directory: &Path) -> SystemTime {
    let modified = |path: &Path| fs::metadata(path).and_then(|found| found.modified());
    let mut newest = modified(directory).unwrap_or(SystemTime::UNIX_EPOCH);
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        let found = if path.is_dir() {
            self::newest(&path)
        } else {
            modified(&path).unwrap()
        };
        newest = newest.max(found);
    }
    newest
}
