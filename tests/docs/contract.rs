//! The contract of the node image held against the unit, the image's units and its scripts.

use std::collections::BTreeSet;

use super::{files, markdown, names};

const CONTRACT: &str = "images/node/README.md";
const SCRIPTS: &str = "images/node/files/usr/libexec/kinc";
const UNITS: &str = "images/node/files/usr/lib/systemd/system";

fn default_unit() -> String {
    markdown::read("tests/golden/01-default/expected/kinc-dev-control-plane.container")
}

/// Returns the values of a setting in a unit file.
fn settings<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    let lines = unit.lines().filter_map(|line| line.split_once('='));
    lines
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .collect()
}

#[test]
fn the_contract_has_the_exit_codes_of_the_program() {
    assert_eq!(
        markdown::table(&markdown::read(CONTRACT), "exit code"),
        markdown::node_exits()
    );
}

#[test]
fn exit_codes_without_retry_are_those_of_the_unit() {
    let exits = kinc::job::node_exit::NODE_EXITS.iter();
    let prevented: Vec<String> = exits
        .filter(|exit| !exit.retried)
        .map(|exit| exit.code.to_string())
        .collect();
    assert_eq!(
        settings(&default_unit(), "RestartPreventExitStatus"),
        [prevented.join(" ")]
    );
}

#[test]
fn the_contract_has_the_environment_of_the_unit() {
    let unit = default_unit();
    let rows = markdown::table(&markdown::read(CONTRACT), "environment");
    let documented: Vec<String> = rows
        .iter()
        .map(|row| format!("{}={}", row[0], row[1]).replace('`', ""))
        .collect();
    // What is for Podman itself is none of the node's.
    let mut told = settings(&unit, "Environment");
    told.retain(|pair| pair.starts_with("KINC_"));
    assert_eq!(told, documented);
}

#[test]
fn the_contract_has_the_mounts_of_the_unit() {
    let unit = default_unit();
    let targets = |setting: &str, at: usize| -> Vec<String> {
        let values = settings(&unit, setting).into_iter();
        values
            .map(|value| value.split(':').nth(at).unwrap().to_owned())
            .collect()
    };
    let mut mounted: BTreeSet<String> = targets("Volume", 1).into_iter().collect();
    mounted.extend(targets("Tmpfs", 0));
    mounted.insert("/".to_owned());
    assert_eq!(names(CONTRACT, "mount"), mounted);
}

#[test]
fn the_contract_has_every_optional_part_of_a_unit() {
    let unit = markdown::read(
        "tests/golden/02-everything-set/expected/kinc-everything-control-plane.container",
    );
    let variables = |unit: &str| -> BTreeSet<String> {
        let pairs = settings(unit, "Environment").into_iter();
        pairs
            .map(|pair| pair.split('=').next().unwrap().to_owned())
            .collect()
    };
    let several = "tests/golden/17-control-planes/expected/kinc-dev-control-plane.container";
    let all = &variables(&unit) | &variables(&markdown::read(several));
    assert_eq!(
        names(CONTRACT, "declared environment"),
        &all - &variables(&default_unit())
    );

    let laid = settings(&unit, "Volume").into_iter();
    let laid = laid.filter(|line| line.starts_with("./") && !line.contains(".file-"));
    let place = |line: &str| {
        let path = line.split(':').nth(1).unwrap();
        let (start, name) = path.rsplit_once('/').unwrap();
        match name {
            "hello.service" | "hello.timer" => format!("{start}/NAME"),
            name => format!("{start}/{}", name.replace("00", "NN")),
        }
    };
    let mut laid: BTreeSet<String> = laid.map(place).collect();
    laid.remove("/etc/kinc/kubeadm.conf");
    assert_eq!(names(CONTRACT, "declared mount"), laid);
}

