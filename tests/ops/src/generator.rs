//! The generator: its version, and what it would make of a directory.

use std::env;
use std::path::{Path, PathBuf};

use kinc_ops::quadlet;
use kinc_ops::store::Store;

use crate::Answer;

pub(crate) fn answer(store: &Store, place: &Path, arguments: &[String]) -> Answer {
    let words: Vec<&str> = arguments
        .iter()
        .map(|word| word.trim_start_matches('-'))
        .collect();
    match words.as_slice() {
        ["version"] => Answer::well(format!("{}.0\n", store.version())),
        ["dryrun", "user"] | ["user", "dryrun"] => {
            let own = || place.join("config/containers/systemd");
            let directory = env::var_os("QUADLET_UNIT_DIRS").map_or_else(own, PathBuf::from);
            let units = quadlet::units(&directory).into_values();
            let printed = units.map(|unit| format!("---{}---\n{}\n", unit.name, unit.text()));
            Answer::well(printed.collect::<String>())
        }
        _ => Answer::badly(2, "flag provided but not defined\n"),
    }
}
