//! The objects of a Podman, each a file of JSON; the version that it answers as; what its units logged; and
//! all calls.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// A directory with all that a Podman has.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
}

/// How a call is to go wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It never ends by itself.
    Hangs,
    /// It ends with this status and these words, and does nothing.
    Fails(u8, String),
    /// It does what it is asked to do, and ends with this status and these words all the same.
    FailsAfter(u8, String),
}

impl Store {
    /// Uses a directory; it need not be there yet.
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        fs::create_dir_all(&directory).unwrap();
        Self { directory }
    }

    /// Returns the version of Podman that is answered as, such as `5.4`.
    #[must_use]
    pub fn version(&self) -> String {
        fs::read_to_string(self.directory.join("version")).unwrap_or_else(|_| "5.4".to_owned())
    }

    /// Answers as that version from now on.
    pub fn set_version(&self, version: &str) {
        fs::write(self.directory.join("version"), version).unwrap();
    }

    /// Returns what that version of Podman said when it was recorded.
    #[must_use]
    pub fn recorded(&self, what: &str) -> Value {
        let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
        let path = recordings.join(self.version()).join(what);
        let text = fs::read_to_string(&path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&text).unwrap()
    }

    /// Returns what journalctl printed of a run of a node's unit when it was recorded.
    #[must_use]
    pub fn recorded_run(what: &str) -> String {
        let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/journal");
        fs::read_to_string(recordings.join(what)).unwrap()
    }

    /// Has a run of a unit, by its 32 hex digits, have logged this text and nothing else.
    pub fn log(&self, run: &str, text: &str) {
        self.put("journal", run, &Value::from(text));
    }

    /// Returns what a run of a unit has logged.
    #[must_use]
    pub fn logged(&self, run: &str) -> Option<String> {
        let text = self.get("journal", run)?;
        Some(text.as_str().unwrap().to_owned())
    }

    /// Adds an object, or replaces it. It is what differs from the recorded one of its kind.
    pub fn put(&self, kind: &str, name: &str, object: &Value) {
        let path = self.path(kind, name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Others may read it meanwhile.
        let new = path.with_extension("new");
        fs::write(&new, object.to_string()).unwrap();
        fs::rename(new, path).unwrap();
    }

    /// Returns an object.
    #[must_use]
    pub fn get(&self, kind: &str, name: &str) -> Option<Value> {
        let text = fs::read_to_string(self.path(kind, name)).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    }

    /// Removes an object, and returns whether it was there.
    pub fn remove(&self, kind: &str, name: &str) -> bool {
        fs::remove_file(self.path(kind, name)).is_ok()
    }

    /// Returns the names of all objects of a kind.
    #[must_use]
    pub fn names(&self, kind: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.directory.join(kind)) else {
            return Vec::new();
        };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let objects = names.filter_map(|name| Some(name.strip_suffix(".json")?.replace('%', "/")));
        let mut names: Vec<String> = objects.collect();
        names.sort();
        names
    }

    /// Returns an object as the recorded Podman would show it.
    #[must_use]
    pub fn shown(&self, kind: &str, name: &str) -> Option<Value> {
        let object = self.get(kind, name)?;
        let recorded = self.recorded(&format!("{kind}-inspect.json"));
        let mut shown = recorded.get(0).cloned().unwrap();
        merge(&mut shown, &object);
        Some(shown)
    }

    /// Returns the labels of an object.
    #[must_use]
    pub fn labels(&self, kind: &str, name: &str) -> Map<String, Value> {
        let object = self.get(kind, name).unwrap_or_default();
        let labels = ["Labels", "labels"].iter().find_map(|key| object.get(key));
        labels
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    }

    /// Returns where the files of a volume are.
    #[must_use]
    pub fn mountpoint(&self, volume: &str) -> PathBuf {
        self.directory.join("data").join(volume)
    }

    /// Has something be mounted, as Podman sees it.
    pub fn mount(&self, point: &Path) {
        let line = format!("36 35 0:30 / {} rw - ext4 /dev/sdb rw\n", point.display());
        fs::write(self.directory.join("mountinfo"), line).unwrap();
    }

    /// Returns the kernel's table of mounts, as Podman sees it.
    #[must_use]
    pub fn mounts(&self) -> String {
        fs::read_to_string(self.directory.join("mountinfo")).unwrap_or_default()
    }

    /// Has the calls that begin so go wrong from now on; the latest word on a call counts.
    pub fn break_calls(&self, beginning: &str, fault: &Fault) {
        let (how, status, words) = match fault {
            Fault::Hangs => ("hangs", 0, ""),
            Fault::Fails(status, words) => ("fails", *status, words.as_str()),
            Fault::FailsAfter(status, words) => ("fails-after", *status, words.as_str()),
        };
        let mut faults = self.faults();
        faults.push(serde_json::json!([beginning, how, status, words]));
        fs::write(
            self.directory.join("faults"),
            Value::from(faults).to_string(),
        )
        .unwrap();
    }

    /// Has all calls go well from now on.
    pub fn mend_calls(&self) {
        // There need not be a broken one.
        let _ = fs::remove_file(self.directory.join("faults"));
    }

    /// Returns how a call is to go wrong.
    #[must_use]
    pub fn fault(&self, call: &str) -> Option<Fault> {
        let faults = self.faults();
        let is_it = |fault: &&Value| call.starts_with(fault[0].as_str().unwrap());
        let fault = faults.iter().rev().find(is_it)?;
        let status = u8::try_from(fault[2].as_u64().unwrap()).unwrap();
        let words = fault[3].as_str().unwrap().to_owned();
        Some(match fault[1].as_str().unwrap() {
            "hangs" => Fault::Hangs,
            "fails" => Fault::Fails(status, words),
            _ => Fault::FailsAfter(status, words),
        })
    }

    fn faults(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.directory.join("faults")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Adds a line to what was called.
    pub fn note(&self, call: &str) {
        let mut options = File::options();
        let file = options.create(true).append(true);
        let mut file = file.open(self.directory.join("calls")).unwrap();
        // In one go: several programs write at the same time.
        file.write_all(format!("{call}\n").as_bytes()).unwrap();
    }

    /// Returns whether something that begins so was called since [`Store::take_calls`] was last asked.
    #[must_use]
    pub fn has_call(&self, beginning: &str) -> bool {
        let text = fs::read_to_string(self.directory.join("calls")).unwrap_or_default();
        text.lines().any(|call| call.starts_with(beginning))
    }

    /// Returns what was called since this was last asked.
    #[must_use]
    pub fn take_calls(&self) -> Vec<String> {
        let path = self.directory.join("calls");
        let text = fs::read_to_string(&path).unwrap_or_default();
        // Nothing may have been called.
        let _ = fs::remove_file(path);
        text.lines().map(str::to_owned).collect()
    }

    fn path(&self, kind: &str, name: &str) -> PathBuf {
        let name = format!("{}.json", name.replace('/', "%"));
        self.directory.join(kind).join(name)
    }
}

/// Puts the values of one object into another; labels are not mixed.
fn merge(into: &mut Value, from: &Value) {
    let (Some(into), Some(from)) = (into.as_object_mut(), from.as_object()) else {
        *into = from.clone();
        return;
    };
    for (key, value) in from {
        if key.eq_ignore_ascii_case("labels") {
            into.insert(key.clone(), value.clone());
        } else {
            merge(into.entry(key.as_str()).or_insert(Value::Null), value);
        }
    }
}
