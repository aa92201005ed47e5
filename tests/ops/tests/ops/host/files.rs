//! The files that systemd reads: where they lie, which there are, and when they were made.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use kinc_ops::quadlet::Unit;

use super::FakeHost;

impl FakeHost {
    pub(super) fn unit_dir(&self) -> PathBuf {
        self.place.join("config/containers/systemd")
    }

    pub(super) fn link_path(&self, unit: &str) -> PathBuf {
        self.place.join("config/systemd/user").join(unit)
    }

    pub(super) fn fragment(&self, unit: &str) -> PathBuf {
        self.place.join("runtime/systemd/generator").join(unit)
    }

    pub(super) fn slices(&self) -> Vec<String> {
        let entries = fs::read_dir(self.place.join("config/systemd/user"));
        let names = entries
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name());
        let names = names.map(|name| name.into_string().unwrap());
        // A link to nowhere is not a file.
        names.filter(|name| self.link_path(name).exists()).collect()
    }

    /// Writes what the generator makes, as if it had taken its time.
    pub(super) fn write_fragments(&self, units: &BTreeMap<String, Unit>) {
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

    pub(super) fn texts(&self, unit: &str) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let source = match state.units.get(unit) {
            Some(unit) => unit.source.clone(),
            None => self.link_path(unit),
        };
        fs::read_to_string(source).into_iter().collect()
    }
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
