//! Dispatch: each verb calls one use case and prints what it returns.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::cli::apply;
use crate::cli::arguments::{
    ApplyArgs, Arguments, DataDir, Merging, Prune, Removal, StatusFormat, Verb, Wait,
};
use crate::cli::declarations::{self, load};
use crate::cli::environment::{self, context};
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::cli::{image, lifecycle, status};
use crate::declaration::{self, schema};
use crate::model::cluster::ClusterName;
use crate::model::problem::{Problem, Problems};
use crate::ops::kubeconfig::MergedContext;
use crate::ops::logs::Selection;
use crate::ops::plan::Planned;
use crate::ops::{self, Context, Target};
use crate::units::dialect::PodmanVersion;

/// Does what the command line says.
///
/// # Errors
/// When it cannot be done.
pub(crate) fn run(arguments: Arguments) -> Result<Exit> {
    // The use cases run in this thread. The runtime's own hears signals and ends the program at the second
    // one, whatever a file on a disk that does not answer holds up here.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("starting the asynchronous runtime")?;
    let exit = runtime.block_on(act(arguments.verb));
    // A question that was interrupted still waits for its line.
    runtime.shutdown_background();
    exit
}

async fn act(verb: Verb) -> Result<Exit> {
    match verb {
        Verb::Render {
            files,
            output,
            podman_version,
        } => render(&files.files, &output, podman_version),
        Verb::Adopt { name, data_dir } => adopt(&name, &data_dir).await,
        Verb::Convert { file } => convert(&file),
        Verb::Explain { field } => explain(&field),
        Verb::Schema => output::json(&schema::json_schema()).map(|()| Exit::Done),
        Verb::Image(verb) => image::build(verb).await,
        Verb::Apply {
            files,
            prune,
            dry_run: true,
            ..
        } => plan(&files.files, &prune, StatusFormat::Text).await,
        Verb::Apply {
            files,
            how,
            prune,
            removal,
            wait,
            ..
        } => apply_files(&files.files, &how, &prune, &removal, &wait).await,
        Verb::Plan {
            files,
            prune,
            output,
        } => plan(&files.files, &prune, output).await,
        Verb::Diff { files, prune } => {
            let show = |planned: Vec<Planned>| apply::diff(&planned);
            planned(&files.files, &prune, show).await
        }
        Verb::Create { name, how, wait } => {
            let context = context().await?;
            let cluster = ops::apply::existing_or_default(&context, name)?;
            apply::apply(&context, &[cluster], &how, &wait, apply::Removal::default()).await
        }
        Verb::List { output } => status::list(&context().await?, output).await,
        Verb::Status { name, node, output } => {
            status::status(&context().await?, node.of(&name), output).await
        }
        Verb::Start { name, node, wait } => {
            lifecycle::start(&context().await?, node.of(&name), wait.limits()).await
        }
        Verb::Stop { name, node, wait } => {
            lifecycle::stop(&context().await?, node.of(&name), wait.limits()).await
        }
        Verb::Restart { name, node, wait } => {
            lifecycle::restart(&context().await?, node.of(&name), wait.limits()).await
        }
        Verb::Delete {
            name,
            data_dir,
            ignore_missing_data,
            yes: _,
            wait,
        } => {
            let options = ops::delete::Options {
                limits: wait.limits(),
                data_dir: data_dir.path()?,
                ignores_missing_data: ignore_missing_data,
            };
            lifecycle::delete(&context().await?, &name, &options).await
        }
        Verb::Kubeconfig { name, merging } => kubeconfig(&context().await?, &name, merging).await,
        Verb::Logs {
            name,
            node,
            follow,
            lines,
            unit,
        } => {
            let selection = Selection {
                follow,
                lines,
                unit,
            };
            logs(&context().await?, node.of(&name), &selection).await
        }
    }
}

/// Writes the files of what is declared, without systemd and Podman.
fn render(files: &[PathBuf], output: &Path, podman: PodmanVersion) -> Result<Exit> {
    let declared = load(files, false)?;
    let base = environment::data_dir()?;
    let rendered = ops::render::render(&declared.clusters, base, podman);
    ops::render::write(output, &declared.explain(rendered)?)?;
    Ok(Exit::Done)
}

