//! A cluster on a host of its own, and the few questions that tests ask of it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kinc_lab::{FreshHost, Lab, OPS, Output, Shell};

/// Far beyond what any step takes; a test that needs it fails with what it waited for.
pub(crate) const LIMIT: Duration = Duration::from_mins(2);

/// The image for pods of tests: a shell, and programs that look around.
pub(crate) const TOOLS: &str = "localhost/lab/tools:1";

/// Makes that image from programs of the host, with the libraries they need.
const MAKE_TOOLS: &str = r#"
set -e
rm -rf tools && mkdir tools
for program in sh curl getent sleep cat id ls; do
  file=$(command -v $program)
  for part in $file $(ldd $file | grep -o '/[^ )]*'); do
    install -D "$(realpath $part)" "tools$part"
  done
done
mkdir tools/etc && echo 'hosts: files dns' > tools/etc/nsswitch.conf
printf 'FROM scratch\nCOPY tools /\nENV PATH=/usr/bin:/bin\n' > tools.Containerfile
podman build --quiet --tag localhost/lab/tools:1 --file tools.Containerfile .
"#;

/// A host with clusters of the user `ops`.
pub(crate) struct Fixture {
    /// The host.
    pub(crate) host: FreshHost,
    limit: Duration,
}

impl Fixture {
    /// Boots a fresh host.
    pub(crate) fn boot(name: &str) -> Result<Self> {
        let host = Lab::shared()?.fresh_host(name)?;
        Ok(Self { host, limit: LIMIT })
    }

    /// Boots a fresh host with a kernel of its own, on which system calls are slow.
    pub(crate) fn on_metal(name: &str) -> Result<Self> {
        let host = Lab::shared()?.with_metal()?.fresh_host(name)?;
        Ok(Self {
            host,
            limit: LIMIT * 5,
        })
    }

    /// Returns how long a step may take here.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Boots a fresh host and creates the cluster `dev` on it.
    pub(crate) fn with_cluster(name: &str) -> Result<Self> {
        let fixture = Self::boot(name)?;
        fixture.ok("kinc create dev")?;
        Ok(fixture)
    }

    /// Returns a shell of the user.
    pub(crate) fn ops(&self) -> Shell {
        self.host.user(OPS).time_limit(self.limit)
    }

    /// Runs a command as the user, which must succeed, and returns its standard output.
    pub(crate) fn ok(&self, line: &str) -> Result<String> {
        Ok(self.ops().run(line)?.ok()?.stdout)
    }

    /// Runs a command as the user that must fail.
    pub(crate) fn fails(&self, line: &str) -> Result<Output> {
        self.ops().run(line)?.failed()
    }

    /// Runs kubectl in the node of `dev`.
    pub(crate) fn kubectl(&self, arguments: &str) -> Result<String> {
        self.ok(&format!(
            "podman exec kinc-dev-control-plane kubectl {arguments}"
        ))
    }

    /// Applies a manifest in the node of `dev`.
    pub(crate) fn apply(&self, manifest: &str) -> Result<()> {
        let kubectl = "podman exec --interactive kinc-dev-control-plane kubectl apply -f -";
        self.ops().with_stdin(manifest).run(kubectl)?.ok()?;
        Ok(())
    }

    /// Makes the image for pods and loads it into the node of `dev`.
    pub(crate) fn load_tools(&self) -> Result<()> {
        self.ok(MAKE_TOOLS)?;
        self.ok(&format!(
            "podman save --quiet --format docker-archive {TOOLS} | podman exec --interactive \
             kinc-dev-control-plane skopeo copy --quiet docker-archive:/dev/stdin containers-storage:{TOOLS}"
        ))?;
        Ok(())
    }

    /// Runs a pod of that image to its end and returns what it printed.
    pub(crate) fn run_pod(&self, pod: &Pod<'_>) -> Result<String> {
        let Pod {
            name,
            spec,
            container,
            script,
        } = pod;
        let script = serde_json::to_string(script)?;
        self.apply(&format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  restartPolicy: Never\n{spec}  \
             containers:\n  - name: main\n    image: {TOOLS}\n    imagePullPolicy: Never\n    \
             command: [sh, -c, {script}]\n{container}"
        ))?;
        let done = "--for=jsonpath={.status.phase}=Succeeded";
        let waited = self.kubectl(&format!("wait --timeout=60s {done} pod/{name}"));
        let seen = || {
            self.kubectl(&format!("describe pod/{name}"))
                .unwrap_or_default()
        };
        waited.with_context(seen)?;
        self.kubectl(&format!("logs {name}"))
    }

    /// Waits until the user's unit of `dev` is active and the API server answers on its port.
    pub(crate) fn wait_until_ready(&self) -> Result<Duration> {
        let ready = "systemctl --user is-active --quiet kinc-dev-control-plane && \
                     curl --silent --fail --insecure https://127.0.0.1:6443/readyz";
        self.host.wait_until("cluster `dev` is ready", LIMIT, || {
            self.ops().succeeds(ready)
        })
    }

    /// Returns a property of the unit of `dev`.
    pub(crate) fn property(&self, name: &str) -> Result<String> {
        let show =
            format!("systemctl --user show --property {name} --value kinc-dev-control-plane");
        Ok(self.ok(&show)?.trim_end().to_owned())
    }

    /// Writes what must survive: an object, and a file on a volume of the default storage class.
    pub(crate) fn write_data(&self) -> Result<()> {
        self.load_tools()?;
        self.kubectl("create configmap survivor --from-literal=a=b")?;
        self.apply(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec:\n  \
             accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Mi}}\n",
        )?;
        let wrote = self.run_pod(&Pod {
            spec: "  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\n",
            container: "    volumeMounts: [{name: data, mountPath: /data}]\n",
            ..Pod::new("writer", "echo kept > /data/file && echo written")
        })?;
        ensure!(wrote == "written\n", "the writer said {wrote:?}");
        Ok(())
    }

    /// Checks that the node is ready and pods of the system are.
    pub(crate) fn check_is_whole(&self) -> Result<()> {
        // Pods of tests may have ended, and are then never ready again.
        for namespace in ["kube-system", "local-path-storage"] {
            let wait = "wait --for=condition=Ready --timeout=60s --all pods";
            self.kubectl(&format!("--namespace {namespace} {wait}"))?;
        }
        Ok(())
    }

    /// Checks that what [`Self::write_data`] wrote is there.
    pub(crate) fn check_data(&self) -> Result<()> {
        ensure!(self.kubectl("get configmap survivor -o jsonpath={.data.a}")? == "b");
        // On the node's own volume, where the provisioner put it.
        let find =
            "podman exec kinc-dev-control-plane sh -c 'cat /var/local-path-provisioner/*/file'";
        let file = self.ok(find)?;
        ensure!(file == "kept\n", "the file on the volume holds {file:?}");
        Ok(())
    }
}

/// A pod that does something and ends.
pub(crate) struct Pod<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// More lines of its spec.
    pub(crate) spec: &'a str,
    /// More lines of its container.
    pub(crate) container: &'a str,
    /// What its shell does.
    pub(crate) script: &'a str,
}

impl<'a> Pod<'a> {
    /// A pod with nothing special.
    pub(crate) fn new(name: &'a str, script: &'a str) -> Self {
        Self {
            name,
            spec: "",
            container: "",
            script,
        }
    }
}
