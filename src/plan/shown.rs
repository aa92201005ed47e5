//! What is shown of a change of a file: its text, without what may be a secret.
//!
//! What is shown ends up on screens and in the logs of pipelines, so a text is only shown whole when it is
//! known to hold nothing that was laid into it.

use crate::declaration::schema;
use crate::declaration::yaml::{self, Node, Value};
use crate::resolve::CHANGED;
use crate::units::file_set::{CONTAINERS_CONF, Change, DECLARATION};
use crate::units::unit_names::{self, is_kubeadm_conf};

/// Stands for a value that may be secret.
const NOT_SHOWN: &str = "(not shown)";

/// Files that are mounted into a node and hold no secret, by what they are called.
const PUBLIC: [&str; 3] = ["ca", "registries", "units"];

/// Returns what may be shown of the text before a change, and of that after it; `None` if all that may
/// be said is that it changes.
///
/// `is_patched` returns whether kubeadm's configuration has patches, or had them: those are free texts.
#[must_use]
pub(crate) fn shown(change: &Change, is_patched: bool) -> Option<(String, String)> {
    let (old, new) = (change.old_text(), change.new_text());
    let texts = match change.path() {
        DECLARATION => declarations(old, new)?,
        path if is_kubeadm_conf(path) && is_patched => return None,
        path if is_kubeadm_conf(path) || is_public(path) || path == CONTAINERS_CONF => {
            (old.to_owned(), new.to_owned())
        }
        path if unit_names::is_quadlet(path) || unit_names::is_linked(path) => {
            (without_environment(old), without_environment(new))
        }
        _ => return None,
    };
    // What differs in nothing that is shown differs in what is not.
    (texts.0 != texts.1 || old == new).then_some(texts)
}

fn is_public(path: &str) -> bool {
    let what = unit_names::node_and_file(path).map(|(_, what)| what);
    let kind = what.and_then(|what| what.split('-').next());
    kind.is_some_and(|kind| PUBLIC.contains(&kind))
}

/// Returns units without the variables that are not ours: somebody has added them by hand.
fn without_environment(unit: &str) -> String {
    let line = |line: &str| match line.strip_prefix("Environment=") {
        Some(variable) if !variable.starts_with("KINC_") => {
            let name = variable.split('=').next().unwrap_or_default();
            format!("Environment={name}={NOT_SHOWN}\n")
        }
        _ => format!("{line}\n"),
    };
    unit.lines().map(line).collect()
}

/// Returns two declarations without the values that may be secret; `None` if one cannot be read.
fn declarations(old: &str, new: &str) -> Option<(String, String)> {
    let (mut old_tree, mut new_tree) = (yaml::parse(old).ok()?, yaml::parse(new).ok()?);
    let mut before = Vec::new();
    hide(&mut old_tree, &mut |path, value| {
        before.push((path.to_owned(), yaml::on_one_line(value)));
        NOT_SHOWN
    });
    let mut is_any = !before.is_empty();
    hide(&mut new_tree, &mut |path, value| {
        is_any = true;
        let is_same = before.contains(&(path.to_owned(), yaml::on_one_line(value)));
        if is_same { NOT_SHOWN } else { CHANGED }
    });
    if !is_any {
        return Some((old.to_owned(), new.to_owned()));
    }
    let text = |tree: &[Node]| -> String {
        let documents = tree.iter().map(|document| yaml::to_string(&document.value));
        documents.collect::<Vec<_>>().join("---\n")
    };
    Some((text(&old_tree), text(&new_tree)))
}

/// Puts words in the place of each value that may be secret, by its path and the value.
fn hide(tree: &mut [Node], words: &mut dyn FnMut(&str, &Value) -> &'static str) {
    for document in tree {
        each_sensitive(document, "", &mut |path, value| {
            *value = Value::from(words(path, value));
        });
    }
}

