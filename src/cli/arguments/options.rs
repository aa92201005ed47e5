//! The options that verbs share, and the forms that an answer may have.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Files {
    /// A file of declarations, a directory of *.yaml and *.yml files, or - for standard input; may
    /// be given more than once
    #[arg(short = 'f', long = "file", value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct OptionalFiles {
    /// A file or directory of declarations, or - for standard input; may be given more than once
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Delete clusters that were declared in these files, and are no more
    #[arg(long, requires = "files")]
    pub(crate) prune: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DataDir {
    /// Where its data is, when not where its declaration says or, without one, where data goes by default
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
pub(crate) struct How {
    /// Restart and delete without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// How many clusters are brought up at the same time; as many as there are processors when not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) parallel: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct Merging {
    /// Add its context to your kubeconfig instead, and keep everything else in it
    #[arg(long)]
    pub(crate) merge: bool,
    /// The name of context, cluster and user; without it kinc-NAME, or the one that it has where it is merged
    #[arg(long, value_name = "CONTEXT", value_parser = context_name)]
    pub(crate) context: Option<String>,
    /// Make it the current context
    #[arg(long, requires = "merge")]
    pub(crate) set_current: bool,
}

/// Takes any name that kubectl takes, and that is seen on a line.
fn context_name(text: &str) -> Result<String, String> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err("a context has a name of one line".to_owned());
    }
    Ok(text.to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// How long to wait for a cluster, in seconds
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
