//! `kinc list` and `kinc status`.

mod text;

use std::time::SystemTime;

use anyhow::Result;

use crate::cli::arguments::{ListFormat, StatusFormat};
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::ops::{self, Context, Target};

/// Prints all clusters.
pub(super) async fn list(context: &Context, format: ListFormat) -> Result<Exit> {
    let list = ops::status::list(context, &mut output::print_report).await?;
    match format {
        ListFormat::Table if list.is_empty() => {
            output::say("there are no clusters; create one: kinc create");
        }
        ListFormat::Table => output::data(&text::clusters(&list))?,
        ListFormat::Json => output::json(&list)?,
        ListFormat::Name => {
            for cluster in &list {
                output::data(&format!("{}\n", cluster.name))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// Prints a cluster, or one of its nodes, in detail.
pub(super) async fn status(
    context: &Context,
    target: Target<'_>,
    format: StatusFormat,
) -> Result<Exit> {
    let detail = ops::status::describe(context, target, &mut output::print_report).await?;
    match format {
        StatusFormat::Text => output::data(&text::detail(&detail, SystemTime::now()))?,
        StatusFormat::Json => output::json(&detail)?,
    }
    Ok(if detail.is_ready() {
        Exit::Done
    } else {
        Exit::NotReady
    })
}
