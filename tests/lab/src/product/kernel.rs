//! A Linux that runs as a process (User-mode Linux), with all cgroup controllers.
//!
//! Debian's own one has neither processors beyond the first nor nftables for IPv4.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::cache::{Build, Cache, Product};
use crate::key::Key;
use crate::metal::KERNEL;
use crate::product::mmdebstrap;
use crate::{command, fs, paths};

/// Changes whenever the code below does something else with the same inputs.
const RECIPE: &str = "1";

/// What is added to the defaults of User-mode Linux.
const CONFIG: &str = "kernel.config";

/// Debian's package of the sources: the first series with several processors is 6.19.
const SOURCE: &str = "linux-source-7.2";

/// The package is among the backports for the release that hosts have.
const BACKPORTS: &str = "sed --silent 's/^\\(deb [^ ]*\\) \\([a-z]*\\) /\\1 \\2-backports /p;q' \
    \"$1/etc/apt/sources.list\" > \"$1/etc/apt/sources.list.d/backports.list\"";

/// kubelet does not start without the line that follows this one in /proc/cpuinfo.
const CPUINFO: &str = "seq_printf(m, \"mode\\t\\t: skas\\n\");";

/// The line that is missing.
const CLOCK: &str = "\n\tseq_printf(m, \"cpu MHz\\t\\t: 2000.000\\n\");";

/// Returns the name and key of the product.
///
/// # Errors
/// When its configuration cannot be read.
pub fn identity() -> Result<(&'static str, Key)> {
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
pub fn make(cache: &Cache) -> Result<Product> {
    let config = paths::file(CONFIG);
    let (name, key) = identity()?;
    let what = "a Linux that is a process (15 min on 2 cores)";
    cache.product(name, what, key, |build| {
        let source = unpack(build)?;
        let file = source.join("arch/um/kernel/um_arch.c");
        let text = fs::read(&file)?;
        text.contains(CPUINFO)
            .then_some(())
            .context("`um_arch.c` has changed: where is /proc/cpuinfo made?")?;
        fs::write(&file, &text.replace(CPUINFO, &format!("{CPUINFO}{CLOCK}")))?;
        compile(build, &source, &fs::read(&config)?)?;
        fs::rename(&source.join(KERNEL), &build.directory.join(KERNEL))?;
        fs::remove_tree(&build.directory.join("debian"))?;
        fs::remove_tree(&source)
    })
}

/// Returns the directory of the sources.
fn unpack(build: &Build<'_>) -> Result<std::path::PathBuf> {
    let debian = build.directory.join("debian");
    let mut program = mmdebstrap(&[SOURCE.to_owned()], &[], &debian);
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
