//! The directory images/node, carried inside the program, and the versions written down in it.

use std::path::Path;

use anyhow::{Context as _, Result};
use include_dir::{Dir, include_dir};

use crate::edge::fs;

pub(super) static NODE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/images/node");

/// Returns the lines of images/node/versions.
pub(super) fn versions() -> Result<Vec<(String, String)>> {
    let file = NODE
        .get_file("versions")
        .and_then(|file| file.contents_utf8());
    let text = file.context("images/node/versions is not embedded")?;
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    Ok(pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

pub(super) fn version(name: &str) -> Result<String> {
    let versions = versions()?.into_iter();
    let found = versions.into_iter().find(|(variable, _)| variable == name);
    let (_, value) = found.with_context(|| format!("images/node/versions has no {name}"))?;
    Ok(value)
}

/// Writes the embedded directory out. Scripts are executable, as their first line says.
pub(super) fn extract(directory: &Path) -> Result<()> {
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
        let etcd = NODE
            .get_file("files/usr/share/kinc/patches/etcd+strategic.yaml")
            .unwrap();
        let image = format!(
            "image: registry.k8s.io/etcd:{}\n",
            version("ETCD_TAG").unwrap()
        );
        assert!(etcd.contents_utf8().unwrap().contains(&image));
        let storage = NODE.get_file("files/usr/share/kinc/storage.yaml").unwrap();
        let tag = version("PROVISIONER_TAG").unwrap();
        for image in ["local-path-provisioner", "storage-helper"] {
            let image = format!("localhost/kinc/{image}:{tag}");
            assert!(storage.contents_utf8().unwrap().contains(&image), "{image}");
        }
    }
}
