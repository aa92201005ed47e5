//! The command `cargo lab`. It parses, calls the library, and prints the error.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Args, Parser, Subcommand};

use kinc_lab::cache::Cache;
use kinc_lab::demo::{self, HOST};
use kinc_lab::product::packages;
use kinc_lab::progress::{self, Step};
use kinc_lab::suite::Which;
use kinc_lab::{Host, Kind, Lab, OPS, Release, bench, consent, lab, machine_settings, soak, suite};

/// Create and boot hosts, and run kinc on them.
#[derive(Parser, Debug)]
#[command(name = "cargo lab", bin_name = "cargo lab")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// Install packages and change settings of this machine without asking; the same as `KINC_LAB_YES=1`
    #[arg(short, long, global = true)]
    yes: bool,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Create a cluster on a new host, step by step
    Demo,
    /// Boot a host; create it if it does not exist
    Up {
        #[command(flatten)]
        name: Name,
        /// How a new host runs; nspawn by default
        #[arg(long)]
        kind: Option<Kind>,
        /// The Debian release of a new host; trixie by default
        #[arg(long)]
        release: Option<Release>,
    },
    /// Shut down a host
    Down(Name),
    /// Open a shell on a host
    Shell(Login),
    /// Run a program on a host
    Exec {
        #[command(flatten)]
        login: Login,
        /// The program and its arguments
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Reboot a host
    Reboot(Name),
    /// Cut the power of a host
    Powercut(Name),
    /// List the hosts
    List,
    /// Run all tests, those in the lab included
    Test {
        /// Run only tests whose name contains this
        #[arg(conflicts_with = "selected")]
        filter: Option<String>,
        /// Run only the tests on hosts that depend most on Podman and systemd
        #[arg(long)]
        selected: bool,
        /// The Debian release of the hosts; tests without a host run with trixie only
        #[arg(long, default_value = Release::default().name())]
        release: Release,
    },
    /// Build Podman's Quadlet generators of many versions, and print a value for `KINC_QUADLET`
    Quadlets,
    /// Measure what a user waits for, as a table of medians
    Bench(bench::Options),
    /// Inject faults into a cluster under load, and check that it recovers with all data
    Soak(soak::Options),
    /// Remove all hosts, and products that nothing uses
    Clean {
        /// Remove every product as well
        #[arg(long)]
        all: bool,
    },
}

impl Verb {
    /// Returns whether it builds products.
    fn makes_products(&self) -> bool {
        matches!(
            self,
            Self::Demo | Self::Up { .. } | Self::Test { .. } | Self::Bench(_) | Self::Soak(_)
        )
    }
}

#[derive(Args, Debug)]
struct Name {
    /// The host
    #[arg(default_value = HOST)]
    name: String,
}

#[derive(Args, Debug)]
struct Login {
    /// The host
    #[arg(default_value = HOST)]
    name: String,
    /// Log in as root
    #[arg(long)]
    root: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.yes {
        consent::give();
    }
    // Twice: a killed lab has reverted nothing.
    let ended = revert_settings().and_then(|()| run(cli.verb));
    let reverted = revert_settings();
    match ended.and_then(|code| reverted.map(|()| code)) {
        Ok(code) => code,
        Err(error) => {
            progress::say(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Sets this machine back as it was, as far as no host and no other lab needs the change.
fn revert_settings() -> Result<()> {
    let cache = Cache::open()?;
    let hosts_run = || Ok(Host::all(&cache)?.iter().any(Host::is_running));
    machine_settings::revert(&cache, hosts_run)
}

fn run(verb: Verb) -> Result<ExitCode> {
    if matches!(verb, Verb::Test { .. } | Verb::Bench(_)) {
        // Now, and not after half an hour of builds.
        packages::agree_for_many_clusters()?;
    }
    if verb.makes_products() {
        // A host of another version of the lab is not a reason to do nothing.
        if let Err(error) = lab::remove_superseded(&Cache::open()?) {
            progress::say(format!("warning: removing superseded products: {error:#}"));
        }
    }
    match verb {
        Verb::Demo => demo::run()?,
        Verb::Up {
            name,
            kind,
            release,
        } => up(&name.name, kind, release)?,
        Verb::Down(name) => on("shutting down", &name, Host::down)?,
        Verb::Reboot(name) => on("rebooting", &name, Host::reboot)?,
        Verb::Powercut(name) => on("cutting the power of", &name, Host::power_cut)?,
        Verb::Shell(login) => return enter(&login, &[]),
        Verb::Exec { login, command } => return enter(&login, &command),
        Verb::List => list()?,
        Verb::Test {
            filter,
            selected,
            release,
        } => {
            let which = match filter {
                _ if selected => Which::Selected,
                Some(filter) => Which::Containing(filter),
                None => Which::All,
            };
            suite::run(release, &which)?;
        }
        Verb::Quadlets => progress::data(&format!("{}\n", suite::quadlets()?))?,
        Verb::Bench(options) => bench::run(&options)?,
        Verb::Soak(options) => soak::run(&options)?,
        Verb::Clean { all } => lab::clean(all)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn up(name: &str, kind: Option<Kind>, release: Option<Release>) -> Result<()> {
    let host = Host::named(&Cache::open()?, name)?;
    if host.exists() {
        let config = host.config()?;
        for (asked, is) in [
            (kind.map(Kind::name), config.kind.name()),
            (release.map(Release::name), config.release.name()),
        ] {
            let asked = asked.unwrap_or(is);
            ensure!(
                asked == is,
                "host `{name}` exists and is {is}: choose another name for a host that is {asked}"
            );
        }
        let step = Step::start(format!("booting host `{name}`"));
        host.power_on()?;
        step.done("up");
        return Ok(());
    }
    let kind = kind.unwrap_or(Kind::Nspawn);
    let release = release.unwrap_or_default();
    Lab::check(kind, release)?;
    let lab = Lab::prepare(release)?.of(kind)?;
    let step = Step::start(format!("creating host `{name}`"));
    lab.host(name)?;
    step.done("up");
    Ok(())
}

fn on(doing: &str, name: &Name, what: impl FnOnce(&Host) -> Result<()>) -> Result<()> {
    let host = existing(&name.name)?;
    let step = Step::start(format!("{doing} host `{}`", name.name));
    what(&host)?;
    step.done("done");
    Ok(())
}

fn enter(login: &Login, command: &[String]) -> Result<ExitCode> {
    let user = if login.root { "root" } else { OPS };
    let status = existing(&login.name)?.user(user).interactive(command)?;
    Ok(ExitCode::from(u8::try_from(status).unwrap_or(1)))
}

fn list() -> Result<()> {
    for host in Host::all(&Cache::open()?)? {
        let power = if host.is_running() { "running" } else { "off" };
        progress::data(&format!(
            "{}\t{power}\t{}\n",
            host.name(),
            host.directory().display()
        ))?;
    }
    Ok(())
}

/// Returns an existing host; a mistyped name is an error.
fn existing(name: &str) -> Result<Host> {
    let host = Host::named(&Cache::open()?, name)?;
    host.config()?;
    Ok(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
