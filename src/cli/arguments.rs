//! The command line as types. The first line of each help text is an imperative.

mod options;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(crate) use crate::cli::arguments::options::{
    DataDir, Files, How, ListFormat, Merging, OptionalFiles, Prune, StatusFormat, Wait,
};

use crate::cli::exit;
use crate::model::cluster::ClusterName;
use crate::units::dialect::PodmanVersion;

/// Kubernetes clusters as systemd user services, on rootless Podman
///
/// Everything kinc makes is a Quadlet file below ~/.config/containers/systemd and an ordinary
/// user unit; systemctl and journalctl work on them as on any other.
#[derive(Debug, Parser)]
#[command(name = "kinc", version, propagate_version = true, max_term_width = 100)]
#[command(after_long_help = exit::help())]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make clusters as declared, and wait until they are ready
    ///
    /// Writes the units, reloads the systemd user manager, starts kinc-NAME-control-plane.service
    /// and follows it. Applying an unchanged, running cluster changes nothing. Before a node is
    /// restarted or a cluster deleted, you are asked.
    ///
    /// Files for kind (v1alpha4) are taken as `kinc convert` prints them, unless a node, a port, a
    /// mount or a family of addresses would be lost.
    ///
    /// Example: kinc apply -f clusters/ --prune
    Apply {
        #[command(flatten)]
        files: Files,
        #[command(flatten)]
        how: How,
        /// Say what would be done, as `kinc plan` does, and do nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        prune: Prune,
        #[command(flatten)]
        wait: Wait,
    },
    /// Say what an apply would do, and why; exit with 3 if anything
    ///
    /// For each cluster: the fields that are declared otherwise than before and what their change takes,
    /// where files, systemd and Podman are not as declared, and the files that would be written.
    /// Without files, the clusters that are there are looked at as they were declared.
    ///
    /// Example: kinc plan -f clusters/
    Plan {
        #[command(flatten)]
        files: OptionalFiles,
        #[command(flatten)]
        prune: Prune,
        /// The form of the answer
        #[arg(short, long, value_enum, default_value_t = StatusFormat::Text)]
        output: StatusFormat,
    },
    /// Show what an apply would change in files; exit with 3 if any
    ///
    /// Without files, the clusters that are there are looked at as they were declared.
    ///
    /// Example: kinc diff -f clusters/
    Diff {
        #[command(flatten)]
        files: OptionalFiles,
        #[command(flatten)]
        prune: Prune,
    },
    /// Make a cluster with default settings, and wait until it is ready
    ///
    /// The same as applying a declaration that gives nothing but the name. A cluster of that name
    /// keeps its settings, and is started if it is down.
    ///
    /// Example: kinc create dev
    Create {
        /// The cluster's name
        #[arg(default_value = "dev")]
        name: ClusterName,
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        wait: Wait,
    },
    /// Write the files of declared clusters, and touch nothing else
    ///
    /// Needs neither systemd nor Podman. Ports and subnets are chosen as on an empty host.
    ///
    /// Example: kinc render -f dev.yaml -o /tmp/rendered
    Render {
        #[command(flatten)]
        files: Files,
        /// The directory that gets a sub-directory for each cluster
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
        /// The Podman that is to read the files; `kinc apply` renders for the one of its host
        #[arg(long, value_name = "X.Y", default_value_t = PodmanVersion::NEWEST)]
        podman_version: PodmanVersion,
    },
    /// List the clusters
    #[command(visible_alias = "ls")]
    List {
        /// The form of the list
        #[arg(short, long, value_enum, default_value_t = ListFormat::Table)]
        output: ListFormat,
    },
    /// Show if a cluster is ready or degraded; exit with 3 unless ready
    ///
    /// Exits with 4 when there is no such cluster, as systemctl does for an unknown unit.
    ///
    /// The state is that of kinc-NAME-control-plane.service: ready, starting, stopping, stopped or
    /// failed; failed also when systemd refused the start. A cluster that is up and lacks something, such
    /// as disk space for etcd, is degraded. Pods that are still starting are shown: a cluster is ready as
    /// soon as a pod can run.
    Status {
        /// The cluster's name
        name: ClusterName,
        /// The form of the answer
        #[arg(short, long, value_enum, default_value_t = StatusFormat::Text)]
        output: StatusFormat,
    },
    /// Start a cluster, and wait until it is ready
    Start {
        /// The cluster's name
        name: ClusterName,
        #[command(flatten)]
        wait: Wait,
    },
    /// Stop a cluster; its data stays
    ///
    /// It starts again with the host, unless it is declared with `autostart: false`.
    Stop {
        /// The cluster's name
        name: ClusterName,
        #[command(flatten)]
        wait: Wait,
    },
    /// Restart a cluster, and wait until it is ready
    Restart {
        /// The cluster's name
        name: ClusterName,
        #[command(flatten)]
        wait: Wait,
    },
    /// Delete a cluster with its data
    ///
    /// Stops its units, then removes its container, data, volume, network, files and kubeconfig context.
    /// Drop-ins and other files of yours stay. Where there is no such cluster, there is nothing to do.
    Delete {
        /// The cluster's name
        name: ClusterName,
        #[command(flatten)]
        data_dir: DataDir,
        /// Delete all else when its data is not there: it is gone, or is to stay wherever it is
        #[arg(long)]
        ignore_missing_data: bool,
        /// Accepted for scripts: delete never asks
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        wait: Wait,
    },
    /// Print the administrator's kubeconfig of a cluster
    ///
    /// Merging goes about the files of KUBECONFIG, or ~/.kube/config, as kubectl does: by its lock, into the
    /// file that has the entry, through links, with mode and group kept. All other entries stay; comments
    /// do not, as with kubectl. `kinc delete` removes what is of the cluster, whatever its name.
    ///
    /// Example: kinc kubeconfig dev --merge && kubectl --context kinc-dev get nodes
    Kubeconfig {
        /// The cluster's name
        name: ClusterName,
        #[command(flatten)]
        merging: Merging,
    },
    /// Print the journal of a cluster's node, also of one that is down
    ///
    /// The log of the unit itself: journalctl --user -u kinc-NAME-control-plane
    Logs {
        /// The cluster's name
        name: ClusterName,
        /// Go on with new lines
        #[arg(short, long)]
        follow: bool,
        /// Only this many last lines
        #[arg(short = 'n', long, value_name = "N")]
        lines: Option<u32>,
        /// Only the lines of this unit in the node, such as kubelet or crio
        #[arg(short, long)]
        unit: Option<String>,
    },
    /// Take over a cluster whose declaration was lost, by its data
    ///
    /// Writes cluster.yaml in the cluster's directory, from the copy that is kept beside the data, and
    /// nothing else; the cluster goes on. `kinc apply` then writes the other files again. A cluster.yaml
    /// that cannot be read is kept as cluster.yaml.old-1.
    ///
    /// Example: kinc adopt dev && kinc plan
    Adopt {
        /// The cluster's name
        name: ClusterName,
        #[command(flatten)]
        data_dir: DataDir,
    },
    /// Print a declaration made of a configuration of kind or kipod
    ///
    /// Takes kind's v1alpha4, kipod's own configuration, and lines of NAME=VALUE, as the first kinc
    /// had it in its environment. What has no counterpart is named on standard error, at its line. What
    /// is printed can be applied.
    ///
    /// Example: kinc convert kind.yaml > web.yaml
    Convert {
        /// The file, or - for standard input
        file: PathBuf,
    },
    /// Explain a field of the declaration
    ///
    /// Without a field, all of them are listed.
    ///
    /// Example: kinc explain spec.networking.apiServerPort
    Explain {
        /// The field's path, or one above it
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
        /// Where the programs come from: `modules` builds them with Go, a directory has them already
        #[arg(long, value_name = "modules|DIR", default_value = "modules")]
        source: String,
        /// The Debian image to build on
        #[arg(long, value_name = "IMAGE", default_value = crate::edge::image::DEFAULT_BASE)]
        base: String,
    },
    /// Build the node's programs from Go modules; needs Go and a C compiler
    ///
    /// For `kinc image build --source DIR` on a host that has no compiler.
    Binaries {
        /// The directory that gets the programs
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
    fn a_delete_takes_the_yes_of_scripts_though_it_never_asks() {
        for yes in ["--yes", "-y"] {
            let arguments = Arguments::try_parse_from(["kinc", "delete", "dev", yes]);
            assert!(arguments.is_ok(), "{yes}");
        }
    }
}
