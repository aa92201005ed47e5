//! The packages that this machine needs: installed if they are missing, never upgraded.

use anyhow::{Context as _, Result, bail};

use crate::cache::Cache;
use crate::machine_settings::{self, FOR_HOSTS, FOR_MANY_CLUSTERS, Setting};
use crate::product::read_list;
use crate::progress::{self, Step};
use crate::{command, consent, paths};

/// How to run the lab on a machine that is not Debian-like. It needs root there as well, since it
/// makes device nodes, mounts and network interfaces.
const IN_A_CONTAINER: &str = "sudo podman run --rm -it --privileged --pids-limit=-1 \
     -e GOTOOLCHAIN=auto -e CARGO_TARGET_DIR=/root/.cache/target -v \"$PWD:/src\" -v kinc-lab:/root/.cache -w /src \
     docker.io/library/rust:1.95-trixie sh -c \
     'apt-get update && apt-get install --yes --no-install-recommends golang-go && exec bash'";

/// Asks for everything that running many clusters changes on this machine, packages included.
///
/// # Errors
/// When the user does not agree, or the lab cannot run here.
pub fn agree_for_many_clusters() -> Result<()> {
    agree(&FOR_MANY_CLUSTERS).map(|_| ())
}

/// Installs what the machine lacks.
///
/// # Errors
/// When the user does not agree, this is not Debian-like, or its archive does not answer.
pub fn install(cache: &Cache) -> Result<()> {
    let missing = agree(&FOR_HOSTS)?;
    if missing.is_empty() {
        progress::reused("packages", "what is installed");
        return Ok(());
    }
    let step = Step::start(format!("packages: installing {}", missing.join(" ")));
    let log = cache.log("packages");
    let apt = |arguments: &[&str]| {
        let mut program = command::program("apt-get");
        program
            .env("DEBIAN_FRONTEND", "noninteractive")
            .arg("--yes")
            .args(arguments);
        command::run_logged(&mut program, &log, &step).context("installing the packages of the lab")
    };
    apt(&["update"])?;
    let mut install = vec!["install", "--no-install-recommends"];
    install.extend(missing.iter().map(String::as_str));
    apt(&install)?;
    step.done("installed");
    Ok(())
}

/// Asks for all changes of this machine at once, and returns the packages to install.
fn agree(settings: &[Setting]) -> Result<Vec<String>> {
    if !rustix::process::geteuid().is_root() {
        bail!("the lab boots hosts, so it needs root on this machine");
    }
    if !command::exists("dpkg-query") || !command::exists("apt-get") {
        bail!(
            "the lab needs a Debian-like machine, with `dpkg-query` and `apt-get`\n\
             hint: run it in a container: {IN_A_CONTAINER}"
        );
    }
    let missing = missing(&read_list(&paths::file("machine-packages"))?)?;
    let mut changes = machine_settings::missing(settings)?;
    if !missing.is_empty() {
        changes.insert(0, format!("install {}", missing.join(" ")));
    }
    consent::ask(&changes)?;
    Ok(missing)
}

fn missing(wanted: &[String]) -> Result<Vec<String>> {
    let mut query = command::program("dpkg-query");
    query.args([
        "--show",
        "--showformat",
        "${Package} ${db:Status-Status}\\n",
    ]);
    let known = command::capture(&mut query)?;
    Ok(not_installed(wanted, &known))
}

fn not_installed(wanted: &[String], known: &str) -> Vec<String> {
    let is_installed = |package: &str| {
        known
            .lines()
            .any(|line| line.split_once(' ') == Some((package, "installed")))
    };
    wanted
        .iter()
        .filter(|package| !is_installed(package))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs;

    #[test]
    fn contributing_has_the_same_command_for_a_container() {
        let text = fs::read(&paths::source().join("CONTRIBUTING.md")).unwrap();
        let words = |text: &str| {
            text.replace("\\\n", " ")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert!(words(&text).contains(&words(IN_A_CONTAINER)));
    }

    #[test]
    fn a_removed_package_with_its_configuration_left_is_missing() {
        let wanted = ["gcc", "nftables", "uidmap"].map(str::to_owned);
        let known = "gcc installed\ngcc-12 installed\nnftables config-files\n";
        assert_eq!(not_installed(&wanted, known), ["nftables", "uidmap"]);
    }
}
