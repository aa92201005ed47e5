//! `kinc image`.

use anyhow::Result;

use crate::cli::arguments::ImageVerb;
use crate::cli::exit::Exit;
use crate::cli::{environment, interrupt, output};
use crate::edge::image;

/// Builds the programs of a node, or its image.
pub(super) async fn build(verb: ImageVerb) -> Result<Exit> {
    let mut say = |line: String| output::say(line);
    let cancel = interrupt::listen();
    let cache = environment::cache_dir()?;
    match verb {
        ImageVerb::Binaries { output } => image::binaries(&output, &cancel, &mut say).await?,
        ImageVerb::Build { source, base } => {
            let programs = if source == "modules" {
                let programs = cache.join("binaries");
                image::binaries(&programs, &cancel, &mut say).await?;
                programs
            } else {
                source.into()
            };
            let manager = environment::manager(&cancel).await?;
            let podman = environment::of_podman(manager.as_ref()).await;
            let image = image::build(&programs, &base, &cache, &podman, &cancel, &mut say).await?;
            output::done(format!("built {image}"));
        }
    }
    Ok(Exit::Done)
}