async fn apply_files(
    files: &[PathBuf],
    how: &ApplyArgs,
    prune: &Prune,
    removal: &Removal,
    wait: &Wait,
) -> Result<Exit> {
    let mut declared = load(files, prune.prune)?;
    apply::note_files(&mut declared)?;
    let removal = apply::Removal {
        prune: apply::pruned(files, prune.prune)?,
        deletes_local_data: removal.delete_local_data,
    };
    let context = context().await?;
    let applied = apply::apply(&context, &declared.clusters, how, wait, removal);
    declared.explain(applied.await)
}

async fn plan(files: &[PathBuf], prune: &Prune, format: StatusFormat) -> Result<Exit> {
    planned(files, prune, |planned| apply::plan(planned, format)).await
}

/// Plans what is declared in files, or, without any, the clusters that are there.
async fn planned<T>(
    files: &[PathBuf],
    prune: &Prune,
    show: impl FnOnce(Vec<Planned>) -> Result<T>,
) -> Result<T> {
    if files.is_empty() {
        let context = context().await?;
        return show(ops::plan::existing(&context, &mut output::print_report).await?);
    }
    let places = apply::pruned(files, prune.prune)?;
    let mut declared = load(files, prune.prune)?;
    apply::note_files(&mut declared)?;
    let context = context().await?;
    let planned = ops::plan::plan(
        &context,
        &declared.clusters,
        &places,
        &mut output::print_report,
    )
    .await;
    show(declared.explain(planned)?)
}

async fn kubeconfig(context: &Context, name: &ClusterName, merging: Merging) -> Result<Exit> {
    if !merging.merge {
        let kubeconfig = ops::kubeconfig::read(context, name)?;
        let context = merging.context.unwrap_or_else(|| name.context());
        output::data(&kubeconfig.document(&context))?;
        return Ok(Exit::Done);
    }
    let options = ops::kubeconfig::Options {
        context: merging.context,
        set_current: merging.set_current,
    };
    let report = &mut output::print_report;
    let merged = ops::kubeconfig::merge_into_users(context, name, &options, report).await?;
    for MergedContext { context, file } in merged {
        output::done(format!("added context {context} to {}", file.display()));
    }
    Ok(Exit::Done)
}

async fn logs(context: &Context, target: Target<'_>, selection: &Selection) -> Result<Exit> {
    match ops::logs::print(context, target, selection).await {
        Ok(true) => Ok(Exit::Done),
        Ok(false) => Ok(Exit::Failed),
        // That is how those who follow end it.
        Err(error) if ops::is_interrupted(&error) => Ok(Exit::Interrupted),
        Err(error) => Err(error),
    }
}

async fn adopt(name: &ClusterName, data_dir: &DataDir) -> Result<Exit> {
    let data_dir = data_dir.path()?;
    let context = &context().await?;
    let report = &mut output::print_report;
    let path = ops::adopt::adopt(context, name, data_dir.as_deref(), report).await?;
    output::done(format!("wrote {path}"));
    output::say("run `kinc plan` to see what apply would do");
    Ok(Exit::Done)
}

fn convert(file: &Path) -> Result<Exit> {
    let (declared, converted) = declarations::converted(file)?;
    let base = environment::data_dir()?;
    declarations::warn(&converted.left_out);
    // What is printed can be applied: the rest of what would be wrong with it is found here.
    let rendered = ops::render::render(&declared.clusters, base, PodmanVersion::NEWEST);
    declared.explain(rendered)?;
    output::data(&converted.text)?;
    Ok(Exit::Done)
}

fn explain(field: &str) -> Result<Exit> {
    let Some(text) = schema::explain(field) else {
        let problem = Problem {
            place: None,
            path: field.to_owned(),
            message: declaration::unknown_path(field),
        };
        return Err(Problems::from(problem).into());
    };
    output::data(&text)?;
    Ok(Exit::Done)
}
