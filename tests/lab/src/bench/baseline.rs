//! The baseline that `create` is measured against: a bare `kubeadm init` as root.
//!
//! Same machine, same programs, images and kubeadm.conf, until the same conditions hold; but
//! no systemd user manager, no rootless network, no boot of a node, and none of kinc's units. The
//! clock runs in a machine that is already up, whose disk is the node image.

mod container;
mod machine;

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::host::{Host, Kind, OPS};

use container::Container;
use machine::Machine;

/// From CRI-O's start to the end.
const SCRIPT: &str = include_str!("baseline/baseline.sh");

/// The node of a cluster called `dev`.
const NODE: &str = "kinc-dev-control-plane";

/// Prints the image of that node.
const IMAGE: &str = "podman inspect --format '{{.ImageName}}' kinc-dev-control-plane";

/// Without an identity a boot would be the first one, which enables all units.
const MACHINE_ID: &str = "f1004f1004f1004f1004f1004f1004f1\n";

/// Where a bare control plane is started again for each sample.
#[derive(Debug)]
pub(super) enum Baseline {
    /// Beside the host, as a container like it.
    Machine(Machine),
    /// On the host and its kernel, which a machine beside it would not have.
    Container(Container),
}

impl Baseline {
    /// Prepares what all samples use, from the files of a host where a cluster `dev` runs.
    ///
    /// # Errors
    /// When a command fails.
    pub(super) fn prepare(host: &Host, kind: Kind) -> Result<Self> {
        Ok(match kind {
            Kind::Nspawn => Self::Machine(Machine::prepare(host)?),
            Kind::Uml => Self::Container(Container::prepare(host)?),
        })
    }

    /// Starts a bare control plane on empty volumes, and returns how long it took to be ready.
    ///
    /// # Errors
    /// When it does not boot or a step fails.
    pub(super) fn sample(&self) -> Result<Duration> {
        match self {
            Self::Machine(machine) => machine.sample(),
            Self::Container(container) => container.sample(),
        }
    }
}

/// What the script needs to know.
#[derive(Debug)]
struct Script {
    kubeadm: String,
    address: String,
}

impl Script {
    fn of(host: &Host) -> Result<Self> {
        let kubeadm = host
            .user(OPS)
            .run(&format!("podman exec {NODE} cat /etc/kinc/kubeadm.conf"))?
            .ok()?
            .stdout;
        let address = kubeadm
            .lines()
            .find_map(|line| line.trim().strip_prefix("advertiseAddress: "))
            .context("finding the node's address in kubeadm.conf")?
            .to_owned();
        Ok(Self { kubeadm, address })
    }

    fn arguments(&self) -> String {
        format!("{NODE} {} 10.244.0.0/24", self.address)
    }
}
