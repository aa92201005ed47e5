//! What kubectl takes, as `kubectl config view` of 1.32 and 1.36 said of each of these texts.

use super::*;

fn refusal(text: &str) -> String {
    let refused = File::parse(Some(text)).unwrap_err().to_string();
    refused
        .strip_prefix("not a kubeconfig: ")
        .unwrap()
        .to_owned()
}

#[test]
fn what_kubectl_rejects_is_rejected_with_its_path() {
    let user = |user: &str| format!("users: [{{name: a, user: {user}}}]\n");
    let cluster = |cluster: &str| format!("clusters: [{{name: a, cluster: {cluster}}}]\n");
    let cases = [
        ("a: [", "line 1, column 4: unclosed bracket '['"),
        ("just text", "it has no fields"),
        ("- a", "it has no fields"),
        ("kind: Pod", "its `kind` is `Pod`, not `Config`"),
        ("apiVersion: v2", "its `apiVersion` is `v2`, not `v1`"),
        ("clusters: {}", "`clusters` is not a list"),
        ("clusters: [a]", "`clusters[0]` has no fields"),
        ("clusters: [{name: 1}]", "`clusters[0].name` is not a text"),
        (
            "contexts: [{name: true}]",
            "`contexts[0].name` is not a text",
        ),
        ("current-context: 5", "`current-context` is not a text"),
        ("preferences: a", "`preferences` has no fields"),
        ("extensions: a", "`extensions` is not a list"),
        (&cluster("a"), "`clusters[0].cluster` has no fields"),
        (
            &cluster("{certificate-authority-data: '%'}"),
            "`clusters[0].cluster.certificate-authority-data` is not base64",
        ),
        (
            &cluster("{insecure-skip-tls-verify: 1}"),
            "`clusters[0].cluster.insecure-skip-tls-verify` is not `true` or `false`",
        ),
        (&user("{token: 1}"), "`users[0].user.token` is not a text"),
        (
            &user("{as-groups: a}"),
            "`users[0].user.as-groups` is not a list",
        ),
        (
            &user("{exec: {env: [{name: A, value: 1}]}}"),
            "`users[0].user.exec.env[0].value` is not a text",
        ),
        (
            &user("{auth-provider: {config: {a: 1}}}"),
            "`users[0].user.auth-provider.config.a` is not a text",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[test]
fn a_duplicate_name_is_rejected_with_both_lines() {
    let cases = [
        (
            "clusters:\n- {name: a, cluster: {server: x}}\n- name: b\n- name: a\n",
            "`clusters` has the name `a` twice, in lines 2 and 4; remove one",
        ),
        (
            "contexts:\n- context: {}\n  name: a\n- context: {}\n  name: a\n",
            "`contexts` has the name `a` twice, in lines 3 and 5; remove one",
        ),
        (
            "users:\n- user: {}\n- user: {}\n",
            "`users` has the name `` twice, in lines 2 and 3; remove one",
        ),
        (
            "extensions:\n- {name: a, extension: 1}\n- {name: a, extension: 2}\n",
            "`extensions` has the name `a` twice, in lines 2 and 3; remove one",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[test]
fn what_kubectl_would_drop_is_rejected() {
    let cases = [
        ("a: 1\n---\nb: 2\n", "it has several documents"),
        (
            "a: 1\na: 2\n",
            "line 2, column 1: the key `a` is given twice",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[test]
fn what_kubectl_accepts_is_kept() {
    let texts = [
        "clusters: null\nextensions: null\npreferences: null\ncurrent-context: null\n",
        "preferences:\n  colors: true\nextensions:\n- name: a\n  extension: text\n",
        "apiVersion: \"\"\nkind: \"\"\nClusters: 1\n",
        "clusters:\n- null\nusers:\n- name: a\n  user: null\n",
        "clusters:\n- name: a\n  cluster:\n    certificate-authority-data: \"Q0E=\\n\"\n",
    ];
    for text in texts {
        let merged = merged(Some(text), false);
        for line in text.lines().filter(|line| !line.ends_with("s: null")) {
            assert!(merged.contains(line), "{line} of {text} is not in {merged}");
        }
    }
}

#[test]
fn yaml_1_1_booleans_stay_booleans() {
    let text = "clusters:\n- name: a\n  cluster:\n    insecure-skip-tls-verify: yes\n";
    let expected = "    insecure-skip-tls-verify: true\n";
    assert!(merged(Some(text), false).contains(expected));
}

#[test]
fn yaml_merge_keys_are_expanded() {
    let text = "x: &a {server: b}\nclusters:\n- {name: a, cluster: {<<: *a, proxy-url: c}}\n";
    let merged = merged(Some(text), false);
    let expected = "- name: a\n  cluster:\n    proxy-url: c\n    server: b\n";
    assert!(merged.contains(expected), "{merged}");
}
