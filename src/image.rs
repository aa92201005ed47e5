//! The edge that builds the node image: Go and a C compiler for the programs, Podman for the image.
//!
//! It carries images/node inside, so no checkout is needed. It knows no cluster.

mod programs;

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use include_dir::{Dir, include_dir};

use crate::command::Program;
use crate::fs;
use crate::image::programs::{C_PROGRAMS, GO_MODULES, GoModule};

/// The Debian that the image is built on.
pub const DEFAULT_BASE: &str = "docker.io/library/debian:trixie-slim";

static NODE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/images/node");

/// The version of the contract in images/node/README.md, between the units and the image.
pub const CONTRACT: &str = "1";

/// Makes overlay mounts and files of all owners possible in the build (see build/bake-images).
const BUILD_PRIVILEGES: [&str; 3] = [
    "--cap-add=SYS_ADMIN,MKNOD,SYS_CHROOT,SETFCAP",
    "--security-opt=seccomp=unconfined",
    "--security-opt=label=disable",
];

/// Receives a line for each step.
pub type Say<'a> = &'a mut dyn FnMut(String);

/// Builds the programs of a node from Go modules into a directory.
///
/// # Errors
/// When Go or the C compiler is missing, a module does not arrive, or a program does not compile.
pub fn binaries(output: &Path, say: Say<'_>) -> Result<()> {
    fs::create_directory(output)?;
    let output = fs::resolve(output);
    let scratch = tempfile::tempdir().context("making a directory to build in")?;
    extract(scratch.path())?;
    let steps = GO_MODULES.len() + 1;
    for (n, module) in GO_MODULES.iter().enumerate() {
        say(format!(
            "[{}/{steps}] building {}",
            n + 1,
            module.programs.join(", ")
        ));
        let directory = scratch.path().join("modules").join(module.name);
        build_module(module, &directory, &output)
            .with_context(|| format!("building the Go module `{}`", module.name))?;
    }
    say(format!("[{steps}/{steps}] building pinns, pause"));
    for program in C_PROGRAMS {
        let module = scratch.path().join("modules").join(program.module);
        let list = go(&module).args(["list", "-m", "-f", "{{.Dir}}", program.package]);
        let sources = list.output()?.trim_end().to_owned();
        let compile = Program::new("gcc")
            .args(["-Os", "-s", "-static", "-o"])
            .args([output.join(program.name)])
            .args(program.flags)
            .args(
                program
                    .sources
                    .iter()
                    .map(|source| format!("{sources}/{source}")),
            );
        compile
            .progress()
            .with_context(|| format!("building `{}`; needs gcc and static libc", program.name))?;
    }
    Ok(())
}

fn build_module(module: &GoModule, directory: &Path, output: &Path) -> Result<()> {
    let cgo = if module.cgo { "1" } else { "0" };
    let mut flags = "-s -w".to_owned();
    let version = version("KUBERNETES_VERSION")?;
    for variable in module.version_variables {
        flags = format!("{flags} -X {variable}={version}");
    }
    go(directory)
        .env("CGO_ENABLED", cgo)
        .args([
            "build",
            "-trimpath",
            "-tags",
            module.tags,
            "-ldflags",
            &flags,
            "-o",
        ])
        // A trailing slash has Go name each program itself.
        .args([format!("{}/", output.display())])
        .args(["tool"])
        .progress()?;
    if let Some((built, wanted)) = module.rename {
        fs::rename(&output.join(built), &output.join(wanted))?;
    }
    Ok(())
}

fn go(directory: &Path) -> Program {
    Program::new("go")
        .current_directory(directory)
        .env("GOFLAGS", "-mod=readonly -buildvcs=false")
        .env("GOWORK", "off")
}

