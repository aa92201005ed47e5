//! What is refused of labels, taints, files, units and settings of CRI-O, and why.

use super::*;

/// Asserts what is said of a field of the node.
fn node(field: &str, message: &str) {
    spec(&format!("nodes: [{{{field}}}]"), message);
}

/// Asserts what is said of a field of `spec`.
fn spec(field: &str, message: &str) {
    let text = problems(&document(&format!("{{{field}}}")));
    assert_eq!(text.split_once(": ").unwrap().1, message, "{field}");
}

#[test]
fn an_invalid_label_or_taint_says_why() {
    node(
        "labels: {Example/a: b}",
        "`spec.nodes[].labels`: `Example/a` is not a valid label name",
    );
    node(
        "labels: {a: b c}",
        "`spec.nodes[].labels`: `b c` is not a valid label value",
    );
    node(
        "taints: [gpu]",
        "`spec.nodes[].taints`: `gpu` is not a taint such as gpu=yes:NoSchedule or gpu:NoSchedule",
    );
    node(
        "labels: {a..b/c: d}",
        "`spec.nodes[].labels`: `a..b/c` is not a valid label name",
    );
    node(
        "taints: ['a=b:NoSchedule', 'a:NoExecute', 'a=c:NoSchedule']",
        "`spec.nodes[].taints`: a node has each key and effect once: `a=c:NoSchedule` has those of `a=b:NoSchedule` at c.yaml:4:26",
    );
    node(
        "taints: ['gpu:NoScheduling']",
        "`spec.nodes[].taints`: expected `NoSchedule` or `PreferNoSchedule` or `NoExecute`, found `NoScheduling`; did you mean `NoSchedule`?",
    );
}

#[test]
fn permission_bits_are_octal_with_and_without_quotes() {
    let mode = |given: &str| {
        let file = format!("{{path: /a, content: a, mode: {given}}}");
        let text = document(&format!("{{nodes: [{{files: [{file}]}}]}}"));
        read(&text)
            .unwrap()
            .remove(0)
            .nodes
            .remove(0)
            .settings
            .files
            .remove(0)
            .mode
    };
    for given in ["\"0644\"", "0644", "'644'", "644"] {
        assert_eq!(mode(given), Some(0o644), "{given}");
    }
    for (given, message) in [
        ("0o644", "`0o644` is not a mode"),
        ("'0044'", "`0044` is not a mode"),
        ("'4755'", "`4755` is not a mode"),
        ("rw", "`rw` is not a mode"),
    ] {
        let with = " such as \"0644\" that lets the owner read the file";
        node(
            &format!("files: [{{path: /a, content: a, mode: {given}}}]"),
            &format!("`spec.nodes[].files[].mode`: {message}{with}"),
        );
    }
    node(
        "files: [{path: /a, content: a, executable: true, mode: '0644'}]",
        "`spec.nodes[].files[].mode`: an executable file cannot have mode 0644",
    );
}

#[test]
fn an_invalid_file_unit_or_variable_says_why() {
    node(
        "files: [{path: /var/lib/etcd, content: a}]",
        "`spec.nodes[].files[].path`: `/var/lib/etcd` is reserved for the node itself",
    );
    node(
        "files: [{path: /etc/kubernetes/pki/ca.crt, content: a}]",
        "`spec.nodes[].files[].path`: `/etc/kubernetes/pki/ca.crt` is reserved for the node itself",
    );
    node(
        "files: [{path: /a, content: a}, {path: //a/, content: b}]",
        "`spec.nodes[].files[].path`: `/a` is already given at c.yaml:4:25",
    );
    node(
        "units: [{name: hello, content: a}]",
        "`spec.nodes[].units[].name`: `hello` is not a valid unit name, which ends with one of service, socket, timer, path, mount, target",
    );
    node(
        "units: [{name: kinc-ready.service, content: a}]",
        "`spec.nodes[].units[].name`: `kinc-ready.service` is a unit of the node itself",
    );
    node(
        "environment: {KINC_NODE: a}",
        "`spec.nodes[].environment`: `KINC_NODE` is reserved for the node itself",
    );
    node(
        "environment: {A-B: a}",
        "`spec.nodes[].environment`: `A-B` is not a valid variable name",
    );
    node(
        r#"environment: {A: "a\nb"}"#,
        "`spec.nodes[].environment`: `A` contains control characters in its value",
    );
}

