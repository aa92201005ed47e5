//! What a generator makes of Quadlet files, in so far as anybody here looks at it.
//!
//! By Podman's rules for names and directories (podman-systemd.unit(5)); the words of a command are
//! the keys of the file in their order. Whether Podman itself takes a file is tested elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A unit that is made of a file.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// The file that it is made of.
    pub source: PathBuf,
    /// The command that it runs.
    pub command: Vec<String>,
    /// The keys of the file and of its drop-ins: section, key and value.
    pub keys: Vec<[String; 3]>,
}

impl Unit {
    /// Returns the first value of a key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values(key).next()
    }

    /// Returns all values of a key.
    pub fn values(&self, key: &str) -> impl Iterator<Item = &str> {
        let is_it = move |one: &&[String; 3]| one[1] == key;
        self.keys.iter().filter(is_it).map(|one| one[2].as_str())
    }

    /// Returns the text of the unit.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "[Unit]\nSourcePath={}\n\n[Service]\n",
            self.source.display()
        );
        for [section, key, value] in &self.keys {
            if section == "Service" {
                writeln!(text, "{key}={value}").unwrap();
            }
        }
        writeln!(text, "ExecStart={}", self.command.join(" ")).unwrap();
        text
    }
}

/// Returns the units of all files below a directory, by their names; the first file of a name counts.
#[must_use]
pub fn units(directory: &Path) -> BTreeMap<String, Unit> {
    let mut units = BTreeMap::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        let Ok(entries) = fs::read_dir(&directory) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() && path.extension().is_none_or(|kind| kind != "d") {
                pending.push(path);
            } else if let Some(unit) = unit(&path) {
                units.entry(unit.name.clone()).or_insert(unit);
            }
        }
    }
    units
}

fn unit(path: &Path) -> Option<Unit> {
    let name = path.file_name()?.to_str()?;
    let (stem, kind) = name.rsplit_once('.')?;
    let unit = match kind {
        "container" => format!("{stem}.service"),
        "volume" | "network" => format!("{stem}-{kind}.service"),
        _ => return None,
    };
    let mut keys = keys(&fs::read_to_string(path).ok()?);
    for drop_in in drop_ins(path) {
        keys.extend(self::keys(&fs::read_to_string(drop_in).unwrap()));
    }
    Some(Unit {
        name: unit,
        source: path.to_owned(),
        command: command(kind, &keys),
        keys,
    })
}

fn drop_ins(path: &Path) -> Vec<PathBuf> {
    let directory = format!("{}.d", path.display());
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "conf"));
    files.sort();
    files
}

fn keys(text: &str) -> Vec<[String; 3]> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = line.split_once('=')
            && !line.starts_with(['#', ';'])
        {
            keys.push([section.clone(), key.to_owned(), value.to_owned()]);
        }
    }
    keys
}

fn command(kind: &str, keys: &[[String; 3]]) -> Vec<String> {
    let verb: &[&str] = match kind {
        "container" => &["run", "--replace", "--rm", "-d"],
        "volume" => &["volume", "create", "--ignore"],
        _ => &["network", "create", "--ignore"],
    };
    let mut words: Vec<String> = std::iter::once(&"/usr/bin/podman")
        .chain(verb)
        .map(|word| (*word).to_owned())
        .collect();
    let mut last = Vec::new();
    for [section, key, value] in keys {
        if !section.eq_ignore_ascii_case(kind) {
            continue;
        }
        match key.as_str() {
            "Image" | "VolumeName" | "NetworkName" => last.push(value.clone()),
            "ContainerName" => words.extend(["--name".to_owned(), value.clone()]),
            "Environment" => words.extend(["--env".to_owned(), value.clone()]),
            key => words.extend([format!("--{}", key.to_lowercase()), value.clone()]),
        }
    }
    words.extend(last);
    words
}
