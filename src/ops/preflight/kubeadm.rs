//! kubeadm, the one of the node image, as the judge of its own configuration.

use anyhow::{Context as _, Error, Result};

use crate::declaration::schema::Impact;
use crate::edge::fs;
use crate::edge::podman::{Podman, Reading};
use crate::model::cluster::{Cluster, KubernetesSettings};
use crate::model::field::Field;
use crate::model::problem::Problems;
use crate::ops::ErrorWithHints;
use crate::ops::prepare::Prepared;
use crate::plan::impact::impact_of;
use crate::units::file_set::{CONTAINERS_CONF, Change, File};
use crate::units::unit_names::is_kubeadm_conf;

/// Returns whether kubeadm is asked before its configuration changes, which takes half a second.
///
/// For one that is written where there is none that is not worth while, unless it has patches: it is
/// our template. One that is to take the place of another has something to lose, be it patched or not.
pub(crate) fn is_asked(changes: &[Change], settings: &KubernetesSettings) -> bool {
    let is_patched = !settings.patches.is_empty() || !settings.json_patches.is_empty();
    let mut changes = changes.iter().filter(|one| is_kubeadm_conf(one.path()));
    changes.any(|change| match change {
        Change::Create { .. } => is_patched,
        Change::Update { .. } => impact_of(change) == Impact::Restart,
        Change::Remove { .. } => false,
    })
}

/// Lets kubeadm, the one of the node image, check its configurations as they will be written.
pub(crate) async fn accepts(podman: &Podman, cluster: &Prepared) -> Result<()> {
    let files = cluster.files.iter();
    for (_, conf) in files.filter(|(path, _)| is_kubeadm_conf(path)) {
        accepts_one(podman, cluster, conf).await?;
    }
    Ok(())
}

async fn accepts_one(podman: &Podman, cluster: &Prepared, conf: &File) -> Result<()> {
    let directory = tempfile::tempdir().context("making a directory for kubeadm to read")?;
    let file = directory.path().join("kubeadm.conf");
    fs::write(&file, &conf.text, conf.mode)?;
    let podman_conf = directory.path().join(CONTAINERS_CONF);
    if let Some(file) = cluster.files.get(CONTAINERS_CONF) {
        fs::write(&podman_conf, &file.text, file.mode)?;
    }
    let target = "/etc/kinc/kubeadm.conf";
    let name = &cluster.resolved.cluster;
    let output = podman
        .try_reading(Reading {
            image: &cluster.resolved.declaration.image,
            command: &["kubeadm", "config", "validate", "--config", target],
            file: &file,
            target,
            podman_conf: &podman_conf,
        })
        .await
        .with_context(|| format!("checking the configuration of cluster `{name}` with kubeadm"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(refusal(
        &cluster.resolved.declaration,
        &last_words(&output.stderr),
    ))
}

/// Returns kubeadm's refusal, at the patches where there are any: all else is our template.
fn refusal(declared: &Cluster, words: &str) -> Error {
    let settings = &declared.kubernetes;
    let field = match (
        settings.patches.is_empty(),
        settings.json_patches.is_empty(),
    ) {
        (false, _) => Field::KubeadmConfigPatches,
        (true, false) => Field::KubeadmConfigPatchesJson6902,
        (true, true) => {
            let name = &declared.name;
            let message = format!("kubeadm rejects the configuration of cluster `{name}`: {words}");
            return ErrorWithHints::new(message).into();
        }
    };
    let message = format!("kubeadm rejects the patched configuration: {words}");
    Problems::from(declared.problem(field, message)).into()
}

/// Returns kubeadm's error, on one line, without the warnings before it and the advice after it.
fn last_words(stderr: &str) -> String {
    let error: Vec<&str> = stderr
        .lines()
        .skip_while(|line| !line.starts_with("error: "))
        .take_while(|line| !line.starts_with("To see the stack trace"))
        .map(str::trim)
        .collect();
    match error.join(" ").strip_prefix("error: ") {
        Some(error) => error.to_owned(),
        None => stderr.trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cluster::Patch;
    use crate::model::problem::Lines;
    use crate::units::file_set::MODE_PRIVATE;

    const CONF: &str = "kinc-dev-control-plane.kubeadm.conf";

    #[test]
    fn kubeadm_validates_new_patches_and_changes_of_existing_clusters() {
        let file = |text: &str| File {
            text: text.to_owned(),
            mode: MODE_PRIVATE,
        };
        let create = |path: &str| Change::Create {
            path: path.to_owned(),
            file: file("a: b\n"),
        };
        let update = |new: &str| Change::Update {
            path: CONF.to_owned(),
            old: file("a: b\n"),
            file: file(new),
        };
        let plain = KubernetesSettings::default();
        let patched = KubernetesSettings {
            patches: vec![Patch {
                kind: "KubeletConfiguration".to_owned(),
                text: "kind: KubeletConfiguration\n".to_owned(),
                lines: Lines::default(),
            }],
            ..KubernetesSettings::default()
        };
        let cases = [
            (
                "made with a cluster or lost since",
                create(CONF),
                false,
                true,
            ),
            ("another file", create("a.container"), false, false),
            ("another value", update("a: c\n"), true, true),
            ("another comment", update("# a\na: b\n"), false, false),
        ];
        for (name, change, of_plain, of_patched) in cases {
            let changes = [change];
            assert_eq!(is_asked(&changes, &plain), of_plain, "{name}");
            assert_eq!(is_asked(&changes, &patched), of_patched, "{name}");
        }
    }

    #[test]
    fn only_the_error_of_kubeadm_is_reported() {
        let stderr = "W1121 17:25:27.568105   11667 validation.go:79] WARNING: a value\n\
                      error: error unmarshaling configuration: yaml: unmarshal errors:\n  \
                      line 8: unknown field \"failSwapOnn\"\n\
                      To see the stack trace of this error execute with --v=5 or higher\n";
        assert_eq!(
            last_words(stderr),
            "error unmarshaling configuration: yaml: unmarshal errors: \
             line 8: unknown field \"failSwapOnn\""
        );
        assert_eq!(last_words("panic: no\n"), "panic: no");
    }
}