#[test]
fn invalid_runtime_settings_say_why() {
    spec(
        "crioDropIns: ['[crio']",
        "`spec.crioDropIns`: invalid TOML: unclosed table, expected `]`",
    );
    spec(
        "registryMirrors: [{registry: 'https://docker.io', mirror: a}]",
        "`spec.registryMirrors[].registry`: `https://docker.io` is not a registry such as docker.io or mirror.example.org:5000/docker",
    );
    spec(
        "registryMirrors: [{registry: docker.io, mirror: 'https://u:p@m.example/a'}]",
        "`spec.registryMirrors[].mirror`: `https://m.example/a` is not a registry such as docker.io or mirror.example.org:5000/docker",
    );
    spec(
        "caCertificates: [secret]",
        "`spec.caCertificates`: expected certificates in PEM, from `-----BEGIN CERTIFICATE-----` to `-----END CERTIFICATE-----`",
    );
    spec(
        "manifests: ['kind: Namespace']",
        "`spec.manifests`: an object without `apiVersion`",
    );
    spec(
        "schedulerConfig: 'kind: Pod'",
        "`spec.schedulerConfig`: expected a document of kind `KubeSchedulerConfiguration`",
    );
}

#[test]
fn unsupported_settings_say_so() {
    spec(
        "networking: {ipFamily: dual}",
        "`spec.networking.ipFamily`: addresses of `dual` are not supported yet",
    );
    spec(
        "networking: {dnsDomain: Kube.example}",
        "`spec.networking.dnsDomain`: `Kube.example` is not a domain",
    );
}

#[test]
fn an_invalid_manifest_or_its_name_says_why() {
    for (manifest, message) in [
        (
            "1",
            "expected a text with objects or a path to them, found a number",
        ),
        ("''", "there is no object in it"),
        ("'# nothing'", "there is no object in it"),
        (
            "\"apiVersion: v1\\nkind: Namespace\\nmetadata: {name: a}\\n---\\nkind: Namespace\\n\"",
            "line 5: an object without `apiVersion`",
        ),
        (
            "'{apiVersion: v1, kind: Secret, metadata: {labels: {a: b}}}'",
            "an object without `metadata.name`",
        ),
        (
            "deploy/60-ns.yml",
            "expected a text with objects; a file is given as `- path: deploy/60-ns.yml`",
        ),
        (
            "'{apiVersion: kustomize.config.k8s.io/v1beta1, kind: Kustomization}'",
            "it is for kustomize, and nothing that can be applied",
        ),
    ] {
        spec(
            &format!("manifests: [{manifest}]"),
            &format!("`spec.manifests`: {message}"),
        );
    }
    for manifest in [
        "'{apiVersion: batch/v1, kind: Job, metadata: {generateName: a}}'",
        "'{apiVersion: v1, kind: List, items: []}'",
    ] {
        let text = document(&format!("{{manifests: [{manifest}]}}"));
        assert_eq!(read(&text).unwrap().len(), 1);
    }
    let digits = "0".repeat(63);
    for (manifest, message) in [
        ("path: ''", "path`: is empty".to_owned()),
        (
            "path: \"a\\nb\"",
            "path`: `a\\nb` contains control characters".to_owned(),
        ),
        (
            "path: ~/a.yaml",
            "path`: `~/a.yaml`: only a shell expands `~` and variables; give the path itself"
                .to_owned(),
        ),
        (
            "path: 'https://u:p@example.org/a.yaml'",
            "path`: `https://example.org/a.yaml` is a URL; download it, and name the file"
                .to_owned(),
        ),
        ("sha256: '0'", "path`: is missing".to_owned()),
    ] {
        let text = problems(&document(&format!("{{manifests: [{{{manifest}}}]}}")));
        let first = text.lines().next().unwrap().split_once(": ").unwrap().1;
        assert_eq!(first, format!("`spec.manifests[].{message}"), "{manifest}");
    }
    spec(
        &format!("manifests: [{{path: a, sha256: '{digits}'}}]"),
        &format!("`spec.manifests[].sha256`: `{digits}` is not a SHA-256"),
    );
}

#[test]
fn an_unnamed_object_is_rejected_when_declared_and_readable_when_recorded() {
    let text = document("{manifests: ['{apiVersion: v1, kind: Secret}']}");
    let source = Source {
        name: "c.yaml",
        text: &text,
        directory: None,
    };
    let refused = "c.yaml:4:21: `spec.manifests`: an object without `metadata.name`";
    assert_eq!(parse(&[source]).unwrap_err().to_string(), refused);
    let recorded = parse_recorded(source).unwrap().remove(0);
    let warning = "`spec.manifests`: item 1: line 1, column 1: an object without `metadata.name`";
    assert_eq!(unnamed(&recorded), [warning]);
    // What never was an object is still refused.
    let text = document("{manifests: ['{kind: Secret}']}");
    let source = Source {
        text: &text,
        ..source
    };
    assert!(parse_recorded(source).is_err());
}
