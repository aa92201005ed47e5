//! The bare control plane in a second container beside the host.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{IMAGE, MACHINE_ID, SCRIPT, Script};
use crate::exec::{Shell, Transport};
use crate::host::{Host, OPS};
use crate::machine::Running;
use crate::nspawn::{self, Launch};
use crate::{command, fs, paths, wait};

/// Time for the machine to be up; measured under 1 s.
const BOOT_LIMIT: Duration = Duration::from_secs(30);

/// The lab's settings for hosts without cgroup controllers, and where a node has them.
const SETTINGS: [(&str, &str); 3] = [
    ("crio.conf", "etc/crio/crio.conf.d/50-no-controllers.conf"),
    ("crun-no-cgroup", "etc/kinc/crun-no-cgroup"),
    (
        "kubelet.conf",
        "etc/kinc/kubelet.conf.d/50-no-controllers.conf",
    ),
];

/// A disk from which a bare control plane is started again for each sample.
#[derive(Debug)]
pub(in crate::bench) struct Machine {
    directory: PathBuf,
    script: Script,
}

impl Machine {
    /// Lays out the disk: the files of the node image of `host`, where a cluster `dev` runs.
    ///
    /// # Errors
    /// When a command fails.
    pub(super) fn prepare(host: &Host) -> Result<Self> {
        let ops = host.user(OPS);
        ops.run(&format!(
            "podman create --name baseline \"$({IMAGE})\" \
             && podman export baseline > baseline.tar && podman rm baseline"
        ))?
        .ok()?;
        let directory = host.directory().join("baseline");
        let disk = directory.join("disk");
        let archive = host.directory().join("home/ops/baseline.tar");
        fs::create_dir(&disk)?;
        let mut tar = command::program("tar");
        tar.args(["--extract", "--numeric-owner", "--file"])
            .arg(&archive);
        command::capture(tar.arg("--directory").arg(&disk))?;
        ops.run("rm baseline.tar")?.ok()?;
        let script = Script::of(host)?;
        configure(&disk, &script.kubeadm)?;
        Ok(Self { directory, script })
    }

    /// Starts a bare control plane on empty volumes, and returns how long it took to be ready.
    ///
    /// # Errors
    /// When it does not boot or a step fails.
    pub(super) fn sample(&self) -> Result<Duration> {
        for part in ["upper", "work", "root", "var", "kubernetes"] {
            fs::remove_tree(&self.directory.join(part))?;
            fs::create_dir(&self.directory.join(part))?;
        }
        fs::write(&self.directory.join("var/machine-id"), MACHINE_ID)?;
        let running = nspawn::start(&self.launch(), &self.directory.join("console.log"))?;
        let took = self.measure(&running);
        running.kill()?;
        took
    }

    /// Waits for a started machine, and returns how long its control plane took from then on.
    fn measure(&self, running: &Running) -> Result<Duration> {
        let root = Shell::new(
            "baseline",
            Some(Transport::Namespaces(running.leader)),
            "root",
        );
        wait::until("the bare machine is up", BOOT_LIMIT, || {
            root.succeeds("systemctl is-active --quiet multi-user.target")
        })?;
        let bash = format!("bash -s {}", self.script.arguments());
        let started = root.with_stdin(SCRIPT).run(&bash)?.ok()?;
        Ok(started.elapsed)
    }

    fn launch(&self) -> Launch {
        let own = |part: &str, to: &str| (self.directory.join(part), to.to_owned());
        Launch {
            name: "baseline".to_owned(),
            lower: self.directory.join("disk"),
            directory: self.directory.clone(),
            // Where kinc's volumes are. Layers of containers cannot lie on the overlay.
            binds: vec![own("var", "/var"), own("kubernetes", "/etc/kubernetes")],
            shares: Vec::new(),
            user_namespace: true,
        }
    }
}

/// Takes kinc's units out of the disk, and puts the configuration in.
fn configure(disk: &Path, kubeadm: &str) -> Result<()> {
    fs::write(&disk.join("etc/kinc/kubeadm.conf"), kubeadm)?;
    for (name, path) in SETTINGS {
        let from = paths::file("home/.config/kinc-lab").join(name);
        let to = disk.join(path);
        fs::create_dir(to.parent().context("a file at the root")?)?;
        fs::copy(&from, &to)?;
    }
    let units = disk.join("etc/systemd/system");
    fs::remove_tree(&units.join("multi-user.target.wants"))?;
    // CRI-O and kubelet ask for it, and it would end a machine that is none of kinc's nodes.
    let mut mask = command::program("ln");
    mask.args(["--symbolic", "/dev/null"])
        .arg(units.join("kinc-prepare.service"));
    command::capture(&mut mask)?;
    Ok(())
}
