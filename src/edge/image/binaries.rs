//! The programs of a node, built by Go and a C compiler.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::edge::cancel::Cancel;
use crate::edge::command::Program;
use crate::edge::fs;
use crate::edge::image::Say;
use crate::edge::image::embedded::{extract, version};
use crate::edge::image::programs::{C_PROGRAMS, CVersion, GO_MODULES, GoModule};

/// Builds the programs of a node from Go modules into a directory.
///
/// # Errors
/// When Go or the C compiler is missing, a module does not arrive, or a program does not compile.
pub(crate) async fn binaries(output: &Path, cancel: &Cancel, say: Say<'_>) -> Result<()> {
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
        build_module(module, &directory, &output, cancel)
            .await
            .with_context(|| format!("building the Go module `{}`", module.name))?;
    }
    say(format!("[{steps}/{steps}] building pinns, pause"));
    for program in C_PROGRAMS {
        let module = scratch.path().join("modules").join(program.module);
        let list = go(&module, cancel).args(["list", "-m", "-f", "{{.Dir}}", program.package]);
        let sources = list.output().await?.trim_end().to_owned();
        let compile = Program::new("gcc", cancel)
            .args(["-Os", "-s", "-static", "-o"])
            .args([output.join(program.name)])
            .args(program.flags)
            .args([format!("-DVERSION={}", c_version(program.version)?)])
            .args(
                program
                    .sources
                    .iter()
                    .map(|source| format!("{sources}/{source}")),
            );
        compile
            .progress()
            .await
            .with_context(|| format!("building `{}`; needs gcc and static libc", program.name))?;
    }
    Ok(())
}

async fn build_module(
    module: &GoModule,
    directory: &Path,
    output: &Path,
    cancel: &Cancel,
) -> Result<()> {
    let cgo = if module.cgo { "1" } else { "0" };
    let mut flags = "-s -w".to_owned();
    let version = version("KUBERNETES_VERSION")?;
    for variable in module.version_variables {
        flags = format!("{flags} -X {variable}={version}");
    }
    go(directory, cancel)
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
        .progress()
        .await?;
    if let Some((built, wanted)) = module.rename {
        fs::rename(&output.join(built), &output.join(wanted))?;
    }
    Ok(())
}

/// Returns the value of a C macro, without the `v` that Go has.
fn c_version(wanted: CVersion) -> Result<String> {
    let number = |name| Ok::<_, anyhow::Error>(version(name)?.trim_start_matches('v').to_owned());
    Ok(match wanted {
        CVersion::Text(name) => format!("\"{}\"", number(name)?),
        CVersion::Bare(name) => number(name)?,
    })
}

fn go(directory: &Path, cancel: &Cancel) -> Program {
    Program::new("go", cancel)
        .current_directory(directory)
        .env("GOFLAGS", "-mod=readonly -buildvcs=false")
        .env("GOWORK", "off")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::image::embedded::NODE;

    #[test]
    fn exactly_the_existing_module_directories_are_built() {
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
