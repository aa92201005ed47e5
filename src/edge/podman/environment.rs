//! The environment of a Podman: what makes it another one, and how the user manager has it.
//!
//! Pure: maps in, changes out. A unit's Podman has the environment of the user manager; one that is
//! asked from a shell has the shell's, and may look into another store, or talk to another host.

use std::collections::BTreeMap;

use crate::edge::command::Variable;

/// An environment, by the names of its variables.
pub(crate) type Variables = BTreeMap<String, String>;

/// What makes a Podman another one: another store, another configuration, another host.
const PLACES: [&str; 10] = [
    "CONTAINERS_CONF",
    "CONTAINERS_CONF_OVERRIDE",
    "CONTAINERS_REGISTRIES_CONF",
    "CONTAINERS_STORAGE_CONF",
    "CONTAINER_CONNECTION",
    "CONTAINER_HOST",
    "STORAGE_DRIVER",
    "STORAGE_OPTS",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
];

/// What else Podman reads that is not to be the shell's. Without a runtime directory in the environment,
/// as in cron, it finds the same one.
const OTHERS: [&str; 6] = [
    "CONTAINER_SSHKEY",
    "REGISTRIES_CONFIG_PATH",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "_CONTAINERS_USERNS_CONFIGURED",
];

/// What our units do not have, whatever the manager has: a cluster is of this host and of this user.
const NEVER: [&str; 3] = ["CONTAINER_CONNECTION", "CONTAINER_HOST", "PODMAN_USERNS"];

/// Returns what is to change in the shell's environment for Podman to be the one of our units.
///
/// `PATH` becomes the manager's where a `podman` is in it, since that is the one that units run.
#[must_use]
pub(crate) fn as_in_units(
    shell: &Variables,
    manager: &Variables,
    has_podman: bool,
) -> Vec<Variable> {
    let names = PLACES.into_iter().chain(OTHERS).chain(NEVER);
    let all = shell.keys().chain(manager.keys()).map(String::as_str);
    let mut names: Vec<&str> = names
        .chain(all.filter(|name| name.starts_with("PODMAN_")))
        .chain(has_podman.then_some("PATH"))
        .collect();
    names.sort_unstable();
    names.dedup();
    let changes = names.into_iter().filter_map(|name| {
        let wanted = manager.get(name).filter(|_| !NEVER.contains(&name));
        (wanted != shell.get(name)).then(|| (name.to_owned(), wanted.cloned()))
    });
    changes.collect()
}

/// Returns what is to change where there is no manager to ask: Podman is the shell's, of this host.
#[must_use]
pub(crate) fn of_this_host() -> Vec<Variable> {
    NEVER.map(|name| (name.to_owned(), None)).into()
}

/// Returns the variables by which the shell's Podman is another one than that of our units.
#[must_use]
pub(crate) fn differing(shell: &Variables, manager: &Variables) -> Vec<&'static str> {
    let in_units = |name: &str| manager.get(name).filter(|_| !NEVER.contains(&name));
    let is_other = |name: &&str| {
        let (here, there) = (shell.get(*name), in_units(name));
        meant(name, here, shell) != meant(name, there, manager)
    };
    PLACES.into_iter().filter(is_other).collect()
}

/// Returns what a variable means: an empty one counts as unset, and one that is unset has a default.
fn meant(name: &str, value: Option<&String>, of: &Variables) -> Option<String> {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        return Some(value.trim_end_matches('/').to_owned());
    }
    let home = of.get("HOME").map_or("", |home| home.trim_end_matches('/'));
    match name {
        "XDG_CONFIG_HOME" => Some(format!("{home}/.config")),
        "XDG_DATA_HOME" => Some(format!("{home}/.local/share")),
        _ => None,
    }
}

/// Returns the warning for variables that differ; `None` if there are none.
#[must_use]
pub(crate) fn warning(differing: &[&str]) -> Option<String> {
    let (verb, names) = match differing {
        [] => return None,
        [one] => ("differs", format!("`{one}`")),
        several => ("differ", format!("`{}`", several.join("`, `"))),
    };
    Some(format!(
        "{names} in this shell {verb} from the systemd user manager, which runs the clusters: kinc \
         uses Podman as the clusters do, and `podman` in this shell may show other images and \
         containers"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn podman_runs_with_the_environment_of_the_manager() {
        let shell = variables(&[
            ("CONTAINER_HOST", "unix:///run/podman/podman.sock"),
            ("HOME", "/home/a"),
            ("LANG", "lt"),
            ("PATH", "/home/a/bin:/usr/bin"),
            ("PODMAN_NEW", "1"),
            ("TMPDIR", "/noexec"),
            ("XDG_DATA_HOME", "/big"),
            ("XDG_RUNTIME_DIR", "/run/user/1000"),
        ]);
        let manager = variables(&[
            ("HOME", "/home/a"),
            ("PATH", "/usr/bin"),
            ("PODMAN_USERNS", "keep-id"),
            ("CONTAINERS_STORAGE_CONF", "/etc/mine.conf"),
            ("XDG_RUNTIME_DIR", "/run/user/1000"),
        ]);
        let change = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        let mut expected = vec![
            change("CONTAINERS_STORAGE_CONF", Some("/etc/mine.conf")),
            change("CONTAINER_HOST", None),
            change("PODMAN_NEW", None),
            change("TMPDIR", None),
            change("XDG_DATA_HOME", None),
        ];
        assert_eq!(as_in_units(&shell, &manager, false), expected);
        expected.insert(2, change("PATH", Some("/usr/bin")));
        assert_eq!(as_in_units(&shell, &manager, true), expected);
    }

    /// Variables of a shell, and the names that the warning contains.
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

    #[test]
    fn differing_podman_settings_are_reported_unless_they_are_defaults() {
        let manager = [("HOME", "/home/a"), ("CONTAINER_HOST", "ssh://far")];
        let cases: [Case; 6] = [
            (&[], &[]),
            (&[("XDG_DATA_HOME", "/home/a/.local/share/")], &[]),
            (&[("XDG_DATA_HOME", "")], &[]),
            (&[("TMPDIR", "/big"), ("PODMAN_USERNS", "keep-id")], &[]),
            (&[("XDG_DATA_HOME", "/big")], &["XDG_DATA_HOME"]),
            // Units never have it.
            (&[("CONTAINER_HOST", "ssh://far")], &["CONTAINER_HOST"]),
        ];
        for (shell, expected) in cases {
            let mut all = vec![("HOME", "/home/a")];
            all.extend(shell);
            let told = differing(&variables(&all), &variables(&manager));
            assert_eq!(told, expected, "{shell:?}");
        }
    }

    #[test]
    fn the_warning_names_each_variable() {
        let rest = "in this shell differ from the systemd user manager, which runs the clusters: kinc \
                    uses Podman as the clusters do, and `podman` in this shell may show other images \
                    and containers";
        let expected = format!("`CONTAINER_HOST`, `XDG_DATA_HOME` {rest}");
        assert_eq!(
            warning(&["CONTAINER_HOST", "XDG_DATA_HOME"]),
            Some(expected)
        );
        assert_eq!(warning(&[]), None);
    }
}
