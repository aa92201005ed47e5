//! The help of every verb as a file in `cli/help/`, so that a change of it is read before it is made.
//!
//! `UPDATE_GOLDEN=1 cargo test --test cli` rewrites them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use kinc::cli::Arguments;

use crate::run::Sandbox;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/help")
}

/// Returns the words of each verb, the program's own none among them.
fn verbs(command: &Command, before: &[String]) -> Vec<Vec<String>> {
    let mut all = vec![before.to_vec()];
    for verb in command
        .get_subcommands()
        .filter(|verb| verb.get_name() != "help")
    {
        let words = [before, &[verb.get_name().to_owned()]].concat();
        all.extend(verbs(verb, &words));
    }
    all
}

fn shown() -> BTreeMap<String, String> {
    let sandbox = Sandbox::new();
    let mut shown = BTreeMap::new();
    for words in verbs(&Arguments::command(), &[]) {
        let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        arguments.push("--help");
        let ran = sandbox.kinc(&arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{words:?}");
        let file = [&["kinc".to_owned()], words.as_slice()].concat().join("-");
        shown.insert(format!("{file}.txt"), ran.stdout);
    }
    shown
}

fn expected() -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(directory()) else {
        return BTreeMap::new();
    };
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

fn rewrite(shown: &BTreeMap<String, String>) {
    if directory().exists() {
        fs::remove_dir_all(directory()).unwrap();
    }
    fs::create_dir_all(directory()).unwrap();
    for (name, text) in shown {
        fs::write(directory().join(name), text).unwrap();
    }
}

#[test]
fn the_help_of_every_verb_matches_its_snapshot() {
    let shown = shown();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        rewrite(&shown);
    }
    let expected = expected();
    let names = |texts: &BTreeMap<String, String>| texts.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&shown),
        names(&expected),
        "UPDATE_GOLDEN=1 rewrites what is expected"
    );
    for (name, text) in &shown {
        let difference = similar::TextDiff::from_lines(expected[name].as_str(), text.as_str());
        let difference = difference
            .unified_diff()
            .header("expected", "shown")
            .to_string();
        assert_eq!(
            difference, "",
            "{name}: UPDATE_GOLDEN=1 rewrites what is expected"
        );
    }
}

#[test]
fn every_verb_is_described_in_less_than_a_line() {
    let command = Arguments::command();
    let described = command
        .get_subcommands()
        .map(|verb| (verb.get_name(), verb.get_about()));
    let long: Vec<_> = described
        .filter(|(_, about)| about.is_none_or(|about| about.to_string().len() > 65))
        .collect();
    assert!(long.is_empty(), "{long:?}");
}
