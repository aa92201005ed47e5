//! Options that several verbs share, and the output formats.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::model::cluster::ClusterName;
use crate::ops::Target;

#[derive(Debug, Args)]
pub(crate) struct Files {
    /// File of declarations, directory of *.yaml and *.yml files, or - for standard input;
    /// repeatable
    #[arg(short = 'f', long = "file", value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct OptionalFiles {
    /// File or directory of declarations, or - for standard input; repeatable
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Delete clusters that were declared in these files but no longer are
    #[arg(long, requires = "files")]
    pub(crate) prune: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DataDir {
    /// Directory of the data, if it is not where the declaration or the default says
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl DataDir {
    /// Returns the directory as an absolute path.
    pub(crate) fn path(&self) -> std::io::Result<Option<PathBuf>> {
        self.data_dir
            .as_deref()
            .map(std::path::absolute)
            .transpose()
    }
}

#[derive(Debug, Args)]
pub(crate) struct OneNode {
    /// Only this node, such as worker2
    #[arg(long, value_name = "NODE")]
    node: Option<String>,
}

impl OneNode {
    /// Returns the node of a cluster, or all of it.
    pub(crate) fn of<'a>(&'a self, cluster: &'a ClusterName) -> Target<'a> {
        let node = self.node.as_deref();
        Target { cluster, node }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// Restart and delete without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Number of clusters to start at the same time [default: number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) parallel: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct Removal {
    /// Remove nodes although volumes of claims are on them, with the claims and their data
    #[arg(long)]
    pub(crate) delete_local_data: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Merging {
    /// Add the context to your kubeconfig instead of printing it
    #[arg(long)]
    pub(crate) merge: bool,
    /// Name of context, cluster and user [default: the merged name, or kinc-NAME]
    #[arg(long, value_name = "CONTEXT", value_parser = context_name)]
    pub(crate) context: Option<String>,
    /// Make it the current context
    #[arg(long, requires = "merge")]
    pub(crate) set_current: bool,
}

/// Accepts any name that kubectl accepts and that prints on one line.
fn context_name(text: &str) -> Result<String, String> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err("expected a name without control characters".to_owned());
    }
    Ok(text.to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// Seconds to wait for each cluster
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

impl Wait {
    /// Returns the longest wait.
    pub(crate) fn limits(&self) -> crate::ops::Limits {
        crate::ops::Limits {
            wait: Duration::from_secs(self.timeout),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// Columns for people
    Table,
    /// A JSON array
    Json,
    /// One name a line
    Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusFormat {
    /// Text for people
    Text,
    /// A JSON object
    Json,
}
