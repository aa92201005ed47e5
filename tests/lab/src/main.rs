//! The command `cargo lab`. It parses, calls the library, and prints the error.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use kinc_lab::cache::Cache;
use kinc_lab::demo::{self, HOST};
use kinc_lab::progress::{self, Step};
use kinc_lab::{Host, Kind, Lab, OPS, bench, suite};

/// Make and boot rootless hosts, and run kinc in them.
#[derive(Parser, Debug)]
#[command(name = "cargo lab", bin_name = "cargo lab")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Show a cluster on a host, made from nothing
    Demo,
    /// Boot a host, made if it is not there
    Up {
        #[command(flatten)]
        name: Name,
        /// A container, or a kernel of its own with cgroup controllers
        #[arg(long, value_parser = kind, default_value = Kind::Nspawn.name())]
        kind: Kind,
    },
    /// Shut a host down in order
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
    /// Reboot a host in order
    Reboot(Name),
    /// Kill a host at one stroke
    Powercut(Name),
    /// List the hosts
    List,
    /// Run all tests, those in the lab included
    Test {
        /// Run only tests whose name contains this
        filter: Option<String>,
    },
    /// Measure what a user waits for, as a table of medians
    Bench {
        /// How many times each is measured
        #[arg(long, default_value_t = 3)]
        samples: usize,
    },
    /// Remove all hosts, and products that nothing uses
    Clean {
        /// Remove every product as well
        #[arg(long)]
        all: bool,
    },
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
    match run(Cli::parse().verb) {
        Ok(code) => code,
        Err(error) => {
            progress::say(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> Result<ExitCode> {
    match verb {
        Verb::Demo => demo::run()?,
        Verb::Up { name, kind } => up(&name.name, kind)?,
        Verb::Down(name) => on("shutting down", &name, Host::down)?,
        Verb::Reboot(name) => on("rebooting", &name, Host::reboot)?,
        Verb::Powercut(name) => on("cutting the power of", &name, Host::power_cut)?,
        Verb::Shell(login) => return enter(&login, &[]),
        Verb::Exec { login, command } => return enter(&login, &command),
        Verb::List => list()?,
        Verb::Test { filter } => suite::run(filter.as_deref())?,
        Verb::Bench { samples } => bench::run(samples)?,
        Verb::Clean { all } => clean(all)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn up(name: &str, kind: Kind) -> Result<()> {
    let host = Host::named(&Cache::open()?, name)?;
    if host.exists() {
        let step = Step::start(format!("booting host `{name}`"));
        host.power_on()?;
        step.done("up");
        return Ok(());
    }
    let mut lab = Lab::prepare()?;
    if kind == Kind::Metal {
        lab = lab.with_metal()?;
    }
    let step = Step::start(format!("making host `{name}`"));
    lab.host(name)?;
    step.done("up");
    Ok(())
}

fn kind(name: &str) -> Result<Kind, String> {
    Kind::named(name).ok_or_else(|| "expected nspawn or metal".to_owned())
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

fn clean(all: bool) -> Result<()> {
    let cache = Cache::open()?;
    for host in Host::all(&cache)? {
        host.remove()?;
        progress::say(format!(" ✓ removed host `{}`", host.name()));
    }
    let keep = if all {
        Vec::new()
    } else {
        Lab::prepare()?.products()?
    };
    for path in cache.remove_products_except(&keep)? {
        progress::say(format!(" ✓ removed `{}`", path.display()));
    }
    Ok(())
}

/// Returns a host that was made, so that a slip in a name says so.
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
