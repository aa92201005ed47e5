//! Dispatch: each verb calls one use case and prints what it returns.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::cli::apply;
use crate::cli::arguments::{Arguments, ImageVerb, ListFormat, Merging, Prune, StatusFormat, Verb};
use crate::cli::declarations::{self, load};
use crate::cli::environment::{self, context};
use crate::cli::exit::Exit;
use crate::cli::output::{self, Progress};
use crate::cli::{interrupt, table};
use crate::declaration::{self, schema};
use crate::edge::image;
use crate::model::cluster::ClusterName;
use crate::model::problem::{Problem, Problems};
use crate::ops::kubeconfig::Placed;
use crate::ops::logs::Selection;
use crate::ops::plan::Planned;
use crate::ops::{self, Context, Limits};
use crate::units::dialect::PodmanVersion;

/// Does what the command line says.
///
/// # Errors
/// When it cannot be done.
pub(crate) fn run(arguments: Arguments) -> Result<Exit> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the asynchronous runtime")?
        .block_on(act(arguments.verb))
}

async fn act(verb: Verb) -> Result<Exit> {
    match verb {
        Verb::Render {
            files,
            output,
            podman_version,
        } => {
            let declared = load(&files.files, false)?;
            let rendered = declared.explain(ops::render::render(
                &declared.clusters,
                environment::data_dir()?,
                podman_version,
            ))?;
            ops::render::write(&output, &rendered)?;
            Ok(Exit::Done)
        }
        Verb::Adopt { name, data_dir } => {
            let data_dir = data_dir.path()?;
            adopt(&context().await?, &name, data_dir.as_deref()).await
        }
        Verb::Convert { file } => convert(&file),
        Verb::Explain { field } => explain(&field),
        Verb::Schema => {
            output::json(&schema::json_schema())?;
            Ok(Exit::Done)
        }
        Verb::Image(verb) => build(verb).await,
        Verb::Apply {
            files,
            how,
            dry_run,
            prune,
            wait,
        } => {
            if dry_run {
                let show = |planned| apply::plan(planned, StatusFormat::Text);
                return planned(&files.files, &prune, show).await;
            }
            let mut declared = load(&files.files, prune.prune)?;
            apply::note_files(&mut declared)?;
            let places = apply::pruned(&files.files, prune.prune)?;
            let context = context().await?;
            let applied = apply::apply(&context, &declared.clusters, &how, &wait, places);
            declared.explain(applied.await)
        }
        Verb::Plan {
            files,
            prune,
            output,
        } => {
            let show = |planned| apply::plan(planned, output);
            planned(&files.files, &prune, show).await
        }
        Verb::Diff { files, prune } => {
            let show = |planned: Vec<Planned>| apply::diff(&planned);
            planned(&files.files, &prune, show).await
        }
        Verb::Create { name, how, wait } => {
            let context = context().await?;
            let cluster = ops::apply::existing_or_default(&context, name)?;
            apply::apply(&context, &[cluster], &how, &wait, Vec::new()).await
        }
        Verb::List { output } => list(&context().await?, output).await,
        Verb::Status { name, output } => status(&context().await?, &name, output).await,
        Verb::Start { name, wait } => start(&context().await?, &name, wait.limits()).await,
        Verb::Stop { name, wait } => stop(&context().await?, &name, wait.limits()).await,
        Verb::Restart { name, wait } => restart(&context().await?, &name, wait.limits()).await,
        Verb::Delete {
            name,
            data_dir,
            ignore_missing_data,
            wait,
        } => {
            let options = ops::delete::Options {
                limits: wait.limits(),
                data_dir: data_dir.path()?,
                ignores_missing_data: ignore_missing_data,
            };
            delete(&context().await?, &name, &options).await
        }
        Verb::Kubeconfig { name, merging } => kubeconfig(&context().await?, &name, merging).await,
        Verb::Logs {
            name,
            follow,
            lines,
            unit,
        } => {
            let selection = Selection {
                follow,
                lines,
                unit,
            };
            logs(&context().await?, &name, &selection)
        }
    }
}

/// Plans what is declared in files, or, without any, the clusters that are there.
async fn planned<T>(
    files: &[PathBuf],
    prune: &Prune,
    show: impl FnOnce(Vec<Planned>) -> Result<T>,
) -> Result<T> {
    if files.is_empty() {
        let context = context().await?;
        return show(ops::plan::existing(&context, &mut output::tell).await?);
    }
    let places = apply::pruned(files, prune.prune)?;
    let mut declared = load(files, prune.prune)?;
    apply::note_files(&mut declared)?;
    let context = context().await?;
    let planned = ops::plan::plan(&context, &declared.clusters, &places, &mut output::tell).await;
    show(declared.explain(planned)?)
}

async fn list(context: &Context, format: ListFormat) -> Result<Exit> {
    let list = ops::status::list(context, &mut output::tell).await?;
    match format {
        ListFormat::Table if list.is_empty() => {
            output::say("there are no clusters; make one: kinc create");
        }
        ListFormat::Table => output::data(&table::clusters(&list))?,
        ListFormat::Json => output::json(&list)?,
        ListFormat::Name => {
            for cluster in &list {
                output::data(&format!("{}\n", cluster.name))?;
            }
        }
    }
    Ok(Exit::Done)
}

