//! kubeadm, the one of the node image, as the judge of its own configuration.

use anyhow::{Context as _, Result};

use crate::effect::effect_of;
use crate::fileset::{Change, KUBEADM_CONF};
use crate::fs;
use crate::ops::Failure;
use crate::ops::prepare::Prepared;
use crate::podman::{Podman, Reading};
use crate::schema::Effect;

/// Tells whether kubeadm is asked before its configuration changes, which takes half a second.
///
/// For a new cluster that is not worth while, unless it has patches: its configuration is our
/// template, and there is no data yet. One that was made, and is to be brought up with another
/// configuration, has something to lose.
pub(crate) fn is_asked(cluster: &Prepared) -> bool {
    let reconfigures = |change: &Change| {
        let is_update = matches!(change, Change::Update { .. });
        is_update && change.path() == KUBEADM_CONF && effect_of(change) == Effect::Restart
    };
    let settings = &cluster.plan.declaration.kubernetes;
    let is_patched = !settings.patches.is_empty() || !settings.json_patches.is_empty();
    if cluster.is_new {
        is_patched
    } else {
        cluster.changes.iter().any(reconfigures)
    }
}

/// Lets kubeadm, the one of the node image, check the configuration as it will be written.
pub(crate) fn accepts(podman: &Podman, cluster: &Prepared) -> Result<()> {
    let Some(conf) = cluster.files.get(KUBEADM_CONF) else {
        return Ok(());
    };
    let directory = tempfile::tempdir().context("making a directory for kubeadm to read")?;
    let file = directory.path().join(KUBEADM_CONF);
    fs::write(&file, &conf.text, conf.mode)?;
    let target = "/etc/kinc/kubeadm.conf";
    let name = &cluster.plan.cluster;
    let output = podman
        .try_reading(Reading {
            image: &cluster.plan.declaration.image,
            command: &["kubeadm", "config", "validate", "--config", target],
            file: &file,
            target,
        })
        .with_context(|| format!("having kubeadm check the configuration of cluster `{name}`"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "kubeadm refuses the configuration of cluster `{name}`: {}",
        last_words(&output.stderr)
    ))
    .into())
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

    #[test]
    fn of_what_kubeadm_says_only_its_error_is_told() {
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