#[test]
fn the_contract_has_the_labels_that_the_image_gets() {
    let source = markdown::read("src/edge/image.rs");
    let given = source
        .split("label(\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    let mut labels: BTreeSet<String> = given.map(|name| format!("io.kinc.{name}")).collect();
    labels.insert("io.kinc.contract".to_owned());
    assert_eq!(names(CONTRACT, "label"), labels);
}

#[test]
fn the_contract_has_each_unit_with_the_code_it_fails_with() {
    let documented: BTreeSet<(String, String)> = markdown::table(&markdown::read(CONTRACT), "unit")
        .iter()
        .map(|row| {
            (
                row[0].replace('`', ""),
                row[2].split(':').next().unwrap().to_owned(),
            )
        })
        .collect();
    let installed: BTreeSet<(String, String)> = files(UNITS)
        .into_iter()
        .map(|(name, text)| {
            let code = settings(&text, "FailureActionExitStatus").first().copied();
            let own = || own_codes(settings(&text, "ExecStart").first().unwrap());
            match (code, settings(&text, "FailureAction").is_empty()) {
                (Some(code), _) => (name, code.to_owned()),
                (None, true) => (name, "never".to_owned()),
                // The unit hands on the exit code of its script.
                (None, false) => (name, own()),
            }
        })
        .collect();
    assert_eq!(documented, installed);
}

/// systemd hands on nothing of the container's environment by itself: what a script reads and its unit does
/// not name would be empty, without a word.
#[test]
fn each_unit_passes_the_environment_that_its_script_reads() {
    let mut missing = BTreeSet::new();
    for (name, text) in files(UNITS) {
        let handed: BTreeSet<&str> = settings(&text, "PassEnvironment")
            .into_iter()
            .flat_map(str::split_whitespace)
            .collect();
        for command in settings(&text, "ExecStart") {
            let program = command.split_whitespace().next().unwrap();
            if !program.starts_with("/usr/libexec/kinc/") {
                continue;
            }
            let script = with_called(program);
            let words = script.split(|c: char| !c.is_ascii_uppercase() && c != '_');
            let read = words.filter(|word| word.starts_with("KINC_"));
            let lost = read.filter(|word| !handed.contains(word));
            missing.extend(lost.map(|word| format!("{name}: {word}")));
        }
    }
    assert_eq!(missing, BTreeSet::new());
}

/// Returns the text of a script, and of those that it runs itself.
fn with_called(program: &str) -> String {
    let read = |program: &str| markdown::read(&format!("images/node/files{program}"));
    let mut text = read(program);
    let words = |text: &str| -> Vec<String> {
        let place = "/usr/libexec/kinc/";
        let rest = text.split(place).skip(1);
        rest.map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-');
            format!("{place}{}", &rest[..end.unwrap_or(rest.len())])
        })
        .collect()
    };
    for called in words(&text) {
        let other = read(&called);
        // What is only read into it has no first line of its own.
        if called != program && other.starts_with("#!") {
            text.push_str(&other);
        }
    }
    text
}

/// The exit codes that a script of the image gives its failures, itself or in what it reads.
fn own_codes(script: &str) -> String {
    let text = with_rooms(script);
    let words = text.split_whitespace();
    let codes: BTreeSet<&str> = words
        .filter_map(|word| word.strip_prefix("code="))
        .collect();
    codes.into_iter().collect::<Vec<_>>().join(", ")
}

/// A script of the node with all that it reads.
fn with_rooms(script: &str) -> String {
    let text = markdown::read(&format!("images/node/files{script}"));
    let rooms: String = text
        .lines()
        .filter_map(|line| line.strip_prefix(". "))
        .map(with_rooms)
        .collect();
    text + &rooms
}

#[test]
fn the_contract_has_every_status_line() {
    let documented = names(CONTRACT, "status line");
    let mut said = BTreeSet::new();
    for (name, text) in files(SCRIPTS) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let quoted = line
                .split("status \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            // What follows a variable is not known here; the words before it are.
            let said_here = quoted.map(|text| text.split('$').next().unwrap().trim_end());
            said.extend(said_here.map(|text| (name.clone(), text.to_owned())));
        }
    }
    for (name, text) in files(UNITS) {
        for value in settings(&text, "ExecStartPre") {
            let text = value.strip_prefix("/usr/libexec/kinc/status ");
            said.extend(text.map(|text| (name.clone(), text.to_owned())));
        }
    }
    assert!(said.len() > 6, "only found {said:?}");
    let is_documented = |text: &str| documented.iter().any(|line| line.starts_with(text));
    let missing: Vec<_> = said
        .iter()
        .filter(|(_, text)| *text != "failed:" && !is_documented(text))
        .collect();
    assert!(missing.is_empty(), "not in {CONTRACT}: {missing:?}");
}
