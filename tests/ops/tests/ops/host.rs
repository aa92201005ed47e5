//! What lies below the fake manager: the unit directory, the links, and the Podman that stands in.
//!
//! A reload loads what is in the directories, by the real names; a start makes what Podman would.

mod files;
mod running;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use kinc_ops::quadlet::{self, Unit};
use kinc_ops::store::Store;

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
