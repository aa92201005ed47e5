//! A Linux that runs as a process (User-mode Linux), with all cgroup controllers.
//!
//! Debian's own one has neither processors beyond the first nor nftables for IPv4.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::cache::{Build, Cache, Product};
use crate::key::Key;
use crate::product::mmdebstrap;
use crate::release::Release;
use crate::uml::KERNEL;
use crate::{command, fs, paths};

/// Changes whenever the code below does something else with the same inputs.
const RECIPE: &str = "3";

/// What is added to the defaults of User-mode Linux.
const CONFIG: &str = "kernel.config";

/// Debian's package of the sources: the first series with several processors is 6.19.
const SOURCE: &str = "linux-source-7.2";

/// The package is among the backports for the release that hosts have.
const BACKPORTS: &str = "sed --silent 's/^\\(deb [^ ]*\\) \\([a-z]*\\) /\\1 \\2-backports /p;q' \
    \"$1/etc/apt/sources.list\" > \"$1/etc/apt/sources.list.d/backports.list\"";

/// A line of the sources that is replaced.
struct Patch {
    file: &'static str,
    old: &'static str,
    new: &'static str,
}

const PATCHES: [Patch; 7] = [
    // kubelet does not start without the clock in /proc/cpuinfo.
    Patch {
        file: "arch/um/kernel/um_arch.c",
        old: "seq_printf(m, \"mode\\t\\t: skas\\n\");",
        new: "seq_printf(m, \"mode\\t\\t: skas\\ncpu MHz\\t\\t: 2000.000\\n\");",
    },
    // All threads of a program share one lock, which its holder keeps while it computes. To spin
    // until it goes took 40 % of the time of both processors while a cluster started.
    Patch {
        file: LOCKS,
        old: "config MUTEX_SPIN_ON_OWNER\n\tdef_bool y",
        new: "config MUTEX_SPIN_ON_OWNER\n\tdef_bool n",
    },
    Patch {
        file: LOCKS,
        old: "config RWSEM_SPIN_ON_OWNER\n       def_bool y",
        new: "config RWSEM_SPIN_ON_OWNER\n       def_bool n",
    },
    // While the events of one wait are worked through, an interrupt in between waits as well and
    // writes over them. Each is reported once: a disk whose event was lost hung forever.
    Patch {
        file: "arch/um/os-Linux/irq.c",
        old: "#define MAX_EPOLL_EVENTS 64",
        new: "#define MAX_EPOLL_EVENTS 1",
    },
    // A signal of a device between the last look and the sleep was noted, and slept over until the
    // next timer. It is held back for that moment, and ends the sleep as the timer's signal does.
    // Only the first processor gets it.
    Patch {
        file: IDLE,
        old: "sigaddset(&set, IPI_SIGNAL);\n\n",
        new: "sigaddset(&set, IPI_SIGNAL);\n\tif (!uml_curr_cpu())\n\t\tsigaddset(&set, SIGIO);\n\n",
    },
    Patch {
        file: IDLE,
        old: "sigaddset(&set, SIGALRM);\n\tsigprocmask(",
        new: "sigaddset(&set, SIGALRM);\n\tif (!uml_curr_cpu())\n\t\tsigaddset(&set, SIGIO);\n\t\
              sigprocmask(",
    },
    Patch {
        file: "arch/um/os-Linux/signal.c",
        old: "return !!(signals_pending & SIGALRM_MASK);",
        new: "return !!signals_pending;",
    },
];

/// Where a processor without work sleeps.
const IDLE: &str = "arch/um/os-Linux/time.c";

/// Where the kernel says which locks it has; none of them can be chosen.
const LOCKS: &str = "kernel/Kconfig.locks";

/// Returns the name and key of the product.
///
/// # Errors
/// When its configuration cannot be read.
pub(crate) fn identity() -> Result<(&'static str, Key)> {
    let key = Key::builder()
        .value("recipe", RECIPE)
        .value("source", SOURCE);
    let key = key.files(&paths::file(CONFIG))?.finish();
    Ok(("kernel", key))
}

/// Returns the kernel, a program in the product.
///
/// # Errors
/// When Debian's archive does not answer, or the kernel does not compile.
pub(crate) fn make(cache: &Cache) -> Result<Product> {
    let config = paths::file(CONFIG);
    let (name, key) = identity()?;
    let what = "a Linux that is a process (15 min on 2 cores)";
    cache.product(name, what, key, |build| {
        let source = unpack(build)?;
        for patch in &PATCHES {
            apply(patch, &source)?;
        }
        compile(build, &source, &fs::read(&config)?)?;
        fs::rename(&source.join(KERNEL), &build.directory.join(KERNEL))?;
        fs::remove_tree(&build.directory.join("debian"))?;
        fs::remove_tree(&source)
    })
}

fn apply(patch: &Patch, source: &Path) -> Result<()> {
    let file = source.join(patch.file);
    let text = fs::read(&file)?;
    text.contains(patch.old)
        .then_some(())
        .with_context(|| format!("`{}` has changed: it lacks `{}`", patch.file, patch.old))?;
    fs::write(&file, &text.replace(patch.old, patch.new))
}

/// Returns the directory of the sources.
fn unpack(build: &Build<'_>) -> Result<std::path::PathBuf> {
    let debian = build.directory.join("debian");
    let mut program = mmdebstrap(Release::Trixie, &[SOURCE.to_owned()], &[], &debian);
    program.args(["--variant=extract", &format!("--setup-hook={BACKPORTS}")]);
    command::run_logged(&mut program, build.log, build.step)?;
    let mut tar = command::program("tar");
    tar.arg("--extract").arg("--directory").arg(build.directory);
    tar.arg("--file")
        .arg(debian.join(format!("usr/src/{SOURCE}.tar.xz")));
    command::capture(&mut tar)?;
    Ok(build.directory.join(SOURCE))
}

fn compile(build: &Build<'_>, source: &Path, config: &str) -> Result<()> {
    let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let make = |target: &str| {
        let mut make = command::bound_program("make");
        make.args(["ARCH=um", &format!("--jobs={jobs}"), target, "--directory"])
            .arg(source);
        command::run_logged(&mut make, build.log, build.step)
    };
    make("defconfig")?;
    let file = source.join(".config");
    fs::write(&file, &format!("{}{config}", fs::read(&file)?))?;
    make("olddefconfig")?;
    make("linux")
}
