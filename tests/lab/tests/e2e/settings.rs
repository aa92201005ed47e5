//! What a declaration adds to a node and to Kubernetes is there, in a cluster that had none of it
//! before, and all data stays.

use anyhow::{Result, ensure};

use crate::fixture::{Fixture, LIMIT};

const DECLARATION: &str = r##"
apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata: {name: dev}
spec:
  nodes:
  - role: control-plane
    extraMounts:
    - {hostPath: "/home/ops/with space", containerPath: /mine, readOnly: true}
    extraPortMappings: [{containerPort: 30080, hostPort: 8080}]
    devices: [/dev/net/tun]
    sysctls: {net.core.somaxconn: "1234"}
    labels: {disk: ssd}
    taints: ["gpu=yes:PreferNoSchedule"]
    environment: {HTTPS_PROXY: "http://a$b\"c@192.0.2.1:3128", NO_PROXY: intranet.example}
    files: [{path: /usr/local/bin/hello, content: "#!/bin/sh\necho hello > /run/hello\n", executable: true}]
    units:
    - name: hello.service
      content: "[Service]\nType=oneshot\nExecStart=/usr/local/bin/hello\n[Install]\nWantedBy=multi-user.target\n"
  networking:
    apiServerCertSANs: [dev.example.org]
    dnsSearch: [corp.example]
  featureGates: {AllAlpha: false}
  runtimeConfig: {flowcontrol.apiserver.k8s.io/v1: "true"}
  schedulerConfig: "{apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, parallelism: 7}"
  crioDropIns: ["[crio.runtime]\nlog_level = \"warn\"\n"]
  registryMirrors: [{registry: docker.io, mirror: "mirror.example:5000"}]
  caCertificates: ["-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"]
  manifests:
  - "{apiVersion: v1, kind: ConfigMap, metadata: {name: early, namespace: web}}"
  - "{apiVersion: v1, kind: Namespace, metadata: {name: web}}"
  kubeadmConfigPatches:
  - |
    kind: KubeletConfiguration
    maxPods: 42
"##;

/// A node port that leads to the API server, which is there anyway.
const NODE_PORT: &str = "apiVersion: v1
kind: Service
metadata: {name: hello}
spec:
  type: NodePort
  ports: [{port: 80, targetPort: 6443, nodePort: 30080}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: hello, labels: {kubernetes.io/service-name: hello}}
addressType: IPv4
ports: [{port: 6443}]
endpoints: [{addresses: [10.200.0.2]}]
";

