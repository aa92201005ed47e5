//! The verbs that bring clusters to what is declared, and those that only say what that would take.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::cli::arguments::{ApplyArgs, StatusFormat, Wait};
use crate::cli::declarations::Declarations;
use crate::cli::exit::Exit;
use crate::cli::lifecycle::continues;
use crate::cli::output::{self, Progress};
use crate::cli::plans;
use crate::cli::table;
use crate::edge::cancel::{Cancel, Cancelled};
use crate::edge::fs;
use crate::model::cluster::{Cluster, ClusterName};
use crate::model::shell;
use crate::ops::apply::{Action, Applied, Options};
use crate::ops::plan::Planned;
use crate::ops::{self, Context, ErrorWithHints};
use crate::plan::{Plan, Step};

/// Notes in each cluster the file that it was declared in; what came from standard input has none.
pub(crate) fn note_files(declared: &mut Declarations) -> Result<()> {
    for cluster in &mut declared.clusters {
        let file = match declared_in(cluster) {
            Some(file) => Some(absolute(Path::new(&file))?.display().to_string()),
            None => None,
        };
        cluster.set_declared_in(file);
    }
    Ok(())
}

fn declared_in(cluster: &Cluster) -> Option<String> {
    let place = cluster.explicit.get(crate::model::field::Field::Name)?;
    (!place.source.starts_with('<')).then(|| place.source.clone())
}

/// Returns the given files and directories by their absolute paths.
pub(crate) fn pruned(files: &[PathBuf], prune: bool) -> Result<Vec<PathBuf>> {
    let named = files.iter().filter(|_| prune);
    named.map(|path| absolute(path)).collect()
}

/// Returns where a path leads, so that the same place has one name, whatever the way to it.
fn absolute(path: &Path) -> Result<PathBuf> {
    let whole = std::path::absolute(path)
        .with_context(|| format!("resolving the path `{}`", path.display()))?;
    Ok(fs::resolve(&whole))
}

/// What an apply may remove.
#[derive(Default)]
pub(crate) struct Removal {
    /// The files and directories whose clusters are deleted once they are no longer declared in them.
    pub(crate) prune: Vec<PathBuf>,
    /// Whether nodes are removed with the data of claims on them.
    pub(crate) deletes_local_data: bool,
}

/// Applies clusters, and prints what became of each.
pub(crate) async fn apply(
    context: &Context,
    clusters: &[Cluster],
    how: &ApplyArgs,
    wait: &Wait,
    removal: Removal,
) -> Result<Exit> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let options = Options {
        limits: wait.limits(),
        parallel: how.parallel.map_or(processors, usize::from),
        prune: removal.prune,
        deletes_local_data: removal.deletes_local_data,
    };
    let progress = RefCell::new(Progress::start());
    let mut approve = async |plans: &[Plan]| {
        if how.yes {
            return Ok(());
        }
        progress.borrow_mut().pause();
        let answer = ask(plans, &context.cancel).await;
        progress.borrow_mut().resume();
        answer
    };
    let mut report = |report| progress.borrow_mut().report(report);
    let applied = ops::apply::apply(context, clusters, &options, &mut approve, &mut report).await;
    let applied = progress.into_inner().end(applied)?;
    let mut exit = Exit::Done;
    for cluster in &applied {
        exit = exit.max(print_result(context, cluster));
    }
    if applied.len() > 1 {
        output::data(&table::applied(&applied))?;
    }
    Ok(exit)
}

/// Asks on the terminal, and fails where there is none, the answer is no, or the user breaks off.
async fn ask(plans: &[Plan], cancel: &Cancel) -> Result<()> {
    output::coloured(&plans::disruptive(plans));
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(ErrorWithHints::new(
            "confirmation required, and there is no terminal; nothing was changed",
        )
        .hint("repeat with --yes")
        .into());
    }
    output::prompt("Continue? [y/N] ");
    let mut answer = String::new();
    let mut input = BufReader::new(tokio::io::stdin());
    let Ok(read) = cancel.or(input.read_line(&mut answer)).await else {
        // The next line is not the answer.
        output::say("");
        return Err(Cancelled.into());
    };
    read.context("reading the answer")?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(ErrorWithHints::new("cancelled; nothing was changed").into())
}

fn print_result(context: &Context, applied: &Applied) -> Exit {
    let Applied {
        cluster: name,
        units,
        server,
        outcome,
    } = applied;
    let (unit, pattern) = match units.as_slice() {
        [unit] => (unit.clone(), unit.clone()),
        _ => (
            format!("cluster {name}"),
            shell::word(&format!("{}-*", name.prefix())),
        ),
    };
    match outcome {
        Ok(Action::Unchanged) => output::say(format!("{unit} is ready; nothing changed")),
        Ok(Action::Deleted) => output::done(format!("cluster {name} is deleted, with its data")),
        Ok(Action::Interrupted(verb)) => return continues(verb.gerund(), units),
        Ok(Action::OnlyWritten) => {
            return not_begun(name, "was written but not started");
        }
        Ok(Action::NotBegun) => return not_begun(name, "was not started"),
        Ok(Action::NotDeleted) => return not_begun(name, "is not deleted"),
        Ok(Action::Changed) => {
            let running = match units.as_slice() {
                [unit] => unit,
                _ => "its nodes",
            };
            output::done(format!("cluster {name} is updated; {running} kept running"));
        }
        Ok(Action::Created | Action::Restarted | Action::Started) => {
            output::done(format!("cluster {name} is ready at {server}"));
            output::say(format!("  systemctl --user status {pattern}"));
            let context = ops::kubeconfig::context_name(context, name);
            output::say(format!(
                "  kinc kubeconfig {name} --merge && kubectl --context {} get nodes",
                shell::word(&context)
            ));
        }
        Err(error) => {
            output::error(error);
            return Exit::of(error);
        }
    }
    Exit::Done
}

/// Says what is left to do for a cluster since the user broke off.
fn not_begun(name: &ClusterName, how: &str) -> Exit {
    output::say(format!("cluster {name} {how}; run the same command again"));
    Exit::Interrupted
}

/// Prints what an apply would do, and why.
pub(crate) fn plan(planned: Vec<Planned>, format: StatusFormat) -> Result<Exit> {
    let plans: Vec<Plan> = planned.into_iter().map(|one| one.plan).collect();
    match format {
        StatusFormat::Text => output::coloured_data(&plans::text(&plans))?,
        StatusFormat::Json => output::json(&plans)?,
    }
    let is_same = |plan: &Plan| plan.step == Step::Nothing;
    Ok(if plans.iter().all(is_same) {
        Exit::Done
    } else {
        Exit::Differs
    })
}

/// Prints the text that an apply would change.
pub(crate) fn diff(planned: &[Planned]) -> Result<Exit> {
    let mut exit = Exit::Done;
    for one in planned.iter().filter(|one| !one.changes.is_empty()) {
        output::coloured_data(&plans::diff(one))?;
        exit = Exit::Differs;
    }
    Ok(exit)
}
