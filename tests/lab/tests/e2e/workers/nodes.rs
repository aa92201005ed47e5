//! The cluster `dev` with workers, and a pod with data on the first of them.

use std::cell::Cell;
use std::fmt::Write as _;
use std::ops::Deref;

use anyhow::{Context as _, Result, ensure};

use crate::fixture::{Fixture, LIMIT, TOOLS};

/// A pod that holds a claim on the worker with that label.
const HOLDER: &str = r"
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: held}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: holder, labels: {app: holder}}
spec:
  nodeSelector: {disk: ssd}
  terminationGracePeriodSeconds: 0
  volumes: [{name: data, persistentVolumeClaim: {claimName: held}}]
  containers:
  - name: main
    image: localhost/lab/tools:1
    imagePullPolicy: Never
    command: [sleep, inf]
    volumeMounts: [{name: data, mountPath: /data}]
";

/// A host with the cluster `dev`, which has workers.
pub(super) struct Workers {
    dev: Fixture,
    count: Cell<usize>,
}

impl Deref for Workers {
    type Target = Fixture;

    fn deref(&self) -> &Fixture {
        &self.dev
    }
}

impl Workers {
    /// Boots a fresh host.
    pub(super) fn boot(name: &str) -> Result<Self> {
        Ok(Self {
            dev: Fixture::boot(name)?,
            count: Cell::new(0),
        })
    }

    /// Boots a fresh host and creates the cluster with one worker for each of these, fields of its declaration.
    pub(super) fn create(name: &str, workers: &[&str]) -> Result<Self> {
        let dev = Self::boot(name)?;
        dev.declare(workers)?;
        dev.ok("kinc apply --yes -f dev.yaml")?;
        Ok(dev)
    }

    /// Writes the declaration.
    pub(super) fn declare(&self, workers: &[&str]) -> Result<()> {
        let mut text = "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {name: dev}\nspec:\n  nodes:\n  \
                        - {role: control-plane}\n"
            .to_owned();
        for fields in workers {
            writeln!(text, "  - {{role: worker, {fields}}}")?;
        }
        self.count.set(workers.len());
        self.ops().write_file("dev.yaml", &text)
    }

    /// Returns the names of all nodes.
    pub(super) fn nodes(&self) -> Vec<String> {
        let worker = |number| match number {
            0 => "kinc-dev-control-plane".to_owned(),
            1 => "kinc-dev-worker".to_owned(),
            _ => format!("kinc-dev-worker{number}"),
        };
        (0..=self.count.get()).map(worker).collect()
    }

    /// Runs a command in a node.
    pub(super) fn on(&self, node: &str, line: &str) -> Result<String> {
        self.ok(&format!("podman exec {node} {line}"))
    }

    /// Runs a script of bash in a node.
    pub(super) fn script(&self, node: &str, script: &str) -> Result<String> {
        let bash = format!("podman exec --interactive {node} bash -s");
        Ok(self.ops().with_stdin(script).run(&bash)?.ok()?.stdout)
    }

    /// Returns a field of a pod.
    pub(super) fn of_pod(&self, pod: &str, path: &str) -> Result<String> {
        self.kubectl(&format!("get pod {pod} -o 'jsonpath={path}'"))
    }

    /// Makes the image for pods, and loads it into all nodes.
    pub(super) fn load_tools_everywhere(&self) -> Result<()> {
        self.load_tools()?;
        for worker in self.nodes().iter().skip(1) {
            self.ok(&format!(
                "podman save --quiet --format docker-archive {TOOLS} | podman exec --interactive {worker} \
                 skopeo copy --quiet docker-archive:/dev/stdin containers-storage:{TOOLS}"
            ))?;
        }
        Ok(())
    }

    /// Waits until the status line of a node is this one.
    pub(super) fn wait_for_status(&self, node: &str, text: &str) -> Result<()> {
        let what = format!("`{node}` says `{text}`");
        let says = || property(self, node, "StatusText").is_ok_and(|status| status == text);
        let waited = self.host.wait_until(&what, LIMIT, says);
        waited.with_context(|| property(self, node, "StatusText").unwrap_or_default())?;
        Ok(())
    }

    /// Waits until all nodes are ready, with nothing more to do.
    pub(super) fn wait_until_all_ready(&self) -> Result<()> {
        let units = self.nodes().join(" ");
        // Each is asked for: of several, one that is active is enough for systemctl.
        let active = format!(
            "for unit in {units}; do systemctl --user is-active --quiet $unit || exit 1; done; \
             test -z \"$(systemctl --user list-jobs --no-legend {units})\""
        );
        self.host.wait_until("all nodes are ready", LIMIT, || {
            self.ops().succeeds(&active)
        })?;
        self.kubectl("wait --for=condition=Ready --timeout=5s --all nodes")?;
        Ok(())
    }

    /// Runs a pod that holds data on a claim of the first worker.
    pub(super) fn hold_data(&self) -> Result<()> {
        self.apply(HOLDER)?;
        self.kubectl("wait --for=condition=Ready --timeout=60s pod/holder")?;
        self.kubectl("exec holder -- sh -c 'echo kept > /data/file && sync'")?;
        self.kubectl(&format!(
            "annotate pod holder uid={}",
            self.of_pod("holder", "{.metadata.uid}")?
        ))?;
        Ok(())
    }

    /// Checks that all nodes are ready, and that pod is the same, where it was, with its data.
    pub(super) fn check_data(&self) -> Result<()> {
        self.wait_until_all_ready()?;
        let read = "exec holder -- cat /data/file";
        self.host.wait_until("the pod has its data", LIMIT, || {
            self.kubectl(read).is_ok_and(|text| text == "kept\n")
        })?;
        let identity = self.of_pod("holder", "{.metadata.uid} {.spec.nodeName}")?;
        let noted = self.of_pod("holder", "{.metadata.annotations.uid} kinc-dev-worker")?;
        ensure!(identity == noted, "the pod is {identity}, and was {noted}");
        Ok(())
    }
}

/// Returns a property of a node's unit.
pub(super) fn property(dev: &Fixture, node: &str, name: &str) -> Result<String> {
    let show = format!("systemctl --user show --property {name} --value {node}.service");
    Ok(dev.ok(&show)?.trim_end().to_owned())
}