#[test]
fn changed_settings_reach_an_existing_cluster_and_data_stays() -> Result<()> {
    let dev = Fixture::with_cluster("settings")?;
    dev.write_data()?;
    dev.ok("mkdir 'with space' && echo seen > 'with space/file'")?;
    dev.ops().write_file("dev.yaml", DECLARATION)?;
    let planned = dev.ops().run("kinc plan -f dev.yaml")?.stdout;
    ensure!(
        planned.contains("  spec.nodes[].devices: none -> [/dev/net/tun] (restarts the node)\n"),
        "{planned}"
    );
    dev.ok("kinc apply --yes -f dev.yaml")?;

    assert_eq!(dev.in_node("cat /mine/file")?, "seen\n");
    ensure!(dev.in_node("touch /mine/other").is_err());
    dev.in_node("test -c /dev/net/tun")?;
    assert_eq!(dev.in_node("cat /proc/sys/net/core/somaxconn")?, "1234\n");
    dev.in_node("pgrep --full -- kube-apiserver.*--feature-gates=AllAlpha=false")?;
    dev.in_node(
        "pgrep --full -- kube-apiserver.*--runtime-config=flowcontrol.apiserver.k8s.io/v1=true",
    )?;
    let pods = "get node kinc-dev-control-plane -o jsonpath={.status.allocatable.pods}";
    assert_eq!(dev.kubectl(pods)?, "42");
    dev.in_node(
        "curl --silent --fail --cacert /etc/kubernetes/pki/ca.crt \
         --connect-to dev.example.org:6443:10.200.0.2:6443 https://dev.example.org:6443/readyz",
    )?;
    a_node_port_is_reached(&dev)?;
    what_is_laid_into_the_node_is_heeded(&dev)?;
    dev.check_data()?;
    let again = dev.ops().run("kinc apply -f dev.yaml")?.ok()?;
    ensure!(
        again.stderr.ends_with("is ready; nothing changed\n"),
        "{}",
        again.stderr
    );

    // And back, on another image.
    dev.ok(
        "printf 'FROM localhost/kinc/node:v1.36.3\\nLABEL other=yes\\n' > other && \
            podman build --quiet --tag localhost/lab/other:1 --file other .",
    )?;
    let nothing = "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {name: dev}\n\
                   spec: {image: 'localhost/lab/other:1'}\n";
    dev.ops().write_file("dev.yaml", nothing)?;
    dev.ok("kinc apply --yes -f dev.yaml")?;
    let image = "podman inspect --format '{{.ImageName}}' kinc-dev-control-plane";
    assert_eq!(dev.ok(image)?, "localhost/lab/other:1\n");
    ensure!(dev.in_node("test -e /mine/file").is_err());
    ensure!(dev.in_node("test -e /run/hello").is_err());
    assert_eq!(marks(&dev)?, "[null,null,null]\n");
    // What was applied stays.
    dev.kubectl("get configmap early --namespace web")?;
    assert_eq!(dev.kubectl(pods)?, "110");
    dev.check_data()?;

    let refused = DECLARATION.replace("kind: Namespace,", "kind: Namespaze,");
    dev.ops().write_file("dev.yaml", &refused)?;
    let applied = dev.ops().run("kinc apply --yes -f dev.yaml")?.ok()?;
    ensure!(
        applied.stderr.contains(
            "kinc-dev-control-plane.service is ready, but not every manifest is applied: Namespaze web: \
             no matches for kind \"Namespaze\""
        ),
        "{}",
        applied.stderr
    );
    let lack = "ready, but not every manifest is applied: Namespaze web: ";
    dev.host
        .wait_until("the unit says what is lacking", LIMIT, || {
            dev.property("StatusText")
                .is_ok_and(|text| text.starts_with(lack))
        })?;
    let wrong = DECLARATION.replace("maxPods: 42", "maxPodz: 42");
    dev.ops().write_file("dev.yaml", &wrong)?;
    let refused = dev.fails("kinc apply --yes -f dev.yaml")?;
    ensure!(
        refused
            .stderr
            .contains("kubeadm rejects the patched configuration")
            && refused.stderr.contains("unknown field \"maxPodz\""),
        "{}",
        refused.stderr
    );
    let wrong = DECLARATION.replace("/home/ops/with space", "/home/ops/absent");
    dev.ops().write_file("dev.yaml", &wrong)?;
    let refused = dev.fails("kinc apply --yes -f dev.yaml")?;
    ensure!(
        refused
            .stderr
            .contains("there is no `/home/ops/absent` on this host"),
        "{}",
        refused.stderr
    );
    dev.check_data()
}

/// The node's label, its taints, and what is noted of them.
fn marks(dev: &Fixture) -> Result<String> {
    let node = dev.kubectl("get node kinc-dev-control-plane -o json")?;
    let node: serde_json::Value = serde_json::from_str(&node)?;
    let metadata = &node["metadata"];
    let noted = &metadata["annotations"]["kinc.dev/marks"];
    let marks = serde_json::json!([metadata["labels"]["disk"], node["spec"]["taints"], noted]);
    Ok(format!("{marks}\n"))
}

/// The variables of the main process of a service, one a line.
fn variables(dev: &Fixture, service: &str) -> Result<String> {
    let process = dev.in_node(&format!(
        "systemctl show --property MainPID --value {service}"
    ))?;
    let file = format!("/proc/{}/environ", process.trim());
    dev.in_node(&format!("xargs --null --max-args 1 --arg-file {file} echo"))
}

