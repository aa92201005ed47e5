//! The command line as types. Each help text starts with an imperative.

mod options;

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};

pub(crate) use crate::cli::arguments::options::{
    ApplyArgs, DataDir, Files, ListFormat, Merging, OneNode, OptionalFiles, Prune, Removal,
    StatusFormat, Wait,
};

use crate::cli::exit;
use crate::model::cluster::ClusterName;
use crate::units::dialect::PodmanVersion;

/// Kubernetes clusters as systemd user services, on rootless Podman
///
/// kinc writes Quadlet files below ~/.config/containers/systemd. They become ordinary systemd user
/// units, which you can manage with systemctl and journalctl.
#[derive(Debug, Parser)]
#[command(name = "kinc", version, propagate_version = true, max_term_width = 100)]
#[command(after_long_help = exit::help())]
pub struct Arguments {
    /// Show each program run and each D-Bus call with its time; -vv shows more
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Create or update clusters, and wait until they are ready
    ///
    /// Writes the unit files, reloads the systemd user manager, starts
    /// the services of the nodes and waits for them. If nothing has changed and the cluster is running,
    /// apply does nothing. A node that is no longer declared is drained and removed with its data.
    /// Apply asks before it restarts or removes a node, or deletes a cluster.
    ///
    /// Also accepts configuration files of kind (v1alpha4), converted as by `kinc convert`, unless
    /// that would drop a node, a port, a mount or an IP family.
    ///
    /// Example: kinc apply -f clusters/ --prune
    Apply {
        #[command(flatten)]
        files: Files,
        #[command(flatten)]
        how: ApplyArgs,
        /// Only show what would be done, as `kinc plan` does
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        prune: Prune,
        #[command(flatten)]
        removal: Removal,
        #[command(flatten)]
        wait: Wait,
    },
    /// Show what apply would do and why; exit with 3 on changes
    ///
    /// For each cluster, lists the changed fields and whether they need a restart, the drift of
    /// files, systemd and Podman from the declaration, and the files that would be written. Without
    /// -f, compares the existing clusters with their last applied declaration.
    ///
    /// Example: kinc plan -f clusters/
    Plan {
        #[command(flatten)]
        files: OptionalFiles,
        #[command(flatten)]
        prune: Prune,
        /// Output format
        #[arg(short, long, value_enum, default_value_t = StatusFormat::Text)]
        output: StatusFormat,
    },
    /// Show how apply would change files; exit with 3 on changes
    ///
    /// Without -f, compares the existing clusters with their last applied declaration.
    ///
    /// Example: kinc diff -f clusters/
    Diff {
        #[command(flatten)]
        files: OptionalFiles,
        #[command(flatten)]
        prune: Prune,
    },
    /// Create a default cluster, and wait until it is ready
    ///
    /// Same as applying a declaration that sets only the name. An existing cluster keeps its
    /// settings, and is started if it is stopped.
    ///
    /// Example: kinc create dev
    Create {
        /// Name of the cluster
        #[arg(default_value = "dev")]
        name: ClusterName,
        #[command(flatten)]
        how: ApplyArgs,
        #[command(flatten)]
        wait: Wait,
    },
    /// Render unit files into a directory without applying them
    ///
    /// Needs neither systemd nor Podman. Chooses ports and subnets as on a host without clusters.
    ///
    /// Example: kinc render -f dev.yaml -o /tmp/rendered
    Render {
        #[command(flatten)]
        files: Files,
        /// Directory to write to; each cluster gets a subdirectory
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
        /// Podman version to render for; `kinc apply` uses the version on the host
        #[arg(long, value_name = "X.Y", default_value_t = PodmanVersion::NEWEST)]
        podman_version: PodmanVersion,
    },
    /// List clusters
    #[command(visible_alias = "ls")]
    List {
        /// Output format
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        output: ListFormat,
    },
    /// Show the state of a cluster; exit with 3 unless it is ready
    ///
    /// Exits with 4 if the cluster does not exist, as systemctl does for an unknown unit.
    ///
    /// The state is that of the services of its nodes, such as kinc-NAME-control-plane.service: ready,
    /// starting, stopping, stopped or failed, also if systemd refused the start. A running cluster with
    /// a problem, such as no disk space for etcd, or with a node that is not ready, is degraded. While no
    /// node is up, the state is failed if one is, else starting if one is. A cluster is ready as soon as
    /// pods can run; system pods that are still starting are listed.
    ///
    /// With --node, prints the state of that node alone, and exits with 3 unless it is ready.
    Status {
        /// Name of the cluster
        name: ClusterName,
        #[command(flatten)]
        node: OneNode,
        /// Output format
        #[arg(short, long, value_enum, default_value_t = StatusFormat::Text)]
        output: StatusFormat,
    },
    /// Start a cluster, and wait until it is ready
    Start {
        /// Name of the cluster
        name: ClusterName,
        #[command(flatten)]
        node: OneNode,
        #[command(flatten)]
        wait: Wait,
    },
    /// Stop a cluster and keep its data
    ///
    /// It starts again when the host boots, unless its declaration has `autostart: false`.
    Stop {
        /// Name of the cluster
        name: ClusterName,
        #[command(flatten)]
        node: OneNode,
        #[command(flatten)]
        wait: Wait,
    },
    /// Restart a cluster, and wait until it is ready
    Restart {
        /// Name of the cluster
        name: ClusterName,
        #[command(flatten)]
        node: OneNode,
        #[command(flatten)]
        wait: Wait,
    },
    /// Delete a cluster and its data
    ///
    /// Stops its units, then removes its container, data, volume, network, files and kubeconfig
    /// context. Keeps your drop-ins and other files. Does nothing if the cluster does not exist.
    Delete {
        /// Name of the cluster
        name: ClusterName,
        #[command(flatten)]
        data_dir: DataDir,
        /// Delete everything else even if the data is missing or was moved
        #[arg(long)]
        ignore_missing_data: bool,
        /// Accepted for scripts; delete never asks
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        wait: Wait,
    },
    /// Print a cluster's admin kubeconfig, or merge it into yours
    ///
    /// --merge writes to the files in KUBECONFIG, or to ~/.kube/config, as kubectl does: it takes
    /// kubectl's lock, updates the file that has the entry, follows links, and keeps mode and group.
    /// Other entries stay; comments are lost, as with kubectl. `kinc delete` removes the entries of
    /// the cluster, whatever their names.
    ///
    /// Example: kinc kubeconfig dev --merge && kubectl --context kinc-dev get nodes
    Kubeconfig {
        /// Name of the cluster
        name: ClusterName,
        #[command(flatten)]
        merging: Merging,
    },
    /// Print the journal of a cluster's node, even if it is down
    ///
    /// Without --node, that of the first control plane.
    ///
    /// For the log of the unit on the host: journalctl --user -u kinc-NAME-control-plane
    Logs {
        /// Name of the cluster
        name: ClusterName,
        #[command(flatten)]
        node: OneNode,
        /// Print new lines as they arrive
        #[arg(short, long)]
        follow: bool,
        /// Print only the last N lines
        #[arg(short = 'n', long, value_name = "N")]
        lines: Option<u32>,
        /// Print only the log of this unit in the node, such as kubelet or crio
        #[arg(short, long)]
        unit: Option<String>,
    },
    /// Recreate a lost cluster.yaml from the copy beside the data
    ///
    /// Writes only cluster.yaml; the cluster keeps running. Run `kinc apply` next to write the other
    /// files. A cluster.yaml that cannot be read is kept as cluster.yaml.old-1.
    ///
    /// Example: kinc adopt dev && kinc plan
    Adopt {
        /// Name of the cluster
        name: ClusterName,
        #[command(flatten)]
        data_dir: DataDir,
    },
    /// Convert a kind or kipod configuration to a declaration
    ///
    /// Reads kind's v1alpha4, kipod's configuration, and NAME=VALUE lines as in the environment of
    /// the first kinc. Prints a declaration that can be applied, and warns about each line that has
    /// no equivalent.
    ///
    /// Example: kinc convert kind.yaml > web.yaml
    Convert {
        /// File to convert, or - for standard input
        file: PathBuf,
    },
    /// Explain a field of the declaration
    ///
    /// Without a field, lists all of them.
    ///
    /// Example: kinc explain spec.networking.apiServerPort
    Explain {
        /// Path of a field or of a group of fields
        #[arg(default_value = "")]
        field: String,
    },
    /// Print the JSON Schema of the declaration, for editors
    ///
    /// Example: kinc schema > kinc.schema.json
    Schema,
    /// Build the node image
    #[command(subcommand)]
    Image(ImageVerb),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImageVerb {
    /// Build the node image with Podman
    ///
    /// Example: kinc image build --source modules
    Build {
        /// Source of the programs: `modules` builds them with Go, a directory contains them already
        #[arg(long, value_name = "modules|DIR", default_value = "modules")]
        source: String,
        /// Debian image to build on
        #[arg(long, value_name = "IMAGE", default_value = crate::edge::image::DEFAULT_BASE)]
        base: String,
    },
    /// Build the node's programs from Go modules; needs Go and a C compiler
    ///
    /// For `kinc image build --source DIR` on a host without a compiler.
    Binaries {
        /// Directory to write the programs to
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn delete_accepts_yes_although_it_never_asks() {
        for yes in ["--yes", "-y"] {
            let arguments = Arguments::try_parse_from(["kinc", "delete", "dev", yes]);
            assert!(arguments.is_ok(), "{yes}");
        }
    }
}
