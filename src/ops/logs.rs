//! The node's own journal, from the running node or from the data of one that is down.

use anyhow::Result;

use crate::edge::fs;
use crate::edge::podman::Exec;
use crate::ops::{Context, ErrorWithHints, Target, data, first_control_plane, known};

/// Where the journal lies in the node's `/var`.
const JOURNAL: &str = "log/journal";

/// What to show of the journal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    /// Go on with new lines.
    pub follow: bool,
    /// The number of last lines; all of this boot when not given.
    pub lines: Option<u32>,
    /// Only the lines of this unit of the node.
    pub unit: Option<String>,
}

/// Prints the journal on our own standard output; returns whether journalctl was content.
///
/// # Errors
/// When there is no such cluster or node, or it has never been started.
pub(crate) async fn print(
    context: &Context,
    target: Target<'_>,
    selection: &Selection,
) -> Result<bool> {
    let cluster = target.cluster;
    let declared = known(context, cluster)?;
    let node = target.one(&declared)?;
    let options = options(selection);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    if context.podman.is_running(node.container()).await? {
        let command = [&["journalctl", "--no-pager", "--boot"], options.as_slice()].concat();
        let exec = Exec {
            container: node.container(),
            command: &command,
        };
        let shown = if selection.follow {
            context.podman.exec_followed(exec).await?
        } else {
            context.podman.exec_inherit(exec).await?
        };
        return Ok(shown.success());
    }
    let journal = data::directory(&declared, &node, "var").map(|var| var.join(JOURNAL));
    let is_there = journal.as_deref().map(fs::is_directory).transpose()?;
    let Some(journal) = journal.filter(|_| is_there == Some(true)) else {
        let what = if node == first_control_plane(&declared)? {
            format!("cluster `{cluster}`")
        } else {
            format!("node `{node}`")
        };
        return Err(
            ErrorWithHints::new(format!("{what} has never been started"))
                .hint(format!("kinc start {cluster}"))
                .into(),
        );
    };
    let journal = journal.display().to_string();
    // The last boot: the node is down, so the current one is not its own.
    let command = [
        "journalctl",
        "--no-pager",
        "--boot=0",
        "--directory",
        &journal,
    ];
    let command = [command.as_slice(), &options].concat();
    let shown = if selection.follow {
        context.podman.unshare_followed(&command).await?
    } else {
        context.podman.unshare_inherit(&command).await?
    };
    Ok(shown.success())
}

fn options(selection: &Selection) -> Vec<String> {
    let mut options = Vec::new();
    if selection.follow {
        options.push("--follow".to_owned());
    }
    if let Some(lines) = selection.lines {
        options.push(format!("--lines={lines}"));
    }
    if let Some(unit) = &selection.unit {
        options.push(format!("--unit={unit}"));
    }
    options
}
