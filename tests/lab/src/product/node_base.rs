//! The Debian below the node image, as a tar archive that `podman import` takes.

use std::path::Path;

use anyhow::Result;

use crate::cache::{Cache, Product};
use crate::command;
use crate::key::Key;
use crate::product::{mmdebstrap, read_list};
use crate::release::Release;

/// The release of nodes, whatever that of their host is.
const RELEASE: Release = Release::Trixie;

/// The archive in the product's directory.
pub(crate) const ARCHIVE: &str = "base.tar";

/// Returns the base of the node image.
///
/// # Errors
/// When Debian's archive does not answer.
pub(crate) fn make(cache: &Cache, source: &Path) -> Result<Product> {
    let list = source.join("images/node/packages");
    let key = Key::builder()
        .value("suite", RELEASE.name())
        .files(&list)?
        .finish();
    cache.product(
        "node-base",
        "a Debian for nodes, by mmdebstrap",
        key,
        |build| {
            let mut program = mmdebstrap(
                RELEASE,
                &read_list(&list)?,
                &[],
                &build.directory.join(ARCHIVE),
            );
            command::run_logged(&mut program, build.log, build.step)
        },
    )
}
