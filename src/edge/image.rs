//! The edge that builds the node image: Go and a C compiler for the programs, Podman for the image.
//!
//! It carries images/node inside, so no checkout is needed. It knows no cluster.

mod binaries;
mod embedded;
mod programs;

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::edge::cancel::Cancel;
use crate::edge::command::{Program, Variable};
use crate::edge::fs;
use crate::edge::image::embedded::{extract, version, versions};

pub(crate) use crate::edge::image::binaries::binaries;

/// The Debian that the image is built on.
pub(crate) const DEFAULT_BASE: &str = "docker.io/library/debian:trixie-slim";

/// The version of the contract in images/node/README.md, between the units and the image.
pub const CONTRACT: &str = "9";

/// Makes overlay mounts and files of all owners possible in the build (see build/bake-images).
const BUILD_PRIVILEGES: [&str; 3] = [
    "--cap-add=SYS_ADMIN,MKNOD,SYS_CHROOT,SETFCAP",
    "--security-opt=seccomp=unconfined",
    "--security-opt=label=disable",
];

/// Receives a line for each step.
pub(crate) type Say<'a> = &'a mut dyn FnMut(String);

/// Builds the node image from a directory of programs, and returns its name.
///
/// `cache` is a directory on a file system that overlay can sit on, such as one in the user's home.
/// `environment` has Podman build into the store that the clusters start from.
///
/// # Errors
/// When a program is missing, or Podman does not build.
pub(crate) async fn build(
    programs: &Path,
    base: &str,
    cache: &Path,
    environment: &[Variable],
    cancel: &Cancel,
    say: Say<'_>,
) -> Result<String> {
    let programs = fs::resolve(programs);
    let mut missing = Vec::new();
    for program in programs::all() {
        if !fs::exists(&programs.join(program))? {
            missing.push(program);
        }
    }
    if !missing.is_empty() {
        bail!("`{}` lacks {}", programs.display(), missing.join(", "));
    }
    let scratch = tempfile::tempdir().context("making a directory to build in")?;
    extract(scratch.path())?;
    fs::create_directory(cache)?;
    let volume = tempfile::tempdir_in(cache).context("making a directory to bake images in")?;
    let image = image_name()?;
    say(format!("building {image} on {base}"));
    let mut build = Program::new("podman", cancel)
        .environment(environment)
        .args([
            "build",
            "--tag",
            &image,
            "--build-arg",
            &format!("BASE={base}"),
        ])
        .args(BUILD_PRIVILEGES)
        .args([format!("--build-context=binaries={}", programs.display())])
        .args([format!("--volume={}:/bake", volume.path().display())])
        .args([format!("--build-context=node={}", scratch.path().display())])
        .args([format!("--file={}/Containerfile", scratch.path().display())]);
    for (name, value) in versions()? {
        build = build.args([format!("--build-arg={name}={value}")]);
    }
    for (name, value) in labels()? {
        build = build.args([format!("--label={name}={value}")]);
    }
    build.args([scratch.path()]).progress().await?;
    Ok(image)
}

fn image_name() -> Result<String> {
    Ok(format!(
        "localhost/kinc/node:{}",
        version("KUBERNETES_VERSION")?
    ))
}

fn labels() -> Result<Vec<(String, String)>> {
    let label = |name: &str, variable: &str| Ok((format!("io.kinc.{name}"), version(variable)?));
    let mut labels = vec![("io.kinc.contract".to_owned(), CONTRACT.to_owned())];
    let versions: Result<Vec<_>> = [
        label("kubernetes", "KUBERNETES_VERSION"),
        label("etcd", "ETCD_TAG"),
        label("coredns", "COREDNS_TAG"),
        label("crio", "CRIO_VERSION"),
        label("local-path-provisioner", "PROVISIONER_TAG"),
    ]
    .into_iter()
    .collect();
    labels.extend(versions?);
    Ok(labels)
}
