//! Whose an entry is, and which names a cluster has.

use super::*;

/// Merges `dev` into a file under a name, and returns the file.
#[track_caller]
fn named(text: &str, name: Option<&str>) -> (Vec<Merged>, File) {
    let mut files = parse(&[Some(text)]);
    let merged = merge(&mut files, &dev(), name, false).unwrap();
    (merged, files.remove(0))
}

fn contexts(file: &File) -> Vec<&str> {
    file.names(CONTEXTS).collect()
}

fn text(file: &File) -> String {
    file.changed().unwrap()
}

#[test]
fn a_name_that_was_given_is_kept_and_goes_with_the_cluster() {
    let (_, file) = named(OTHERS, Some("staging"));
    assert_eq!(text(&file), OTHERS_AND_DEV.replace("kinc-dev", "staging"));
    assert_eq!(
        recorded(std::slice::from_ref(&file), &owner("dev")),
        Some("staging".to_owned())
    );
    let (merged, again) = named(&text(&file), None);
    assert_eq!(
        (merged[0].context.as_str(), again.changed()),
        ("staging", None)
    );
    let left = removed(&text(&file), "dev");
    assert_eq!(left, removed(OTHERS_AND_DEV, "dev"));
}

#[test]
fn another_name_is_added_and_both_are_renewed_and_go() {
    let (_, file) = named(OTHERS_AND_DEV, Some("staging"));
    assert_eq!(contexts(&file), ["prod", "kinc-dev", "staging"]);
    let old = text(&file).replace("S0VZ", "T0xE");
    let (merged, renewed) = named(&old, None);
    let names: Vec<&str> = merged.iter().map(|one| one.context.as_str()).collect();
    assert_eq!(names, ["kinc-dev", "staging"]);
    assert_eq!(text(&renewed), text(&file));
    assert_eq!(removed(&text(&file), "dev"), removed(OTHERS_AND_DEV, "dev"));
}

#[test]
fn a_context_that_kubectl_renamed_is_still_the_clusters() {
    let renamed = OTHERS_AND_DEV.replace(
        "name: kinc.dev/cluster\n  name: kinc-dev\nclusters",
        "name: kinc.dev/cluster\n  name: mine\nclusters",
    );
    assert_ne!(renamed, OTHERS_AND_DEV);
    let (merged, file) = named(&renamed, None);
    assert_eq!((merged[0].context.as_str(), file.changed()), ("mine", None));
    assert_eq!(removed(&renamed, "dev"), removed(OTHERS_AND_DEV, "dev"));
}

#[test]
fn what_the_user_set_in_a_context_of_ours_stays() {
    let set = OTHERS_AND_DEV.replace(
        "    user: kinc-dev\n",
        "    user: kinc-dev\n    namespace: web\n",
    );
    let set = set.replace(
        "    namespace: web\n    extensions:\n",
        "    namespace: web\n    extensions:\n    - name: mine\n      extension: 1\n",
    );
    let old = set.replace("S0VZ", "T0xE");
    let (_, file) = named(&old, None);
    assert_eq!(text(&file), set);
}

#[test]
fn a_name_of_somebody_elses_is_refused_whichever_entry_has_it() {
    let cases = [
        (
            "prod",
            "context: {cluster: prod, user: prod}",
            "cluster `prod`",
        ),
        ("me", "users: [{name: me, user: {token: t}}]", "user `me`"),
        (
            "c",
            "contexts: [{name: c, context: {cluster: prod}}]",
            "context `c`",
        ),
        (
            "kinc-dev",
            "clusters: [{name: kinc-dev, cluster: {server: 'https://192.0.2.1:6443'}}]",
            "cluster `kinc-dev`",
        ),
    ];
    for (name, others, expected) in cases {
        let text = if name == "prod" { OTHERS } else { others };
        let mut files = parse(&[None, Some(text)]);
        let refused = merge(&mut files, &dev(), Some(name), true).unwrap_err();
        assert_eq!((refused.to_string().as_str(), refused.file), (expected, 1));
    }
    let web = REWRITTEN.replace("cluster: dev\n", "cluster: web\n");
    let web = web.replace(UID, "00000000-0000-0000-0000-000000000000");
    let mut files = parse(&[Some(&web)]);
    let refused = merge(&mut files, &dev(), None, false).unwrap_err();
    assert_eq!(refused.to_string(), "cluster `kinc-dev`");
}

#[test]
fn a_namesake_is_replaced_with_a_word_and_stays_when_this_one_is_deleted() {
    let former = REWRITTEN.replace(UID, "00000000-0000-0000-0000-000000000000");
    let unmarked = "clusters: [{name: kinc-dev, cluster: {server: 'https://127.0.0.1:7000'}}]\n\
                    contexts: [{name: kinc-dev, context: {cluster: kinc-dev, namespace: a}}]\n";
    for text in [&former, unmarked] {
        let (merged, file) = named(text, None);
        assert!(merged[0].replaced_a_namesake, "{text}");
        assert!(!self::text(&file).contains("namespace"), "{text}");
        let mut files = parse(&[Some(text)]);
        let removed = remove(&mut files, &owner("dev"));
        assert_eq!(removed.left, [("kinc-dev".to_owned(), 0)], "{text}");
        assert_eq!(
            (removed.contexts, files[0].changed()),
            (vec![], None),
            "{text}"
        );
    }
}

#[test]
fn an_unmarked_entry_of_an_older_kinc_is_recognised_by_its_server() {
    let text = "clusters: [{name: kinc-dev, cluster: {server: 'https://127.0.0.1:6443'}}]\n\
                contexts: [{name: kinc-dev, context: {cluster: kinc-dev, user: kinc-dev}}]\n\
                users: [{name: kinc-dev, user: {token: t}}]\n";
    let (merged, _) = named(text, None);
    assert!(!merged[0].replaced_a_namesake);
    let left = removed(text, "dev");
    assert_eq!(
        left.as_deref(),
        Some("clusters: []\ncontexts: []\nusers: []\n")
    );
    // A name that only starts like it is another cluster's.
    assert_eq!(removed(text, "de"), None);
}

#[test]
fn a_cluster_with_a_lost_uid_is_recognised_by_its_name() {
    let lost = Owner {
        uid: None,
        server: None,
        ..owner("dev")
    };
    let mut files = parse(&[Some(OTHERS_AND_DEV)]);
    remove(&mut files, &lost);
    assert_eq!(files[0].changed(), removed(OTHERS_AND_DEV, "dev"));
}

#[test]
fn an_unmarked_entry_of_our_name_with_another_server_is_foreign() {
    let theirs = "contexts:\n- name: kinc-dev\n  context: {cluster: prod, user: me}\n";
    let mut files = parse(&[Some(theirs)]);
    let refused = merge(&mut files, &dev(), None, false).unwrap_err();
    assert_eq!(
        (refused.kind, refused.name.as_str()),
        ("context", "kinc-dev")
    );
}
