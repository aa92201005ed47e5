//! Whole documents in, whole documents out.

use super::*;

const ADMIN_CONF: &str = "\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0E=
    server: https://kinc-dev-api:6443
  name: kinc-dev
contexts:
- context:
    cluster: kinc-dev
    user: kubernetes-admin
  name: kubernetes-admin@kinc-dev
current-context: kubernetes-admin@kinc-dev
kind: Config
preferences: {}
users:
- name: kubernetes-admin
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
";

const REWRITTEN: &str = "\
apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: Q0E=
    server: https://127.0.0.1:6443
  name: kinc-dev
contexts:
- context:
    cluster: kinc-dev
    user: kinc-dev
  name: kinc-dev
current-context: kinc-dev
users:
- user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
  name: kinc-dev
";

/// Other clusters, an extension, an exec plugin, a number and an odd order of keys.
const OTHERS: &str = "\
kind: Config
apiVersion: v1
x-unknown:
  number: 0x1F
current-context: prod
users:
- name: prod
  user:
    exec:
      args:
      - \"--flag\"
      - two words
      env: null
      command: login
contexts:
- name: prod
  context: {cluster: prod, user: prod, namespace: \"012\"}
clusters:
- name: prod
  cluster: {server: 'https://prod.example:443', extensions: [{name: a, extension: {last: true}}]}
";

const OTHERS_AND_DEV: &str = "\
kind: Config
apiVersion: v1
x-unknown:
  number: 0x1F
current-context: prod
users:
- name: prod
  user:
    exec:
      args:
      - \"--flag\"
      - \"two words\"
      env: null
      command: login
- user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
  name: kinc-dev
contexts:
- name: prod
  context:
    cluster: prod
    user: prod
    namespace: \"012\"
- context:
    cluster: kinc-dev
    user: kinc-dev
  name: kinc-dev
clusters:
- name: prod
  cluster:
    server: https://prod.example:443
    extensions:
    - name: a
      extension:
        last: true
- cluster:
    certificate-authority-data: Q0E=
    server: https://127.0.0.1:6443
  name: kinc-dev
";

fn name(name: &str) -> ClusterName {
    ClusterName::new(name).unwrap()
}

fn dev() -> Kubeconfig {
    rewrite(ADMIN_CONF, &name("dev"), "https://127.0.0.1:6443").unwrap()
}

#[test]
fn an_admin_conf_gets_our_names_and_the_hosts_address() {
    assert_eq!(dev().to_string(), REWRITTEN);
}

#[test]
fn a_merge_keeps_everything_else_in_its_order() {
    assert_eq!(merge(Some(OTHERS), &dev(), false).unwrap(), OTHERS_AND_DEV);
}

#[test]
fn a_second_merge_changes_nothing() {
    assert_eq!(
        merge(Some(OTHERS_AND_DEV), &dev(), false).unwrap(),
        OTHERS_AND_DEV
    );
}

#[test]
fn a_merge_replaces_only_the_entries_of_its_cluster() {
    let old = OTHERS_AND_DEV
        .replace("Q0E=", "T0xE")
        .replace("127.0.0.1:6443", "127.0.0.1:7000");
    assert_eq!(merge(Some(&old), &dev(), false).unwrap(), OTHERS_AND_DEV);
}

#[test]
fn the_current_context_changes_only_when_asked() {
    let switched = OTHERS_AND_DEV.replace("current-context: prod", "current-context: kinc-dev");
    assert_eq!(merge(Some(OTHERS), &dev(), true).unwrap(), switched);

    let without = REWRITTEN.replace("current-context: kinc-dev\n", "");
    for nothing in [None, Some(""), Some("# nothing yet\n")] {
        assert_eq!(
            merge(nothing, &dev(), false).unwrap(),
            without,
            "{nothing:?}"
        );
    }
    let at_the_end = format!("{without}current-context: kinc-dev\n");
    assert_eq!(merge(None, &dev(), true).unwrap(), at_the_end);
}

#[test]
fn removing_a_cluster_leaves_the_others() {
    let merged = merge(Some(OTHERS), &dev(), false).unwrap();
    let left = remove(&merged, &name("dev")).unwrap().unwrap();
    assert_eq!(merge(Some(&left), &dev(), false).unwrap(), OTHERS_AND_DEV);
    assert_eq!(remove(&left, &name("dev")).unwrap(), None);
    assert_eq!(remove("", &name("dev")).unwrap(), None);
    // A name that only starts like ours is another cluster's.
    assert_eq!(remove(&merged, &name("de")).unwrap(), None);
}

#[test]
fn removing_the_current_cluster_leaves_no_current_context() {
    let merged = merge(Some(OTHERS), &dev(), true).unwrap();
    let left = remove(&merged, &name("dev")).unwrap().unwrap();
    let expected = remove(OTHERS_AND_DEV, &name("dev")).unwrap().unwrap();
    assert_eq!(
        left,
        expected.replace("current-context: prod", "current-context: \"\"")
    );
}

#[test]
fn what_is_not_a_kubeconfig_is_refused() {
    let cases = [
        (
            "a: [",
            "not a kubeconfig: line 1, column 4: unclosed bracket '['",
        ),
        ("just text", "not a kubeconfig: it has no fields"),
        (
            "a: 1\n---\nb: 2\n",
            "not a kubeconfig: it has several documents",
        ),
        (
            "clusters: {}\n",
            "not a kubeconfig: `clusters` is not a list",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(
            merge(Some(text), &dev(), false).unwrap_err().to_string(),
            message
        );
        assert_eq!(remove(text, &name("dev")).unwrap_err().to_string(), message);
    }
}

#[test]
fn an_incomplete_admin_conf_is_refused() {
    let cases = [
        (
            "kind: Config\n".to_owned(),
            "not a kubeconfig: it has no current context",
        ),
        (
            ADMIN_CONF.replace("name: kubernetes-admin@", "name: x@"),
            "not a kubeconfig: it has no context `kubernetes-admin@kinc-dev`",
        ),
        (
            ADMIN_CONF.replace("    cluster: kinc-dev", "    cluster: x"),
            "not a kubeconfig: it has no cluster",
        ),
        (
            ADMIN_CONF.replace("name: kubernetes-admin\n", "name: x\n"),
            "not a kubeconfig: it has no user",
        ),
    ];
    for (text, message) in cases {
        let error = rewrite(&text, &name("dev"), "https://127.0.0.1:6443").unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}
