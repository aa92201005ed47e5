//! The node image, built by the user of a host and kept as a store that other hosts read.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cache::{Build, Cache, Product};
use crate::host::{Host, HostConfig, Kind, OPS};
use crate::key::Key;
use crate::product::node_base;
use crate::progress::TICK;
use crate::release::Release;
use crate::{fs, wait};

/// The host that builds; it is gone afterwards.
const BUILDER: &str = "image-builder";

/// The name under which the base is imported.
const BASE: &str = "localhost/kinc/debian:trixie";

/// The repository of the result.
const IMAGE: &str = "localhost/kinc/node";

/// Time for one step of the build; measured 3 min for the longest.
const LIMIT: Duration = Duration::from_mins(30);

/// Where rootless Podman keeps its images.
const STORE: &str = "home/ops/.local/share/containers/storage";

/// What the image is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inputs<'inputs> {
    /// The source tree.
    pub source: &'inputs Path,
    /// The program that builds.
    pub kinc: &'inputs Path,
    /// The root file system of the host that builds.
    pub host_root: &'inputs Product,
    /// The Debian below the image.
    pub node_base: &'inputs Product,
    /// The programs in the image.
    pub binaries: &'inputs Product,
}

/// Returns a container store with the node image in it.
///
/// # Errors
/// When the host does not boot, or the build fails in it.
pub(crate) fn make(cache: &Cache, inputs: Inputs<'_>) -> Result<Product> {
    let mut key = Key::builder()
        .value("base", &inputs.node_base.key.to_string())
        .value("binaries", &inputs.binaries.key.to_string())
        // Podman writes the store, and another one might write it in another way.
        .value("host", &inputs.host_root.key.to_string());
    for path in recipe(inputs.source)? {
        let part = path.file_name().unwrap_or_default().to_string_lossy();
        key = key.value("part", &part).files(&path)?;
    }
    cache.product(
        "node-image",
        "the node image, in a host",
        key.finish(),
        |build| {
            let host = Host::named(cache, BUILDER)?;
            // Left by a build that was interrupted: the lock of this product is ours.
            host.remove()?;
            let config = HostConfig {
                name: BUILDER.to_owned(),
                kind: Kind::Nspawn,
                release: Release::Trixie,
                root: inputs.host_root.path.join("root"),
                store: None,
                shares: vec![
                    (inputs.node_base.path.clone(), "/share/base".to_owned()),
                    (inputs.binaries.path.clone(), "/share/binaries".to_owned()),
                ],
            };
            Host::boot(cache, &config, inputs.kinc)?;
            build_image(&host, build)?;
            host.down()?;
            keep_store(&host, build.directory)?;
            host.remove()
        },
    )
}

/// Returns the files and directories that say how the image is made.
fn recipe(source: &Path) -> Result<Vec<PathBuf>> {
    let mut recipe = fs::list(&source.join("images/node"))?;
    // For people: a word in it makes no other image.
    recipe.retain(|path| path.file_name() != Some(OsStr::new("README.md")));
    recipe.extend(["src/edge/image.rs", "src/edge/image"].map(|path| source.join(path)));
    Ok(recipe)
}

/// Builds the image as a user does.
fn build_image(host: &Host, build: &Build<'_>) -> Result<()> {
    let lines = [
        format!(
            "podman import --quiet /share/base/{} {BASE}",
            node_base::ARCHIVE
        ),
        format!("kinc image build --source /share/binaries --base {BASE}"),
        // Kept for every later run, so it is looked at once.
        format!("podman images --noheading {IMAGE} | grep --quiet {IMAGE}"),
    ];
    let mut log = String::new();
    for line in lines {
        let mut work = host.user(OPS).time_limit(LIMIT).spawn(&line)?;
        let what = format!("`{line}` ends");
        while work.is_running() {
            // A build has no condition but its own end; between two looks there is a sign of life.
            if wait::until(&what, TICK, || !work.is_running()).is_err() {
                build.step.tick(&line);
            }
        }
        let output = work.wait()?.ok()?;
        log = format!("{log}{line}\n{}{}", output.stdout, output.stderr);
        fs::write(build.log, &log)?;
    }
    Ok(())
}

/// Moves the images of a host that is off into `product`, without any state of containers.
///
/// # Errors
/// When its user never built an image.
pub fn keep_store(host: &Host, product: &Path) -> Result<()> {
    let store = host.directory().join(STORE);
    for part in ["overlay", "overlay-images", "overlay-layers"] {
        fs::rename(&store.join(part), &product.join(part))
            .context("keeping the store of the builder")?;
    }
    Ok(())
}
