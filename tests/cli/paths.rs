//! Where relative paths of a declaration begin.

use crate::run::{Ran, Sandbox};

const MOUNTS: &str = "\
apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata: {name: dev}
spec:
  nodes: [{extraMounts: [{hostPath: ./audit.yaml, containerPath: /etc/kubernetes/policies/audit.yaml}]}]
";

/// Returns the mounts of the host's files in the rendered unit, with `HOME` for that of the test.
fn mounts(sandbox: &Sandbox) -> Vec<String> {
    let files = sandbox.texts();
    let unit = &files["out/kinc-dev/kinc-dev-control-plane.container"];
    let home = sandbox.home().display().to_string();
    let mounts = unit
        .lines()
        .filter_map(|line| line.strip_prefix("Volume="))
        .filter(|mount| mount.contains("audit.yaml"));
    mounts.map(|mount| mount.replace(&home, "HOME")).collect()
}

#[test]
fn relative_host_paths_start_at_the_file_or_the_working_directory() {
    let sandbox = Sandbox::new();
    sandbox.write("clusters/dev.yaml", MOUNTS);
    let ran = sandbox.kinc(&["render", "-f", "clusters/dev.yaml", "-o", "out"]);
    assert_eq!(ran, Ran::default());
    let at = "/audit.yaml:/etc/kubernetes/policies/audit.yaml:rw,rprivate";
    assert_eq!(mounts(&sandbox), [format!("HOME/clusters{at}")]);
    let ran = sandbox.kinc_with_input(&["render", "-f", "-", "-o", "out"], MOUNTS);
    assert_eq!(ran, Ran::default());
    assert_eq!(mounts(&sandbox), [format!("HOME{at}")]);
}
