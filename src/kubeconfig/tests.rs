//! Whole documents in, whole documents out.

mod lists;
mod owners;
mod schema;

use super::*;
use crate::model::cluster::{ClusterName, Uid};

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
    extensions:
    - extension:
        cluster: dev
        uid: \"5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f\"
      name: kinc.dev/cluster
  name: kinc-dev
contexts:
- context:
    cluster: kinc-dev
    user: kinc-dev
    extensions:
    - extension:
        cluster: dev
        uid: \"5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f\"
      name: kinc.dev/cluster
  name: kinc-dev
users:
- user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
    extensions:
    - extension:
        cluster: dev
        uid: \"5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f\"
      name: kinc.dev/cluster
  name: kinc-dev
current-context: kinc-dev
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
    extensions:
    - extension:
        cluster: dev
        uid: \"5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f\"
      name: kinc.dev/cluster
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
    extensions:
    - extension:
        cluster: dev
        uid: \"5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f\"
      name: kinc.dev/cluster
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
    extensions:
    - extension:
        cluster: dev
        uid: \"5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f\"
      name: kinc.dev/cluster
  name: kinc-dev
";

const UID: &str = "5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f";

fn owner(cluster: &str) -> Owner {
    Owner {
        cluster: ClusterName::new(cluster).unwrap(),
        uid: Uid::parse(UID),
        server: Some("https://127.0.0.1:6443".to_owned()),
    }
}

fn dev() -> Kubeconfig {
    rewrite(ADMIN_CONF, &owner("dev")).unwrap()
}

/// The texts of files, as they are read.
fn parse(texts: &[Option<&str>]) -> Vec<File> {
    let files = texts.iter().map(|text| File::parse(*text).unwrap());
    files.collect()
}

/// What a merge of `dev` into one file makes of it.
#[track_caller]
fn merged(text: Option<&str>, set_current: bool) -> String {
    let mut files = parse(&[text]);
    merge(&mut files, &dev(), None, set_current).unwrap();
    let unchanged = || text.unwrap_or_default().to_owned();
    files[0].changed().unwrap_or_else(unchanged)
}

/// What a removal of a cluster leaves of a file; `None` if it changes nothing.
fn removed(text: &str, cluster: &str) -> Option<String> {
    let mut files = parse(&[Some(text)]);
    remove(&mut files, &owner(cluster));
    files[0].changed()
}

#[test]
fn an_admin_conf_gets_our_names_our_mark_and_the_hosts_address() {
    assert_eq!(dev().document("kinc-dev"), REWRITTEN);
    let other = REWRITTEN.replace("kinc-dev", "staging");
    assert_eq!(dev().document("staging"), other);
}

#[test]
fn a_merge_keeps_everything_else_in_its_order() {
    assert_eq!(merged(Some(OTHERS), false), OTHERS_AND_DEV);
}

#[test]
fn a_second_merge_changes_nothing() {
    let mut files = parse(&[Some(OTHERS_AND_DEV)]);
    merge(&mut files, &dev(), None, false).unwrap();
    assert_eq!(files[0].changed(), None);
}

#[test]
fn a_merge_replaces_only_the_entries_of_its_cluster() {
    let old = OTHERS_AND_DEV
        .replace("Q0E=", "T0xE")
        .replace("127.0.0.1:6443", "127.0.0.1:7000");
    assert_eq!(merged(Some(&old), false), OTHERS_AND_DEV);
}

#[test]
fn settings_of_the_user_in_an_entry_stay_unless_they_contradict_the_cluster() {
    let texts = [
        "proxy-url: socks5://localhost:1080",
        "tls-server-name: a",
        "disable-compression: true",
    ];
    let users = texts.map(|text| format!("    {text}\n")).concat();
    let server = "    server: https://127.0.0.1:6443\n";
    let set = OTHERS_AND_DEV.replace(server, &format!("{server}{users}"));
    let user = "    client-key-data: S0VZ\n";
    assert!(set.contains(user), "{set}");
    let set = set.replace(user, &format!("{user}    as: alice\n"));
    let context = "    user: kinc-dev\n";
    let set = set.replace(context, &format!("{context}    namespace: web\n"));
    let contradicts = set
        .replace(
            server,
            &format!("{server}    insecure-skip-tls-verify: true\n"),
        )
        .replace(user, &format!("{user}    token: old\n"));
    for text in [&set, &contradicts] {
        assert_eq!(merged(Some(text), false), set);
    }
}

#[test]
fn the_current_context_changes_only_when_asked() {
    let switched = OTHERS_AND_DEV.replace("current-context: prod", "current-context: kinc-dev");
    assert_eq!(merged(Some(OTHERS), true), switched);

    let without = REWRITTEN.replace("current-context: kinc-dev\n", "");
    for nothing in [None, Some(""), Some("# nothing yet\n"), Some("null\n")] {
        assert_eq!(merged(nothing, false), without, "{nothing:?}");
    }
    assert_eq!(merged(None, true), REWRITTEN);
}

#[test]
fn removing_a_cluster_leaves_the_others() {
    let left = removed(OTHERS_AND_DEV, "dev").unwrap();
    assert_eq!(merged(Some(&left), false), OTHERS_AND_DEV);
    assert_eq!(removed(&left, "dev"), None);
    assert_eq!(removed("", "dev"), None);
}

#[test]
fn removing_the_current_cluster_leaves_no_current_context() {
    let left = removed(&merged(Some(OTHERS), true), "dev").unwrap();
    let expected = removed(OTHERS_AND_DEV, "dev").unwrap();
    assert_eq!(
        left,
        expected.replace("current-context: prod", "current-context: \"\"")
    );
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
        let error = rewrite(&text, &owner("dev")).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}
