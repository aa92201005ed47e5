//! Podman: the commands that kinc gives it, with the words and statuses of the real one.

use std::process::Command;

use kinc_ops::store::Store;
use serde_json::{Value, json};

use crate::{Answer, kubectl};

/// What there is of each kind to ask for.
const KINDS: [&str; 4] = ["container", "image", "network", "volume"];

pub(crate) fn answer(store: &Store, arguments: &[String]) -> Answer {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["version", ..] => Answer::well(store.recorded("version.json").to_string()),
        ["info", ..] => Answer::well(store.recorded("info.json").to_string()),
        ["exec", container, command @ ..] => exec(store, container, command),
        ["run", ..] => Answer::well(""),
        ["inspect", names @ ..] => inspect_any(store, names),
        ["unshare", "cat", "/proc/self/mountinfo"] => Answer::well(store.mounts()),
        ["unshare", program, arguments @ ..] => unshare(program, arguments),
        [kind, verb, rest @ ..] if KINDS.contains(kind) => of_kind(store, kind, verb, rest),
        _ => Answer::badly(
            125,
            format!("Error: unrecognized command `podman {words:?}`\n"),
        ),
    }
}

fn of_kind(store: &Store, kind: &str, verb: &str, rest: &[&str]) -> Answer {
    match (verb, rest) {
        ("exists", [name]) if store.get(kind, name).is_some() => Answer::well(""),
        ("exists", [_]) => Answer::badly(1, ""),
        ("ls", options) => list(store, kind, options),
        ("inspect", names) => inspect(store, kind, names),
        ("rm", ["--force", name] | [name]) => remove(store, kind, name),
        _ => Answer::badly(
            125,
            format!("Error: unknown: podman {kind} {verb} {rest:?}\n"),
        ),
    }
}

/// The value of an option, be it a word of its own or not.
fn option<'a>(options: &[&'a str], name: &str) -> Option<&'a str> {
    let at = options.iter().position(|option| *option == name);
    at.and_then(|at| options.get(at + 1).copied()).or_else(|| {
        options
            .iter()
            .find_map(|one| one.strip_prefix(name)?.strip_prefix('='))
    })
}

fn list(store: &Store, kind: &str, options: &[&str]) -> Answer {
    let label = option(options, "--filter").and_then(|filter| filter.strip_prefix("label="));
    let has_label = |name: &String| {
        let Some(label) = label else {
            return true;
        };
        let labels = store.labels(kind, name);
        match label.split_once('=') {
            Some((key, value)) => labels.get(key).is_some_and(|there| there == value),
            None => labels.contains_key(label),
        }
    };
    let mut names = store.names(kind);
    names.retain(has_label);
    match option(options, "--format") {
        Some("json") => {
            let objects = names.iter().filter_map(|name| store.shown(kind, name));
            Answer::well(objects.collect::<Value>().to_string())
        }
        Some(format) => Answer::badly(125, format!("Error: format {format}\n")),
        None => {
            names.push(String::new());
            Answer::well(names.join("\n"))
        }
    }
}

fn inspect(store: &Store, kind: &str, names: &[&str]) -> Answer {
    let is_there = |name: &&&str| store.get(kind, name).is_some();
    let (there, absent): (Vec<&str>, Vec<&str>) = names.iter().partition(is_there);
    let shown = there.iter().filter_map(|name| store.shown(kind, name));
    let words: Vec<String> = absent
        .iter()
        .map(|name| match kind {
            "image" => format!("Error: {name}: image not known\n"),
            "network" => format!(
                "Error: network {name}: unable to find network with name or ID {name}: \
                 network not found\n"
            ),
            _ => format!("Error: no such {kind} {name}\n"),
        })
        .collect();
    Answer {
        status: if absent.is_empty() { 0 } else { 125 },
        stdout: shown.collect::<Value>().to_string(),
        stderr: words.concat(),
    }
}

/// As Podman looks for a name that may be of anything: a volume is found by the beginning of its name.
fn inspect_any(store: &Store, names: &[&str]) -> Answer {
    let exact = |kind: &str, name: &str| store.shown(kind, name);
    let volume = |name: &str| {
        let volumes = store.names("volume").into_iter();
        let mut found = volumes.filter(|volume| volume.starts_with(name));
        exact("volume", &found.next()?)
    };
    let any = |name: &str| {
        exact("container", name)
            .or_else(|| exact("image", name))
            .or_else(|| volume(name))
            .or_else(|| exact("network", name))
    };
    let found = names.iter().map(|name| any(name));
    let absent = names.iter().filter(|name| any(name).is_none());
    let words: Vec<String> = absent
        .map(|name| format!("Error: no such object: \"{name}\"\n"))
        .collect();
    Answer {
        status: if words.is_empty() { 0 } else { 125 },
        stdout: found.flatten().collect::<Value>().to_string(),
        stderr: words.concat(),
    }
}

fn remove(store: &Store, kind: &str, name: &str) -> Answer {
    let has_it = |container: &String| {
        let container = store.get("container", container).unwrap_or_default();
        let key = if kind == "network" {
            "Networks"
        } else {
            "Volumes"
        };
        let used = container["StandIn"][key].as_array().cloned();
        used.is_some_and(|used| used.contains(&json!(name)))
    };
    let holder = store.names("container").into_iter().find(has_it);
    match (kind, holder) {
        ("volume", Some(holder)) => Answer::badly(
            2,
            format!(
                "Error: volume {name} is being used by the following container(s): {holder}: \
                 volume is being used\n"
            ),
        ),
        ("network", Some(_)) => Answer::badly(
            2,
            format!(
                "Error: \"{name}\" has associated containers with it. Use -f to forcibly delete \
                 containers and pods: network is being used\n"
            ),
        ),
        _ if store.remove(kind, name) => Answer::well(format!("{name}\n")),
        _ => Answer::badly(1, format!("Error: no {kind} with name \"{name}\" found\n")),
    }
}

fn exec(store: &Store, container: &str, command: &[&str]) -> Answer {
    if store.get("container", container).is_none() {
        let words = format!("Error: no container with name or ID \"{container}\" found\n");
        return Answer::badly(125, words);
    }
    kubectl::answer(store, command)
}

fn unshare(program: &str, arguments: &[&str]) -> Answer {
    let output = Command::new(program).args(arguments).output().unwrap();
    Answer {
        status: u8::try_from(output.status.code().unwrap_or(1)).unwrap_or(1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
