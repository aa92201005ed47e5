//! Several files: each entry goes where kubectl would write it.

use super::*;
use crate::kubeconfig::remove::Removed;

/// A file that has the context `kinc-dev`, and its user, as after a merge.
const PART: &str = "\
contexts:
- name: kinc-dev
  context:
    cluster: kinc-dev
    user: kinc-dev
    namespace: web
    extensions:
    - name: kinc.dev/cluster
      extension: {cluster: dev, uid: 5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f}
users:
- name: kinc-dev
  user:
    token: old
    extensions:
    - name: kinc.dev/cluster
      extension: {cluster: dev, uid: 5f0c6f2a-3b1d-4a52-9d1e-0a1b2c3d4e5f}
";

/// Which files a merge changes, and which of them has the context afterwards.
fn changed(texts: &[Option<&str>], set_current: bool) -> (Vec<usize>, usize) {
    let mut files = parse(texts);
    let merged = merge(&mut files, &dev(), None, set_current).unwrap();
    let changed = files.iter().enumerate();
    let changed = changed.filter(|(_, file)| file.changed().is_some());
    (changed.map(|(index, _)| index).collect(), merged[0].file)
}

#[test]
fn what_is_new_goes_to_the_first_file_that_is_there_or_else_to_the_last() {
    assert_eq!(changed(&[None, Some("")], false), (vec![1], 1));
    assert_eq!(changed(&[Some(""), Some(OTHERS)], false), (vec![0], 0));
    assert_eq!(changed(&[None, None, None], false), (vec![2], 2));
    assert_eq!(changed(&[None, Some(OTHERS), None], false), (vec![1], 1));
}

#[test]
fn an_entry_that_is_there_stays_in_its_file() {
    assert_eq!(
        changed(&[None, Some(OTHERS), Some(PART)], false),
        (vec![1, 2], 2)
    );
    let mut files = parse(&[Some(OTHERS), Some(PART)]);
    merge(&mut files, &dev(), None, false).unwrap();
    let names = |file: &File, list| file.names(list).map(str::to_owned).collect::<Vec<_>>();
    let all = |file: &File| [CLUSTERS, CONTEXTS, USERS].map(|list| names(file, list));
    assert_eq!(
        all(&files[0]),
        [vec!["prod", "kinc-dev"], vec!["prod"], vec!["prod"]]
    );
    assert_eq!(all(&files[1]), [vec![], vec!["kinc-dev"], vec!["kinc-dev"]]);
}

#[test]
fn the_current_context_is_written_where_it_counts() {
    let current = |text: &str| format!("current-context: {text}\n");
    let one = |texts: &[Option<&str>]| {
        let mut files = parse(texts);
        merge(&mut files, &dev(), None, true).unwrap();
        let all = files.iter().map(|file| file.current().to_owned());
        all.collect::<Vec<_>>()
    };
    let (mine, ours) = (current("mine"), current("kinc-dev"));
    assert_eq!(one(&[Some(&mine), Some("")]), ["kinc-dev", ""]);
    assert_eq!(one(&[Some(""), Some(&mine)]), ["kinc-dev", "mine"]);
    // It is the current one already.
    assert_eq!(one(&[Some(""), Some(&ours)]), ["", "kinc-dev"]);
}

#[test]
fn a_removal_takes_a_cluster_out_of_every_file_that_has_it() {
    let mut files = parse(&[Some(OTHERS), Some(OTHERS_AND_DEV), None, Some(REWRITTEN)]);
    let removed = remove(&mut files, &owner("dev"));
    let name = || "kinc-dev".to_owned();
    assert_eq!(
        removed,
        Removed {
            contexts: vec![(name(), 1), (name(), 3)],
            left: vec![]
        }
    );
    let left = files.iter().map(File::changed).collect::<Vec<_>>();
    assert_eq!(
        left,
        [
            None,
            self::removed(OTHERS_AND_DEV, "dev"),
            None,
            Some(
                "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\ncurrent-context: \"\"\n"
                    .to_owned()
            )
        ]
    );
}

#[test]
fn a_current_context_that_another_file_sets_goes_with_its_context() {
    let mut files = parse(&[Some("current-context: kinc-dev\n"), Some(OTHERS_AND_DEV)]);
    remove(&mut files, &owner("dev"));
    assert_eq!(files[0].current(), "");
    assert_eq!(files[1].current(), "prod");
}
