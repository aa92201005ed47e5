//! The encoders against Podman's own generator: nasty values in every class of keys.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use kinc::units::render::encode;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::generator::{Generator, generators};
use crate::{nasty, systemd};

/// How many values are tried in each class.
const VALUES: usize = 100;

/// A kind of key, the option that Podman makes of it, and its encoder.
type Class = (
    &'static str,
    &'static str,
    fn(&str) -> Result<String, String>,
);

const CLASSES: [Class; 4] = [
    ("DNSOption=", "--dns-option", encode::line),
    ("Sysctl=", "--sysctl", encode::word),
    ("PodmanArgs=", "", encode::argument),
    ("Annotation=", "--annotation", encode::value),
];

/// Returns values that an encoder accepts, a long one among them; the same ones in each run.
fn accepted(encode: fn(&str) -> Result<String, String>) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let texts = nasty::text().prop_filter("an encoder refuses it", move |text| {
        // All arguments together may not be longer than what a kernel takes.
        encode(text).is_ok() && text.len() < 1000
    });
    let mut value = || texts.new_tree(&mut runner).unwrap().current();
    let mut values: Vec<String> = (0..VALUES).map(|_| value()).collect();
    values.push("a\"'%$\\ é".repeat(3000));
    values
}

/// Writes a unit with the values of all classes, and returns the options that they become.
fn write_unit(directory: &Path) -> Vec<(&'static str, String)> {
    let mut unit = String::from("[Container]\nImage=localhost/a:b\n");
    let mut expected = Vec::new();
    for (key, option, encode) in CLASSES {
        for (number, value) in accepted(encode).into_iter().enumerate() {
            let encoded = encode(&value).unwrap();
            let name = if key == "Annotation=" {
                format!("k{number:03}=")
            } else {
                String::new()
            };
            let _ = writeln!(unit, "{key}{name}{encoded}");
            expected.push((option, name + &value));
        }
    }
    fs::write(directory.join("nasty.container"), unit).unwrap();
    expected
}

/// Writes a unit for each value of a key that can have but one, and returns the values.
fn write_units_of_one(directory: &Path) -> Vec<String> {
    let values = accepted(encode::text);
    for (number, value) in values.iter().enumerate() {
        let encoded = encode::text(value).unwrap();
        let unit = format!("[Container]\nImage=localhost/a:b\nTimezone={encoded}\n");
        fs::write(directory.join(format!("one-{number:03}.container")), unit).unwrap();
    }
    values
}

/// Returns the arguments of the only command of a unit.
fn started(unit: &str) -> Vec<String> {
    let lines: Vec<&str> = unit
        .lines()
        .filter_map(|line| line.strip_prefix("ExecStart="))
        .collect();
    assert_eq!(lines.len(), 1, "{unit}");
    let mut commands = systemd::commands(lines[0]).unwrap_or_else(|| panic!("{}", lines[0]));
    assert_eq!(commands.len(), 1, "{unit}");
    commands.remove(0)
}

/// Takes an option out of arguments, in either of the ways to write it, and returns whether it is
/// there.
fn take(arguments: &mut Vec<String>, option: &str, value: &str) -> bool {
    let joined = match option {
        "" => value.to_owned(),
        option => format!("{option}={value}"),
    };
    if let Some(index) = arguments.iter().position(|other| *other == joined) {
        arguments.remove(index);
        return true;
    }
    let pair = arguments
        .windows(2)
        .position(|pair| pair == [option, value]);
    pair.map(|index| arguments.drain(index..index + 2))
        .is_some()
}

/// Returns the groups and keys of a unit, without the copies of its source, which systemd skips.
fn keys(unit: &str) -> Vec<&str> {
    let lines = unit
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut skipped = false;
    lines
        .filter(|line| {
            if line.starts_with('[') {
                skipped = line.starts_with("[X-");
            }
            !skipped
        })
        .map(|line| line.split('=').next().unwrap())
        .collect()
}

/// Returns each unit that the generator prints, by its name.
fn units(generator: &Generator, directory: &Path) -> Vec<(String, String)> {
    let answer = generator.dry_run(directory);
    assert!(
        answer.success && !answer.stderr.contains("Warning"),
        "{}",
        answer.stderr
    );
    let mut found: Vec<(String, String)> = answer
        .stdout
        .split("\n---")
        .map(|part| part.trim_start_matches("---"))
        .filter_map(|part| part.split_once("---\n"))
        .map(|(name, unit)| (name.to_owned(), unit.to_owned()))
        .collect();
    found.sort();
    found
}

#[test]
fn every_value_reaches_its_command_unchanged() {
    for generator in generators() {
        let directory = tempfile::tempdir().unwrap();
        let expected = write_unit(directory.path());
        let tame = "[Container]\nImage=localhost/a:b\n";
        fs::write(directory.path().join("tame.container"), tame).unwrap();
        let units = units(&generator, directory.path());
        let names: Vec<&str> = units.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["nasty.service", "tame.service"]);
        let [nasty, tame] = [0, 1].map(|index| units[index].1.as_str());
        assert_eq!(keys(nasty), keys(tame), "{}", generator.path.display());
        let mut found = started(nasty);
        let mut missing = expected;
        missing.retain(|(option, value)| !take(&mut found, option, value));
        assert_eq!(missing, [], "{}", generator.path.display());
        // What is left is Podman's own; its names are those of the unit, of which both are `N`.
        let tame = started(tame);
        assert_eq!(found, tame, "{}", generator.path.display());
    }
}

#[test]
fn every_value_of_a_single_key_reaches_its_command() {
    for generator in generators() {
        let directory = tempfile::tempdir().unwrap();
        let expected = write_units_of_one(directory.path());
        let units = units(&generator, directory.path());
        assert_eq!(units.len(), expected.len(), "{}", generator.path.display());
        for ((_, unit), value) in units.iter().zip(expected) {
            let taken = take(&mut started(unit), "--tz", &value);
            assert!(
                taken,
                "{}: {value:?} is not in\n{unit}",
                generator.path.display()
            );
        }
    }
}