async fn status(context: &Context, name: &ClusterName, format: StatusFormat) -> Result<Exit> {
    let detail = ops::status::describe(context, name, &mut output::tell).await?;
    match format {
        StatusFormat::Text => output::data(&table::detail(&detail, std::time::SystemTime::now()))?,
        StatusFormat::Json => output::json(&detail)?,
    }
    Ok(if detail.is_ready() {
        Exit::Done
    } else {
        Exit::NotReady
    })
}

async fn start(context: &Context, name: &ClusterName, limits: Limits) -> Result<Exit> {
    let mut progress = Progress::start();
    let mut tell = |r| progress.tell(r);
    let ready = ops::lifecycle::start(context, name, limits, &mut tell).await;
    Ok(ended(progress.end(ready)?, "starting", "is ready", name))
}

async fn restart(context: &Context, name: &ClusterName, limits: Limits) -> Result<Exit> {
    let mut progress = Progress::start();
    let mut tell = |r| progress.tell(r);
    let ready = ops::lifecycle::restart(context, name, limits, &mut tell).await;
    Ok(ended(progress.end(ready)?, "restarting", "is ready", name))
}

async fn stop(context: &Context, name: &ClusterName, limits: Limits) -> Result<Exit> {
    let mut progress = Progress::start();
    let mut tell = |r| progress.tell(r);
    let stopped = ops::lifecycle::stop(context, name, limits, &mut tell).await;
    let stopped = progress.end(stopped)?;
    Ok(ended(stopped, "stopping", "has stopped", name))
}

fn ended(ended: bool, doing: &str, done: &str, name: &ClusterName) -> Exit {
    let unit = ops::control_plane(name).unit();
    if !ended {
        return goes_on(doing, &unit);
    }
    output::done(format!("{unit} {done}"));
    Exit::Done
}

pub(crate) fn goes_on(doing: &str, unit: &str) -> Exit {
    output::say(format!(
        "systemd goes on {doing} {unit}; see how far it is:"
    ));
    output::say(format!("  systemctl --user status {unit}"));
    if doing != "stopping" {
        output::say(format!("or break it off:\n  systemctl --user stop {unit}"));
    }
    Exit::Interrupted
}

async fn delete(
    context: &Context,
    name: &ClusterName,
    options: &ops::delete::Options,
) -> Result<Exit> {
    let mut progress = Progress::start();
    let mut tell = |r| progress.tell(r);
    let deleted = ops::delete::delete(context, name, options, &mut tell).await;
    if !progress.end(deleted)? {
        output::say(format!("there is no cluster {name}; nothing to delete"));
    } else if options.ignores_missing_data {
        output::done(format!("cluster {name} is deleted"));
    } else {
        output::done(format!("cluster {name} is deleted, with its data"));
    }
    Ok(Exit::Done)
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
    let tell = &mut output::tell;
    let placed = ops::kubeconfig::merge_into_users(context, name, &options, tell).await?;
    for Placed { context, file } in placed {
        output::done(format!("context {context} is in {}", file.display()));
    }
    Ok(Exit::Done)
}

async fn build(verb: ImageVerb) -> Result<Exit> {
    let mut say = |line: String| output::say(line);
    let cancel = interrupt::listen()?;
    let cache = environment::cache_dir()?;
    match verb {
        ImageVerb::Binaries { output } => image::binaries(&output, &cancel, &mut say)?,
        ImageVerb::Build { source, base } => {
            let programs = if source == "modules" {
                let programs = cache.join("binaries");
                image::binaries(&programs, &cancel, &mut say)?;
                programs
            } else {
                source.into()
            };
            let manager = environment::manager(&cancel).await?;
            let podman = environment::of_podman(manager.as_ref()).await;
            let image = image::build(&programs, &base, &cache, &podman, &cancel, &mut say)?;
            output::done(format!("built {image}"));
        }
    }
    Ok(Exit::Done)
}

fn logs(context: &Context, name: &ClusterName, selection: &Selection) -> Result<Exit> {
    match ops::logs::print(context, name, selection) {
        Ok(true) => Ok(Exit::Done),
        Ok(false) => Ok(Exit::Failed),
        // That is how those who follow end it.
        Err(error) if ops::is_interrupted(&error) => Ok(Exit::Interrupted),
        Err(error) => Err(error),
    }
}

async fn adopt(context: &Context, name: &ClusterName, data_dir: Option<&Path>) -> Result<Exit> {
    let path = ops::adopt::adopt(context, name, data_dir, &mut output::tell).await?;
    output::done(format!("wrote {path}"));
    output::say("`kinc plan` says what an apply would do now");
    Ok(Exit::Done)
}

fn convert(file: &Path) -> Result<Exit> {
    let (declared, converted) = declarations::converted(file)?;
    // What is printed can be applied: the rest of what would be wrong with it is found here.
    declared.explain(ops::render::render(
        &declared.clusters,
        environment::data_dir()?,
        PodmanVersion::NEWEST,
    ))?;
    output::data(&converted.text)?;
    declarations::warn(&converted.left_out);
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
