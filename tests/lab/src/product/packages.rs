//! The packages of this machine: installed when they are missing, and otherwise not looked at.

use anyhow::{Context as _, Result, bail};

use crate::cache::Cache;
use crate::product::read_list;
use crate::progress::{self, Step};
use crate::{command, paths};

/// Installs what the machine lacks.
///
/// # Errors
/// When this is no Debian, or its archive does not answer.
pub fn install(cache: &Cache) -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        bail!("the lab boots hosts, so it needs root on this machine");
    }
    if !command::exists("dpkg-query") || !command::exists("apt-get") {
        bail!("the lab needs a Debian-like machine: there is no `dpkg-query` and `apt-get`");
    }
    let missing = missing(&read_list(&paths::file("machine-packages"))?)?;
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

    #[test]
    fn a_removed_package_with_its_configuration_left_is_missing() {
        let wanted = ["gcc", "nftables", "uidmap"].map(str::to_owned);
        let known = "gcc installed\ngcc-12 installed\nnftables config-files\n";
        assert_eq!(not_installed(&wanted, known), ["nftables", "uidmap"]);
    }
}
