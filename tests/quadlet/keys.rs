//! What the table of keys and the page on Podman versions claim, asked of every generator.

use std::fs;
use std::path::Path;

use kinc::units::dialect::{KEYS, Key};
use tempfile::TempDir;

use crate::generator::{Answer, Generator, generators};

/// Returns a value that our templates give a key.
fn value(key: &Key) -> String {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = [
        "01-default/expected/kinc-dev-control-plane.container",
        "01-default/expected/kinc-dev-control-plane-containers.volume",
        "01-default/expected/kinc-dev.network",
        "02-everything-set/expected/kinc-everything-control-plane.container",
        "17-control-planes/expected/kinc-dev-api.container",
    ];
    let start = format!("{}=", key.name);
    let mut values = files.into_iter().filter_map(|name| {
        let text = fs::read_to_string(golden.join(name)).unwrap();
        let group = format!("[{}]", key.group);
        let mut lines = text.lines().skip_while(|line| *line != group);
        lines.find_map(|line| Some(line.strip_prefix(&start)?.to_owned()))
    });
    values.next().unwrap()
}

/// The name of the file that is about a key, and the unit that it becomes.
fn names(index: usize, key: &Key) -> (String, String) {
    match key.group {
        "Container" => (format!("k{index}.container"), format!("k{index}.service")),
        "Volume" | "Quadlet" => (
            format!("k{index}.volume"),
            format!("k{index}-volume.service"),
        ),
        _ => (
            format!("k{index}.network"),
            format!("k{index}-network.service"),
        ),
    }
}

/// A directory with a file for each key, which has nothing else that could be refused.
fn one_file_a_key() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (index, key) in KEYS.iter().enumerate() {
        let own = match key.group {
            "Container" => "[Container]\nImage=localhost/a:b\n",
            "Volume" | "Quadlet" => "[Volume]\n",
            _ => "[Network]\n",
        };
        let text = format!("{own}[{}]\n{}={}\n", key.group, key.name, value(key));
        fs::write(directory.path().join(names(index, key).0), text).unwrap();
    }
    directory
}

/// Returns whether a generator heeds a key.
fn heeds(answer: &Answer, index: usize, key: &Key) -> bool {
    let (file, unit) = names(index, key);
    let unit = answer.unit(&unit);
    let has = |wanted: &str| unit.lines().any(|line| line == wanted);
    match key.group {
        // A group that it does not know it hands on as it is.
        "Quadlet" => has("[X-Quadlet]"),
        "Service" => has(&format!("{}={}", key.name, value(key))),
        group => {
            let refusal = format!("unsupported key '{}' in group '{group}'", key.name);
            let mut said = answer.stderr.lines().filter(|line| line.contains(&file));
            !said.any(|line| line.contains(&refusal))
        }
    }
}

#[test]
fn every_key_takes_effect_from_the_podman_of_the_table_on() {
    let directory = one_file_a_key();
    for generator in generators() {
        let answer = generator.dry_run(directory.path());
        let keys = || KEYS.iter().enumerate();
        let name = |(_, key): (usize, &Key)| format!("[{}] {}", key.group, key.name);
        let heeded: Vec<String> = keys()
            .filter(|(index, key)| heeds(&answer, *index, key))
            .map(name)
            .collect();
        let expected: Vec<String> = keys()
            .filter(|(_, key)| key.since <= generator.version)
            .map(name)
            .collect();
        assert_eq!(heeded, expected, "{}", generator.path.display());
    }
}

#[test]
fn drop_ins_for_one_node_are_read_since_5_0_and_those_for_all_since_5_2() {
    let directory = tempfile::tempdir().unwrap();
    let cluster = directory.path().join("kinc-dev");
    let write = |path: &Path, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let node = "kinc-dev-control-plane.container";
    let file = "[Container]\nImage=localhost/a:b\n";
    write(&cluster.join(node), file);
    let of_one = cluster.join(format!("{node}.d/10-one.conf"));
    write(&of_one, "[Container]\nEnvironment=FOR=one\n");
    let of_all = directory.path().join("kinc-.container.d/10-all.conf");
    write(&of_all, "[Container]\nEnvironment=OF=all\n");
    let read = |generator: &Generator| {
        let answer = generator.dry_run(directory.path());
        let unit = answer.unit("kinc-dev-control-plane.service");
        assert!(!unit.is_empty(), "{}", generator.path.display());
        ["--env FOR=one", "--env OF=all"].map(|option| unit.contains(option))
    };
    for generator in generators() {
        let expected = ["5.0", "5.2"].map(|version| generator.is_since(version));
        assert_eq!(read(&generator), expected, "{}", generator.path.display());
    }
}