/// Builds the node image from a directory of programs, and returns its name.
///
/// `cache` is a directory on a file system that overlay can sit on, such as one in the user's home.
///
/// # Errors
/// When a program is missing, or Podman does not build.
pub fn build(programs: &Path, base: &str, cache: &Path, say: Say<'_>) -> Result<String> {
    let programs = fs::resolve(programs);
    let missing: Vec<&str> = programs::all()
        .filter(|program| !fs::exists(&programs.join(program)))
        .collect();
    if !missing.is_empty() {
        bail!("`{}` lacks {}", programs.display(), missing.join(", "));
    }
    let scratch = tempfile::tempdir().context("making a directory to build in")?;
    extract(scratch.path())?;
    fs::create_directory(cache)?;
    let volume = tempfile::tempdir_in(cache).context("making a directory to bake images in")?;
    let image = image_name()?;
    say(format!("building {image} on {base}"));
    let mut build = Program::new("podman")
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
    build.args([scratch.path()]).progress()?;
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

/// Returns the lines of images/node/versions.
fn versions() -> Result<Vec<(String, String)>> {
    let file = NODE
        .get_file("versions")
        .and_then(|file| file.contents_utf8());
    let text = file.context("images/node/versions is not embedded")?;
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    Ok(pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

fn version(name: &str) -> Result<String> {
    let versions = versions()?.into_iter();
    let found = versions.into_iter().find(|(variable, _)| variable == name);
    let (_, value) = found.with_context(|| format!("images/node/versions has no {name}"))?;
    Ok(value)
}

/// Writes the embedded directory out. Scripts are executable, as their first line says.
fn extract(directory: &Path) -> Result<()> {
    let mut pending = vec![&NODE];
    while let Some(next) = pending.pop() {
        for file in next.files() {
            let path = directory.join(file.path());
            let text = file
                .contents_utf8()
                .with_context(|| format!("`{}` is not text", path.display()))?;
            let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
            fs::write(&path, text, mode)?;
        }
        pending.extend(next.dirs());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The version of a module in an embedded go.mod.
    fn required(module: &str, package: &str) -> String {
        let file = NODE.get_file(format!("modules/{module}/go.mod")).unwrap();
        let text = file.contents_utf8().unwrap();
        let wanted = format!("{package} ");
        let mut lines = text
            .lines()
            .map(|line| line.trim().trim_start_matches("require "));
        let line = lines.find_map(|line| line.strip_prefix(&wanted));
        line.unwrap().split_whitespace().next().unwrap().to_owned()
    }

    #[test]
    fn the_versions_are_those_of_the_go_modules() {
        let etcd = required("etcd", "go.etcd.io/etcd/server/v3");
        let rows = [
            (
                "KUBERNETES_VERSION",
                required("kubernetes", "k8s.io/kubernetes"),
            ),
            ("ETCD_TAG", format!("{}-0", etcd.trim_start_matches('v'))),
            (
                "COREDNS_TAG",
                required("coredns", "github.com/coredns/coredns"),
            ),
            (
                "PROVISIONER_TAG",
                required("storage", "github.com/rancher/local-path-provisioner"),
            ),
            ("CRIO_VERSION", required("cri-o", "github.com/cri-o/cri-o")),
        ];
        for (name, required) in rows {
            assert_eq!(version(name).unwrap(), required, "{name}");
        }
    }

    #[test]
    fn the_files_of_the_image_name_the_versions_that_are_baked_in() {
        let crio = NODE
            .get_file("files/etc/crio/crio.conf.d/10-kinc.conf")
            .unwrap();
        let pause = format!("registry.k8s.io/pause:{}", version("PAUSE_TAG").unwrap());
        assert!(crio.contents_utf8().unwrap().contains(&pause));
        let storage = NODE.get_file("files/usr/share/kinc/storage.yaml").unwrap();
        let tag = version("PROVISIONER_TAG").unwrap();
        for image in ["local-path-provisioner", "storage-helper"] {
            let image = format!("localhost/kinc/{image}:{tag}");
            assert!(storage.contents_utf8().unwrap().contains(&image), "{image}");
        }
    }

    #[test]
    fn each_module_directory_is_built_and_each_built_one_is_there() {
        let directories = NODE.get_dir("modules").unwrap().dirs();
        let mut there: Vec<_> = directories
            .map(|directory| directory.path().file_name().unwrap().to_str().unwrap())
            .collect();
        let mut built: Vec<_> = GO_MODULES.iter().map(|module| module.name).collect();
        there.sort_unstable();
        built.sort_unstable();
        assert_eq!(there, built);
    }
}
