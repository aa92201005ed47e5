//! The products of the lab, one module each: its inputs, and how it is made.
//!
//! Where they lie and when they are recreated is done by [`crate::cache`].

pub(crate) mod binaries;
pub(crate) mod host_root;
pub(crate) mod kernel;
pub(crate) mod kinc;
pub(crate) mod node_base;
pub mod node_image;
pub mod packages;
pub(crate) mod quadlet;
pub(crate) mod uml;

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::release::Release;
use crate::{command, fs};

/// Returns the entries of a list file: one a line, `#` begins a comment.
fn read_list(path: &Path) -> Result<Vec<String>> {
    let text = fs::read(path)?;
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    Ok(lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect())
}

/// Returns a run of mmdebstrap(1) that makes the smallest Debian with `packages`.
fn mmdebstrap(release: Release, packages: &[String], hooks: &[String], target: &Path) -> Command {
    let mut program = command::bound_program("mmdebstrap");
    program.args(["--mode=root", "--variant=minbase"]);
    program.arg(format!("--include={}", packages.join(",")));
    program.args(hooks.iter().map(|hook| format!("--customize-hook={hook}")));
    let options = release.apt_options().iter();
    program.args(options.map(|option| format!("--aptopt={option}")));
    program.arg(release.name()).arg(target);
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_comments_and_blank_lines() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("packages");
        fs::write(&path, "# all of them\none\n\ntwo # why\n").unwrap();
        assert_eq!(read_list(&path).unwrap(), ["one", "two"]);
    }
}
