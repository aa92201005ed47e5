//! Boots one host on its own kernel, which is a process of this machine: User-mode Linux.
//!
//! Its disk is a file of changes to the disk of the product, so a host is made in no time. Its
//! network is a cable into the network namespace in which the kernel runs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::machine::{Running, fresh_cgroup};
use crate::process::Process;
use crate::{command, fs};

/// The disk in the product.
pub(crate) const DISK: &str = "disk.img";

/// The kernel in the product.
pub(crate) const KERNEL: &str = "linux";

/// The private key in the product, for ssh(1).
pub(crate) const KEY: &str = "key";

/// The file in a host's directory with its identity.
pub(crate) const MACHINE_ID: &str = "machine-id";

/// The address of a host on its cable (RFC 5737: reserved for documentation).
pub(crate) const ADDRESS: &str = "192.0.2.2";

/// This machine's address on the cable.
const ROUTER: &str = "192.0.2.1";

/// The users of a host, as far as the lab logs in as them.
pub(crate) const PASSWD: &str = "root:x:0:0::/root:\nops:x:1000:1000::/home/ops:\n";

/// Memory of a host; taken from the machine as it is used.
const MEMORY: &str = "6G";

/// Runs before the kernel, in its cgroup and a network namespace of its own: cgroup, cable, kernel.
///
/// The kernel and the processes that are its programs take turns at each system call, so they have
/// one processor of the machine: to wake the other one costs more than the call. They go before
/// others there: a computer has its processor for itself, and a cluster that waits for one too long
/// takes its own parts for dead. The kernel keeps the host's memory in a file, which would be slow
/// on a disk. It takes the cable's end as it is, without the checksums that a machine leaves to its network card; of the other ways
/// to connect one, TAP crashes it when it has more than one processor (Linux 7.2).
const LAUNCH: &str = r#"
echo $$ > "$1/cgroup.procs"
ip link set lo up
ip link add cable0 type veth peer name cable1
ip address add "$2/24" dev cable0
ethtool --offload cable0 rx off tx off
ip link set cable0 up
ip link set cable1 up
export TMPDIR=/dev/shm
shift 2
exec nice --adjustment=-15 taskset --cpu-list $(($$ % $(nproc))) "$@"
"#;

/// Everything that a boot needs to know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Launch {
    /// The name of the host.
    pub name: String,
    /// The directory with kernel, disk and key, never written to.
    pub product: PathBuf,
    /// The directory of the host: what it changed on the disk, and `bin`, which it sees.
    pub directory: PathBuf,
}

/// Boots, and returns as soon as the kernel runs.
///
/// # Errors
/// When the kernel does not start.
pub(crate) fn start(launch: &Launch) -> Result<Running> {
    let cgroup = fresh_cgroup(&launch.name)?;
    let machine_id = fs::read(&launch.directory.join(MACHINE_ID))?;
    let mut program = command::program("setsid");
    program.args(&cgroup.launcher);
    program.args(["unshare", "--net", "--mount", "--propagation", "private"]);
    program
        .args(["--", "sh", "-euc", LAUNCH, "sh"])
        .arg(&cgroup.directory)
        .arg(ROUTER);
    program.arg(launch.product.join(KERNEL));
    program.args(arguments(launch, machine_id.trim()));
    let console = launch.directory.join("console.log");
    let pid = command::daemon(&mut program, &console)?;
    let kernel = Process::of(pid).with_context(|| ended(&console))?;
    Ok(Running {
        supervisor: kernel,
        leader: kernel,
        cgroup: cgroup.directory,
    })
}

fn ended(console: &Path) -> String {
    let tail = command::tail(console).unwrap_or_default();
    format!("the kernel ended at once; the end of its console:\n{tail}")
}

fn arguments(launch: &Launch, machine_id: &str) -> Vec<String> {
    let directory = launch.directory.display();
    let disk = launch.product.join(DISK);
    vec![
        format!("ubd0={directory}/disk.cow,{}", disk.display()),
        "root=/dev/ubda".to_owned(),
        "rw".to_owned(),
        format!("mem={MEMORY}"),
        // With two, this kernel spends its time in handing programs over from one to the other (a
        // start took twice as long), and once both waited for each other for ever.
        "ncpus=1".to_owned(),
        "seccomp=on".to_owned(),
        // The lab boots it again, as after a shutdown.
        "noreboot".to_owned(),
        "vec0:transport=raw,ifname=cable1,depth=64".to_owned(),
        // What the host sees of this machine: the programs under test.
        format!("hostfs={directory}/bin"),
        "con0=null,fd:1".to_owned(),
        "con=null".to_owned(),
        "ssl=null".to_owned(),
        "quiet".to_owned(),
        format!("systemd.hostname={}", launch.name),
        format!("systemd.machine_id={machine_id}"),
        "systemd.unified_cgroup_hierarchy=1".to_owned(),
    ]
}
