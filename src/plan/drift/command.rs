//! The command that made a container, beside the one that systemd has loaded.

use crate::plan::drift::FoundNode;
use crate::plan::impact::is_live_variable;

/// Returns how the command that made the container differs from the one that systemd has loaded.
pub(super) fn differences(node: &FoundNode) -> Vec<String> {
    let loaded = options(&node.unit.exec_start);
    // Without an answer of systemd there is nothing to compare with.
    let Some(container) = node.container.as_ref().filter(|_| !loaded.is_empty()) else {
        return Vec::new();
    };
    let now = options(&container.command);
    let only = |here: &[String], there: &[String]| -> Vec<String> {
        let missing = here.iter().filter(|option| !there.contains(option));
        missing
            .map(|option| format!("`{}`", without_value(option)))
            .collect()
    };
    [
        ("with", only(&now, &loaded)),
        ("without", only(&loaded, &now)),
    ]
    .into_iter()
    .filter(|(_, options)| !options.is_empty())
    .map(|(word, options)| format!("the node runs {word} {}", options.join(", ")))
    .collect()
}

/// Returns an option as it is shown: of a variable the name alone, since its value may be a secret that
/// an operator's drop-in gives the node.
fn without_value(option: &str) -> String {
    let variable = ["--env ", "--env=", "-e "]
        .iter()
        .find_map(|flag| option.strip_prefix(flag));
    match variable.and_then(|variable| variable.split_once('=')) {
        Some((_, value)) => format!("{}…", option.trim_end_matches(value)),
        None => option.to_owned(),
    }
}

/// Returns the options of a command line, each with its value, and without the program.
fn options(command: &[String]) -> Vec<String> {
    let mut options: Vec<String> = Vec::new();
    for word in command.iter().skip(1) {
        // systemd has undone its own doubling only where it starts the program.
        let word = word.replace("$$", "$");
        match options.last_mut() {
            Some(last)
                if last.starts_with('-')
                    && !last.contains([' ', '='])
                    && !word.starts_with('-') =>
            {
                last.push(' ');
                last.push_str(&word);
            }
            _ => options.push(word),
        }
    }
    options.retain(|option| !is_live_variable(option));
    options
}
