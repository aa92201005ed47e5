//! The cluster `dev` of the user `ops` on a host, and the few questions asked of it.

use std::time::Duration;

use anyhow::Result;

use crate::exec::{Output, Shell};
use crate::host::{Host, OPS};

/// The unit of the cluster.
pub const UNIT: &str = "kinc-dev-control-plane.service";

/// The image for pods: a shell, and programs that look around.
pub const TOOLS: &str = "localhost/lab/tools:1";

/// Makes that image from programs of the host, with the libraries they need.
const MAKE_TOOLS: &str = r#"
set -e
rm -rf tools && mkdir tools
for program in sh curl getent sleep cat id ls sync; do
  file=$(command -v $program)
  for part in $file $(ldd $file | grep -o '/[^ )]*'); do
    install -D "$(realpath $part)" "tools$part"
  done
done
mkdir tools/etc && echo 'hosts: files dns' > tools/etc/nsswitch.conf
printf 'FROM scratch\nCOPY tools /\nENV PATH=/usr/bin:/bin\n' > tools.Containerfile
podman build --quiet --tag localhost/lab/tools:1 --file tools.Containerfile .
"#;

/// Ends when each pod of the system is Ready, with containers of this start: what the API server knows of a pod
/// stays as it was until kubelet says something new.
const WAIT_FOR_SYSTEM_PODS: &str = r#"
set -uo pipefail
. /usr/libexec/kinc/lib
started=$(cat /run/kinc/started)
until api /api/v1/pods | jq --exit-status --arg started "$started" '
  [.items[] | select(.metadata.namespace | IN("kube-system", "local-path-storage"))]
  | length == 8 and all(.[];
      any(.status.conditions[]?; .type == "Ready" and .status == "True")
      and all(.status.containerStatuses[]; .state.running.startedAt >= $started))' > /dev/null
do sleep 0.1; done
"#;

/// A host whose user has a cluster called `dev`, made or not.
#[derive(Clone, Debug)]
pub struct Dev {
    /// The host.
    pub host: Host,
    /// How long a step may take there.
    pub limit: Duration,
}

impl Dev {
    /// Returns a shell of the user.
    #[must_use]
    pub fn ops(&self) -> Shell {
        self.host.user(OPS).time_limit(self.limit)
    }

    /// Runs a command as the user, which must succeed, and returns its standard output.
    ///
    /// # Errors
    /// When it fails; so for all that follow.
    pub fn ok(&self, line: &str) -> Result<String> {
        Ok(self.ops().run(line)?.ok()?.stdout)
    }

    /// Runs a command as the user that must fail.
    ///
    /// # Errors
    /// When it succeeds.
    pub fn fails(&self, line: &str) -> Result<Output> {
        self.ops().run(line)?.failed()
    }

    /// Runs a command in the node.
    ///
    /// # Errors
    /// When it fails, or the node does not run.
    pub fn in_node(&self, line: &str) -> Result<String> {
        self.ok(&format!("podman exec kinc-dev-control-plane {line}"))
    }

    /// Runs kubectl in the node.
    ///
    /// # Errors
    /// When it fails.
    pub fn kubectl(&self, arguments: &str) -> Result<String> {
        self.in_node(&format!("kubectl {arguments}"))
    }

    /// Applies a manifest.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub fn apply(&self, manifest: &str) -> Result<()> {
        let kubectl = "podman exec --interactive kinc-dev-control-plane kubectl apply -f -";
        self.ops().with_stdin(manifest).run(kubectl)?.ok()?;
        Ok(())
    }

    /// Makes the image [`TOOLS`] and loads it into the node.
    ///
    /// # Errors
    /// When one of the two fails.
    pub fn load_tools(&self) -> Result<()> {
        self.ok(MAKE_TOOLS)?;
        self.ok(&format!(
            "podman save --quiet --format docker-archive {TOOLS} | podman exec --interactive \
             kinc-dev-control-plane skopeo copy --quiet docker-archive:/dev/stdin containers-storage:{TOOLS}"
        ))?;
        Ok(())
    }

    /// Waits until all pods of the system are Ready since the last start, and returns how long that took.
    ///
    /// # Errors
    /// When the limit passes.
    pub fn wait_for_system_pods(&self) -> Result<Duration> {
        let bash = "podman exec --interactive kinc-dev-control-plane bash -s";
        let waited = self.ops().with_stdin(WAIT_FOR_SYSTEM_PODS).run(bash)?;
        Ok(waited.ok()?.elapsed)
    }

    /// Returns a property of the unit.
    ///
    /// # Errors
    /// When the user manager does not answer.
    pub fn property(&self, name: &str) -> Result<String> {
        let show = format!("systemctl --user show --property {name} --value {UNIT}");
        Ok(self.ok(&show)?.trim_end().to_owned())
    }

    /// Returns whether the unit is active, with nothing more to do, and the API server answers.
    #[must_use]
    pub(crate) fn is_ready(&self) -> bool {
        let jobs = format!("test -z \"$(systemctl --user list-jobs --no-legend {UNIT})\"");
        let answers = "curl --silent --fail --insecure --max-time 10 https://127.0.0.1:6443/readyz";
        let ready = format!("systemctl --user is-active --quiet {UNIT} && {jobs} && {answers}");
        self.ops().succeeds(&ready)
    }

    /// Waits until it is ready, and returns how long that took.
    ///
    /// # Errors
    /// When the limit passes.
    pub fn wait_until_ready(&self) -> Result<Duration> {
        self.host
            .wait_until("cluster `dev` is ready", self.limit, || self.is_ready())
    }
}
