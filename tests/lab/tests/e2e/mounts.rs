//! Files of the host are beside those of kubeadm and kubelet, and are the user's: a first start that is
//! tried again leaves them alone, and once they are declared no more nothing of them is left.

use anyhow::{Result, ensure};

use crate::fixture::{Fixture, LIMIT};

/// A registry that notes what it is asked by `ops` with the password `secret`, and turns all others away.
const REGISTRY: &str = r#"apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata: {name: dev}
spec:
  registryMirrors: [{registry: "localhost:5001", mirror: "localhost:5001", insecure: true}]
  nodes:
  - files:
    - path: /usr/local/bin/answer
      executable: true
      content: |
        #!/bin/bash
        read -r method path _
        while read -r line && [ "$line" != $'\r' ]; do
          [[ $line != Authorization:* ]] || given=${line#*: }
        done
        if [ "${given%$'\r'}" != "Basic b3BzOnNlY3JldA==" ]; then
          printf 'HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="lab"\r\n\r\n'
          exit
        fi
        echo "$method $path" >> /run/asked
        [ "$path" = /v2/ ] && code=200 || code=404
        printf 'HTTP/1.0 %s\r\n\r\n' "$code"
    units:
    - name: registry.service
      content: |
        [Service]
        ExecStart=socat TCP-LISTEN:5001,fork,reuseaddr SYSTEM:/usr/local/bin/answer
        [Install]
"#;

/// More of it: what is mounted, and a limit that no host keeps, so that the first start is tried again.
const MOUNTS: &str = "    extraMounts:
    - {hostPath: policies, containerPath: /etc/kubernetes/policies}
    - {hostPath: 'files/a ca.crt', containerPath: '/etc/kubernetes/pki/a ca.crt'}
    - {hostPath: files/pod.yaml, containerPath: /etc/kubernetes/manifests/hello.yaml, readOnly: true}
    - {hostPath: files/config.json, containerPath: /var/lib/kubelet/config.json, readOnly: true}
  kubeadmConfigPatches: ['{kind: InitConfiguration, timeouts: {controlPlaneComponentHealthCheck: 1s}}']
";

/// Not in braces: kubelet takes what begins with one for JSON.
const STATIC_POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: hello}\n\
                          spec: {containers: [{name: main, image: 'registry.k8s.io/pause:3.10.2'}]}\n";

/// A pod whose image is in that registry, or rather not.
const PRIVATE: &str = "{apiVersion: v1, kind: Pod, metadata: {name: private}, \
    spec: {containers: [{name: main, image: 'localhost:5001/team/hello:1'}]}}";

/// What is asked by whoever has the password.
const ASKED: &str = "grep --quiet '^GET /v2/team/hello/manifests/1$' /run/asked";

#[test]
fn mounted_host_files_appear_in_the_node_and_keep_their_owner() -> Result<()> {
    let dev = Fixture::boot("mounts")?;
    let ops = dev.ops();
    dev.ok("mkdir --parents policies/deep files")?;
    let credentials = r#"{"auths": {"localhost:5001": {"auth": "b3BzOnNlY3JldA=="}}}"#;
    for (path, text) in [
        ("policies/deep/mine", "mine\n"),
        ("files/a ca.crt", "mine\n"),
        ("files/pod.yaml", STATIC_POD),
        ("files/config.json", credentials),
    ] {
        ops.write_file(path, text)?;
    }
    let sums = "sha256sum policies/deep/mine files/*";
    let before = dev.ok(sums)?;

    ops.write_file("dev.yaml", &format!("{REGISTRY}{MOUNTS}"))?;
    dev.apply_with_a_first_init_that_times_out()?;
    dev.in_node("test ! -e /var/lib/half-done/kubernetes/policies")?;
    assert_eq!(dev.ok(sums)?, before);
    assert_eq!(
        dev.in_node("cat '/etc/kubernetes/pki/a ca.crt' /etc/kubernetes/policies/deep/mine")?,
        "mine\nmine\n"
    );
    let pod = "get pod hello-kinc-dev-control-plane -o jsonpath={.status.phase}";
    dev.host.wait_until("the static pod runs", LIMIT, || {
        dev.kubectl(pod).is_ok_and(|phase| phase == "Running")
    })?;
    dev.apply(PRIVATE)?;
    dev.host.wait_until("kubelet has the password", LIMIT, || {
        dev.in_node(ASKED).is_ok()
    })?;

    // Without the mounts all is as if they had never been.
    ops.write_file("dev.yaml", REGISTRY)?;
    dev.ok("kinc apply --yes -f dev.yaml")?;
    let left = "find /etc/kubernetes/manifests/hello.yaml '/etc/kubernetes/pki/a ca.crt' \
                /etc/kubernetes/policies /var/lib/kubelet/config.json";
    let gone = dev.fails(&format!("podman exec kinc-dev-control-plane {left}"))?;
    assert_eq!(gone.stdout, "", "{}", gone.stderr);
    assert_eq!(dev.ok(sums)?, before);
    dev.host.wait_until("the static pod is gone", LIMIT, || {
        dev.kubectl(pod).is_err()
    })?;
    dev.host
        .wait_until("the registry turns kubelet away", LIMIT, || {
            dev.kubectl("describe pod private").is_ok_and(|pod| {
                pod.contains("unauthorized") || pod.contains("authentication required")
            })
        })?;
    ensure!(dev.in_node(ASKED).is_err());
    dev.check_is_whole()
}