fn what_is_laid_into_the_node_is_heeded(dev: &Fixture) -> Result<()> {
    let noted = r#""{\"labels\":[\"disk\"],\"taints\":[{\"key\":\"gpu\",\"effect\":\"PreferNoSchedule\"}]}""#;
    let taints = r#"[{"effect":"PreferNoSchedule","key":"gpu","value":"yes"}]"#;
    assert_eq!(marks(dev)?, format!("[\"ssd\",{taints},{noted}]\n"));
    assert_eq!(dev.in_node("cat /run/hello")?, "hello\n");
    for service in ["crio", "kubelet"] {
        let variables = variables(dev, service)?;
        ensure!(
            variables.contains("HTTPS_PROXY=http://a$b\"c@192.0.2.1:3128\n")
                && variables.contains(
                    "NO_PROXY=intranet.example,localhost,127.0.0.1,kinc-dev-api,10.200.0.0/24,10.244.0.0/16,"
                ),
            "{variables}"
        );
    }
    ensure!(
        dev.in_node("cat /etc/resolv.conf")?
            .contains("corp.example")
    );
    let crio = dev.in_node("crio status config")?;
    ensure!(crio.contains("log_level = \"warn\""), "{crio}");
    dev.in_node("test -s /etc/ssl/certs/declared-00.pem")?;
    let mirror = dev.in_node("cat /etc/containers/registries.conf.d/50-declared.conf")?;
    ensure!(
        mirror.contains("location = \"mirror.example:5000\""),
        "{mirror}"
    );
    let scheduler = "--kubeconfig /etc/kubernetes/admin.conf get --raw /api/v1/namespaces/kube-system/pods/\
                     kube-scheduler-kinc-dev-control-plane/log";
    ensure!(dev.kubectl(scheduler).is_ok());
    dev.in_node("pgrep --full -- kube-scheduler.*--config=/etc/kinc/scheduler.yaml")?;
    dev.kubectl("get configmap early --namespace web")?;
    Ok(())
}

#[test]
fn labels_and_taints_change_while_the_node_runs_and_those_of_others_stay() -> Result<()> {
    let dev = Fixture::with_cluster("marks")?;
    dev.kubectl("label node kinc-dev-control-plane theirs=stays")?;
    dev.kubectl("taint node kinc-dev-control-plane theirs=stays:PreferNoSchedule")?;
    let node = dev.property("MainPID")?;
    let declare = |marks: &str| {
        let text = format!(
            "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: dev}}\nspec: {{nodes: [{{{marks}}}]}}\n"
        );
        dev.ops().write_file("dev.yaml", &text)?;
        // A restart would be asked about, which has nobody to answer here.
        dev.ok("kinc apply -f dev.yaml")?;
        let node = dev.kubectl("get node kinc-dev-control-plane -o json")?;
        let node: serde_json::Value = serde_json::from_str(&node)?;
        let labels = &node["metadata"]["labels"];
        let found = serde_json::json!([
            labels["disk"],
            labels["rack"],
            labels["theirs"],
            node["spec"]["taints"]
        ]);
        Ok::<String, anyhow::Error>(found.to_string())
    };
    let theirs = r#"{"effect":"PreferNoSchedule","key":"theirs","value":"stays"}"#;
    let ours = r#"{"effect":"PreferNoSchedule","key":"gpu"}"#;
    assert_eq!(
        declare("labels: {disk: ssd}, taints: ['gpu:PreferNoSchedule']")?,
        format!(r#"["ssd",null,"stays",[{theirs},{ours}]]"#)
    );
    assert_eq!(
        declare("labels: {rack: a1}")?,
        format!(r#"[null,"a1","stays",[{theirs}]]"#)
    );
    assert_eq!(declare("")?, format!(r#"[null,null,"stays",[{theirs}]]"#));
    assert_eq!(dev.property("MainPID")?, node, "the node was restarted");
    Ok(())
}

fn a_node_port_is_reached(dev: &Fixture) -> Result<()> {
    dev.apply(NODE_PORT)?;
    let ask = "curl --silent --fail --insecure --output /dev/null https://127.0.0.1:8080/version";
    dev.host
        .wait_until("the node port answers", dev.limit, || dev.ok(ask).is_ok())?;
    Ok(())
}
