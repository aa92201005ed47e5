//! The cluster `dev` on a fresh host of its own, with pods and data in it.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
pub(crate) use kinc_lab::dev::TOOLS;
use kinc_lab::{Dev, FreshHost, Lab};

/// What kubeadm reads, on the host.
pub(crate) const KUBEADM_CONF: &str =
    ".config/containers/systemd/kinc-dev/kinc-dev-control-plane.kubeadm.conf";

/// Far beyond what any step takes; a test that needs it fails with what it waited for.
pub(crate) const LIMIT: Duration = Duration::from_mins(2);

/// A host with clusters of the user `ops`, switched off at the end.
pub(crate) struct Fixture {
    dev: Dev,
    _host: FreshHost,
}

impl Deref for Fixture {
    type Target = Dev;

    fn deref(&self) -> &Dev {
        &self.dev
    }
}

impl Fixture {
    /// Boots a fresh host.
    pub(crate) fn boot(name: &str) -> Result<Self> {
        Ok(Self::on(Lab::shared()?.fresh_host(name)?, LIMIT))
    }

    /// Boots a fresh host with a kernel of its own, on which system calls are slow.
    pub(crate) fn on_uml(name: &str) -> Result<Self> {
        let host = Lab::shared()?.with_uml()?.fresh_host(name)?;
        // A start that runs out of its own time there is tried again, as anywhere.
        Ok(Self::on(host, LIMIT * 10))
    }

    fn on(fresh: FreshHost, limit: Duration) -> Self {
        let host = fresh.clone();
        Self {
            dev: Dev { host, limit },
            _host: fresh,
        }
    }

    /// Boots a fresh host and creates the cluster `dev` on it.
    pub(crate) fn with_cluster(name: &str) -> Result<Self> {
        let fixture = Self::boot(name)?;
        fixture.ok("kinc create dev")?;
        Ok(fixture)
    }

    /// Waits until the pods of the cluster's DNS are on two nodes.
    pub(crate) fn wait_for_spread_dns(&self) -> Result<()> {
        let pods = "get pods --namespace kube-system --selector k8s-app=kube-dns --no-headers \
                    -o custom-columns=N:.spec.nodeName";
        self.host.wait_until("the DNS is on two nodes", LIMIT, || {
            let found = self.kubectl(pods).unwrap_or_default();
            let nodes: BTreeSet<&str> = found.lines().collect();
            nodes.len() == 2
        })?;
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

    /// Applies `dev.yaml`, whose patch gives the control plane one second, which is on no host enough; and
    /// more of them once systemd tries again. What was half made is put away, and the cluster comes up.
    pub(crate) fn apply_with_a_first_init_that_times_out(&self) -> Result<()> {
        let apply = self.ops().spawn("exec kinc apply --yes -f dev.yaml")?;
        self.host.wait_until("systemd tries it again", LIMIT, || {
            self.property("NRestarts").is_ok_and(|tries| tries != "0")
        })?;
        self.ok(&format!(
            "sed -i 's/HealthCheck: \"1s\"/HealthCheck: 3m/' {KUBEADM_CONF}"
        ))?;
        self.wait_until_ready()?;
        drop(apply);
        self.in_node("test -e /var/lib/half-done/kubernetes/pki/ca.key")?;
        Ok(())
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
            // One wait knows only the pods that there were when it began, and one may be replaced.
            let wait = "wait --for=condition=Ready --timeout=5s --all pods";
            let wait = format!("--namespace {namespace} {wait}");
            let what = "all pods of the system are ready";
            self.host
                .wait_until(what, self.limit, || self.kubectl(&wait).is_ok())?;
        }
        Ok(())
    }

    /// Checks that what [`Self::write_data`] wrote is there, and the image that it loaded.
    pub(crate) fn check_data(&self) -> Result<()> {
        self.in_node(&format!("crictl inspecti --quiet {TOOLS}"))?;
        ensure!(self.kubectl("get configmap survivor -o jsonpath={.data.a}")? == "b");
        // On the node's own volume, where the provisioner put it.
        let file = self.in_node("sh -c 'cat /var/local-path-provisioner/*/file'")?;
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