/// Gives each value that may be secret to a function, with its path.
fn each_sensitive(node: &mut Node, path: &str, with: &mut dyn FnMut(&str, &mut Value)) {
    match &mut node.value {
        Value::Mapping(entries) => {
            for entry in entries {
                let below = match path {
                    "" => entry.key.clone(),
                    path => format!("{path}.{}", entry.key),
                };
                if schema::is_sensitive(&below) {
                    with(&below, &mut entry.node.value);
                } else {
                    each_sensitive(&mut entry.node, &below, with);
                }
            }
        }
        Value::Sequence(items) => {
            for item in items {
                each_sensitive(item, &format!("{path}[]"), with);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::file_set::changed;

    fn declaration(port: u16, password: &str) -> String {
        format!(
            "# Generated\nspec:\n  nodes:\n  - role: control-plane\n    environment:\n      \
             HTTPS_PROXY: \"http://me:{password}@proxy\"\n  networking:\n    apiServerPort: {port}\n"
        )
    }

    #[test]
    fn a_declaration_is_shown_without_sensitive_values() {
        let shown = |port, password| {
            let (old, new) = (declaration(1, "old"), declaration(port, password));
            shown(&changed(DECLARATION, &old, &new), false)
        };
        let text = |port: u16, word: &str| {
            format!(
                "spec:\n  nodes:\n  - role: control-plane\n    environment: \"{word}\"\n  \
                 networking:\n    apiServerPort: {port}\n"
            )
        };
        assert_eq!(
            shown(2, "old"),
            Some((text(1, NOT_SHOWN), text(2, NOT_SHOWN)))
        );
        assert_eq!(
            shown(1, "new"),
            Some((text(1, NOT_SHOWN), text(1, "(changed)")))
        );
    }

    #[test]
    fn a_declaration_without_sensitive_values_is_shown_unchanged() {
        let (old, new) = ("# a\nspec: {storage: none}\n", "# b\nspec: {}\n");
        assert_eq!(
            shown(&changed(DECLARATION, old, new), false),
            Some((old.to_owned(), new.to_owned()))
        );
        let broken = changed(DECLARATION, "a: [", new);
        assert_eq!(shown(&broken, false), None);
    }

    #[test]
    fn only_files_without_sensitive_values_are_shown() {
        let is_shown = |path: &str, is_patched| shown(&changed(path, "a\n", "b\n"), is_patched);
        let whole = Some(("a\n".to_owned(), "b\n".to_owned()));
        let public = [
            "containers.conf",
            "kinc-dev.network",
            "kinc-dev.slice",
            "kinc-dev-resolver.timer",
            "kinc-dev-control-plane.container",
            "kinc-dev-control-plane.ca-0.file",
            "kinc-dev-control-plane.registries.file",
            "kinc-dev-control-plane.units.file",
        ];
        for path in public {
            assert_eq!(is_shown(path, true), whole, "{path}");
        }
        for path in ["kinc-dev-control-plane.kubeadm.conf", "a.kubeadm.conf"] {
            assert_eq!(is_shown(path, false), whole, "{path}");
            assert_eq!(is_shown(path, true), None, "{path}");
        }
        let private = [
            "kinc-dev-control-plane.environment.file",
            "kinc-dev-control-plane.manifest-0.file",
            "kinc-dev-control-plane.file-0.file",
            "kinc-dev-control-plane.unit-1.file",
            "kinc-dev-control-plane.crio-0.file",
            "kinc-dev-control-plane.scheduler.file",
            ".kinc-x.tmp",
        ];
        for path in private {
            assert_eq!(is_shown(path, false), None, "{path}");
        }
    }

    #[test]
    fn environment_variables_edited_into_a_unit_are_not_shown() {
        let unit = |password: &str| format!("Image=a\nEnvironment=PASSWORD={password}\n");
        let path = "kinc-dev-control-plane.container";
        assert_eq!(
            shown(
                &changed(path, &unit("x"), "Image=b\nEnvironment=KINC_CPU=1\n"),
                false
            ),
            Some((
                unit(NOT_SHOWN),
                "Image=b\nEnvironment=KINC_CPU=1\n".to_owned()
            ))
        );
        assert_eq!(shown(&changed(path, &unit("x"), &unit("y")), false), None);
    }
}
